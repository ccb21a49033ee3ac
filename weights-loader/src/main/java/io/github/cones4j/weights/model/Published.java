package io.github.cones4j.weights.model;

import static io.github.cones4j.weights.config.BlockType.CROSS_ATTENTION;
import static io.github.cones4j.weights.config.BlockType.PLAIN;

import io.github.cones4j.weights.config.Activation;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.List;

/**
 * The settings of a published Stable Diffusion, as in the config files of its diffusers layout.
 *
 * @param name for messages
 * @param unet of the UNet
 * @param vae of the autoencoder
 * @param text of the text encoder
 * @param scheduler the {@code scheduler_config.json}
 * @param padToken fills a text up to 77 tokens
 */
public record Published(
        String name, UNetConfig unet, VaeConfig vae, ClipTextConfig text, JsonFile scheduler, String padToken) {
    private static final VaeConfig VAE =
            new VaeConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, 512, 0.18215, 0, true, true, true);

    /** Stable Diffusion 1.1 to 1.5: CLIP ViT-L/14, 512x512, epsilon prediction. */
    public static Published sd1() {
        return new Published(
                "Stable Diffusion 1.x",
                unet(64, List.of(8, 8, 8, 8), 768, false),
                VAE,
                new ClipTextConfig(49408, 768, 3072, 12, 12, 77, Activation.QUICK_GELU, 1e-5, 768, false, 0, 2, 1),
                scheduler("PNDMScheduler", "epsilon"),
                "<|endoftext|>");
    }

    /** Stable Diffusion 2.0 and 2.1: OpenCLIP ViT-H/14 up to its last but one layer, 768x768, v prediction. */
    public static Published sd2() {
        return sd2("Stable Diffusion 2.x", 96, "v_prediction");
    }

    /** Stable Diffusion 2.0-base and 2.1-base: the same for 512x512, epsilon prediction. */
    public static Published sd2Base() {
        return sd2("Stable Diffusion 2.x base", 64, "epsilon");
    }

    private static Published sd2(String name, int sampleSize, String prediction) {
        return new Published(
                name,
                unet(sampleSize, List.of(5, 10, 20, 20), 1024, true),
                VAE,
                new ClipTextConfig(49408, 1024, 4096, 23, 16, 77, Activation.GELU, 1e-5, 512, false, 0, 2, 1),
                scheduler("DDIMScheduler", prediction),
                "!");
    }

    private static UNetConfig unet(int sampleSize, List<Integer> heads, int textWidth, boolean second) {
        return new UNetConfig(
                4,
                4,
                sampleSize,
                List.of(CROSS_ATTENTION, CROSS_ATTENTION, CROSS_ATTENTION, PLAIN),
                List.of(PLAIN, CROSS_ATTENTION, CROSS_ATTENTION, CROSS_ATTENTION),
                List.of(320, 640, 1280, 1280),
                List.of(2, 2, 2, 2),
                List.of(1, 1, 1, 1),
                heads,
                List.of(textWidth, textWidth, textWidth, textWidth),
                second,
                second,
                32,
                1e-5,
                true,
                0);
    }

    private static JsonFile scheduler(String sampler, String prediction) {
        return JsonFile.parse("scheduler_config.json", """
                {
                  "_class_name": "%s",
                  "beta_end": 0.012,
                  "beta_schedule": "scaled_linear",
                  "beta_start": 0.00085,
                  "clip_sample": false,
                  "num_train_timesteps": 1000,
                  "prediction_type": "%s",
                  "set_alpha_to_one": false,
                  "skip_prk_steps": true,
                  "steps_offset": 1,
                  "trained_betas": null
                }
                """.formatted(sampler, prediction));
    }
}
