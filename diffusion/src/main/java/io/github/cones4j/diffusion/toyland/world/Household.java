package io.github.cones4j.diffusion.toyland.world;

import static io.github.cones4j.diffusion.toyland.world.Figure.INK;
import static io.github.cones4j.diffusion.toyland.world.Figure.grow;
import static io.github.cones4j.diffusion.toyland.world.Shapes.blob;
import static io.github.cones4j.diffusion.toyland.world.Shapes.circle;
import static io.github.cones4j.diffusion.toyland.world.Shapes.dome;
import static io.github.cones4j.diffusion.toyland.world.Shapes.ellipse;
import static io.github.cones4j.diffusion.toyland.world.Shapes.polygon;
import static io.github.cones4j.diffusion.toyland.world.Shapes.roundBox;
import static io.github.cones4j.diffusion.toyland.world.Shapes.segment;
import static io.github.cones4j.diffusion.toyland.world.Shapes.wave;

import java.awt.geom.Path2D;

/** Draws the things of the house. */
final class Household {
    private static final int BRASS = 0xD9A441;
    private static final int WOOD = 0xA9713F;

    private Household() {}

    /** A mug of cocoa, its handle at the right. */
    static Anchors mug(Figure f) {
        double half = grow(f.build().girth(), 28, 36);
        double top = -grow(f.build().height(), 68, 82);
        double ring = grow(f.build().trait(), 15, 20);
        double x = -8;
        f.tube(ellipse(x + half, top * 0.48, ring, ring * 1.1), f.base(), 8);
        Path2D body = new Path2D.Double();
        body.moveTo(x - half, top);
        body.lineTo(x - half + 2, -8);
        body.curveTo(x - half + 3, 2, x + half - 3, 2, x + half - 2, -8);
        body.lineTo(x + half, top);
        body.closePath();
        f.coat(body);
        f.plain(ellipse(x, top, half, 10));
        f.part(ellipse(x, top + 1, half - 5, 6.5), 0x6B3F22);
        f.gleam(x - half + 8, top * 0.5, 3, -top * 0.24);
        return new Anchors(x, top - 6, 0, x + half - 2, top * 0.86, x, top * 0.45);
    }

    /** A round pot with spout, lid and handle. */
    static Anchors teapot(Figure f) {
        double half = grow(f.build().girth(), 28, 33);
        double top = -grow(f.build().height(), 58, 67);
        double spout = grow(f.build().trait(), -6, 4);
        f.tube(wave(-half + 6, top + 14, -58, top + 4, -56, -22, -half + 5, -18), f.base(), 7);
        f.plain(blob(
                half - 10,
                -34,
                half + 6,
                -38,
                half + 9,
                top + 4 + spout,
                half + 19,
                top - 1 + spout,
                half + 20,
                top + 4 + spout,
                half + 15,
                -24,
                half - 8,
                -14));
        f.part(roundBox(-20, -6, 20, 0, 3), f.shade());
        f.coat(blob(
                -20, top + 1, 20, top + 1, half - 2, top + 16, half, -26, 20, -4, -20, -4, -half, -26, -half + 2,
                top + 16));
        f.plain(dome(0, top + 4, 21, 14));
        f.plain(circle(0, top - 14, 6));
        f.gleam(-half * 0.52, top * 0.62, 4, 9);
        return new Anchors(0, top - 18, 0, 0, top + 6, 0, top * 0.48);
    }

    /** A table lamp: shade above, vase-like foot below. */
    static Anchors lamp(Figure f) {
        double half = grow(f.build().girth(), 34, 42);
        double top = -grow(f.build().height(), 98, 108);
        double neck = grow(f.build().trait(), 14, 22);
        f.fill(polygon(-half, top + 50, half, top + 50, half + 14, -4, -half - 14, -4), 0xFFF1A8, 0.28);
        f.tube(segment(0, top + 46, 0, -30), BRASS, 4);
        f.plain(blob(-6, top + 62, 6, top + 62, neck, -22, 14, -4, -14, -4, -neck, -22));
        f.part(roundBox(-22, -6, 22, 0, 3), BRASS);
        Path2D shade = new Path2D.Double();
        shade.moveTo(-half * 0.56, top);
        shade.curveTo(-half * 0.2, top - 3, half * 0.2, top - 3, half * 0.56, top);
        shade.lineTo(half, top + 52);
        shade.curveTo(half * 0.4, top + 58, -half * 0.4, top + 58, -half, top + 52);
        shade.closePath();
        f.coat(shade);
        return new Anchors(0, top - 1, 0, 0, top + 60, 0, top + 28);
    }

    /** An upholstered wooden chair, from the front. */
    static Anchors chair(Figure f) {
        double half = grow(f.build().girth(), 27, 33);
        double top = -grow(f.build().height(), 94, 106);
        double curve = grow(f.build().trait(), 4, 14);
        for (int side = -1; side <= 1; side += 2) {
            f.part(roundBox(side * (half - 5) - 3.5, -36, side * (half - 5) + 3.5, -7, 2), Brush.mix(WOOD, INK, 0.3));
            f.part(roundBox(side * half - 4, top + 8, side * half + 4, -40, 3), WOOD);
        }
        f.coat(roundBox(-half - 1, top, half + 1, -56, curve));
        f.part(polygon(-half, -40, half, -40, half + 9, -27, -half - 9, -27), WOOD);
        for (int side = -1; side <= 1; side += 2) {
            f.part(roundBox(side * (half + 4) - 4, -30, side * (half + 4) + 4, 0, 2), WOOD);
        }
        f.coat(blob(-half, -52, half, -52, half + 10, -38, half + 8, -30, -half - 8, -30, -half - 10, -38));
        return new Anchors(0, top, 0, 0, -58, 0, top / 2 - 28);
    }
}
