/**
 * Toyland, the small world of the embedded model: what there is in it ({@link
 * io.github.cones4j.diffusion.toyland.world.World}), how it looks ({@link
 * io.github.cones4j.diffusion.toyland.world.Renderer}), how one speaks of it ({@link
 * io.github.cones4j.diffusion.toyland.world.Captions}, {@link
 * io.github.cones4j.diffusion.toyland.world.Vocabulary}), and the individuals that training never shows ({@link
 * io.github.cones4j.diffusion.toyland.world.Subject}).
 */
@NullMarked
package io.github.cones4j.diffusion.toyland.world;

import org.jspecify.annotations.NullMarked;
