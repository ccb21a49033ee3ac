package io.github.cones4j.diffusion.toyland.world;

import java.util.Locale;

/** What a thing wears: any kind can wear any of them. */
public enum Detail {
    NONE,
    HAT,
    CROWN,
    BOW,
    FLAG,
    STAR;

    /** The noun of the captions, for example {@code hat}; {@code none} for {@link #NONE}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
