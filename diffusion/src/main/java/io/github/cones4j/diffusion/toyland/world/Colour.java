package io.github.cones4j.diffusion.toyland.world;

import java.util.Locale;

/** The colours that captions name, each with the sRGB value of its unshaded paint. */
public enum Colour {
    RED(0xDC2F2A),
    ORANGE(0xF58B1B),
    YELLOW(0xFBD83A),
    GREEN(0x4FAE3C),
    BLUE(0x2F62DA),
    PURPLE(0x8A3FBF),
    PINK(0xFA8FBE),
    BROWN(0x875330),
    WHITE(0xF7F6F1),
    BLACK(0x2B2B32),
    GRAY(0x979AA1),
    TEAL(0x17A7A6);

    private static final double CONTRAST =
            240; // below it lie brown on gray, pink on orange, blue on teal and their like

    private final int rgb;

    Colour(int rgb) {
        this.rgb = rgb;
    }

    /** The sRGB value, {@code 0xRRGGBB}. */
    public int rgb() {
        return rgb;
    }

    /** The adjective of the captions, for example {@code red}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a pattern of the one colour stands out on the other; symmetric, false for a colour and itself. */
    public boolean contrastsWith(Colour other) {
        return distance(other) >= CONTRAST;
    }

    /** The "redmean" distance of two sRGB colours, 0 to about 765 (T. Riemersma, Colour metric, compuphase.com). */
    double distance(Colour other) {
        int red = (rgb >> 16) - (other.rgb >> 16);
        int green = (rgb >> 8 & 255) - (other.rgb >> 8 & 255);
        int blue = (rgb & 255) - (other.rgb & 255);
        double mean = ((rgb >> 16) + (other.rgb >> 16)) / 2.0;
        return Math.sqrt((2 + mean / 256) * red * red + 4.0 * green * green + (2 + (255 - mean) / 256) * blue * blue);
    }
}
