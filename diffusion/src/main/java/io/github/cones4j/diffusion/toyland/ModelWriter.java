package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.toyland.world.Vocabulary;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.weights.config.ClipConfig;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Writes trained weights as a model folder in the diffusers layout, in float16. */
final class ModelWriter {
    private static final String INDEX = """
            {
              "_class_name": "StableDiffusionPipeline",
              "scheduler": ["diffusers", "DDIMScheduler"],
              "text_encoder": ["transformers", "CLIPTextModel"],
              "tokenizer": ["transformers", "CLIPTokenizer"],
              "unet": ["diffusers", "UNet2DConditionModel"],
              "vae": ["diffusers", "AutoencoderKL"]
            }
            """;

    /** The folder of the CLIP pair. */
    static final String CLIP = "clip";

    /** The folder of the autoencoder. */
    static final String VAE = "vae";

    /** The folder of the UNet. */
    static final String UNET = "unet";

    private static final String TEXT_ENCODER = "text_encoder";

    private final Path folder;

    ModelWriter(Path folder) {
        this.folder = folder;
    }

    /**
     * Writes all parts.
     *
     * @param vocabulary number of tokens
     * @param scalingFactor of the latents
     * @param clip weights of the CLIP pair
     * @param vae weights of the autoencoder
     * @param unet weights of the UNet
     * @param classifier weights of the judge of pictures
     */
    void write(
            int vocabulary,
            double scalingFactor,
            Map<String, HostTensor> clip,
            Map<String, HostTensor> vae,
            Map<String, HostTensor> unet,
            Map<String, HostTensor> classifier)
            throws IOException {
        ClipConfig config = ToylandModels.clip(vocabulary);
        Vocabulary.write(folder.resolve("tokenizer"));
        part(TEXT_ENCODER, config.text().toJson(), only(clip, key -> key.startsWith("text_model.")));
        part(CLIP, config.toJson(), clip);
        part(VAE, ToylandModels.vae(scalingFactor).toJson(), vae);
        part(UNET, ToylandModels.unet().toJson(), unet);
        Safetensors.write(
                Files.createDirectories(folder.resolve("classifier")).resolve("model.safetensors"),
                half(classifier),
                Map.of("format", "pt"));
        Files.createDirectories(folder.resolve("scheduler"));
        UNetStage.scheduler().write(folder.resolve("scheduler").resolve("scheduler_config.json"));
        Files.writeString(folder.resolve("model_index.json"), INDEX, StandardCharsets.UTF_8);
    }

    /** The file of a part's weights in a model's folder. */
    static Path weights(Path model, String part) {
        String name = part.equals(VAE) || part.equals(UNET) ? "diffusion_pytorch_model" : "model";
        return model.resolve(part).resolve(name + ".safetensors");
    }

    /** The file of a part's settings in a model's folder. */
    static Path config(Path model, String part) {
        return model.resolve(part).resolve("config.json");
    }

    private void part(String name, String config, Map<String, HostTensor> weights) throws IOException {
        Files.createDirectories(folder.resolve(name));
        Files.writeString(config(folder, name), config, StandardCharsets.UTF_8);
        Safetensors.write(weights(folder, name), half(weights), Map.of("format", "pt"));
    }

    private static Map<String, HostTensor> only(Map<String, HostTensor> weights, Predicate<String> wanted) {
        Map<String, HostTensor> some = new LinkedHashMap<>(weights);
        some.keySet().removeIf(wanted.negate());
        return some;
    }

    private static Map<String, HostTensor> half(Map<String, HostTensor> weights) {
        Map<String, HostTensor> half = new LinkedHashMap<>();
        weights.forEach((name, tensor) -> half.put(name, tensor.cast(DType.F16)));
        return half;
    }
}
