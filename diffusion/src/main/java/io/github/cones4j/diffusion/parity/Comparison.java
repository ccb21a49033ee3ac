package io.github.cones4j.diffusion.parity;

/**
 * One output beside its reference.
 *
 * @param name the reference's key in the case's file
 * @param error ||actual - expected|| / ||expected|| (Euclidean norms), or against another scale where the case says so
 * @param tolerance the largest error that counts as equal
 * @param largest the largest deviation of a single element
 * @param inLevels whether error, tolerance and deviation are levels of a picture of 8 bits
 */
public record Comparison(String name, double error, double tolerance, double largest, boolean inLevels) {
    /** Whether the error is within the tolerance; NaN is not. */
    public boolean passes() {
        return error <= tolerance;
    }
}
