package io.github.cones4j.diffusion.toyland.world;

import java.util.Locale;

/** What is painted over a thing's colour. */
public enum Pattern {
    PLAIN,
    STRIPES,
    SPOTS,
    CHECKS;

    /** The plural noun of the captions, for example {@code stripes}; {@code plain} for {@link #PLAIN}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
