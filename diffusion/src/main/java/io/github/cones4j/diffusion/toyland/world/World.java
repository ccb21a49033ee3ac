package io.github.cones4j.diffusion.toyland.world;

import java.util.ArrayList;
import java.util.List;

/**
 * The distribution of Toyland's pictures, which never shows what {@link #isHeldOut} names. Seeds from 0 up are for
 * training, negative ones for evaluation.
 */
public final class World {
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final List<Colour> COLOURS = List.of(Colour.values());
    private static final List<Scene> SCENES = List.of(Scene.values());
    private static final List<Pattern> PATTERNS = List.of(Pattern.STRIPES, Pattern.SPOTS, Pattern.CHECKS);
    private static final List<Detail> DETAILS = List.of(Detail.HAT, Detail.CROWN, Detail.BOW, Detail.FLAG, Detail.STAR);
    private static final double TWO_THINGS = 0.25;
    private static final double PATTERNED = 0.6;
    private static final double DETAILED = 0.35;
    private static final double TOP_MARGIN = 0.03;

    /** The pose of a thing that stands in no picture yet. */
    static final Pose UPRIGHT = new Pose(0.5, 0.9, 0.64, 0, false);

    private World() {}

    /** The picture of this seed: one thing (three of four pictures) or two of different kinds. */
    public static PictureSpec sample(long seed) {
        Dice dice = new Dice(seed);
        Scene scene = dice.pick(SCENES);
        long sceneSeed = dice.bits();
        Kind kind = dice.pick(KINDS);
        if (!dice.chance(TWO_THINGS)) {
            return new PictureSpec(scene, sceneSeed, List.of(alone(look(kind, dice), dice)));
        }
        Kind other = dice.pick(KINDS);
        while (other == kind) {
            other = dice.pick(KINDS);
        }
        List<Thing> things = new ArrayList<>();
        things.add(beside(look(kind, dice), 0.265, dice));
        things.add(beside(look(other, dice), 0.735, dice));
        if (things.get(0).pose().y() > things.get(1).pose().y()) {
            things = things.reversed();
        }
        return new PictureSpec(scene, sceneSeed, things);
    }

    /** {@link #sample} with one of its captions. */
    public static Picture picture(long seed) {
        PictureSpec spec = sample(seed);
        return new Picture(spec, Captions.of(spec, seed));
    }

    /** A training picture of one thing of this kind: the class pictures of a prior. */
    public static PictureSpec sample(long seed, Kind kind) {
        Dice dice = new Dice(seed);
        Scene scene = dice.pick(SCENES);
        long sceneSeed = dice.bits();
        return new PictureSpec(scene, sceneSeed, List.of(alone(look(kind, dice), dice)));
    }

    /** Whether a picture shows a subject's kind, colour and pattern together, whatever the pattern's colour and the detail. */
    public static boolean isHeldOut(PictureSpec spec) {
        for (Thing thing : spec.things()) {
            if (isHeldOut(thing.kind(), thing.colour(), thing.pattern())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isHeldOut(Kind kind, Colour colour, Pattern pattern) {
        for (Subject subject : Subject.ALL) {
            Thing thing = subject.thing();
            if (thing.kind() == kind && thing.colour() == colour && thing.pattern() == pattern) {
                return true;
            }
        }
        return false;
    }

    private static Thing look(Kind kind, Dice dice) {
        Colour colour = dice.pick(COLOURS);
        Pattern pattern = dice.chance(PATTERNED) ? dice.pick(PATTERNS) : Pattern.PLAIN;
        while (isHeldOut(kind, colour, pattern)) {
            colour = dice.pick(COLOURS);
        }
        Colour patternColour = pattern == Pattern.PLAIN ? colour : contrasting(colour, dice);
        Detail detail = dice.chance(DETAILED) ? dice.pick(DETAILS) : Detail.NONE;
        Colour detailColour = detail == Detail.NONE ? colour : contrasting(colour, dice);
        return new Thing(kind, colour, pattern, patternColour, detail, detailColour, Build.sample(dice), UPRIGHT);
    }

    private static Colour contrasting(Colour colour, Dice dice) {
        Colour other = dice.pick(COLOURS);
        while (!other.contrastsWith(colour)) {
            other = dice.pick(COLOURS);
        }
        return other;
    }

    /** The thing somewhere in the middle, 0.50 to 0.72 of the picture long, less where it would not fit. */
    static Thing alone(Thing thing, Dice dice) {
        return placed(thing, dice.between(0.42, 0.58), dice.between(0.86, 0.93), dice.between(0.5, 0.72), dice);
    }

    private static Thing beside(Thing thing, double x, Dice dice) {
        return placed(thing, x + dice.between(-0.02, 0.02), dice.between(0.83, 0.94), dice.between(0.39, 0.465), dice);
    }

    private static Thing placed(Thing thing, double x, double y, double size, Dice dice) {
        double highest = (y - TOP_MARGIN) / Figures.height(thing);
        return thing.at(new Pose(x, y, Math.min(size, highest), turn(thing.kind(), dice), dice.chance(0.5)));
    }

    private static double turn(Kind kind, Dice dice) {
        double most = switch (kind) {
            case FISH -> 14;
            case DOG, CAT, RABBIT, BIRD, BOAT, FLOWER -> 6;
            case CAR, TRAIN, MUG, TEAPOT, LAMP, CHAIR, TREE, CACTUS, MUSHROOM -> 4;
        };
        return dice.between(-most, most);
    }
}
