package io.github.cones4j.diffusion.parity;

import java.util.List;
import java.util.function.Predicate;

/**
 * A kind of case.
 *
 * @param label its name in the report
 * @param recognised whether a file with such keys is one
 * @param body what is computed
 */
record ParityCase(String label, Predicate<CaseFile> recognised, Body body) {
    private static final List<ParityCase> ALL = List.of(
            new ParityCase("clip", file -> file.has("pixel_values"), ClipCase::run),
            new ParityCase("text", file -> file.has("0.ids") || file.has("ids"), TextCase::run),
            new ParityCase("unet", file -> file.has("0.x"), UNetCase::run),
            new ParityCase("unet", file -> file.has("sample") && file.has("out64"), UNetCase::runFull),
            new ParityCase("unet_trace", file -> file.has("conv_in") && file.has("conv_out"), TraceCase::run),
            new ParityCase("grad_kv", file -> file.has("x_t") && file.has("dpred"), GradientCase::runKeyValue),
            new ParityCase("grad", file -> file.has("sample") && file.has("target"), GradientCase::runFull),
            new ParityCase("train", file -> file.has("losses"), TrainingCase::run),
            new ParityCase("grad_all", file -> file.has("grad.conv_in.weight"), GradientCase::runAll),
            new ParityCase("vae", file -> file.has("0.moments"), VaeCase::run),
            new ParityCase("vae", file -> file.has("latent") && file.has("decoded"), VaeCase::runFull),
            new ParityCase("sched_add_noise", file -> file.has("ddpm_add_noise"), SchedulerCase::runAddNoise),
            new ParityCase("sched", file -> file.has("epsilon.ddim.init_noise"), SchedulerCase::run),
            new ParityCase("pipe", file -> file.has("emb_pos"), PipelineCase::run));

    /** What is computed of a file. */
    @FunctionalInterface
    interface Body {
        void run(Subject subject, CaseFile file, Comparisons to);
    }

    /**
     * The kind of a file.
     *
     * @throws IllegalArgumentException if no kind has such keys
     */
    static ParityCase of(CaseFile file) {
        for (ParityCase kind : ALL) {
            if (kind.recognised.test(file)) {
                return kind;
            }
        }
        List<String> keys = file.tensors().keys().stream().limit(5).toList();
        throw new IllegalArgumentException(
                file.path() + ": not a stored case; expected keys as 0.x and 0.y (UNet) or ids (text), found " + keys);
    }

    void run(Subject subject, CaseFile file, Comparisons to) {
        body.run(subject, file, to);
    }
}
