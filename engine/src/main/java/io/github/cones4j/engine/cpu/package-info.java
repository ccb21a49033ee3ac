/** The CPU device: float32, Vector API kernels, several threads, the same bytes at any number of them. */
@NullMarked
package io.github.cones4j.engine.cpu;

import org.jspecify.annotations.NullMarked;
