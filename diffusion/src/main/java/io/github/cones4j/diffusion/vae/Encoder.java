package io.github.cones4j.diffusion.vae;

import io.github.cones4j.diffusion.unet.Downsample2D;
import io.github.cones4j.diffusion.unet.ResnetBlock2D;
import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From a picture to the mean and logarithmic variance of its latent. */
final class Encoder {
    private final String name;
    private final Conv2d convIn;
    private final List<DownEncoderBlock2D> downBlocks = new ArrayList<>();
    private final VaeMidBlock midBlock;
    private final GroupNorm convNormOut;
    private final Conv2d convOut;

    Encoder(Params p, VaeConfig config) {
        name = p.name();
        List<Integer> channels = config.blockOutChannels();
        int groups = config.normNumGroups();
        convIn = new Conv2d(p.at("conv_in"), config.inChannels(), channels.getFirst(), 3);
        for (int level = 0; level < channels.size(); level++) {
            downBlocks.add(new DownEncoderBlock2D(p.at("down_blocks").at(level), config, level));
        }
        midBlock = new VaeMidBlock(p.at("mid_block"), config);
        convNormOut = new GroupNorm(p.at("conv_norm_out"), groups, channels.getLast(), VaeLayers.EPSILON);
        convOut = new Conv2d(p.at("conv_out"), channels.getLast(), 2 * config.latentChannels(), 3);
    }

    /** Shapes: image [b, 3, h, w], result [b, 2 * latent, h / factor, w / factor]. */
    Tensor apply(Tensor image) {
        return Segment.named(name, () -> {
            // 1. in
            Tensor h = convIn.apply(image);

            // 2. down
            for (DownEncoderBlock2D block : downBlocks) {
                h = block.apply(h);
            }

            // 3. mid
            h = midBlock.apply(h);

            // 4. out
            return convOut.apply(convNormOut.apply(h).silu());
        });
    }

    /** One level: residual blocks, and a halving after all levels but the last. */
    private static final class DownEncoderBlock2D {
        private final String name;
        private final List<ResnetBlock2D> resnets = new ArrayList<>();
        private final @Nullable Downsample2D downsampler;

        DownEncoderBlock2D(Params p, VaeConfig config, int level) {
            name = p.name();
            List<Integer> channels = config.blockOutChannels();
            int out = channels.get(level);
            for (int i = 0; i < config.layersPerBlock(); i++) {
                int in = i == 0 ? channels.get(Math.max(level - 1, 0)) : out;
                resnets.add(VaeLayers.resnet(p.at("resnets").at(i), in, out, config.normNumGroups()));
            }
            boolean last = level == channels.size() - 1;
            downsampler = last ? null : new Downsample2D(p.at("downsamplers").at(0), out, new Padding(0, 0, 1, 1));
        }

        Tensor apply(Tensor x) {
            return Segment.named(name, () -> {
                Tensor h = x;
                for (ResnetBlock2D resnet : resnets) {
                    h = resnet.apply(h);
                }
                return downsampler == null ? h : downsampler.apply(h);
            });
        }
    }
}
