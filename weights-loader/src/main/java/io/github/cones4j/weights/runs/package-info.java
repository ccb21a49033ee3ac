/** Checkpoints of training runs: written beside, forced to the disk, renamed. */
@NullMarked
package io.github.cones4j.weights.runs;

import org.jspecify.annotations.NullMarked;
