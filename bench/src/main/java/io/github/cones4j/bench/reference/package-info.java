/** Cones4J beside PyTorch on the same processor: {@code bench/reference/run}. */
@NullMarked
package io.github.cones4j.bench.reference;

import org.jspecify.annotations.NullMarked;
