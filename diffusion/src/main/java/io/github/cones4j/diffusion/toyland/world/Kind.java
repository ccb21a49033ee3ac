package io.github.cones4j.diffusion.toyland.world;

import java.util.Locale;

/** The kinds of things in Toyland; the caption's noun is {@link #word()}. */
public enum Kind {
    DOG,
    CAT,
    RABBIT,
    BIRD,
    FISH,
    CAR,
    BOAT,
    TRAIN,
    MUG,
    TEAPOT,
    LAMP,
    CHAIR,
    TREE,
    FLOWER,
    CACTUS,
    MUSHROOM;

    /** The noun of the captions, for example {@code dog}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
