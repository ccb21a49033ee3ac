package io.github.cones4j.weights.config;

import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settings of the picture encoder of CLIP (transformers 5.18), a vision transformer.
 *
 * @param hiddenSize width
 * @param intermediateSize width inside the feed-forward layers
 * @param numHiddenLayers number of layers
 * @param numAttentionHeads heads of each layer
 * @param numChannels of the picture
 * @param imageSize side of the square picture in pixels
 * @param patchSize side of a patch in pixels
 * @param hiddenAct non-linearity of the feed-forward layers
 * @param layerNormEps added to the variance
 * @param projectionDim width of the embedding shared with texts
 */
public record ClipVisionConfig(
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numChannels,
        int imageSize,
        int patchSize,
        Activation hiddenAct,
        double layerNormEps,
        int projectionDim) {

    /** Checks that the heads divide the width. */
    public ClipVisionConfig {
        ClipConfig.requireHeads(hiddenSize, numAttentionHeads);
        if (patchSize > imageSize) {
            throw new IllegalArgumentException("patch_size " + patchSize + " exceeds image_size " + imageSize);
        }
    }

    /**
     * Reads the config of a picture encoder, or the vision part of the config of a whole CLIP; absent fields have
     * transformers' defaults.
     *
     * @throws WeightsFormatException naming file, field and value, for what Cones4J does not compute
     */
    public static ClipVisionConfig read(Path file) {
        JsonFile config = JsonFile.read(file);
        return config.has("vision_config") ? ClipConfig.of(config).vision() : of(config);
    }

    /** Takes the settings from a JSON object; absent fields have transformers' defaults. */
    public static ClipVisionConfig of(JsonFile config) {
        config.only("model_type", "clip_vision_model");
        config.only("attention_dropout", 0);
        config.only("dropout", 0);
        return config.located(() -> new ClipVisionConfig(
                config.positive("hidden_size", 768),
                config.positive("intermediate_size", 3072),
                config.positive("num_hidden_layers", 12),
                config.positive("num_attention_heads", 12),
                config.positive("num_channels", 3),
                config.positive("image_size", 224),
                config.positive("patch_size", 32),
                Activation.read(config),
                config.positiveNumber("layer_norm_eps", 1e-5),
                config.positive("projection_dim", 512)));
    }

    /** Number of patches of a picture; the encoder adds one place for the whole. */
    public int patches() {
        int side = imageSize / patchSize;
        return side * side;
    }

    void fill(ObjectNode json) {
        json.put("attention_dropout", 0.0);
        json.put("hidden_act", hiddenAct.json());
        json.put("hidden_size", hiddenSize);
        json.put("image_size", imageSize);
        json.put("intermediate_size", intermediateSize);
        json.put("layer_norm_eps", layerNormEps);
        json.put("model_type", "clip_vision_model");
        json.put("num_attention_heads", numAttentionHeads);
        json.put("num_channels", numChannels);
        json.put("num_hidden_layers", numHiddenLayers);
        json.put("patch_size", patchSize);
        json.put("projection_dim", projectionDim);
    }
}
