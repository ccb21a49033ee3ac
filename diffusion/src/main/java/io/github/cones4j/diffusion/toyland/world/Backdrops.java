package io.github.cones4j.diffusion.toyland.world;

import static io.github.cones4j.diffusion.toyland.world.Shapes.blob;
import static io.github.cones4j.diffusion.toyland.world.Shapes.box;
import static io.github.cones4j.diffusion.toyland.world.Shapes.circle;
import static io.github.cones4j.diffusion.toyland.world.Shapes.ellipse;
import static io.github.cones4j.diffusion.toyland.world.Shapes.polygon;
import static io.github.cones4j.diffusion.toyland.world.Shapes.roundBox;
import static io.github.cones4j.diffusion.toyland.world.Shapes.scallop;
import static io.github.cones4j.diffusion.toyland.world.Shapes.segment;
import static io.github.cones4j.diffusion.toyland.world.Shapes.star;
import static io.github.cones4j.diffusion.toyland.world.Shapes.wave;

import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Path2D;

/** Draws the scenes, in units of the picture's pixels. The ground that things stand on begins at about y = 46. */
final class Backdrops {
    private static final int SIZE = Renderer.SIZE;

    private Backdrops() {}

    static void paint(Scene scene, Dice dice, Brush brush) {
        switch (scene) {
            case BEACH -> beach(dice, brush);
            case MEADOW -> meadow(dice, brush);
            case SNOW -> snow(dice, brush);
            case CITY -> city(dice, brush);
            case LIVING_ROOM -> livingRoom(dice, brush);
            case DESERT -> desert(dice, brush);
            case FOREST -> forest(dice, brush);
            case NIGHT -> night(dice, brush);
            case UNDERWATER -> underwater(dice, brush);
            case KITCHEN -> kitchen(dice, brush);
        }
    }

    private static void beach(Dice dice, Brush b) {
        double sea = dice.between(21, 26);
        double shore = dice.between(36, 40);
        boolean left = dice.chance(0.5);
        b.rows(0, sea, 0x6EC6F5, 0xD8F1FB);
        sun(b, left ? 53 : 11, 9, 0xFFE063);
        cloud(b, left ? dice.between(8, 22) : dice.between(42, 56), dice.between(7, 13), 1);
        b.rows(sea, shore + 3, 0x1E8FC8, 0x5CD3D6);
        for (int i = 0; i < 7; i++) {
            double x = dice.between(0, SIZE);
            double y = dice.between(sea + 2, shore - 3);
            b.line(segment(x, y, x + dice.between(3, 7), y), 0xFFFFFF, 0.8, 0.5);
        }
        double dip = dice.between(-2, 2);
        b.line(wave(-2, shore, 18, shore + 3 + dip, 44, shore - 3 - dip, 66, shore), 0xFFFFFF, 3);
        Path2D sand = ground(shore + 1, dip, -dip);
        b.fill(sand, 0xF6E0A4, 0xE6BE74, shore, SIZE);
        for (int i = 0; i < 14; i++) {
            b.fill(circle(dice.between(0, SIZE), dice.between(shore + 5, SIZE), 0.5), 0xC79B57, 0.8);
        }
        double x = left ? dice.between(4, 9) : dice.between(55, 60);
        b.fill(star(x, dice.between(57, 60), 3.4, 5, 0.45), 0xEF6F55);
    }

    private static void meadow(Dice dice, Brush b) {
        b.rows(0, 44, 0x7CC8F8, 0xE2F5FE);
        cloud(b, dice.between(6, 26), dice.between(7, 13), 1.2);
        cloud(b, dice.between(38, 58), dice.between(6, 15), 1);
        double far = dice.between(-4, 4);
        b.fill(ground(30, far, -far), 0xA6DB7D, 0x86C963, 26, 46);
        b.fill(ground(38, -far, far), 0x83CB55, 0x57AB3C, 34, SIZE);
        for (int i = 0; i < 22; i++) {
            double x = dice.between(0, SIZE);
            double y = dice.between(42, SIZE);
            b.line(segment(x, y, x + dice.between(-1, 1), y - 2.2), 0x3D8E30, 0.7, 0.9);
        }
        int[] petals = {0xFFFFFF, 0xFFE45C, 0xFF9FC4};
        for (int i = 0; i < 9; i++) {
            double x = dice.between(0, SIZE);
            double y = dice.between(44, SIZE - 1);
            b.fill(circle(x, y, 1.3), petals[dice.below(3)]);
            b.fill(circle(x, y, 0.5), 0xF0A020);
        }
    }

