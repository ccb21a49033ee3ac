package io.github.cones4j.diffusion.pipeline;

/** A finished picture, what was asked for, and how it was made. */
public record Generated(Shot shot, Picture picture, Recipe recipe) {}
