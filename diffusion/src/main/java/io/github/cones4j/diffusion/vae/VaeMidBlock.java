package io.github.cones4j.diffusion.vae;

import io.github.cones4j.diffusion.unet.ResnetBlock2D;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.VaeConfig;
import org.jspecify.annotations.Nullable;

/** The coarsest level of both halves: attention between two residual blocks (diffusers' {@code UNetMidBlock2D}). */
final class VaeMidBlock {
    private final String name;
    private final ResnetBlock2D before;
    private final @Nullable VaeAttention attention;
    private final ResnetBlock2D after;

    VaeMidBlock(Params p, VaeConfig config) {
        name = p.name();
        int channels = config.blockOutChannels().getLast();
        int groups = config.normNumGroups();
        before = VaeLayers.resnet(p.at("resnets").at(0), channels, channels, groups);
        attention = config.midBlockAddAttention()
                ? new VaeAttention(p.at("attentions").at(0), channels, groups, VaeLayers.EPSILON)
                : null;
        after = VaeLayers.resnet(p.at("resnets").at(1), channels, channels, groups);
    }

    /** Shapes: x and result [b, channels, h, w]. */
    Tensor apply(Tensor x) {
        return Segment.named(name, () -> {
            Tensor h = before.apply(x);
            return after.apply(attention == null ? h : attention.apply(h));
        });
    }
}
