package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.pipeline.DenoisingLoss;
import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.train.AdamW;
import io.github.cones4j.engine.train.TrainingStep;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.model.ModelSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Five steps of AdamW on the K and V weights: the loss before each, and the weights after the last. */
final class TrainingCase {
    private static final String AFTER = "after.";
    private static final double RATE = 1e-3;

    private TrainingCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        ModelSource source = subject.source();
        JsonFile scheduler = source.schedulerConfig();
        SchedulerConfig config =
                SchedulerConfig.parse(scheduler.name(), scheduler.root().toString());
        NoiseSchedule schedule = NoiseSchedule.of(config);
        HostTensor latents = file.get("latents");
        HostTensor text = file.get("emb");

        Params params = Params.root();
        UNet2DConditionModel unet = new UNet2DConditionModel(params, source.unetConfig());
        DenoisingLoss loss = new DenoisingLoss(unet, latents.shape(), text.shape());
        List<Tensor> trained = params.select(key -> file.has(AFTER + key));
        TrainingStep step =
                new TrainingStep(loss.mean(), trained, AdamW.defaults(), Double.POSITIVE_INFINITY, 0, Map.of());

        Map<String, HostTensor> after;
        float[] losses = new float[Math.toIntExact(file.get("losses").size())];
        try (Weights weights = source.unet()) {
            Map<String, HostTensor> initial = new LinkedHashMap<>();
            params.declared().forEach((key, weight) -> {
                if (file.has(AFTER + key)) {
                    initial.put(key, weights.get(key));
                }
            });
            Weights state = weights.overlay("training state", step.initialState(initial));
            try (Executable executable = subject.compile(step.program(), state)) {
                for (int i = 0; i < losses.length; i++) {
                    Map<String, HostTensor> inputs = new LinkedHashMap<>(DenoisingLoss.inputs(
                            schedule,
                            config.predictionType(),
                            latents,
                            row(file.get("noise"), i, losses.length),
                            text,
                            ints(row(file.get("timesteps"), i, losses.length))));
                    inputs.putAll(step.inputs(i + 1L, RATE));
                    losses[i] = (float) executable.run(inputs).scalar(TrainingStep.LOSS);
                }
                after = executable.state();
            }
        }
        double tolerance = to.tolerances().derived();
        to.add("losses", HostTensor.of(losses, losses.length), file.get("losses"), tolerance);
        for (String key : file.startingWith(AFTER).keySet()) {
            HostTensor found = after.get(key.substring(AFTER.length()));
            if (found == null) {
                throw new IllegalArgumentException(file.path() + ": the model has no parameter for " + key);
            }
            to.add(key, found, file.get(key), tolerance);
        }
    }

    private static float[] row(HostTensor all, int index, int rows) {
        int size = Math.toIntExact(all.size() / rows);
        float[] row = new float[size];
        all.copyTo((long) index * size, row, 0, size);
        return row;
    }

    private static int[] ints(float... values) {
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return ints;
    }
}
