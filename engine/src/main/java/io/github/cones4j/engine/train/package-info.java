/** Optimisers, learning-rate schedules, averages of weights, and the state of a run as named tensors. */
@NullMarked
package io.github.cones4j.engine.train;

import org.jspecify.annotations.NullMarked;
