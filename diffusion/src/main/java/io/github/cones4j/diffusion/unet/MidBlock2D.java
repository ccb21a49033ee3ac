package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.UNetConfig;

/** The coarsest level: attention to the text between two residual blocks (diffusers' {@code UNetMidBlock2DCrossAttn}). */
final class MidBlock2D {
    private final String name;
    private final ResnetBlock2D before;
    private final Transformer2DModel attention;
    private final ResnetBlock2D after;

    MidBlock2D(Params p, UNetConfig config, Activations activations) {
        name = p.name();
        int level = config.blockOutChannels().size() - 1;
        int channels = config.blockOutChannels().get(level);
        before = UNetLayers.resnet(p.at("resnets").at(0), config, channels, channels, activations);
        attention = UNetLayers.attention(p.at("attentions").at(0), config, level, activations);
        after = UNetLayers.resnet(p.at("resnets").at(1), config, channels, channels, activations);
    }

    /** Shapes: x and result [b, c, h, w]. */
    Tensor apply(Tensor x, Tensor t, Tensor context) {
        return Segment.named(name, () -> after.apply(attention.apply(before.apply(x, t), context), t));
    }
}
