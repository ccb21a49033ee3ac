package io.github.cones4j.concepts.find;

import io.github.cones4j.diffusion.pipeline.DenoisingLoss;
import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.PredictionType;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The concept-implanting loss (Liu et al. 2023, arXiv:2303.05125, section 3.1) and its gradient with respect to the
 * searched weights:
 *
 * <pre>L = mean over the subject's samples of |target - prediction|^2 + lambda * the same over the class's samples</pre>
 *
 * <p>The searched weights are inputs of the compiled program, so each evaluation may have its own; the model's weights are
 * never changed. A batch larger than a run of the program takes several runs, whose gradients are added up.
 */
public final class ImplantingLoss implements AutoCloseable {
    private static final String SAMPLE_WEIGHTS = "sample_weights";
    private static final String LOSS = "loss";

    private final Device device;
    private final UNetConfig config;
    private final Weights unet;
    private final NoiseSchedule schedule;
    private final PredictionType type;
    private final Shape latents;
    private final Shape texts;
    private final Set<String> searched;
    private final Activations activations;
    private @Nullable Executable gradients;
    private @Nullable Executable losses;

    /**
     * One term of the loss.
     *
     * @param example picture and caption
     * @param noise standard normal numbers, as many as the latent has
     * @param timestep 0..999
     * @param weight of its squared error in the loss
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Sample(Example example, float[] noise, int timestep, double weight) {}

    /**
     * Describes the loss; it is compiled when it is first evaluated.
     *
     * @param schedule noise schedule of the model
     * @param type what the model predicts
     * @param latents shape of the latents of one run, [samples, c, h, w]
     * @param text shape of an encoded caption, [t, d]
     * @param searched keys of the weights that are searched
     * @param activations what the gradient keeps inside the model's blocks
     */
    public ImplantingLoss(
            Device device,
            UNetConfig config,
            Weights unet,
            NoiseSchedule schedule,
            PredictionType type,
            Shape latents,
            Shape text,
            List<String> searched,
            Activations activations) {
        this.device = device;
        this.config = config;
        this.unet = unet;
        this.schedule = schedule;
        this.type = type;
        this.latents = latents;
        this.texts = Shape.of(latents.dim(0), text.dim(0), text.dim(1));
        this.searched = Set.copyOf(searched);
        this.activations = activations;
    }

    private Executable compile(boolean withGradients) {
        return device.compile(program(withGradients), unet);
    }

    private Program program(boolean withGradients) {
        Params params = Params.root(searched::contains);
        UNet2DConditionModel model = new UNet2DConditionModel(params, config, activations);
        unet.check("UNet", params.specs(), Set.of());
        Tensor weights = Tensor.input(SAMPLE_WEIGHTS, latents.dim(0));
        Tensor loss = new DenoisingLoss(model, latents, texts)
                .perSample()
                .mul(weights)
                .sum()
                .reshape();
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put(LOSS, loss);
        if (withGradients) {
            List<String> keys = searched.stream().sorted().toList();
            List<Tensor> found = Gradients.of(loss, params.all(keys));
            for (int i = 0; i < keys.size(); i++) {
                outputs.put(keys.get(i), found.get(i));
            }
        }
        return Program.of(outputs);
    }

    /** The number of values in a latent. */
    public int latentSize() {
        return Math.toIntExact(latents.size()) / latents.dim(0);
    }

    /**
     * The loss.
     *
     * @param at values of the searched weights
     */
    public double value(PerWeight at, List<Sample> samples) {
        if (losses == null) {
            losses = compile(false);
        }
        return evaluate(losses, at, samples, null);
    }

    /**
     * The loss and its gradient.
     *
     * @param at values of the searched weights
     * @param gradient receives the gradient
     */
    public double gradient(PerWeight at, List<Sample> samples, PerWeight gradient) {
        if (gradients == null) {
            gradients = compile(true);
        }
        return evaluate(gradients, at, samples, gradient);
    }

    private double evaluate(Executable executable, PerWeight at, List<Sample> samples, @Nullable PerWeight gradient) {
        double loss = 0;
        int run = latents.dim(0);
        PerWeight part = gradient == null ? null : gradient.zeros();
        for (int first = 0; first < samples.size(); first += run) {
            Map<String, HostTensor> inputs = new LinkedHashMap<>(at.tensors());
            inputs.putAll(inputs(samples.subList(first, Math.min(first + run, samples.size()))));
            Executable.Results results = executable.run(inputs);
            loss += results.scalar(LOSS);
            if (gradient != null && part != null) {
                if (first == 0) {
                    gradient.set(results.tensors());
                } else {
                    part.set(results.tensors());
                    gradient.add(part);
                }
            }
        }
        return loss;
    }

    /** The inputs of one run; a short one is filled up with samples of weight 0. */
    private Map<String, HostTensor> inputs(List<Sample> samples) {
        int run = latents.dim(0);
        int size = latentSize();
        int textSize = texts.dim(1) * texts.dim(2);
        float[] x0 = new float[run * size];
        float[] noise = new float[run * size];
        float[] text = new float[run * textSize];
        int[] timesteps = new int[run];
        float[] weights = new float[run];
        for (int i = 0; i < run; i++) {
            Sample sample = samples.get(Math.min(i, samples.size() - 1));
            System.arraycopy(sample.example().latent(), 0, x0, i * size, size);
            System.arraycopy(sample.noise(), 0, noise, i * size, size);
            sample.example().text().copyTo(0, text, i * textSize, textSize);
            timesteps[i] = sample.timestep();
            weights[i] = i < samples.size() ? (float) sample.weight() : 0;
        }
        Map<String, HostTensor> inputs = new LinkedHashMap<>(DenoisingLoss.inputs(
                schedule,
                type,
                HostTensor.of(x0, latents.dims()),
                noise,
                HostTensor.of(text, texts.dims()),
                timesteps));
        inputs.put(SAMPLE_WEIGHTS, HostTensor.of(weights, run));
        return inputs;
    }

    /** What a gradient holds in memory, planned without allocating it. */
    public MemoryPlan memory() {
        return device.plan(program(true));
    }

    @Override
    public void close() {
        if (gradients != null) {
            gradients.close();
        }
        if (losses != null) {
            losses.close();
        }
    }
}
