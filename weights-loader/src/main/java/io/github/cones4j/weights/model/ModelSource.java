package io.github.cones4j.weights.model;

import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Stable Diffusion model on the disk: settings and weights of its parts, the latter under the names of diffusers
 * however the files name them.
 *
 * <p>Nothing is read before it is asked for. Each {@link Weights} is a mapping of its own, which the caller closes.
 */
public sealed interface ModelSource permits ModelFolder, SingleFile {
    /**
     * Recognises a model.
     *
     * @param path a folder in the diffusers layout, or a single-file checkpoint
     * @param config for a single file: a folder in the diffusers layout whose settings to use (its weights are not
     *     read); null for the published settings of Stable Diffusion that fit the file
     * @throws WeightsFormatException if it is neither, saying what it is
     */
    static ModelSource open(Path path, @Nullable Path config) {
        if (!Files.isDirectory(path)) {
            return SingleFile.open(path, config == null ? null : ModelFolder.open(config));
        }
        if (config != null) {
            throw new WeightsFormatException(
                    path, "a folder has its own settings, --config is for single files", "leave --config out");
        }
        return ModelFolder.open(path);
    }

    /** The folder or file. */
    Path path();

    /** Settings of the UNet. */
    UNetConfig unetConfig();

    /** Settings of the autoencoder. */
    VaeConfig vaeConfig();

    /** Settings of the text encoder. */
    ClipTextConfig textConfig();

    /** The {@code scheduler_config.json}: noise schedule, kind of prediction and sampler. */
    JsonFile schedulerConfig();

    /** Where the vocabulary is. */
    TokenizerFiles tokenizer();

    /** Weights of the UNet, {@code down_blocks.0.resnets.0.conv1.weight}, ... */
    Weights unet();

    /** Weights of the autoencoder, {@code decoder.mid_block.attentions.0.to_q.weight}, ... */
    Weights vae();

    /** Weights of the text encoder, {@code text_model.encoder.layers.0.mlp.fc1.weight}, ... */
    Weights textEncoder();

    /** What was assumed and what is not used, one sentence each, for the user; usually nothing. */
    List<String> notes();
}
