package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.UNetConfig;

/** The layers that every level of a UNet has, with the settings they share. */
final class UNetLayers {
    private UNetLayers() {}

    static ResnetBlock2D resnet(Params p, UNetConfig config, int in, int out, Activations activations) {
        return new ResnetBlock2D(
                p, in, out, config.timeEmbedDim(), config.normNumGroups(), config.normEps(), activations);
    }

    static Transformer2DModel attention(Params p, UNetConfig config, int level, Activations activations) {
        return new Transformer2DModel(
                p,
                config.blockOutChannels().get(level),
                config.crossAttentionDim().get(level),
                config.numAttentionHeads().get(level),
                config.transformerLayersPerBlock().get(level),
                config.normNumGroups(),
                config.useLinearProjection(),
                activations);
    }
}
