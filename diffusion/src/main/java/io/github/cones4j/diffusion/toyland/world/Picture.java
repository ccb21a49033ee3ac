package io.github.cones4j.diffusion.toyland.world;

/** A picture and what one may say of it. */
public record Picture(PictureSpec spec, String caption) {}
