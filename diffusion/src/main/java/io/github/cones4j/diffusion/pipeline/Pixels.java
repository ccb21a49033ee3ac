package io.github.cones4j.diffusion.pipeline;

import java.awt.image.BufferedImage;

/** Between pictures and what models see: float32 [batch, 3, height, width], red, green, blue, from -1 (black) to 1 (white). */
public final class Pixels {
    private Pixels() {}

    /** Pictures of one size, as a model sees them: value / 127.5 - 1. */
    public static float[] of(BufferedImage... images) {
        int width = images[0].getWidth();
        int height = images[0].getHeight();
        int plane = width * height;
        float[] pixels = new float[images.length * 3 * plane];
        int[] rgb = new int[plane];
        for (int n = 0; n < images.length; n++) {
            BufferedImage image = images[n];
            if (image.getWidth() != width || image.getHeight() != height) {
                throw new IllegalArgumentException("pictures of one batch must have one size, found " + width + "x"
                        + height + " and " + image.getWidth() + "x" + image.getHeight());
            }
            image.getRGB(0, 0, width, height, rgb, 0, width);
            for (int channel = 0; channel < 3; channel++) {
                int at = (3 * n + channel) * plane;
                int shift = 16 - 8 * channel;
                for (int i = 0; i < plane; i++) {
                    pixels[at + i] = ((rgb[i] >> shift) & 0xff) / 127.5f - 1f;
                }
            }
        }
        return pixels;
    }

    /**
     * One picture of a batch: (x / 2 + 1/2) * 255, clamped and rounded to nearest, ties to even, as diffusers does.
     *
     * @param pixels [batch, 3, height, width]
     * @param index which picture
     */
    public static BufferedImage image(float[] pixels, int index, int height, int width) {
        int plane = width * height;
        if (index < 0 || pixels.length < (index + 1) * 3 * plane) {
            throw new IllegalArgumentException(
                    "picture " + index + " of " + width + "x" + height + " is not within " + pixels.length + " values");
        }
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] rgb = new int[plane];
        for (int channel = 0; channel < 3; channel++) {
            int at = (3 * index + channel) * plane;
            int shift = 16 - 8 * channel;
            for (int i = 0; i < plane; i++) {
                rgb[i] |= (int) Math.rint(Math.clamp(pixels[at + i] / 2f + 0.5f, 0f, 1f) * 255f) << shift;
            }
        }
        image.setRGB(0, 0, width, height, rgb, 0, width);
        return image;
    }
}