    private static void snow(Dice dice, Brush b) {
        b.rows(0, 46, 0xA9C4E4, 0xE9F1FA);
        double tilt = dice.between(-3, 3);
        b.fill(ground(33, tilt, -tilt), 0xF2F7FE, 0xD6E4F4, 30, 50);
        for (int i = 0; i < 5; i++) {
            double x = (i + dice.between(0.1, 0.9)) * SIZE / 5;
            pine(b, x, dice.between(34, 39), dice.between(12, 19));
        }
        b.fill(ground(41, -tilt, tilt), 0xFFFFFF, 0xDCE8F6, 38, SIZE);
        for (int i = 0; i < 3; i++) {
            b.fill(ellipse(dice.between(0, SIZE), dice.between(48, 62), dice.between(6, 12), 1.4), 0xC3D5EA, 0.6);
        }
        for (int i = 0; i < 26; i++) {
            b.fill(circle(dice.between(0, SIZE), dice.between(0, 44), dice.between(0.5, 1.1)), 0xFFFFFF, 0.95);
        }
    }

    private static void pine(Brush b, double x, double foot, double height) {
        b.fill(box(x - 0.8, foot - 2, x + 0.8, foot + 1), 0x6E4A34);
        for (int tier = 0; tier < 3; tier++) {
            double top = foot - height + tier * height * 0.25;
            double half = height * (0.16 + 0.07 * tier);
            double base = top + height * 0.4;
            b.fill(polygon(x, top, x + half, base, x - half, base), 0x3F7D6E);
            b.fill(
                    polygon(
                            x,
                            top,
                            x + half * 0.6,
                            top + height * 0.22,
                            x,
                            top + height * 0.16,
                            x - half * 0.6,
                            top + height * 0.22),
                    0xFFFFFF);
        }
    }

    private static void city(Dice dice, Brush b) {
        b.rows(0, 46, 0x9FC6E8, 0xF6E3CF);
        int[] walls = {0xC9705A, 0xE0A96D, 0x8C8FA8, 0xB9857F, 0x6F8FA8, 0xD9C08C};
        double x = -dice.between(0, 6);
        int turn = dice.below(walls.length);
        while (x < SIZE) {
            double width = dice.between(10, 15);
            double top = dice.between(6, 24);
            int wall = walls[turn++ % walls.length];
            b.fill(box(x, top, x + width, 46), wall, Brush.mix(wall, 0x3A3A55, 0.25));
            b.fill(box(x - 0.4, top - 1, x + width + 0.4, top + 0.8), Brush.mix(wall, 0x2A2030, 0.45));
            for (double wy = top + 3.5; wy < 42; wy += 5) {
                for (double wx = x + 2; wx + 2 < x + width; wx += 3.6) {
                    b.fill(box(wx, wy, wx + 1.9, wy + 2.7), dice.chance(0.4) ? 0xFFE9A0 : 0x3F5876);
                }
            }
            x += width + dice.between(0, 1.5);
        }
        b.fill(box(0, 43, SIZE, 47), 0xD6D2CB);
        b.fill(box(0, 46.4, SIZE, 47.4), 0x8E8B88);
        b.rows(47.5, SIZE, 0x686A75, 0x4E505B);
        for (double dash = -dice.between(0, 14); dash < SIZE; dash += 14) {
            b.fill(polygon(dash + 1, 58.5, dash + 8, 58.5, dash + 7, 60.8, dash, 60.8), 0xF5F1E2);
        }
    }

