package io.github.cones4j.diffusion.vae;

import io.github.cones4j.diffusion.unet.ResnetBlock2D;
import io.github.cones4j.diffusion.unet.Upsample2D;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From a latent to a picture. */
final class Decoder {
    private final String name;
    private final Conv2d convIn;
    private final VaeMidBlock midBlock;
    private final List<UpDecoderBlock2D> upBlocks = new ArrayList<>();
    private final GroupNorm convNormOut;
    private final Conv2d convOut;

    Decoder(Params p, VaeConfig config) {
        name = p.name();
        List<Integer> channels = config.blockOutChannels();
        int groups = config.normNumGroups();
        convIn = new Conv2d(p.at("conv_in"), config.latentChannels(), channels.getLast(), 3);
        midBlock = new VaeMidBlock(p.at("mid_block"), config);
        for (int i = 0; i < channels.size(); i++) {
            upBlocks.add(new UpDecoderBlock2D(p.at("up_blocks").at(i), config, i));
        }
        convNormOut = new GroupNorm(p.at("conv_norm_out"), groups, channels.getFirst(), VaeLayers.EPSILON);
        convOut = new Conv2d(p.at("conv_out"), channels.getFirst(), config.outChannels(), 3);
    }

    /** Shapes: latent [b, latent, h, w], result [b, 3, h * factor, w * factor]. */
    Tensor apply(Tensor latent) {
        return Segment.named(name, () -> {
            // 1. in
            Tensor h = convIn.apply(latent);

            // 2. mid
            h = midBlock.apply(h);

            // 3. up
            for (UpDecoderBlock2D block : upBlocks) {
                h = block.apply(h);
            }

            // 4. out
            return convOut.apply(convNormOut.apply(h).silu());
        });
    }

    /** One level: residual blocks, one more than in the encoder, and a doubling after all levels but the last. */
    private static final class UpDecoderBlock2D {
        private final String name;
        private final List<ResnetBlock2D> resnets = new ArrayList<>();
        private final @Nullable Upsample2D upsampler;

        UpDecoderBlock2D(Params p, VaeConfig config, int index) {
            name = p.name();
            List<Integer> channels = config.blockOutChannels().reversed();
            int out = channels.get(index);
            for (int i = 0; i <= config.layersPerBlock(); i++) {
                int in = i == 0 ? channels.get(Math.max(index - 1, 0)) : out;
                resnets.add(VaeLayers.resnet(p.at("resnets").at(i), in, out, config.normNumGroups()));
            }
            boolean last = index == channels.size() - 1;
            upsampler = last ? null : new Upsample2D(p.at("upsamplers").at(0), out);
        }

        Tensor apply(Tensor x) {
            return Segment.named(name, () -> {
                Tensor h = x;
                for (ResnetBlock2D resnet : resnets) {
                    h = resnet.apply(h);
                }
                return upsampler == null
                        ? h
                        : upsampler.apply(h, 2 * h.shape().dim(2), 2 * h.shape().dim(3));
            });
        }
    }
}
