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
        part("text_encoder", "model", config.text().toJson(), only(clip, key -> key.startsWith("text_model.")));
        part("clip", "model", config.toJson(), clip);
        part("vae", "diffusion_pytorch_model", ToylandModels.vae(scalingFactor).toJson(), vae);
        part("unet", "diffusion_pytorch_model", ToylandModels.unet().toJson(), unet);
        Safetensors.write(
                Files.createDirectories(folder.resolve("classifier")).resolve("model.safetensors"),
                half(classifier),
                Map.of("format", "pt"));
        Files.createDirectories(folder.resolve("scheduler"));
        UNetStage.scheduler().write(folder.resolve("scheduler").resolve("scheduler_config.json"));
        Files.writeString(folder.resolve("model_index.json"), INDEX, StandardCharsets.UTF_8);
    }

    private void part(String name, String file, String config, Map<String, HostTensor> weights) throws IOException {
        Path part = Files.createDirectories(folder.resolve(name));
        Files.writeString(part.resolve("config.json"), config, StandardCharsets.UTF_8);
        Safetensors.write(part.resolve(file + ".safetensors"), half(weights), Map.of("format", "pt"));
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
