package io.github.cones4j.diffusion.pipeline;

import java.awt.image.BufferedImage;

/**
 * A picture of 8 bits a channel.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb rows from the top, three bytes a pixel, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // a value only in name: pictures are not compared, and copying them is dear
public record Picture(int width, int height, byte[] rgb) {
    private static final double LEVELS = 255;

    /** Checks the size. */
    public Picture {
        if (rgb.length != 3 * width * height) {
            throw new IllegalArgumentException(
                    width + "x" + height + " pixels need " + 3 * width * height + " bytes, got " + rgb.length);
        }
    }

    /**
     * One picture of a decoded batch.
     *
     * @param values [b, 3, height, width] in -1..1; beyond that they are clamped
     * @param index which of the batch
     */
    static Picture ofPlanes(float[] values, int index, int width, int height) {
        int pixels = width * height;
        byte[] rgb = new byte[3 * pixels];
        for (int channel = 0; channel < 3; channel++) {
            for (int i = 0; i < pixels; i++) {
                double value = values[(3 * index + channel) * pixels + i] / 2.0 + 0.5;
                rgb[3 * i + channel] = (byte) Math.rint(Math.clamp(value, 0, 1) * LEVELS);
            }
        }
        return new Picture(width, height, rgb);
    }

    /** The picture as [3, height, width] in -1..1. */
    public float[] toPlanes() {
        int pixels = width * height;
        float[] values = new float[3 * pixels];
        for (int i = 0; i < values.length; i++) {
            int level = rgb[3 * (i % pixels) + i / pixels] & 0xFF;
            values[i] = (float) (level / LEVELS * 2 - 1);
        }
        return values;
    }

    /** The picture as Java2D has it. */
    public BufferedImage toImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            int red = rgb[3 * i] & 0xFF;
            int green = rgb[3 * i + 1] & 0xFF;
            int blue = rgb[3 * i + 2] & 0xFF;
            image.setRGB(i % width, i / width, (red << 16) | (green << 8) | blue);
        }
        return image;
    }

    /** A picture of Java2D; transparency is dropped. */
    public static Picture of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            int colour = image.getRGB(i % width, i / width);
            rgb[3 * i] = (byte) (colour >> 16);
            rgb[3 * i + 1] = (byte) (colour >> 8);
            rgb[3 * i + 2] = (byte) colour;
        }
        return new Picture(width, height, rgb);
    }
}
