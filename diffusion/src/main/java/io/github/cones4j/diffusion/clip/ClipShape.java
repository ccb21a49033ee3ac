package io.github.cones4j.diffusion.clip;

import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.weights.config.Activation;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.ClipVisionConfig;

/**
 * What the layers of a text and of a vision encoder have in common.
 *
 * @param width features of a token
 * @param innerWidth features between the two linear layers
 * @param heads divides {@code width}
 * @param causal whether a token sees only those before it
 * @param epsilon added to the variance in the normalisations
 * @param activation between the two linear layers
 */
record ClipShape(
        int width, int innerWidth, int heads, int layers, boolean causal, double epsilon, Activation activation) {
    static ClipShape of(ClipTextConfig config) {
        return new ClipShape(
                config.hiddenSize(),
                config.intermediateSize(),
                config.numAttentionHeads(),
                config.numHiddenLayers(),
                true,
                config.layerNormEps(),
                config.hiddenAct());
    }

    static ClipShape of(ClipVisionConfig config) {
        return new ClipShape(
                config.hiddenSize(),
                config.intermediateSize(),
                config.numAttentionHeads(),
                config.numHiddenLayers(),
                false,
                config.layerNormEps(),
                config.hiddenAct());
    }

    /** The non-linearity between the two linear layers. */
    Tensor activate(Tensor x) {
        return switch (activation) {
            case QUICK_GELU -> x.quickGelu();
            case GELU -> x.gelu();
        };
    }
}
