/**
 * Tensors as nodes of a graph, the closed families of operations, shape inference and reverse-mode differentiation.
 *
 * <p>Everything here is a pure value: no memory, no threads, no input or output.
 */
@NullMarked
package io.github.cones4j.engine.graph;

import org.jspecify.annotations.NullMarked;
