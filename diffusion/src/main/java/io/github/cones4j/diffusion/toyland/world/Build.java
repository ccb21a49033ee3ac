package io.github.cones4j.diffusion.toyland.world;

/**
 * The proportions that make a thing an individual, each 0 to 1, and how its pattern lies.
 *
 * @param girth slim (0) to stout (1)
 * @param height low (0) to tall (1)
 * @param trait what differs by kind: ears, sails, petals, ...
 * @param patternTurn the pattern's tilt, 0 (to the left) to 1 (to the right)
 * @param patternShift where the pattern begins, in periods
 */
public record Build(double girth, double height, double trait, double patternTurn, double patternShift) {
    public Build {
        require(girth, "girth");
        require(height, "height");
        require(trait, "trait");
        require(patternTurn, "patternTurn");
        require(patternShift, "patternShift");
    }

    private static void require(double value, String name) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("build: " + name + " is " + value + ", expected 0 to 1");
        }
    }

    static Build sample(Dice dice) {
        return new Build(dice.unit(), dice.unit(), dice.unit(), dice.unit(), dice.unit());
    }
}
