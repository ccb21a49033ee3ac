package io.github.cones4j.diffusion.toyland.world;

import static io.github.cones4j.diffusion.toyland.world.Figure.INK;
import static io.github.cones4j.diffusion.toyland.world.Figure.grow;
import static io.github.cones4j.diffusion.toyland.world.Shapes.bend;
import static io.github.cones4j.diffusion.toyland.world.Shapes.blob;
import static io.github.cones4j.diffusion.toyland.world.Shapes.circle;
import static io.github.cones4j.diffusion.toyland.world.Shapes.ellipse;
import static io.github.cones4j.diffusion.toyland.world.Shapes.polygon;
import static io.github.cones4j.diffusion.toyland.world.Shapes.roundBox;
import static io.github.cones4j.diffusion.toyland.world.Shapes.segment;
import static io.github.cones4j.diffusion.toyland.world.Shapes.turned;
import static io.github.cones4j.diffusion.toyland.world.Shapes.wave;

/** Draws the animals. */
final class Animals {
    private static final int ROSE = 0xF2A0A8;
    private static final int BEAK = 0xF7A21E;

    private Animals() {}

    /** From the side: floppy ear, snout, wagging tail. */
    static Anchors dog(Figure f) {
        double stout = grow(f.build().girth(), -2, 4);
        double leg = grow(f.build().height(), -4, 4);
        double up = leg; // longer legs lift all above
        f.tube(wave(-36, -46 - up, -46, -48 - up, -50, -58 - up, -47, -70 - up), f.base(), 7);
        f.part(roundBox(-25, -30, -13, 0, 5), f.shade());
        f.part(roundBox(12, -30, 24, 0, 5), f.shade());
        f.plain(roundBox(-37, -32 - up, -24, 0, 5));
        f.plain(roundBox(19, -32 - up, 32, 0, 5));
        f.coat(blob(
                -40,
                -40 - up,
                -36,
                -56 - up - stout,
                -12,
                -60 - up - stout,
                14,
                -60 - up - stout,
                32,
                -62 - up,
                37,
                -44 - up,
                28,
                -24 - up + stout,
                -6,
                -20 - up + stout,
                -32,
                -23 - up + stout));
        f.plain(circle(28, -72 - up, 19));
        f.plain(ellipse(43, -65 - up, 12.5, 9.5));
        f.fill(ellipse(52, -69 - up, 5, 4.2), INK);
        f.line(bend(38, -59 - up, 44, -56 - up, 49, -60 - up), INK, 1.8);
        f.eye(34, -77 - up, 4.4);
        double ear = grow(f.build().trait(), 0, 8);
        f.part(
                blob(12, -86 - up, 22, -84 - up, 21, -64 - up, 15, -52 - up + ear, 6, -56 - up + ear, 5, -72 - up),
                f.shade());
        return new Anchors(25, -90 - up, -8, 27, -50 - up, -4, -42 - up);
    }

    /** Sitting, from the front: pointed ears, whiskers, curled tail. */
    static Anchors cat(Figure f) {
        double stout = grow(f.build().girth(), -3, 5);
        double head = grow(f.build().height(), 3, -3);
        f.tube(wave(18, -9, 52, -2, 50, -30, 40, -42), f.base(), 8);
        f.coat(blob(
                0,
                -62,
                17,
                -50,
                25 + stout,
                -28,
                28 + stout,
                -8,
                18,
                0,
                -18,
                0,
                -28 - stout,
                -8,
                -25 - stout,
                -28,
                -17,
                -50));
        f.plain(ellipse(-10, -4, 9, 6));
        f.plain(ellipse(10, -4, 9, 6));
        double ear = grow(f.build().trait(), -4, 4);
        double y = -66 + head;
        f.plain(polygon(-27, y - 8, -27, y - 36 - ear, -5, y - 18));
        f.plain(polygon(27, y - 8, 27, y - 36 - ear, 5, y - 18));
        f.fill(polygon(-23, y - 14, -24, y - 29 - ear, -12, y - 18), ROSE);
        f.fill(polygon(23, y - 14, 24, y - 29 - ear, 12, y - 18), ROSE);
        f.plain(ellipse(0, y, 29, 22));
        for (int side = -1; side <= 1; side += 2) {
            f.fill(ellipse(side * 11, y - 3, 6.6, 7.4), INK);
            f.fill(ellipse(side * 11, y - 3, 5.2, 6), 0xC9EC6A);
            f.fill(ellipse(side * 11, y - 3, 2.1, 5.4), INK);
            f.line(segment(side * 16, y + 8, side * 35, y + 5), INK, 1.2);
            f.line(segment(side * 16, y + 11, side * 34, y + 13), INK, 1.2);
            f.line(bend(0, y + 10, side * 4, y + 18, side * 9, y + 10), INK, 1.8);
        }
        f.fill(polygon(-4, y + 5, 4, y + 5, 0, y + 10), 0xE8707E);
        return new Anchors(0, y - 20, 0, 0, -42 + head / 2, 0, -24);
    }

