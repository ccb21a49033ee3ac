package io.github.cones4j.diffusion.toyland.world;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;

/**
 * Draws pictures. It is drawn with anti-aliasing on a canvas {@value #OVERSAMPLING} times as wide and high, then averaged
 * over squares. Same spec, same bytes, on any thread.
 */
public final class Renderer {
    /** Width and height of a picture in pixels. */
    public static final int SIZE = 64;

    private static final int OVERSAMPLING = 4;
    private static final int CANVAS = SIZE * OVERSAMPLING;

    private Renderer() {}

    /** The picture as sRGB bytes, [3, 64, 64] (channel, row, column). */
    public static byte[] bytes(PictureSpec spec) {
        int[] canvas = draw(spec);
        byte[] picture = new byte[3 * SIZE * SIZE];
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                int rgb = average(canvas, x, y);
                int at = y * SIZE + x;
                picture[at] = (byte) (rgb >> 16);
                picture[SIZE * SIZE + at] = (byte) (rgb >> 8);
                picture[2 * SIZE * SIZE + at] = (byte) rgb;
            }
        }
        return picture;
    }

    /** The picture as a model sees it: {@code byte / 127.5 - 1}, [3, 64, 64], -1 to 1. */
    public static float[] floats(PictureSpec spec) {
        byte[] bytes = bytes(spec);
        float[] picture = new float[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            picture[i] = (bytes[i] & 255) / 127.5f - 1;
        }
        return picture;
    }

    /** The picture as an image of 64 x 64 pixels. */
    public static BufferedImage image(PictureSpec spec) {
        int[] canvas = draw(spec);
        BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                image.setRGB(x, y, average(canvas, x, y));
            }
        }
        return image;
    }

    private static int[] draw(PictureSpec spec) {
        BufferedImage image = new BufferedImage(CANVAS, CANVAS, BufferedImage.TYPE_INT_RGB);
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        Graphics2D graphics = image.createGraphics();
        try {
            Brush brush = new Brush(graphics, pixels, OVERSAMPLING);
            Backdrops.paint(spec.scene(), new Dice(spec.sceneSeed()), brush);
            for (Thing thing : spec.things()) {
                Figures.paint(thing, spec.scene(), brush);
            }
        } finally {
            graphics.dispose();
        }
        return pixels;
    }

    /** The rounded mean of one square of the canvas. */
    private static int average(int[] canvas, int x, int y) {
        int red = 0;
        int green = 0;
        int blue = 0;
        for (int row = 0; row < OVERSAMPLING; row++) {
            int at = (y * OVERSAMPLING + row) * CANVAS + x * OVERSAMPLING;
            for (int column = 0; column < OVERSAMPLING; column++) {
                int rgb = canvas[at + column];
                red += rgb >> 16 & 255;
                green += rgb >> 8 & 255;
                blue += rgb & 255;
            }
        }
        int count = OVERSAMPLING * OVERSAMPLING;
        int half = count / 2;
        return Brush.rgb((red + half) / count, (green + half) / count, (blue + half) / count);
    }
}
