package io.github.cones4j.bench.reference;

import io.github.cones4j.bench.ModelProgram;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.model.ModelSource;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is run in Cones4J and in PyTorch; {@code torch_bench.py} knows the same cases by the same names. */
enum ModelCase {
    UNET_64("unet-64", "UNet 64x64", ModelSource::unet, () -> ModelProgram.unet(1, 64), null),
    UNET_64_2("unet-64x2", "UNet 64x64, batch 2", ModelSource::unet, () -> ModelProgram.unet(2, 64), null),
    UNET_32("unet-32", "UNet 32x32", ModelSource::unet, () -> ModelProgram.unet(1, 32), null),
    VAE_DECODE("vae-decode", "VAE decode 512x512", ModelSource::vae, () -> ModelProgram.vaeDecode(64), null),
    VAE_ENCODE("vae-encode", "VAE encode 512x512", ModelSource::vae, () -> ModelProgram.vaeEncode(64), null),
    TEXT("text", "CLIP text encoder, 77 tokens", ModelSource::textEncoder, ModelProgram::text, null),
    GRAD_KV_32(
            "grad-kv-32",
            "K/V gradient step 32x32",
            ModelSource::unet,
            () -> ModelProgram.gradientStep(32, Activations.KEPT, ModelProgram::keyValue),
            () -> ModelProgram.gradients(32, ModelProgram::keyValue)),
    GRAD_KV_64(
            "grad-kv-64",
            "K/V gradient step 64x64",
            ModelSource::unet,
            () -> ModelProgram.gradientStep(64, Activations.KEPT, ModelProgram::keyValue),
            () -> ModelProgram.gradients(64, ModelProgram::keyValue)),
    GRAD_ALL_32(
            "grad-all-32",
            "all-weights gradient step 32x32",
            ModelSource::unet,
            () -> ModelProgram.gradientStep(32, Activations.KEPT, ModelProgram::all),
            () -> ModelProgram.gradients(32, ModelProgram::all)),
    UNET_64_FLOAT16(
            "unet-64-float16", "UNet 64x64, float16 weights", ModelSource::unet, () -> ModelProgram.unet(1, 64), null);

    private final String id;
    private final String title;
    private final Function<ModelSource, Weights> weights;
    private final Supplier<ModelProgram> timed;
    private final @Nullable Supplier<ModelProgram> compared;

    ModelCase(
            String id,
            String title,
            Function<ModelSource, Weights> weights,
            Supplier<ModelProgram> timed,
            @Nullable Supplier<ModelProgram> compared) {
        this.id = id;
        this.title = title;
        this.weights = weights;
        this.timed = timed;
        this.compared = compared;
    }

    /** The case of that name. */
    static ModelCase of(String id) {
        for (ModelCase each : values()) {
            if (each.id.equals(id)) {
                return each;
            }
        }
        throw new IllegalArgumentException("no case " + id + "; there are "
                + Arrays.stream(values()).map(ModelCase::id).collect(Collectors.joining(", ")));
    }

    /** Its name in options and files. */
    String id() {
        return id;
    }

    /** Its name in the table. */
    String title() {
        return title;
    }

    /** The weights of its part of the model, mapped, to be closed by the caller. */
    Weights weights(ModelSource model) {
        return weights.apply(model);
    }

    /** What is timed. */
    ModelProgram timed() {
        return timed.get();
    }

    /** What is run once, after timing, to be compared; null if that is the result of what is timed. */
    @Nullable
    ModelProgram compared() {
        return compared == null ? null : compared.get();
    }
}
