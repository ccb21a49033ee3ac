/** From text to a picture, from a picture to a picture, and the training loss. */
@NullMarked
package io.github.cones4j.diffusion.pipeline;

import org.jspecify.annotations.NullMarked;
