package io.github.cones4j.diffusion.toyland.world;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.Arrays;

/** Paints on one canvas, in units of the picture's pixels until {@link #within} moves the origin. Colours are {@code 0xRRGGBB}. */
final class Brush {
    private final Graphics2D graphics;
    private final int[] pixels;
    private final int oversampling;

    Brush(Graphics2D graphics, int[] pixels, int oversampling) {
        this.graphics = graphics;
        this.pixels = pixels;
        this.oversampling = oversampling;
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_SPEED);
        graphics.setRenderingHint(RenderingHints.KEY_DITHERING, RenderingHints.VALUE_DITHER_DISABLE);
        graphics.scale(oversampling, oversampling);
    }

    static int rgb(int red, int green, int blue) {
        return (red << 16) | (green << 8) | blue;
    }

    /** Mixes two colours, channel by channel: {@code part} 0 gives the first, 1 the second. */
    static int mix(int first, int second, double part) {
        return rgb(
                channel(first >> 16, second >> 16, part),
                channel(first >> 8 & 255, second >> 8 & 255, part),
                channel(first & 255, second & 255, part));
    }

    private static int channel(int first, int second, double part) {
        return (int) (first + (second - first) * part + 0.5);
    }

    /** Fills whole rows, from {@code top} to {@code bottom}, running from one colour to the other. Knows no transform. */
    void rows(double top, double bottom, int topRgb, int bottomRgb) {
        int from = (int) (top * oversampling);
        int to = (int) (bottom * oversampling);
        int width = Renderer.SIZE * oversampling;
        for (int y = from; y < to; y++) {
            double part = (y + 0.5 - from) / (to - from);
            Arrays.fill(pixels, y * width, (y + 1) * width, mix(topRgb, bottomRgb, part));
        }
    }

    void fill(Shape shape, int rgb) {
        graphics.setPaint(new Color(rgb));
        graphics.fill(shape);
    }

    void fill(Shape shape, int rgb, double opacity) {
        graphics.setPaint(translucent(rgb, opacity));
        graphics.fill(shape);
    }

    /** Fills, running from one colour at the shape's top to another at its bottom. */
    void fill(Shape shape, int topRgb, int bottomRgb) {
        Rectangle2D box = shape.getBounds2D();
        fill(shape, topRgb, bottomRgb, box.getMinY(), box.getMaxY());
    }

    void fill(Shape shape, int topRgb, int bottomRgb, double top, double bottom) {
        graphics.setPaint(
                new GradientPaint(0, (float) top, new Color(topRgb), 0, (float) bottom, new Color(bottomRgb)));
        graphics.fill(shape);
    }

    void line(Shape shape, int rgb, double width) {
        stroke(shape, new Color(rgb), width);
    }

    void line(Shape shape, int rgb, double width, double opacity) {
        stroke(shape, translucent(rgb, opacity), width);
    }

    private void stroke(Shape shape, Color colour, double width) {
        graphics.setPaint(colour);
        graphics.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.draw(shape);
    }

    private static Color translucent(int rgb, double opacity) {
        return new Color(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255, (int) (opacity * 255 + 0.5));
    }

    /** Paints in moved coordinates. */
    void within(AffineTransform move, Runnable painting) {
        AffineTransform before = graphics.getTransform();
        graphics.transform(move);
        painting.run();
        graphics.setTransform(before);
    }

    /** Paints only inside a shape. */
    void inside(Shape shape, Runnable painting) {
        Shape before = graphics.getClip();
        graphics.clip(shape);
        painting.run();
        graphics.setClip(before);
    }
}
