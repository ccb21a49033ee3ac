/** Stored PyTorch cases, run against a model of this project. */
@NullMarked
package io.github.cones4j.diffusion.parity;

import org.jspecify.annotations.NullMarked;
