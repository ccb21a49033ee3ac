package io.github.cones4j.engine.nn;

import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;

/** Convolution of pictures. Keys: {@code weight} [out, in, kernel, kernel] and {@code bias} [out]. */
public final class Conv2d {
    private final String name;
    private final Tensor weight;
    private final Tensor bias;
    private final int stride;
    private final Padding padding;

    /** A square kernel with the given step and zeros around the picture. */
    public Conv2d(Params p, int in, int out, int kernel, int stride, Padding padding) {
        name = p.name();
        weight = p.tensor("weight", out, in, kernel, kernel);
        bias = p.tensor("bias", out);
        this.stride = stride;
        this.padding = padding;
    }

    /** A square kernel of odd size that keeps the size of the picture. */
    public Conv2d(Params p, int in, int out, int kernel) {
        this(p, in, out, kernel, 1, Padding.same(kernel / 2));
    }

    /** Shapes: x [b, in, h, w], result [b, out, h', w']. */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> x.conv2d(weight, bias, stride, padding));
    }
}
