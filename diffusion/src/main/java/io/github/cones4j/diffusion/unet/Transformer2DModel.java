package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Transformer blocks over the pixels of a feature map, added to it. Stable Diffusion 1.x projects in and out of them by
 * 1x1 convolutions, 2.x by linear layers: the same sums under weights of another shape.
 */
public final class Transformer2DModel {
    private static final double EPSILON = 1e-6;

    private final String name;
    private final Activations activations;
    private final GroupNorm norm;
    private final Function<Tensor, Tensor> projIn;
    private final List<BasicTransformerBlock> transformerBlocks = new ArrayList<>();
    private final BiFunction<Tensor, Shape, Tensor> projOut;

    /**
     * Blocks on maps of {@code channels} channels.
     *
     * @param contextWidth width of the text's vectors
     * @param heads divides {@code channels}
     * @param layers number of transformer blocks
     * @param groups groups of the normalisation
     * @param linear whether the projections are linear layers instead of convolutions
     */
    public Transformer2DModel(
            Params p,
            int channels,
            int contextWidth,
            int heads,
            int layers,
            int groups,
            boolean linear,
            Activations activations) {
        name = p.name();
        this.activations = activations;
        norm = new GroupNorm(p.at("norm"), groups, channels, EPSILON);
        if (linear) {
            Linear in = new Linear(p.at("proj_in"), channels, channels, true);
            Linear out = new Linear(p.at("proj_out"), channels, channels, true);
            projIn = map -> in.apply(tokens(map));
            projOut = (tokens, shape) -> map(out.apply(tokens), shape);
        } else {
            Conv2d in = new Conv2d(p.at("proj_in"), channels, channels, 1);
            Conv2d out = new Conv2d(p.at("proj_out"), channels, channels, 1);
            projIn = map -> tokens(in.apply(map));
            projOut = (tokens, shape) -> out.apply(map(tokens, shape));
        }
        for (int i = 0; i < layers; i++) {
            transformerBlocks.add(
                    new BasicTransformerBlock(p.at("transformer_blocks").at(i), channels, contextWidth, heads));
        }
    }

    /** Shapes: x and result [b, channels, h, w], context [b, t, contextWidth]. */
    public Tensor apply(Tensor x, Tensor context) {
        return activations.segment(name, () -> {
            // 1. in
            Tensor h = projIn.apply(norm.apply(x));

            // 2. blocks
            for (BasicTransformerBlock block : transformerBlocks) {
                h = block.apply(h, context);
            }

            // 3. out
            return x.add(projOut.apply(h, x.shape()));
        });
    }

    /** [b, c, h, w] as [b, h * w, c]. */
    private static Tensor tokens(Tensor map) {
        Shape shape = map.shape();
        return map.permute(0, 2, 3, 1).reshape(shape.dim(0), shape.dim(2) * shape.dim(3), shape.dim(1));
    }

    /** [b, h * w, c] as [b, c, h, w], the given shape. */
    private static Tensor map(Tensor tokens, Shape shape) {
        return tokens.reshape(shape.dim(0), shape.dim(2), shape.dim(3), shape.dim(1))
                .permute(0, 3, 1, 2);
    }
}
