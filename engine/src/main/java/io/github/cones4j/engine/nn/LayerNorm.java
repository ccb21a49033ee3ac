package io.github.cones4j.engine.nn;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;

/** Layer normalisation with gain and bias per feature. Keys: {@code weight} [c] and {@code bias} [c]. */
public final class LayerNorm {
    private final String name;
    private final Tensor weight;
    private final Tensor bias;
    private final double epsilon;

    /** A layer over {@code features} features. */
    public LayerNorm(Params p, int features, double epsilon) {
        name = p.name();
        weight = p.tensor("weight", features);
        bias = p.tensor("bias", features);
        this.epsilon = epsilon;
    }

    /** Shapes: x and result [..., features]. */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> x.layerNorm(weight, bias, epsilon));
    }
}
