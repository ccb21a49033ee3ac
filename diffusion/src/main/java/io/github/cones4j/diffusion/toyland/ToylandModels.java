package io.github.cones4j.diffusion.toyland;

import static io.github.cones4j.weights.config.BlockType.CROSS_ATTENTION;
import static io.github.cones4j.weights.config.BlockType.PLAIN;

import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Vocabulary;
import io.github.cones4j.weights.config.Activation;
import io.github.cones4j.weights.config.ClipConfig;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.ClipVisionConfig;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.List;

/** The shapes of Toyland's models: Stable Diffusion in small, for pictures of 64 x 64 pixels. */
final class ToylandModels {
    /** Width of the text encoder, and so of the UNet's cross-attention. */
    static final int TEXT_WIDTH = 128;

    /** Height and width of a latent. */
    static final int LATENT_SIZE = Renderer.SIZE / 4;

    /** Width of the space that pictures and texts share. */
    static final int PROJECTION = 64;

    private ToylandModels() {}

    /**
     * The CLIP pair.
     *
     * @param vocabulary number of tokens; the last two are the start and the end token
     */
    static ClipConfig clip(int vocabulary) {
        int end = vocabulary - 1;
        ClipTextConfig text = new ClipTextConfig(
                vocabulary,
                TEXT_WIDTH,
                4 * TEXT_WIDTH,
                3,
                4,
                Vocabulary.LENGTH,
                Activation.QUICK_GELU,
                1e-5,
                PROJECTION,
                false,
                end - 1,
                end,
                end);
        ClipVisionConfig vision = new ClipVisionConfig(
                TEXT_WIDTH, 4 * TEXT_WIDTH, 4, 4, 3, Renderer.SIZE, 8, Activation.QUICK_GELU, 1e-5, PROJECTION);
        return new ClipConfig(text, vision, PROJECTION, 2.6592);
    }

    /**
     * The autoencoder: 4 channels at a quarter of the size.
     *
     * @param scalingFactor what brings its latents to unit variance
     */
    static VaeConfig vae(double scalingFactor) {
        return new VaeConfig(3, 3, 4, List.of(32, 64, 64), 1, 8, Renderer.SIZE, scalingFactor, 0, true, true, true);
    }

    /** The UNet: 16 x 16, 8 x 8 and 4 x 4 positions, cross-attention at the first two and in the middle. */
    static UNetConfig unet() {
        return new UNetConfig(
                4,
                4,
                LATENT_SIZE,
                List.of(CROSS_ATTENTION, CROSS_ATTENTION, PLAIN),
                List.of(PLAIN, CROSS_ATTENTION, CROSS_ATTENTION),
                List.of(64, 128, 128),
                List.of(1, 1, 1),
                List.of(1, 1, 1),
                List.of(4, 4, 4),
                List.of(TEXT_WIDTH, TEXT_WIDTH, TEXT_WIDTH),
                true,
                false,
                16,
                1e-5,
                true,
                0);
    }
}
