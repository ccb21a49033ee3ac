package io.github.cones4j.diffusion.toyland.world;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/**
 * One thing while it is drawn, about 100 units long: x from -50 to 50, the ground at y = 0, upwards negative, looking right.
 */
final class Figure {
    static final int INK = 0x241C2B;
    private static final double OUTLINE = 2.6;

    private final Brush brush;
    private final Thing thing;

    Figure(Brush brush, Thing thing) {
        this.brush = brush;
        this.thing = thing;
    }

    Build build() {
        return thing.build();
    }

    int base() {
        return thing.colour().rgb();
    }

    boolean isPlain() {
        return thing.pattern() == Pattern.PLAIN;
    }

    /** The thing's colour, a little darker: what lies behind, or in the shade. */
    int shade() {
        return Brush.mix(base(), INK, 0.22);
    }

    /** The thing's colour, a little lighter. */
    int light() {
        return Brush.mix(base(), 0xFFFFFF, 0.3);
    }

    /** Grows from {@code low} to {@code high} with one of the build's numbers. */
    static double grow(double part, double low, double high) {
        return low + (high - low) * part;
    }

    /** A part in the thing's own colour and pattern. */
    void coat(Shape shape) {
        Rectangle2D box = shape.getBounds2D();
        shaded(shape, base(), box);
        if (!isPlain()) {
            brush.inside(shape, () -> pattern(box));
        }
        outline(shape, base());
    }

    /** A part in the thing's own colour, without its pattern. */
    void plain(Shape shape) {
        part(shape, base());
    }

    /** A part in any colour: filled, lit from above, outlined. */
    void part(Shape shape, int rgb) {
        shaded(shape, rgb, shape.getBounds2D());
        outline(shape, rgb);
    }

    void fill(Shape shape, int rgb) {
        brush.fill(shape, rgb);
    }

    void fill(Shape shape, int rgb, double opacity) {
        brush.fill(shape, rgb, opacity);
    }

    void line(Shape shape, int rgb, double width) {
        brush.line(shape, rgb, width);
    }

    /** A tube of a colour along a curve, outlined. */
    void tube(Shape curve, int rgb, double width) {
        brush.line(curve, edge(rgb), width + 2 * OUTLINE * 0.8);
        brush.line(curve, rgb, width);
    }

    void outline(Shape shape, int rgb) {
        brush.line(shape, edge(rgb), OUTLINE);
    }

    /** The soft light on something shiny. */
    void gleam(double x, double y, double radiusX, double radiusY) {
        brush.fill(Shapes.ellipse(x, y, radiusX, radiusY), 0xFFFFFF, 0.35);
    }

    /** A round eye, looking right. */
    void eye(double x, double y, double radius) {
        brush.fill(Shapes.circle(x, y, radius + 1.4), INK);
        brush.fill(Shapes.circle(x, y, radius), 0xFFFFFF);
        brush.fill(Shapes.circle(x + radius * 0.25, y, radius * 0.68), INK);
    }

    void turned(double degrees, double x, double y, Runnable painting) {
        brush.within(Shapes.rotation(degrees, x, y), painting);
    }

    void moved(double x, double y, double degrees, Runnable painting) {
        AffineTransform move = AffineTransform.getTranslateInstance(x, y);
        move.concatenate(Shapes.rotation(degrees, 0, 0));
        brush.within(move, painting);
    }

    private static int edge(int rgb) {
        return Brush.mix(rgb, INK, 0.68);
    }

    private static int lit(int rgb) {
        return Brush.mix(rgb, 0xFFFFFF, 0.18);
    }

    private static int dim(int rgb) {
        return Brush.mix(rgb, INK, 0.12);
    }

    private void shaded(Shape shape, int rgb, Rectangle2D box) {
        brush.fill(shape, lit(rgb), dim(rgb), box.getMinY(), box.getMaxY());
    }

    /** The pattern, over the whole box, in steps that survive at 64 pixels. */
    private void pattern(Rectangle2D box) {
        Build build = thing.build();
        int rgb = thing.patternColour().rgb();
        double middleX = box.getCenterX();
        double middleY = box.getCenterY();
        double reach = Math.hypot(box.getWidth(), box.getHeight()) / 2 + 2;
        double tilt = thing.pattern() == Pattern.CHECKS
                ? grow(build.patternTurn(), -10, 10)
                : grow(build.patternTurn(), -24, 24);
        double top = box.getMinY();
        double bottom = box.getMaxY();
        AffineTransform turn = Shapes.rotation(tilt, middleX, middleY);
        Path2D all = new Path2D.Double();
        double shift = build.patternShift();
        switch (thing.pattern()) {
            case PLAIN -> {}
            case STRIPES -> {
                double period = 18.5;
                for (double x = -reach - shift * period; x < reach; x += period) {
                    all.append(
                            Shapes.box(middleX + x, middleY - reach, middleX + x + period * 0.48, middleY + reach),
                            false);
                }
            }
            case SPOTS -> {
                double period = 19;
                int row = 0;
                for (double y = -reach - shift * period; y < reach + period; y += period * 0.8) {
                    double start = -reach - shift * period - (row++ % 2 == 0 ? 0 : period / 2);
                    for (double x = start; x < reach + period; x += period) {
                        all.append(Shapes.circle(middleX + x, middleY + y, 6), false);
                    }
                }
            }
            case CHECKS -> {
                double side = 11.5;
                int row = 0;
                for (double y = -reach - shift * side; y < reach; y += side) {
                    double start = -reach - shift * side - (row++ % 2 == 0 ? 0 : side);
                    for (double x = start; x < reach; x += 2 * side) {
                        all.append(Shapes.box(middleX + x, middleY + y, middleX + x + side, middleY + y + side), false);
                    }
                }
            }
        }
        brush.fill(turn.createTransformedShape(all), lit(rgb), dim(rgb), top, bottom);
    }
}
