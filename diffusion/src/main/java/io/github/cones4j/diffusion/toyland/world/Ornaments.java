package io.github.cones4j.diffusion.toyland.world;

import static io.github.cones4j.diffusion.toyland.world.Shapes.blob;
import static io.github.cones4j.diffusion.toyland.world.Shapes.circle;
import static io.github.cones4j.diffusion.toyland.world.Shapes.ellipse;
import static io.github.cones4j.diffusion.toyland.world.Shapes.polygon;
import static io.github.cones4j.diffusion.toyland.world.Shapes.roundBox;
import static io.github.cones4j.diffusion.toyland.world.Shapes.segment;
import static io.github.cones4j.diffusion.toyland.world.Shapes.star;

import java.awt.geom.Path2D;

/** Draws what things wear. */
final class Ornaments {
    private Ornaments() {}

    static void paint(Detail detail, Colour colour, Anchors at, Figure figure) {
        int rgb = colour.rgb();
        int second = colour == Colour.WHITE ? Colour.RED.rgb() : 0xFFFFFF;
        switch (detail) {
            case NONE -> {}
            case HAT ->
                figure.moved(at.topX(), at.topY(), at.lean(), () -> {
                    figure.part(roundBox(-11, -22, 11, 0, 2), rgb);
                    figure.fill(polygon(-10.5, -9, 10.5, -9, 10.5, -3.5, -10.5, -3.5), second);
                    figure.part(roundBox(-19, -4, 19, 2, 3), rgb);
                });
            case CROWN ->
                figure.moved(at.topX(), at.topY(), at.lean(), () -> {
                    figure.part(polygon(-15, 2, -19, -19, -8.5, -9, 0, -23, 8.5, -9, 19, -19, 15, 2), rgb);
                    figure.fill(circle(0, -5, 2.6), second);
                    figure.fill(circle(-9, -4, 2), second);
                    figure.fill(circle(9, -4, 2), second);
                });
            case BOW ->
                figure.moved(at.neckX(), at.neckY(), 0, () -> {
                    figure.part(blob(0, -2, -10, -11, -18, -9, -18, 9, -10, 11, 0, 2), rgb);
                    figure.part(blob(0, -2, 10, -11, 18, -9, 18, 9, 10, 11, 0, 2), rgb);
                    figure.part(ellipse(0, 0, 4.6, 5.4), rgb);
                });
            case FLAG ->
                figure.moved(at.topX(), at.topY(), at.lean(), () -> {
                    figure.tube(segment(0, 3, 0, -35), 0x8A6A48, 2.4);
                    Path2D cloth = new Path2D.Double();
                    cloth.moveTo(0, -34);
                    cloth.curveTo(-12, -41, -20, -27, -36, -34);
                    cloth.lineTo(-29, -23);
                    cloth.lineTo(-36, -12);
                    cloth.curveTo(-20, -5, -12, -19, 0, -12);
                    cloth.closePath();
                    figure.part(cloth, rgb);
                });
            case STAR -> figure.moved(at.sideX(), at.sideY(), 0, () -> figure.part(star(0, 0, 15, 5, 0.47), rgb));
        }
    }
}
