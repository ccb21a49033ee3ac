/**
 * How noise is added in training and taken away in sampling: the samplers of diffusers, configured by its {@code
 * scheduler_config.json}.
 *
 * <p>Everywhere x_t = alpha x_0 + sigma eps ({@link io.github.cones4j.diffusion.schedule.NoiseLevel}); a {@link
 * io.github.cones4j.diffusion.schedule.Plan} says at which levels the model is called, a {@link
 * io.github.cones4j.diffusion.schedule.Sampler} goes through it once.
 */
@NullMarked
package io.github.cones4j.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
