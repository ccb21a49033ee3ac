package io.github.cones4j.diffusion.toyland.world;

import java.util.List;

/**
 * All that a picture shows: the ground truth for classifiers, and enough to draw it.
 *
 * @param sceneSeed decides clouds, hills, furniture
 * @param things one or two, the farther one first
 */
public record PictureSpec(Scene scene, long sceneSeed, List<Thing> things) {
    public PictureSpec {
        things = List.copyOf(things);
        if (things.isEmpty() || things.size() > 2) {
            throw new IllegalArgumentException("picture: " + things.size() + " things, expected 1 or 2");
        }
    }
}
