package io.github.cones4j.engine.nn;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;

/** Group normalisation with gain and bias per channel. Keys: {@code weight} [c] and {@code bias} [c]. */
public final class GroupNorm {
    private final String name;
    private final Tensor weight;
    private final Tensor bias;
    private final int groups;
    private final double epsilon;

    /** A layer over {@code channels} channels in {@code groups} groups. */
    public GroupNorm(Params p, int groups, int channels, double epsilon) {
        name = p.name();
        weight = p.tensor("weight", channels);
        bias = p.tensor("bias", channels);
        this.groups = groups;
        this.epsilon = epsilon;
    }

    /** Shapes: x and result [b, c, ...]. */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> x.groupNorm(groups, weight, bias, epsilon));
    }
}
