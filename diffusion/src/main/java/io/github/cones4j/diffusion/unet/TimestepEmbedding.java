package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;

/** linear_2(silu(linear_1(t))): what every residual block hears of the timestep. */
public final class TimestepEmbedding {
    private final String name;
    private final Linear linear1;
    private final Linear linear2;

    /** From vectors of {@code in} to vectors of {@code out}. */
    public TimestepEmbedding(Params p, int in, int out) {
        name = p.name();
        linear1 = new Linear(p.at("linear_1"), in, out, true);
        linear2 = new Linear(p.at("linear_2"), out, out, true);
    }

    /** Shapes: t [b, in], result [b, out]. */
    public Tensor apply(Tensor t) {
        return Segment.named(name, () -> linear2.apply(linear1.apply(t).silu()));
    }
}
