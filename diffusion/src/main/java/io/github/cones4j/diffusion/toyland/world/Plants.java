package io.github.cones4j.diffusion.toyland.world;

import static io.github.cones4j.diffusion.toyland.world.Figure.INK;
import static io.github.cones4j.diffusion.toyland.world.Figure.grow;
import static io.github.cones4j.diffusion.toyland.world.Shapes.bend;
import static io.github.cones4j.diffusion.toyland.world.Shapes.blob;
import static io.github.cones4j.diffusion.toyland.world.Shapes.circle;
import static io.github.cones4j.diffusion.toyland.world.Shapes.ellipse;
import static io.github.cones4j.diffusion.toyland.world.Shapes.polygon;
import static io.github.cones4j.diffusion.toyland.world.Shapes.roundBox;
import static io.github.cones4j.diffusion.toyland.world.Shapes.scallop;
import static io.github.cones4j.diffusion.toyland.world.Shapes.segment;

import java.awt.geom.Path2D;

/** Draws the plants. */
final class Plants {
    private static final int BARK = 0x7A4B2A;
    private static final int LEAF = 0x3F9A3E;

    private Plants() {}

    /** A trunk and a crown like a cloud. */
    static Anchors tree(Figure f) {
        double wide = grow(f.build().girth(), 36, 43);
        double high = grow(f.build().height(), 28, 35);
        double y = -70;
        f.part(polygon(-9, -46, 9, -46, 10, -12, 17, 0, -17, 0, -10, -12), BARK);
        int bumps = 7 + (int) (f.build().trait() * 2.99);
        f.coat(scallop(0, y, wide * 0.88, high * 0.88, bumps, 1.42, f.build().trait() * 3));
        return new Anchors(0, y - high + 1, 0, 0, -38, 0, y + 2);
    }

    /** A big blossom on a stem with two leaves. */
    static Anchors flower(Figure f) {
        double radius = grow(f.build().girth(), 36, 42);
        double y = -grow(f.build().height(), 64, 72);
        int petals = 5 + (int) (f.build().trait() * 2.99);
        f.tube(bend(0, 0, -4, -24, 0, y), LEAF, 5);
        f.part(blob(-2, -6, -14, -24, -34, -28, -26, -10), LEAF);
        f.part(blob(2, -10, 14, -28, 34, -32, 26, -14), LEAF);
        double turn = f.build().trait() * 5;
        f.coat(scallop(0, y, radius * 0.64, radius * 0.64, petals, 1.9, turn));
        for (int i = 0; i < petals; i++) {
            double angle = turn + 2 * Math.PI * i / petals;
            double cos = StrictMath.cos(angle);
            double sin = StrictMath.sin(angle);
            f.line(
                    segment(cos * radius * 0.3, y + sin * radius * 0.3, cos * radius * 0.6, y + sin * radius * 0.6),
                    Brush.mix(f.base(), INK, 0.6),
                    1.8);
        }
        boolean sunny = f.base() == Colour.YELLOW.rgb() || f.base() == Colour.ORANGE.rgb();
        f.part(circle(0, y, 10.5), sunny ? 0x7B4A26 : 0xFBD03A);
        return new Anchors(0, y - radius + 3, 0, 0, y + radius + 4, 0, y);
    }

    /** A cactus with two arms, in a clay pot. */
    static Anchors cactus(Figure f) {
        double half = grow(f.build().girth(), 17, 22);
        double top = -grow(f.build().height(), 94, 104);
        double left = grow(f.build().trait(), -44, -56);
        double right = grow(f.build().trait(), -56, -44);
        arm(f, -1, left, half);
        arm(f, 1, right, half);
        f.coat(roundBox(-half, top, half, -8, half * 0.95));
        int spine = f.base() == Colour.WHITE.rgb() ? 0x8A8A80 : 0xFFFDE8;
        for (double y = top + 14; f.isPlain() && y < -34; y += 16) {
            f.line(segment(-half + 6, y, -half + 6, y + 4), spine, 1.6);
            f.line(segment(half - 6, y + 6, half - 6, y + 10), spine, 1.6);
        }
        f.part(polygon(-24, -22, 24, -22, 18, 0, -18, 0), 0xC4673B);
        f.part(roundBox(-27, -28, 27, -20, 2), 0xD2774A);
        return new Anchors(0, top + 1, 0, 0, -36, 0, top / 2 - 16);
    }

    private static void arm(Figure f, int side, double y, double half) {
        Path2D path = new Path2D.Double();
        path.moveTo(0, y - 8);
        path.lineTo(side * (half + 5), y - 8);
        path.lineTo(side * (half + 5), y - 22);
        path.curveTo(side * (half + 5), y - 34, side * (half + 21), y - 34, side * (half + 21), y - 22);
        path.lineTo(side * (half + 21), y - 2);
        path.curveTo(side * (half + 21), y + 7, side * (half + 16), y + 9, side * (half + 10), y + 9);
        path.lineTo(0, y + 9);
        path.closePath();
        f.coat(path);
    }

    /** A wide cap on a pale stem. */
    static Anchors mushroom(Figure f) {
        double wide = grow(f.build().girth(), 43, 50);
        double top = -grow(f.build().height(), 84, 96);
        double stem = grow(f.build().trait(), 12, 17);
        f.part(blob(-stem, -48, stem, -48, stem + 1, -20, stem + 6, -2, 0, 0, -stem - 6, -2, -stem - 1, -20), 0xF6E9D0);
        f.part(ellipse(0, -44, wide * 0.8, 8), 0xE4CDA8);
        Path2D cap = new Path2D.Double();
        cap.moveTo(-wide, -46);
        cap.curveTo(-wide + 2, top + 14, -wide * 0.5, top, 0, top);
        cap.curveTo(wide * 0.5, top, wide - 2, top + 14, wide, -46);
        cap.curveTo(wide * 0.6, -36, wide * 0.3, -41, 0, -41);
        cap.curveTo(-wide * 0.3, -41, -wide * 0.6, -36, -wide, -46);
        cap.closePath();
        f.coat(cap);
        if (f.isPlain()) {
            f.gleam(-wide * 0.45, top * 0.78, 7, 4.5);
        }
        return new Anchors(0, top + 1, 0, 0, -34, 0, top / 2 - 23);
    }
}
