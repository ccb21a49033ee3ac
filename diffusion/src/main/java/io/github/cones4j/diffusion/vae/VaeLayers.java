package io.github.cones4j.diffusion.vae;

import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.diffusion.unet.ResnetBlock2D;
import io.github.cones4j.engine.nn.Params;

/** What the blocks of the encoder and the decoder have in common. */
final class VaeLayers {
    /** Added to the variance in every normalisation. */
    static final double EPSILON = 1e-6;

    private VaeLayers() {}

    /** A residual block that hears nothing of a timestep. */
    static ResnetBlock2D resnet(Params p, int in, int out, int groups) {
        return new ResnetBlock2D(p, in, out, 0, groups, EPSILON, Activations.KEPT);
    }
}
