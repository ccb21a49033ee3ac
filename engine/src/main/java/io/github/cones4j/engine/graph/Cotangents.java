package io.github.cones4j.engine.graph;

import java.util.function.Supplier;

/** Receives the cotangents that a {@link Op#vjp} offers. */
@FunctionalInterface
public interface Cotangents {
    /**
     * Offers the cotangent of one input.
     *
     * @param input position of the input
     * @param cotangent builds it; called only if a gradient is wanted along this input
     */
    void add(int input, Supplier<Tensor> cotangent);
}
