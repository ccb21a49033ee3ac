package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.BlockType;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One level on the way down: residual blocks, each followed by attention to the text where the level has it (diffusers'
 * {@code CrossAttnDownBlock2D}, else {@code DownBlock2D}), and a halving after all levels but the last.
 */
final class DownBlock2D {
    private final String name;
    private final List<ResnetBlock2D> resnets = new ArrayList<>();
    private final List<Transformer2DModel> attentions = new ArrayList<>();
    private final @Nullable Downsample2D downsampler;

    /** Level {@code level} of the model, the finest being 0, taking maps of {@code in} channels. */
    DownBlock2D(Params p, UNetConfig config, int level, int in, Activations activations) {
        name = p.name();
        int out = config.blockOutChannels().get(level);
        for (int i = 0; i < config.layersPerBlock().get(level); i++) {
            resnets.add(UNetLayers.resnet(p.at("resnets").at(i), config, i == 0 ? in : out, out, activations));
            if (config.downBlockTypes().get(level) == BlockType.CROSS_ATTENTION) {
                attentions.add(UNetLayers.attention(p.at("attentions").at(i), config, level, activations));
            }
        }
        boolean last = level == config.blockOutChannels().size() - 1;
        downsampler = last ? null : new Downsample2D(p.at("downsamplers").at(0), out, Padding.same(1));
    }

    /** The map after every layer, the last being what the next level takes; all are skip connections. */
    List<Tensor> apply(Tensor x, Tensor t, Tensor context) {
        return Segment.named(name, () -> {
            List<Tensor> maps = new ArrayList<>();
            Tensor h = x;
            for (int i = 0; i < resnets.size(); i++) {
                h = resnets.get(i).apply(h, t);
                if (!attentions.isEmpty()) {
                    h = attentions.get(i).apply(h, context);
                }
                maps.add(h);
            }
            if (downsampler != null) {
                maps.add(downsampler.apply(h));
            }
            return maps;
        });
    }
}
