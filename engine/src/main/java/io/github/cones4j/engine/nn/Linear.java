package io.github.cones4j.engine.nn;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** y = x W^T + b. Keys: {@code weight} [out, in] and, if there is one, {@code bias} [out]. */
public final class Linear {
    private final String name;
    private final Tensor weight;
    private final @Nullable Tensor bias;

    /** A layer from {@code in} to {@code out} features. */
    public Linear(Params p, int in, int out, boolean withBias) {
        name = p.name();
        weight = p.tensor("weight", out, in);
        bias = withBias ? p.tensor("bias", out) : null;
    }

    /** Shapes: x [..., in], result [..., out]. */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> x.linear(weight, bias));
    }
}
