package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Predicts what is to be removed from a noisy latent picture, given the timestep and a text (Ronneberger et al. 2015,
 * arXiv:1505.04597; Rombach et al. 2022, arXiv:2112.10752). Keys and order of computation are those of diffusers' class of
 * the same name.
 */
public final class UNet2DConditionModel {
    private final Timesteps timeProj;
    private final TimestepEmbedding timeEmbedding;
    private final Conv2d convIn;
    private final List<DownBlock2D> downBlocks = new ArrayList<>();
    private final MidBlock2D midBlock;
    private final List<UpBlock2D> upBlocks = new ArrayList<>();
    private final GroupNorm convNormOut;
    private final Conv2d convOut;

    /** A model whose gradient keeps all activations. */
    public UNet2DConditionModel(Params p, UNetConfig config) {
        this(p, config, Activations.KEPT);
    }

    /**
     * A model of the shape that {@code config} describes.
     *
     * @param activations what a gradient finds of the activations inside residual and attention blocks
     */
    public UNet2DConditionModel(Params p, UNetConfig config, Activations activations) {
        List<Integer> channels = config.blockOutChannels();
        int first = channels.getFirst();
        timeProj = new Timesteps(first, config.flipSinToCos(), config.freqShift());
        timeEmbedding = new TimestepEmbedding(p.at("time_embedding"), first, config.timeEmbedDim());
        convIn = new Conv2d(p.at("conv_in"), config.inChannels(), first, 3);

        List<Integer> skips = new ArrayList<>(List.of(first)); // channels of every skip connection
        for (int level = 0; level < channels.size(); level++) {
            downBlocks.add(new DownBlock2D(p.at("down_blocks").at(level), config, level, skips.getLast(), activations));
            int maps = config.layersPerBlock().get(level) + (level < channels.size() - 1 ? 1 : 0);
            for (int i = 0; i < maps; i++) {
                skips.add(channels.get(level));
            }
        }
        midBlock = new MidBlock2D(p.at("mid_block"), config, activations);
        int below = channels.getLast();
        for (int i = 0; i < channels.size(); i++) {
            int level = channels.size() - 1 - i;
            int end = skips.size();
            List<Integer> taken = skips.subList(end - config.layersPerBlock().get(level) - 1, end);
            upBlocks.add(new UpBlock2D(p.at("up_blocks").at(i), config, i, below, taken.reversed(), activations));
            taken.clear();
            below = channels.get(level);
        }
        convNormOut = new GroupNorm(p.at("conv_norm_out"), config.normNumGroups(), first, config.normEps());
        convOut = new Conv2d(p.at("conv_out"), first, config.outChannels(), 3);
    }

    /**
     * One evaluation. Shapes: sample [b, in channels, h, w] of any h and w, timestep [b] (0..999, 999 is pure noise),
     * encoderHiddenStates [b, t, width of the text]; result [b, out channels, h, w].
     *
     * @throws ShapeException if they do not fit each other or the model
     */
    public Tensor apply(Tensor sample, Tensor timestep, Tensor encoderHiddenStates) {
        if (timestep.shape().rank() != 1
                || timestep.shape().dim(0) != sample.shape().dim(0)) {
            throw new ShapeException(
                    "unet: timestep" + timestep.shape() + " needs one number for each of sample" + sample.shape());
        }

        // 1. time
        Tensor t = timeEmbedding.apply(timeProj.apply(timestep));

        // 2. pre-process
        Tensor h = convIn.apply(sample);

        // 3. down
        Deque<Tensor> skips = new ArrayDeque<>(List.of(h));
        for (DownBlock2D block : downBlocks) {
            block.apply(skips.element(), t, encoderHiddenStates).forEach(skips::push);
        }

        // 4. mid
        h = midBlock.apply(skips.element(), t, encoderHiddenStates);

        // 5. up
        for (UpBlock2D block : upBlocks) {
            h = block.apply(h, skips, t, encoderHiddenStates);
        }

        // 6. post-process
        return convOut.apply(convNormOut.apply(h).silu());
    }
}
