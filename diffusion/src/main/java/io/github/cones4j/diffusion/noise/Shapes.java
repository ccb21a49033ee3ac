package io.github.cones4j.diffusion.noise;

import java.util.Arrays;

/** Element counts of shapes. */
final class Shapes {
    private Shapes() {}

    /** The product of the extents; 1 for none. */
    static int numel(int... shape) {
        long n = 1;
        for (int extent : shape) {
            if (extent < 0) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(shape) + ": extent " + extent + " is negative");
            }
            n *= extent;
            if (n > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(shape) + ": more than " + Integer.MAX_VALUE + " elements");
            }
        }
        return (int) n;
    }
}
