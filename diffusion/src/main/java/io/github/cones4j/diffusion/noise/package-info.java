/** Seeded normal noise, bit for bit as other tools draw it. */
@NullMarked
package io.github.cones4j.diffusion.noise;

import org.jspecify.annotations.NullMarked;
