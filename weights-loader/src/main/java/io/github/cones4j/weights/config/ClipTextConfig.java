package io.github.cones4j.weights.config;

import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settings of the text encoder of CLIP (transformers 5.18).
 *
 * @param vocabSize number of tokens
 * @param hiddenSize width
 * @param intermediateSize width inside the feed-forward layers
 * @param numHiddenLayers number of layers
 * @param numAttentionHeads heads of each layer
 * @param maxPositionEmbeddings longest text in tokens, start and end included
 * @param hiddenAct non-linearity of the feed-forward layers
 * @param layerNormEps added to the variance
 * @param projectionDim width of the embedding shared with pictures
 * @param projected whether the encoder has a projection to that width (CLIPTextModelWithProjection)
 * @param bosTokenId id of the start token
 * @param eosTokenId id of the end token; 2 means, by an old mistake, that the pooled output is at the largest id
 * @param padTokenId id of the padding
 */
public record ClipTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        Activation hiddenAct,
        double layerNormEps,
        int projectionDim,
        boolean projected,
        int bosTokenId,
        int eosTokenId,
        int padTokenId) {

    /** Checks that the heads divide the width. */
    public ClipTextConfig {
        ClipConfig.requireHeads(hiddenSize, numAttentionHeads);
    }

    /**
     * Reads the config of a text encoder, or the text part of the config of a whole CLIP; absent fields have
     * transformers' defaults.
     *
     * @throws WeightsFormatException naming file, field and value, for what Cones4J does not compute
     */
    public static ClipTextConfig read(Path file) {
        JsonFile config = JsonFile.read(file);
        return config.has("text_config") ? ClipConfig.of(config).text() : of(config);
    }

    /** Takes the settings from a JSON object; absent fields have transformers' defaults. */
    public static ClipTextConfig of(JsonFile config) {
        config.only("model_type", "clip_text_model");
        config.only("attention_dropout", 0);
        config.only("dropout", 0);
        config.only("use_attention_mask", null, false);
        List<String> classes =
                config.has("architectures") ? config.strings("architectures", List.of()) : List.of("CLIPTextModel");
        for (String name : classes) {
            if (!name.startsWith("CLIPTextModel") && !name.equals("CLIPModel")) {
                throw config.error(
                        "architectures",
                        config.root().get("architectures"),
                        "CLIPTextModel or CLIPTextModelWithProjection");
            }
        }
        return config.located(() -> new ClipTextConfig(
                config.positive("vocab_size", 49408),
                config.positive("hidden_size", 512),
                config.positive("intermediate_size", 2048),
                config.positive("num_hidden_layers", 12),
                config.positive("num_attention_heads", 8),
                config.positive("max_position_embeddings", 77),
                Activation.read(config),
                config.positiveNumber("layer_norm_eps", 1e-5),
                config.positive("projection_dim", 512),
                classes.contains("CLIPTextModelWithProjection"),
                config.natural("bos_token_id", 49406),
                config.natural("eos_token_id", 49407),
                config.natural("pad_token_id", 1)));
    }

    /** The {@code config.json} of these settings. */
    public String toJson() {
        ObjectNode json = JsonFile.object();
        json.putArray("architectures").add(projected ? "CLIPTextModelWithProjection" : "CLIPTextModel");
        fill(json);
        return JsonFile.text(json);
    }

    void fill(ObjectNode json) {
        json.put("attention_dropout", 0.0);
        json.put("bos_token_id", bosTokenId);
        json.put("eos_token_id", eosTokenId);
        json.put("hidden_act", hiddenAct.json());
        json.put("hidden_size", hiddenSize);
        json.put("intermediate_size", intermediateSize);
        json.put("layer_norm_eps", layerNormEps);
        json.put("max_position_embeddings", maxPositionEmbeddings);
        json.put("model_type", "clip_text_model");
        json.put("num_attention_heads", numAttentionHeads);
        json.put("num_hidden_layers", numHiddenLayers);
        json.put("pad_token_id", padTokenId);
        json.put("projection_dim", projectionDim);
        json.put("torch_dtype", "float32");
        json.put("vocab_size", vocabSize);
    }
}
