package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.model.Published;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A model of published shape whose weights follow from their names, in the diffusers layout: for comparing full-size models
 * without downloading one.
 */
public final class SyntheticModel {
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final String CONFIG = "config.json";

    private SyntheticModel() {}

    /**
     * Writes the folder, about 4 GB for Stable Diffusion 1.x.
     *
     * @param shape settings of the model
     * @param salt in front of every key; another salt gives other weights
     */
    public static void write(Path folder, Published shape, String salt) throws IOException {
        Params unet = Params.root();
        new UNet2DConditionModel(unet, shape.unet());
        part(folder.resolve("unet"), WEIGHTS, unet, shape.unet().toJson(), salt);

        Params vae = Params.root();
        new AutoencoderKL(vae, shape.vae());
        part(folder.resolve("vae"), WEIGHTS, vae, shape.vae().toJson(), salt);

        Params text = Params.root();
        new ClipTextModel(text, shape.text());
        part(
                folder.resolve("text_encoder"),
                "model.safetensors",
                text,
                shape.text().toJson(),
                salt);

        Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
        ClipTokenizer.bundled(shape.padToken()).save(tokenizer);
        Path scheduler = Files.createDirectories(folder.resolve("scheduler"));
        Files.writeString(
                scheduler.resolve("scheduler_config.json"),
                shape.scheduler().root().toPrettyString() + "\n");
        Files.writeString(folder.resolve("model_index.json"), """
                {
                  "_class_name": "StableDiffusionPipeline",
                  "scheduler": ["diffusers", "%s"],
                  "text_encoder": ["transformers", "CLIPTextModel"],
                  "tokenizer": ["transformers", "CLIPTokenizer"],
                  "unet": ["diffusers", "UNet2DConditionModel"],
                  "vae": ["diffusers", "AutoencoderKL"]
                }
                """.formatted(
                        shape.scheduler().string("_class_name")));
    }

    private static void part(Path folder, String file, Params params, String config, String salt) throws IOException {
        Files.createDirectories(folder);
        Map<String, Spec> specs = params.specs();
        SyntheticWeights.write(folder.resolve(file), salt, specs);
        Files.writeString(folder.resolve(CONFIG), config);
    }
}
