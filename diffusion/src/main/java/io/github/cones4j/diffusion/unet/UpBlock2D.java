package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.BlockType;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One level on the way up: residual blocks that each take one skip connection, each followed by attention to the text
 * where the level has it (diffusers' {@code CrossAttnUpBlock2D}, else {@code UpBlock2D}), and an enlargement after all
 * levels but the last.
 */
final class UpBlock2D {
    private final String name;
    private final List<ResnetBlock2D> resnets = new ArrayList<>();
    private final List<Transformer2DModel> attentions = new ArrayList<>();
    private final @Nullable Upsample2D upsampler;

    /**
     * Block {@code index} of the way up, the coarsest being 0.
     *
     * @param in channels of the map from below
     * @param skips channels of the skip connections in the order in which they are taken; one more than there are layers
     *     per block
     */
    UpBlock2D(Params p, UNetConfig config, int index, int in, List<Integer> skips, Activations activations) {
        name = p.name();
        int level = config.blockOutChannels().size() - 1 - index;
        int out = config.blockOutChannels().get(level);
        for (int i = 0; i < skips.size(); i++) {
            int channels = (i == 0 ? in : out) + skips.get(i);
            resnets.add(UNetLayers.resnet(p.at("resnets").at(i), config, channels, out, activations));
            if (config.upBlockTypes().get(index) == BlockType.CROSS_ATTENTION) {
                attentions.add(UNetLayers.attention(p.at("attentions").at(i), config, level, activations));
            }
        }
        upsampler = level == 0 ? null : new Upsample2D(p.at("upsamplers").at(0), out);
    }

    /**
     * The map that the next level takes: as large as that level's skip connections, also where a size was odd on the way
     * down.
     *
     * @param skips skip connections, the next to be taken on top; those of this level are removed
     */
    Tensor apply(Tensor x, Deque<Tensor> skips, Tensor t, Tensor context) {
        return Segment.named(name, () -> {
            Tensor h = x;
            for (int i = 0; i < resnets.size(); i++) {
                h = resnets.get(i).apply(h, skips.pop(), t);
                if (!attentions.isEmpty()) {
                    h = attentions.get(i).apply(h, context);
                }
            }
            if (upsampler == null) {
                return h;
            }
            Shape next = skips.element().shape();
            return upsampler.apply(h, next.dim(2), next.dim(3));
        });
    }
}
