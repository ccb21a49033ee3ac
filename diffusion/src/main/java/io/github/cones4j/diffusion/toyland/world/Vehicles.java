package io.github.cones4j.diffusion.toyland.world;

import static io.github.cones4j.diffusion.toyland.world.Figure.INK;
import static io.github.cones4j.diffusion.toyland.world.Figure.grow;
import static io.github.cones4j.diffusion.toyland.world.Shapes.box;
import static io.github.cones4j.diffusion.toyland.world.Shapes.circle;
import static io.github.cones4j.diffusion.toyland.world.Shapes.ellipse;
import static io.github.cones4j.diffusion.toyland.world.Shapes.polygon;
import static io.github.cones4j.diffusion.toyland.world.Shapes.roundBox;
import static io.github.cones4j.diffusion.toyland.world.Shapes.segment;

import java.awt.geom.Path2D;

/** Draws the vehicles. */
final class Vehicles {
    private static final int GLASS = 0xBFE6F7;
    private static final int TYRE = 0x2E2C36;
    private static final int HUB = 0xD5D8DE;
    private static final int GOLD = 0xF4C542;

    private Vehicles() {}

    /** A round little car, driving right. */
    static Anchors car(Figure f) {
        double roof = -64 - grow(f.build().height(), -5, 7);
        double back = grow(f.build().girth(), -4, 4);
        Path2D body = new Path2D.Double();
        body.moveTo(-50, -14);
        body.curveTo(-53, -36, -46, -40, -36, -42);
        body.curveTo(-32, roof + 6, -24 - back, roof, -8, roof);
        body.curveTo(14, roof, 20, roof + 8, 28, -42);
        body.curveTo(46, -40, 53, -34, 51, -14);
        body.closePath();
        f.coat(body);
        double sill = -40;
        f.part(polygon(-28, sill, -22 - back / 2, roof + 8, -6, roof + 7, -6, sill), GLASS);
        f.part(polygon(0, sill, 0, roof + 7, 12, roof + 9, 21, sill), GLASS);
        f.line(segment(-3, sill, -3, -18), Brush.mix(f.base(), INK, 0.6), 1.8);
        f.part(ellipse(46, -30, 4, 5), 0xFFF3B0);
        f.part(roundBox(-54, -19, -40, -12, 3), HUB);
        f.part(roundBox(41, -19, 55, -12, 3), HUB);
        double wheel = grow(f.build().trait(), 11.5, 14.5);
        for (int x = -28; x <= 28; x += 56) {
            f.part(circle(x, -wheel, wheel), TYRE);
            f.part(circle(x, -wheel, wheel * 0.5), HUB);
        }
        return new Anchors(-6, roof - 1, 0, 31, -45, -17, -29);
    }

    /** A sailing boat with a big and a small sail. */
    static Anchors boat(Figure f) {
        double top = -100 - grow(f.build().height(), -6, 4);
        double width = grow(f.build().girth(), 38, 44);
        double jib = grow(f.build().trait(), 26, 34);
        f.tube(segment(-2, -24, -2, top - 2), 0x8C5A33, 3.4);
        Path2D main = new Path2D.Double();
        main.moveTo(3, top + 4);
        main.curveTo(22, top + 20, width, -62, width, -36);
        main.curveTo(30, -32, 14, -32, 3, -34);
        main.closePath();
        f.coat(main);
        Path2D small = new Path2D.Double();
        small.moveTo(-7, top + 14);
        small.curveTo(-16, top + 32, -jib, -52, -jib - 4, -36);
        small.curveTo(-24, -33, -14, -33, -7, -34);
        small.closePath();
        f.part(small, f.light());
        Path2D hull = new Path2D.Double();
        hull.moveTo(-50, -27);
        hull.lineTo(50, -27);
        hull.curveTo(46, -8, 38, 0, 26, 0);
        hull.lineTo(-28, 0);
        hull.curveTo(-42, 0, -48, -12, -50, -27);
        hull.closePath();
        f.coat(hull);
        f.part(roundBox(-52, -31, 52, -25, 3), 0xB8793F);
        return new Anchors(-2, top, 0, -2, -31, 15, -48);
    }

    /** A steam engine, puffing to the right. */
    static Anchors train(Figure f) {
        double roof = -78 - grow(f.build().height(), -4, 5);
        double boiler = -55 - grow(f.build().girth(), -3, 4);
        double funnel = boiler - grow(f.build().trait(), 17, 24);
        f.fill(circle(22, funnel - 10, 7), 0xFFFFFF, 0.85);
        f.fill(circle(10, funnel - 17, 8.5), 0xFFFFFF, 0.7);
        f.part(polygon(27, boiler + 2, 24, funnel, 40, funnel, 37, boiler + 2), TYRE);
        f.part(roundBox(21, funnel - 3, 43, funnel + 3, 2), TYRE);
        f.part(roundBox(2, boiler - 7, 14, boiler + 5, 5), GOLD);
        f.coat(roundBox(-18, boiler, 46, -20, 9));
        f.coat(box(-46, roof, -12, -18));
        f.part(roundBox(-39, roof + 9, -19, roof + 27, 3), GLASS);
        f.part(roundBox(-52, roof - 6, -6, roof + 2, 3), TYRE);
        f.part(roundBox(-50, -22, 46, -13, 2), TYRE);
        f.part(polygon(42, -22, 56, -1, 38, -1), GOLD);
        f.part(circle(47, boiler + 13, 5), 0xFFF3B0);
        wheel(f, -31, 14);
        wheel(f, 2, 10.5);
        wheel(f, 27, 10.5);
        return new Anchors(-29, roof - 6, 0, -14, -40, 16, -38);
    }

    private static void wheel(Figure f, double x, double radius) {
        f.part(circle(x, -radius, radius), 0xC8483C);
        f.part(circle(x, -radius, radius * 0.45), GOLD);
    }
}
