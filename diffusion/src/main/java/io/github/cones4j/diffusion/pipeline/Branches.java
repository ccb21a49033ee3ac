package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.engine.exec.Weights;

/**
 * The UNet's weights in the two branches of classifier-free guidance. A concept may be shut in the conditional branch alone,
 * so that guidance pushes away from the untouched model.
 *
 * @param conditional for the prompt
 * @param unconditional for the negative prompt
 */
public record Branches(Weights conditional, Weights unconditional) {
    /** The same weights in both. */
    public static Branches both(Weights weights) {
        return new Branches(weights, weights);
    }

    /** Whether one model serves both. */
    public boolean same() {
        return conditional == unconditional;
    }
}
