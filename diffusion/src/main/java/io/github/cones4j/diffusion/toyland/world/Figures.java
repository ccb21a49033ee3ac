package io.github.cones4j.diffusion.toyland.world;

import java.awt.geom.AffineTransform;

/** Draws a thing: its shadow, itself, what it wears. */
final class Figures {
    private static final int BODY = 100; // length of a figure in its own units

    private Figures() {}

    static void paint(Thing thing, Scene scene, Brush brush) {
        Pose pose = thing.pose();
        double scale = pose.size() * Renderer.SIZE / BODY;
        AffineTransform place =
                AffineTransform.getTranslateInstance(pose.x() * Renderer.SIZE, pose.y() * Renderer.SIZE);
        place.scale(pose.flipped() ? -scale : scale, scale);
        brush.within(place, () -> {
            shadow(thing, scene, brush);
            Figure figure = new Figure(brush, thing);
            figure.turned(pose.flipped() ? -pose.turn() : pose.turn(), 0, 0, () -> {
                Anchors anchors = body(thing.kind(), figure);
                Ornaments.paint(thing.detail(), thing.detailColour(), anchors, figure);
            });
        });
    }

    /** How high the thing reaches, with what it wears, in its own lengths. */
    static double height(Thing thing) {
        double body = switch (thing.kind()) {
            case CAR -> 0.72;
            case FISH -> 0.85;
            case MUG, TEAPOT, TRAIN -> 0.9;
            case DOG, BIRD, MUSHROOM -> 0.97;
            case CAT, BOAT, CHAIR, TREE, CACTUS, LAMP -> 1.09;
            case RABBIT, FLOWER -> 1.16;
        };
        double worn = switch (thing.detail()) {
            case NONE, BOW, STAR -> 0;
            case HAT, CROWN -> thing.kind() == Kind.RABBIT ? 0 : 0.24;
            case FLAG -> 0.36;
        };
        return body + worn;
    }

    private static void shadow(Thing thing, Scene scene, Brush brush) {
        int rgb = scene == Scene.SNOW ? 0x35507E : 0x10101E;
        double width = switch (thing.kind()) {
            case CAR, TRAIN -> 52;
            case DOG, CHAIR, BOAT, TEAPOT -> 42;
            case CAT, RABBIT, MUG, BIRD, FISH -> 36;
            case LAMP, TREE, MUSHROOM -> 28;
            case FLOWER, CACTUS -> 24;
        };
        for (int ring = 0; ring < 3; ring++) {
            double part = 1 - 0.17 * ring;
            brush.fill(Shapes.ellipse(0, 0, width * part, 9 * part), rgb, 0.13);
        }
    }

    private static Anchors body(Kind kind, Figure figure) {
        return switch (kind) {
            case DOG -> Animals.dog(figure);
            case CAT -> Animals.cat(figure);
            case RABBIT -> Animals.rabbit(figure);
            case BIRD -> Animals.bird(figure);
            case FISH -> Animals.fish(figure);
            case CAR -> Vehicles.car(figure);
            case BOAT -> Vehicles.boat(figure);
            case TRAIN -> Vehicles.train(figure);
            case MUG -> Household.mug(figure);
            case TEAPOT -> Household.teapot(figure);
            case LAMP -> Household.lamp(figure);
            case CHAIR -> Household.chair(figure);
            case TREE -> Plants.tree(figure);
            case FLOWER -> Plants.flower(figure);
            case CACTUS -> Plants.cactus(figure);
            case MUSHROOM -> Plants.mushroom(figure);
        };
    }
}
