package io.github.cones4j.weights.config;

import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settings of a CLIPModel (transformers 5.18): both encoders and their shared space.
 *
 * @param text the text encoder; its projectionDim is the shared one
 * @param vision the picture encoder; its projectionDim is the shared one
 * @param projectionDim width of the embedding shared by texts and pictures
 * @param logitScaleInitValue natural logarithm of the inverse temperature before training
 */
public record ClipConfig(ClipTextConfig text, ClipVisionConfig vision, int projectionDim, double logitScaleInitValue) {
    /**
     * Reads the {@code config.json} of a CLIPModel; absent fields have transformers' defaults.
     *
     * @throws WeightsFormatException naming file, field and value, for what Cones4J does not compute
     */
    public static ClipConfig read(Path file) {
        return of(JsonFile.read(file));
    }

    /** Takes the settings from a JSON object; absent fields have transformers' defaults. */
    public static ClipConfig of(JsonFile config) {
        config.only("model_type", "clip");
        int projectionDim = config.positive("projection_dim", 512);
        return new ClipConfig(
                ClipTextConfig.of(part(config, "text_config", projectionDim)),
                ClipVisionConfig.of(part(config, "vision_config", projectionDim)),
                projectionDim,
                config.number("logit_scale_init_value", 2.6592));
    }

    /** One part; the fields of an old {@code *_config_dict} win, as they do in transformers. */
    private static JsonFile part(JsonFile config, String field, int projectionDim) {
        ObjectNode merged = JsonFile.object();
        merged.setAll(config.at(field).root().asObject());
        if (config.has(field + "_dict")) {
            merged.setAll(config.at(field + "_dict").root().asObject());
        }
        merged.put("projection_dim", projectionDim);
        return new JsonFile(config.name() + " (" + field + ")", merged);
    }

    /** The {@code config.json} of these settings. */
    public String toJson() {
        ObjectNode json = JsonFile.object();
        json.putArray("architectures").add("CLIPModel");
        json.put("logit_scale_init_value", logitScaleInitValue);
        json.put("model_type", "clip");
        json.put("projection_dim", projectionDim);
        text.fill(json.putObject("text_config"));
        vision.fill(json.putObject("vision_config"));
        json.put("torch_dtype", "float32");
        return JsonFile.text(json);
    }

    static void requireHeads(int hiddenSize, int heads) {
        if (hiddenSize % heads != 0) {
            throw new IllegalArgumentException(
                    heads + " heads (num_attention_heads) do not divide hidden_size " + hiddenSize);
        }
    }
}
