package io.github.cones4j.concepts.report;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/** A picture as the bytes of a PNG file, with what is said of it. Immutable. */
public final class Picture {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    private final byte[] png;
    private final String alternative;
    private final String note;

    private Picture(byte[] png, String alternative, String note) {
        this.png = png;
        this.alternative = alternative;
        this.note = note;
    }

    /**
     * A picture.
     *
     * @param png a PNG file
     * @param alternative what the picture shows, for those who cannot see it
     * @param note a few characters below the picture, as its similarity, or the empty string
     * @throws IllegalArgumentException if it is no PNG file
     */
    public static Picture ofPng(byte[] png, String alternative, String note) {
        boolean isPng = png.length > 24 && Arrays.equals(SIGNATURE, 0, 8, png, 0, 8);
        if (!isPng) {
            throw new IllegalArgumentException(
                    "picture \"" + alternative + "\": " + png.length + " bytes that do not begin as a PNG file does");
        }
        return new Picture(png.clone(), alternative, note);
    }

    /** Width in pixels. */
    public int width() {
        return ByteBuffer.wrap(png).getInt(16);
    }

    /** Height in pixels. */
    public int height() {
        return ByteBuffer.wrap(png).getInt(20);
    }

    /** What the picture shows. */
    public String alternative() {
        return alternative;
    }

    /** What stands below it; empty if nothing does. */
    public String note() {
        return note;
    }

    /** The file in base 64. */
    String base64() {
        return Base64.getEncoder().encodeToString(png);
    }
}
