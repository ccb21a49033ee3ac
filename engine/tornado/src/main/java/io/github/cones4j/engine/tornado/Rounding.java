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

    /** With zeros behind the elements alone. */
    static Rounding of(Operand from, int... dims) {
        return new Rounding(
                from, from.shape().dims().length == 3 ? List.of(0, 0, 0) : List.of(0, 0, 0, 0), Shape.of(dims));
    }

    /** What identifies the copy: for caches. */
    Object key() {
        return List.of("rounded", from.key(), before, shape);
    }

    /** Emits the launch that makes the copy. */
    Operand emit(Emitter e) {
        Operand copy = e.freshRounded(shape);
        int axes = shape.rank();
        int missing = 4 - axes;
        e.emit(
                "round",
                e.precision() == Precision.BFLOAT16 ? RoundingKernels::bfloat16 : RoundingKernels::float16,
                Grid.threads(copy.size() / 2),
                List.of(from),
                List.of(copy),
                () -> {
                    int[] p = new int[24];
                    p[0] = copy.size() / 2;
                    p[1] = from.start();
                    p[2] = copy.start();
                    for (int axis = 0; axis < 4; axis++) {
                        int own = axis - missing;
                        int extent = own < 0 ? 1 : shape.dim(own);
                        if (axis > 0) {
                            Divisor divisor = Divisor.of(extent);
                            p[3 * axis] = divisor.multiplier();
                            p[3 * axis + 1] = divisor.shift();
                            p[3 * axis + 2] = divisor.divisor();
                        }
                        p[12 + axis] = own < 0 ? 0 : before.get(own);
                        p[16 + axis] = own < 0 ? 1 : from.dim(own);
                        p[20 + axis] = own < 0 ? 0 : from.stride(own);
                    }
                    return p;
                });
        return copy;
    }
}
