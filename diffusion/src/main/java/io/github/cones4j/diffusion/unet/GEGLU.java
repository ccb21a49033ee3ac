package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;

/** a * gelu(b) with [a, b] = proj(x) (Shazeer 2020, arXiv:2002.05202). */
public final class GEGLU {
    private final String name;
    private final int out;
    private final Linear proj;

    /** From {@code in} to {@code out} features. */
    public GEGLU(Params p, int in, int out) {
        name = p.name();
        this.out = out;
        proj = new Linear(p.at("proj"), in, 2 * out, true);
    }

    /** Shapes: x [..., in], result [..., out]. */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> {
            Tensor both = proj.apply(x);
            return both.slice(-1, 0, out).mul(both.slice(-1, out, 2 * out).gelu());
        });
    }
}
