/** Noise schedules and samplers: DDPM, DDIM, PNDM, Euler. */
@NullMarked
package io.github.cones4j.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