    private static void livingRoom(Dice dice, Brush b) {
        int[] papers = {0xF3D9B8, 0xEFCFC0, 0xE6D6EA, 0xF4E3B5};
        int paper = papers[dice.below(papers.length)];
        b.rows(0, 43, paper, Brush.mix(paper, 0x9A7050, 0.12));
        for (double x = 3; x < SIZE; x += 6) {
            b.fill(box(x, 0, x + 1.2, 41), Brush.mix(paper, 0xFFFFFF, 0.4));
        }
        boolean left = dice.chance(0.5);
        double frame = left ? dice.between(4, 9) : dice.between(37, 42);
        b.fill(roundBox(frame, 5, frame + 18, 20, 1), 0x9A6635);
        b.fill(box(frame + 1.6, 6.6, frame + 16.4, 18.4), 0xBFE3F3);
        b.fill(polygon(frame + 1.6, 18.4, frame + 6, 11, frame + 10, 15, frame + 13, 12, frame + 16.4, 18.4), 0x6FA86B);
        b.fill(circle(frame + 13.4, 9.4, 1.5), 0xFFD85A);
        double sofa = left ? 42 : -14;
        int cloth = dice.chance(0.5) ? 0xB5564E : 0x5B7F95;
        b.fill(roundBox(sofa, 26, sofa + 36, 48, 4), Brush.mix(cloth, 0xFFFFFF, 0.1), Brush.mix(cloth, 0x201020, 0.2));
        b.fill(roundBox(left ? sofa - 3 : sofa + 31, 33, left ? sofa + 6 : sofa + 40, 48, 3), cloth);
        b.line(
                roundBox(left ? sofa - 3 : sofa + 31, 33, left ? sofa + 6 : sofa + 40, 48, 3),
                Brush.mix(cloth, 0x201020, 0.5),
                0.6);
        b.rows(45, SIZE, 0xC68A52, 0xA96F3C);
        b.fill(box(0, 43, SIZE, 45.4), 0xFBF3E4);
        for (double y = 49; y < SIZE; y += 4.5) {
            b.fill(box(0, y, SIZE, y + 0.5), 0x8A5628, 0.6);
        }
        int rug = dice.chance(0.5) ? 0xC4463F : 0x3F7F8F;
        b.fill(ellipse(32, 57, 29, 6.4), rug);
        b.line(ellipse(32, 57, 26.4, 5.2), 0xF8E7C0, 0.8);
    }

    private static void desert(Dice dice, Brush b) {
        b.rows(0, 42, 0xF9A857, 0xFDE7B4);
        boolean left = dice.chance(0.5);
        b.fill(circle(left ? 50 : 14, 12, 6.5), 0xFFF6CF);
        b.fill(circle(left ? 50 : 14, 12, 9), 0xFFF6CF, 0.35);
        double x = left ? dice.between(-4, 6) : dice.between(34, 44);
        mesa(b, x, dice.between(17, 22), dice.between(17, 22));
        mesa(b, left ? x + 24 : x - 16, dice.between(24, 28), dice.between(10, 14));
        double tilt = dice.between(2, 5) * (left ? 1 : -1);
        b.fill(ground(37, tilt, -tilt), 0xEBA65A, 0xD98A42, 32, 52);
        b.fill(ground(44, -tilt, tilt), 0xF3BE6E, 0xDD9648, 40, SIZE);
        for (int i = 0; i < 5; i++) {
            double y = dice.between(49, 62);
            double from = dice.between(-4, 52);
            b.line(wave(from, y, from + 4, y - 1.5, from + 8, y + 1.5, from + 13, y), 0xC47C34, 0.7, 0.6);
        }
    }

    private static void mesa(Brush b, double x, double top, double width) {
        b.fill(
                polygon(x, 42, x + 3, top + 2, x + 4, top, x + width - 4, top, x + width - 3, top + 2, x + width, 42),
                0xC8623A,
                0xA84C32);
        b.fill(
                polygon(x + 3, top + 5, x + width - 3, top + 5, x + width - 2.6, top + 7.5, x + 2.6, top + 7.5),
                0xE08A55);
        b.fill(
                polygon(x + 2, top + 11, x + width - 2, top + 11, x + width - 1.6, top + 13, x + 1.6, top + 13),
                0xE08A55);
    }

