package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.pipeline.Branches;
import io.github.cones4j.diffusion.pipeline.Denoiser;
import io.github.cones4j.diffusion.pipeline.GuidedUNet;
import io.github.cones4j.diffusion.pipeline.PromptEncoder;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.schedule.Plan;
import io.github.cones4j.diffusion.schedule.Scheduler;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.model.ModelSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Text to picture by several samplers: the encoded prompts, the latents after every step, and the picture. */
final class PipelineCase {
    private PipelineCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        Map<String, SamplerSettings> all =
                SamplerSettings.all(file.settings().at("txt2img").root());
        JsonNode first = all.values().iterator().next().json();
        HostTensor prompt = encode(subject, first.get("prompt").asString());
        HostTensor negative = encode(subject, first.get("negative").asString());
        to.add("emb_pos", prompt, file.get("emb_pos"), to.tolerances().outputs());
        to.add("emb_neg", negative, file.get("emb_neg"), to.tolerances().outputs());

        ModelSource source = subject.source();
        Shape latents = file.get(all.keySet().iterator().next() + ".latents0").shape();
        AutoencoderKL autoencoder = new AutoencoderKL(Params.root(), source.vaeConfig());
        Program decoding = Program.of(autoencoder.decode(autoencoder.unscaled(Tensor.input("latent", latents.dims()))));
        try (Weights unet = source.unet();
                Weights vae = source.vae();
                GuidedUNet guided = new GuidedUNet(
                        subject.device(), source.unetConfig(), Branches.both(unet), true, latents, prompt.shape());
                Executable decoder = subject.compile(decoding, vae)) {
            subject.note(guided.memory());
            all.forEach((name, settings) -> settings.config()
                    .ifPresentOrElse(
                            config -> {
                                double scale = settings.json().get("guidance").asDouble();
                                Denoiser.Predictor predictor = (x, t) -> guided.predict(x, t, prompt, negative, scale);
                                one(name, config, settings.steps(), predictor, decoder, file, to);
                            },
                            () -> to.leaveOut(name)));
        }
    }

    private static HostTensor encode(Subject subject, String text) {
        ModelSource source = subject.source();
        try (Weights weights = source.textEncoder();
                PromptEncoder encoder = new PromptEncoder(
                        subject.device(),
                        StableDiffusion.tokenizer(source.tokenizer()),
                        source.textConfig(),
                        weights,
                        0)) {
            return encoder.encode(List.of(text));
        }
    }

    private static void one(
            String name,
            SchedulerConfig config,
            int steps,
            Denoiser.Predictor predictor,
            Executable decoder,
            CaseFile file,
            Comparisons to) {
        HostTensor start = file.get(name + ".latents0");
        NoiseQueue noise = new NoiseQueue(file.tensors().find(name + ".noise"), Math.toIntExact(start.size()));
        Plan plan = Scheduler.of(config).plan(steps);
        List<float[]> latents = new ArrayList<>();
        float[] last = Denoiser.run(
                plan, 1, plan.start(start.toFloats()), predictor, noise, step -> latents.add(step.latents()));
        HostTensor expected = file.get(name + ".latents");
        to.add(
                name + ".latents",
                SchedulerCase.stacked(latents, expected),
                expected,
                to.tolerances().derived());

        HostTensor image = decoder.run(
                        Map.of("latent", HostTensor.of(last, start.shape().dims())))
                .get("out");
        to.add(
                name + ".image",
                unitPixels(image),
                file.get(name + ".image"),
                to.tolerances().derived());
    }

    /** A picture [1, 3, h, w] in -1..1 as [1, h, w, 3] in 0..1. */
    private static HostTensor unitPixels(HostTensor image) {
        int height = image.shape().dim(2);
        int width = image.shape().dim(3);
        int pixels = height * width;
        float[] values = new float[3 * pixels];
        for (int i = 0; i < values.length; i++) {
            values[3 * (i % pixels) + i / pixels] = (float) Math.clamp(image.get(i) / 2 + 0.5, 0, 1);
        }
        return HostTensor.of(values, 1, height, width, 3);
    }
}
