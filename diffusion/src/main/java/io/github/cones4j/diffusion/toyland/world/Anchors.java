package io.github.cones4j.diffusion.toyland.world;

/** Where a figure wears things: on top (hat, crown, flag; {@code lean} in degrees), at the neck (bow), on its side (star). */
record Anchors(double topX, double topY, double lean, double neckX, double neckY, double sideX, double sideY) {}