    private static void forest(Dice dice, Brush b) {
        b.rows(0, 48, 0x9CC98B, 0x5E9464);
        for (int i = 0; i < 6; i++) {
            double x = (i + dice.between(0.2, 0.8)) * SIZE / 6;
            b.fill(box(x - 1.4, 0, x + 1.4, 44), 0x4F7B52);
        }
        for (int i = 0; i < 4; i++) {
            double x = (i + dice.between(0.15, 0.85)) * SIZE / 4;
            double half = dice.between(2.4, 3.6);
            b.fill(
                    polygon(
                            x - half,
                            0,
                            x + half,
                            0,
                            x + half + 0.5,
                            44,
                            x + half + 3,
                            48,
                            x - half - 3,
                            48,
                            x - half - 0.5,
                            44),
                    0x6B4630);
            b.fill(box(x - half, 0, x - half * 0.3, 45), 0x8A5F42);
        }
        for (int i = 0; i < 6; i++) {
            double x = (i + dice.between(0, 1)) * SIZE / 6;
            b.fill(scallop(x, dice.between(-3, 2), 9, 8, 7, 1.35, i), i % 2 == 0 ? 0x2E6B36 : 0x3B7F3F);
        }
        double tilt = dice.between(-2, 2);
        b.fill(ground(44, tilt, -tilt), 0x4C8A3C, 0x2F5F2C, 42, SIZE);
        for (int i = 0; i < 7; i++) {
            fern(b, dice.between(0, SIZE), dice.between(45, 50));
        }
        for (int i = 0; i < 12; i++) {
            b.fill(ellipse(dice.between(0, SIZE), dice.between(50, SIZE), 1.5, 0.6), 0xA9823F, 0.8);
        }
    }

    private static void fern(Brush b, double x, double y) {
        for (int leaf = -2; leaf <= 2; leaf++) {
            b.line(
                    wave(x, y, x + leaf, y - 3, x + leaf * 1.6, y - 4, x + leaf * 2.2, y - 4 + Math.abs(leaf)),
                    0x7DBB4E,
                    1);
        }
    }

    private static void night(Dice dice, Brush b) {
        b.rows(0, 46, 0x141B4D, 0x4A56A6);
        for (int i = 0; i < 30; i++) {
            b.fill(circle(dice.between(0, SIZE), dice.between(0, 38), dice.between(0.35, 0.75)), 0xFFF7D0);
        }
        for (int i = 0; i < 4; i++) {
            b.fill(star(dice.between(2, 62), dice.between(2, 30), 2, 4, 0.3), 0xFFFFFF);
        }
        double x = dice.chance(0.5) ? dice.between(9, 13) : dice.between(51, 55);
        b.fill(circle(x, 11, 9.5), 0xFFF3B8, 0.16);
        Area moon = new Area(circle(x, 11, 6.6));
        moon.subtract(new Area(circle(x + 3.4, 9.4, 5.6)));
        b.fill(moon, 0xFFF2B0);
        double tilt = dice.between(-3, 3);
        b.fill(ground(37, tilt, -tilt), 0x34437F, 0x2A3566, 34, 48);
        b.fill(ground(44, -tilt, tilt), 0x45639A, 0x2B3C6B, 40, SIZE);
        for (int i = 0; i < 14; i++) {
            double gx = dice.between(0, SIZE);
            double gy = dice.between(48, SIZE);
            b.line(segment(gx, gy, gx + 0.6, gy - 2), 0x6C8CC0, 0.6, 0.8);
        }
    }

    private static void underwater(Dice dice, Brush b) {
        b.rows(0, 50, 0x59D2E6, 0x1567A8);
        for (int i = 0; i < 3; i++) {
            double x = dice.between(2, 50);
            double width = dice.between(4, 8);
            b.fill(polygon(x, 0, x + width, 0, x + width - 8, 52, x - 14, 52), 0xFFFFFF, 0.14);
        }
        double tilt = dice.between(-2, 2);
        b.fill(ground(47, tilt, -tilt), 0xE3D29A, 0xB89A68, 45, SIZE);
        for (int i = 0; i < 3; i++) {
            double side = i % 2 == 0 ? dice.between(1, 12) : dice.between(52, 63);
            int weed = i == 1 ? 0x2FA36B : 0x1F8A5C;
            double foot = dice.between(50, 54);
            double height = dice.between(18, 30);
            b.line(
                    wave(
                            side,
                            foot,
                            side - 5,
                            foot - height * 0.3,
                            side + 5,
                            foot - height * 0.7,
                            side - 1,
                            foot - height),
                    weed,
                    2.2);
            b.line(
                    wave(
                            side + 2,
                            foot,
                            side + 6,
                            foot - height * 0.2,
                            side - 2,
                            foot - height * 0.5,
                            side + 4,
                            foot - height * 0.7),
                    weed,
                    2);
        }
        double coral = dice.chance(0.5) ? dice.between(4, 14) : dice.between(50, 60);
        for (int branch = -1; branch <= 1; branch++) {
            b.line(
                    wave(coral, 56, coral, 52, coral + branch * 4, 52, coral + branch * 4, 47 + Math.abs(branch)),
                    0xF5717F,
                    2);
        }
        for (int i = 0; i < 9; i++) {
            double x = dice.between(2, 62);
            double y = dice.between(2, 42);
            double radius = dice.between(0.8, 2.2);
            b.fill(circle(x, y, radius), 0xFFFFFF, 0.35);
            b.line(circle(x, y, radius), 0xFFFFFF, 0.5, 0.85);
        }
    }

