package io.github.cones4j.bench.reference;

import io.github.cones4j.bench.ModelProgram;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.model.ModelSource;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What is run in Cones4J and in PyTorch; {@code torch_bench.py} knows the same cases by the same names. */
enum ModelCase {
    UNET_64("unet-64", "UNet 64x64"),
    UNET_64_2("unet-64x2", "UNet 64x64, batch 2"),
    UNET_32("unet-32", "UNet 32x32"),
    VAE_DECODE("vae-decode", "VAE decode 512x512"),
    VAE_ENCODE("vae-encode", "VAE encode 512x512"),
    TEXT("text", "CLIP text encoder, 77 tokens"),
    GRAD_KV_32("grad-kv-32", "K/V gradient step 32x32"),
    GRAD_KV_64("grad-kv-64", "K/V gradient step 64x64"),
    GRAD_ALL_32("grad-all-32", "all-weights gradient step 32x32"),
    UNET_64_FLOAT16("unet-64-float16", "UNet 64x64, float16 weights");

    private final String id;
    private final String title;

    ModelCase(String id, String title) {
        this.id = id;
        this.title = title;
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
        return switch (this) {
            case VAE_DECODE, VAE_ENCODE -> model.vae();
            case TEXT -> model.textEncoder();
            case UNET_64, UNET_64_2, UNET_32, GRAD_KV_32, GRAD_KV_64, GRAD_ALL_32, UNET_64_FLOAT16 -> model.unet();
        };
    }

    /** What is timed. */
    ModelProgram timed() {
        return switch (this) {
            case UNET_64, UNET_64_FLOAT16 -> ModelProgram.unet(1, 64);
            case UNET_64_2 -> ModelProgram.unet(2, 64);
            case UNET_32 -> ModelProgram.unet(1, 32);
            case VAE_DECODE -> ModelProgram.vaeDecode(64);
            case VAE_ENCODE -> ModelProgram.vaeEncode(64);
            case TEXT -> ModelProgram.text();
            case GRAD_KV_32 -> ModelProgram.gradientStep(32, Activations.KEPT, ModelProgram::keyValue);
            case GRAD_KV_64 -> ModelProgram.gradientStep(64, Activations.KEPT, ModelProgram::keyValue);
            case GRAD_ALL_32 -> ModelProgram.gradientStep(32, Activations.KEPT, ModelProgram::all);
        };
    }

    /** What is compared: a step's gradients, as it keeps them to itself; else what is timed. */
    ModelProgram compared() {
        return switch (this) {
            case GRAD_KV_32 -> ModelProgram.gradients(32, ModelProgram::keyValue);
            case GRAD_KV_64 -> ModelProgram.gradients(64, ModelProgram::keyValue);
            case GRAD_ALL_32 -> ModelProgram.gradients(32, ModelProgram::all);
            case UNET_64, UNET_64_2, UNET_32, VAE_DECODE, VAE_ENCODE, TEXT, UNET_64_FLOAT16 -> timed();
        };
    }
}
