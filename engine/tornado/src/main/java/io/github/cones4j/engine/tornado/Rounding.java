package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;

/**
 * A copy of an operand, rounded to 16 bits, in row-major order, with zeros around it: what {@link MmaKernels} read.
 *
 * @param from what is copied, of three axes or four
 * @param before for each axis the zeros before the elements; less than 0: so many elements are left out
 * @param shape of the copy, the last extent even; behind the elements are zeros, or elements are left out
 */
record Rounding(Operand from, List<Integer> before, Shape shape) {
    /** Parts of 16 bits whose sum is a number of float32: three of 8 bits would do; with a fourth they fill two ints. */
    static final int PARTS = 4;

    /** What a large GPU runs at once. */
    private static final int MAX_THREADS = 1 << 18;

    /** With zeros behind the elements alone. */
    static Rounding of(Operand from, int... dims) {
        return new Rounding(from, from.rank() == 3 ? List.of(0, 0, 0) : List.of(0, 0, 0, 0), Shape.of(dims));
    }

    /** What identifies the copy: for caches. */
    Object key() {
        return List.of("rounded", from.key(), before, shape);
    }

    /** Emits the launch that makes the copy. */
    Operand emit(Emitter e) {
        Operand copy = e.freshRounded(shape);
        int pairs = copy.size() / 2;
        Grid grid = Grid.threads(Math.min(pairs, MAX_THREADS));
        e.emit("round", RoundingKernels::rounded, grid, List.of(from), List.of(copy), () -> {
            int[] p = new int[26];
            p[0] = pairs;
            p[1] = grid.globalX();
            p[2] = from.start();
            p[3] = copy.start();
            p[4] = e.precision() == Precision.BFLOAT16 ? 1 : 0;
            int missing = 4 - shape.rank(); // leading axes, of extent 1
            for (int axis = 0; axis < 4; axis++) {
                int own = axis - missing;
                if (axis > 0) {
                    Divisor extent = Divisor.of(own < 0 ? 1 : shape.dim(own));
                    p[2 + 3 * axis] = extent.multiplier();
                    p[3 + 3 * axis] = extent.shift();
                    p[4 + 3 * axis] = extent.divisor();
                }
                p[14 + axis] = own < 0 ? 0 : before.get(own);
                p[18 + axis] = own < 0 ? 1 : from.dim(own);
                p[22 + axis] = own < 0 ? 0 : from.stride(own);
            }
            return p;
        });
        return copy;
    }
}
