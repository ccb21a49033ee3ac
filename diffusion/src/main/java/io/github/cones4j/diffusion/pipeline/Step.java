package io.github.cones4j.diffusion.pipeline;

/**
 * A step that is done.
 *
 * @param number of the step, from 1
 * @param of how many there are
 * @param timestep at which the model was called, 999 is pure noise
 * @param latents after the step, [b, c, h, w]; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // a message, never compared
public record Step(int number, int of, double timestep, float[] latents) {}