    /** Sitting, from the side: long ears, cotton tail. */
    static Anchors rabbit(Figure f) {
        double stout = grow(f.build().girth(), -3, 4);
        double head = grow(f.build().height(), 3, -4);
        double ear = grow(f.build().trait(), -6, 6);
        f.part(circle(-40 - stout, -20, 10), 0xFBFAF5);
        f.part(roundBox(12, -26, 22, 0, 5), f.shade());
        f.coat(blob(
                -8,
                -58 - stout,
                14,
                -52,
                25,
                -34,
                22,
                -10,
                8,
                -1,
                -20,
                -1,
                -36 - stout,
                -12,
                -40 - stout,
                -32,
                -28,
                -52 - stout));
        f.plain(roundBox(18, -28, 28, 0, 5));
        f.plain(roundBox(-30, -10, 4, 0, 5));
        f.line(bend(-30, -22, -22, -38, -4, -30), Brush.mix(f.base(), INK, 0.6), 2);
        double y = -62 + head;
        ear(f, 12, y - 12, -14, ear, f.shade());
        ear(f, 22, y - 13, 8, ear, f.base());
        f.plain(ellipse(24, y, 20, 17.5));
        f.eye(30, y - 4, 4.2);
        f.fill(circle(25, y + 6, 3.6), 0xF7A6B4, 0.75);
        f.fill(ellipse(43, y + 1, 3.2, 2.8), 0xE8607A);
        return new Anchors(20, y - 15, 6, 18, -44 + head / 2, -8, -30);
    }

    private static void ear(Figure f, double x, double y, double lean, double longer, int rgb) {
        f.part(turned(ellipse(x, y - 17 - longer / 2, 6.6, 20 + longer / 2), lean, x, y), rgb);
        f.fill(turned(ellipse(x, y - 17 - longer / 2, 2.8, 14 + longer / 2), lean, x, y), ROSE);
    }

    /** From the side: round, with beak, wing and thin legs. */
    static Anchors bird(Figure f) {
        double stout = grow(f.build().girth(), -3, 3);
        double up = grow(f.build().height(), -3, 4);
        double tail = grow(f.build().trait(), -4, 6);
        for (int x = -6; x <= 8; x += 14) {
            f.tube(segment(x, -24 - up, x, -1), BEAK, 2.4);
            f.tube(segment(x, -1, x + 8, -1), BEAK, 2.4);
        }
        f.part(
                polygon(-24, -50 - up, -46 - tail, -70 - up, -52 - tail, -58 - up, -44 - tail, -46 - up, -22, -36 - up),
                f.shade());
        f.part(polygon(38, -80 - up, 56, -72 - up, 38, -66 - up), BEAK);
        f.coat(blob(
                22,
                -92 - up,
                38,
                -84 - up,
                40,
                -68 - up,
                34,
                -40 - up,
                16,
                -20 - up + stout,
                -10,
                -18 - up + stout,
                -30,
                -34 - up,
                -32,
                -50 - up,
                -14,
                -60 - up - stout,
                4,
                -70 - up,
                8,
                -86 - up));
        if (!f.isPlain()) {
            f.fill(circle(27, -77 - up, 12.5), f.base());
        }
        f.eye(28, -79 - up, 4.6);
        f.part(blob(-24, -48 - up, -8, -54 - up, 6, -48 - up, 2, -36 - up, -14, -32 - up, -34, -38 - up), f.shade());
        return new Anchors(20, -90 - up, -6, 28, -58 - up, 14, -40 - up);
    }

    /** Hovering, from the side: fins, big eye. */
    static Anchors fish(Figure f) {
        double stout = grow(f.build().girth(), -4, 6);
        double fin = grow(f.build().trait(), -3, 6);
        double y = grow(f.build().height(), -38, -46);
        f.part(blob(-26, y, -40, y - 16, -54, y - 24 - fin, -48, y, -54, y + 24 + fin, -40, y + 16), f.light());
        f.part(blob(-14, y - 20, -8, y - 38 - fin - stout, 12, y - 38 - stout, 24, y - 20), f.light());
        f.part(blob(-6, y + 18, -12, y + 32 + stout, 4, y + 33 + stout, 10, y + 18), f.light());
        f.coat(blob(
                -32,
                y,
                -14,
                y - 19 - stout,
                12,
                y - 25 - stout,
                36,
                y - 17,
                48,
                y + 1,
                36,
                y + 16,
                12,
                y + 24 + stout,
                -14,
                y + 18 + stout));
        if (!f.isPlain()) {
            f.fill(blob(24, y - 21, 36, y - 16.5, 46.5, y + 1, 36, y + 15, 24, y + 20, 28, y), f.base());
        }
        f.line(bend(24, y - 20, 32, y, 23, y + 19), Brush.mix(f.base(), INK, 0.6), 2);
        f.eye(34, y - 6, 5.4);
        f.line(bend(47, y + 5, 42, y + 9, 38, y + 7), INK, 2);
        f.part(blob(4, y + 2, 0, y + 12, -12, y + 14, -12, y + 4), f.light());
        return new Anchors(20, y - 22 - stout, 8, 22, y + 18, 2, y - 3);
    }
}