    private static void kitchen(Dice dice, Brush b) {
        int[] tiles = {0xD7EFE3, 0xDCEBF5, 0xF6EFD2};
        int tile = tiles[dice.below(tiles.length)];
        b.rows(0, 46, 0xFFFFFF, 0xFFFFFF);
        int seam = Brush.mix(tile, 0x4A6A78, 0.3);
        b.rows(0, 45, tile, tile);
        for (double at = 3; at < SIZE; at += 8) {
            b.fill(box(at, 0, at + 0.7, 45), seam);
            if (at < 45) {
                b.fill(box(0, at, SIZE, at + 0.7), seam);
            }
        }
        boolean left = dice.chance(0.5);
        double shelf = left ? -2 : 34;
        b.fill(box(shelf, 16, shelf + 32, 18.2), 0xA9713F);
        int[] jars = {0xE2574C, 0xF3B63F, 0x5AA469, 0x4F86C6};
        int turn = dice.below(4);
        for (int i = 0; i < 4; i++) {
            double x = shelf + 4.5 + i * 6.6;
            double height = dice.between(5, 8);
            b.fill(roundBox(x, 16 - height, x + 4.6, 16, 1), jars[(turn + i) % 4]);
            b.fill(box(x - 0.2, 15.4 - height, x + 4.8, 17 - height), 0x6C4A32);
        }
        double rail = left ? 36 : 4;
        b.fill(box(rail, 5, rail + 24, 6.2), 0x70757F);
        for (int i = 0; i < 2; i++) {
            double x = rail + 6 + i * 12;
            b.fill(box(x - 0.5, 6, x + 0.5, 13), 0x5A5F6A);
            b.fill(circle(x, 16, 4.3), 0x5A5F6A);
            b.fill(circle(x, 16, 3), 0x7C828E);
        }
        b.rows(45, 48, 0xFBF7EF, 0xE3DACB);
        b.rows(48, SIZE, 0xD9A066, 0xB9793F);
        b.fill(box(0, 44.6, SIZE, 45.4), 0x8C6A4A);
        for (int i = 0; i < 7; i++) {
            double y = dice.between(49, 63);
            double x = dice.between(-4, 54);
            b.line(segment(x, y, x + dice.between(6, 14), y + 0.3), 0x9C6230, 0.5, 0.6);
        }
    }

    private static Path2D ground(double y, double rise, double fall) {
        Path2D path = new Path2D.Double();
        path.moveTo(-1, y);
        path.curveTo(18, y + rise, 44, y + fall, SIZE + 1, y);
        path.lineTo(SIZE + 1, SIZE + 1);
        path.lineTo(-1, SIZE + 1);
        path.closePath();
        return path;
    }

    private static void sun(Brush b, double x, double y, int rgb) {
        b.fill(circle(x, y, 8.2), rgb, 0.3);
        b.fill(circle(x, y, 5.6), rgb);
    }

    private static void cloud(Brush b, double x, double y, double size) {
        Shape cloud = blob(
                x - 8 * size,
                y + 2.5 * size,
                x - 7 * size,
                y - 1 * size,
                x - 3 * size,
                y - 1.6 * size,
                x - 0.5 * size,
                y - 4 * size,
                x + 3.5 * size,
                y - 2.4 * size,
                x + 5 * size,
                y - 0.4 * size,
                x + 8 * size,
                y + 0.4 * size,
                x + 8 * size,
                y + 2.5 * size);
        b.fill(cloud, 0xFFFFFF, 0.95);
    }
}
