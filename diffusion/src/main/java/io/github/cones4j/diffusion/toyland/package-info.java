/** Toyland: a small drawn world, the training of its models, and the embedded model. */
@NullMarked
package io.github.cones4j.diffusion.toyland;

import org.jspecify.annotations.NullMarked;
