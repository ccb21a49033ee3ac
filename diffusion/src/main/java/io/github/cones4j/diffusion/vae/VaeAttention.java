package io.github.cones4j.diffusion.vae;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;

/** Self-attention with one head over the pixels of a map, added to it. */
final class VaeAttention {
    private final String name;
    private final GroupNorm groupNorm;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;
    private final Linear toOut;

    VaeAttention(Params p, int channels, int groups, double epsilon) {
        name = p.name();
        groupNorm = new GroupNorm(p.at("group_norm"), groups, channels, epsilon);
        toQ = new Linear(p.at("to_q"), channels, channels, true);
        toK = new Linear(p.at("to_k"), channels, channels, true);
        toV = new Linear(p.at("to_v"), channels, channels, true);
        toOut = new Linear(p.at("to_out").at(0), channels, channels, true);
    }

    /** Shapes: x and result [b, channels, h, w]. */
    Tensor apply(Tensor x) {
        return Segment.named(name, () -> {
            Shape shape = x.shape();
            Tensor pixels = groupNorm
                    .apply(x)
                    .permute(0, 2, 3, 1)
                    .reshape(shape.dim(0), shape.dim(2) * shape.dim(3), shape.dim(1));
            Tensor h = toQ.apply(pixels).attention(toK.apply(pixels), toV.apply(pixels), 1, false);
            return toOut.apply(h)
                    .reshape(shape.dim(0), shape.dim(2), shape.dim(3), shape.dim(1))
                    .permute(0, 3, 1, 2)
                    .add(x);
        });
    }
}
