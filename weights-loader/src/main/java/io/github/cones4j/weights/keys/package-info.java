/** Maps between the key names of single-file checkpoints and of the diffusers layout. */
@NullMarked
package io.github.cones4j.weights.keys;

import org.jspecify.annotations.NullMarked;
