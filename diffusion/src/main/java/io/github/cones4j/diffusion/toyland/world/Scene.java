package io.github.cones4j.diffusion.toyland.world;

/** The places of Toyland, each with the phrase by which captions name it. */
public enum Scene {
    BEACH("on the beach"),
    MEADOW("in the meadow"),
    SNOW("in the snow"),
    CITY("in the city"),
    LIVING_ROOM("in the living room"),
    DESERT("in the desert"),
    FOREST("in the forest"),
    NIGHT("under the night sky"),
    UNDERWATER("under water"),
    KITCHEN("in the kitchen");

    private final String phrase;

    Scene(String phrase) {
        this.phrase = phrase;
    }

    /** The end of a caption, for example {@code on the beach}. */
    public String phrase() {
        return phrase;
    }
}
