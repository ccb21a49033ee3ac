package io.github.cones4j.weights.keys;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Shape;

/** A matrix and a 1x1 convolution hold the same numbers in the same order. */
final class Projections {
    private Projections() {}

    /** {@code [out,in,1,1]} as {@code [out,in]}; anything else unchanged. */
    static HostTensor linear(HostTensor tensor) {
        Shape shape = tensor.shape();
        return shape.rank() == 4 && shape.dim(2) == 1 && shape.dim(3) == 1
                ? tensor.reshape(shape.dim(0), shape.dim(1))
                : tensor;
    }

    /** {@code [out,in]} as {@code [out,in,1,1]}; anything else unchanged. */
    static HostTensor convolution(HostTensor tensor) {
        Shape shape = tensor.shape();
        return shape.rank() == 2 ? tensor.reshape(shape.dim(0), shape.dim(1), 1, 1) : tensor;
    }
}
