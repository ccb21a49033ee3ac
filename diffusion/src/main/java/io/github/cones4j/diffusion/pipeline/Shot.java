package io.github.cones4j.diffusion.pipeline;

/**
 * One picture that is asked for.
 *
 * @param prompt what it should show
 * @param seed of its noise: the same picture alone and in any batch
 */
public record Shot(String prompt, long seed) {}
