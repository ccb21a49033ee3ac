package io.github.cones4j.diffusion.toyland.world;

/**
 * Where and how a thing stands in the picture.
 *
 * @param x the middle, as a part of the picture's width, 0 (left) to 1
 * @param y where it touches the ground, as a part of the picture's height, 0 (top) to 1
 * @param size its longer side, as a part of the picture's width, above 0 to 1
 * @param turn rotation about that point in degrees, clockwise, -45 to 45
 * @param flipped looking left instead of right
 */
public record Pose(double x, double y, double size, double turn, boolean flipped) {
    public Pose {
        if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) {
            throw new IllegalArgumentException("pose: place (" + x + ", " + y + "), expected each 0 to 1");
        }
        if (!(size > 0 && size <= 1)) {
            throw new IllegalArgumentException("pose: size " + size + ", expected above 0 and at most 1");
        }
        if (!(Math.abs(turn) <= 45)) {
            throw new IllegalArgumentException("pose: turn " + turn + " degrees, expected -45 to 45");
        }
    }
}
