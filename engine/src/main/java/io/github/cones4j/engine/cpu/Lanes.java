package io.github.cones4j.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width every kernel is compiled for: the machine's preferred one, 512 bits at most. The system property
 * {@code cones4j.vectorBits} (128, 256 or 512), read once, chooses another: tests cover the other widths with it.
 *
 * <p>Species must be constants to the compiler: one that is a variable costs a factor of fifty.
 */
final class Lanes {

    static final VectorSpecies<Float> FLOAT = VectorSpecies.of(float.class, shape());
    static final VectorSpecies<Integer> INT = FLOAT.withLanes(int.class);
    static final VectorSpecies<Double> DOUBLE = FLOAT.withLanes(double.class);

    /** Floats in a vector: 16, 8 or 4. */
    static final int N = FLOAT.length();

    private static final VectorShuffle<Float> SHIFT_8 = VectorShuffle.iota(FLOAT, Math.min(8, N), 1, true);
    private static final VectorShuffle<Float> SHIFT_4 = VectorShuffle.iota(FLOAT, Math.min(4, N), 1, true);
    private static final VectorShuffle<Float> SHIFT_2 = VectorShuffle.iota(FLOAT, 2, 1, true);
    private static final VectorShuffle<Float> SHIFT_1 = VectorShuffle.iota(FLOAT, 1, 1, true);

    private Lanes() {}

    private static VectorShape shape() {
        int preferred = Math.min(512, VectorShape.preferredShape().vectorBitSize());
        int bits = Integer.getInteger("cones4j.vectorBits", preferred);
        return switch (bits) {
            case 128 -> VectorShape.S_128_BIT;
            case 256 -> VectorShape.S_256_BIT;
            case 512 -> VectorShape.S_512_BIT;
            default ->
                throw new IllegalArgumentException("cones4j.vectorBits: expected 128, 256 or 512, found " + bits
                        + "; leave it unset for this machine's width");
        };
    }

    /** The first {@code n} lanes; all of them if {@code n} is larger. */
    static VectorMask<Float> first(int n) {
        return FLOAT.indexInRange(0, n);
    }

    static FloatVector load(float[] x, int x0) {
        return FloatVector.fromArray(FLOAT, x, x0);
    }

    /** The first {@code n} lanes from {@code x}, zeros above. */
    static FloatVector load(float[] x, int x0, int n) {
        return FloatVector.fromArray(FLOAT, x, x0, first(n));
    }

    static void store(FloatVector v, float[] y, int y0, int n) {
        v.intoArray(y, y0, first(n));
    }

    static FloatVector broadcast(float x) {
        return FloatVector.broadcast(FLOAT, x);
    }

    static IntVector broadcast(int x) {
        return IntVector.broadcast(INT, x);
    }

    /** The sum of all lanes by halves: lane i plus lane i + N/2, then i + N/4, down to two. {@code reduceLanes} promises no order. */
    static float sum(FloatVector v) {
        FloatVector s = v;
        if (N > 8) {
            s = s.add(s.rearrange(SHIFT_8));
        }
        if (N > 4) {
            s = s.add(s.rearrange(SHIFT_4));
        }
        s = s.add(s.rearrange(SHIFT_2));
        return s.add(s.rearrange(SHIFT_1)).lane(0);
    }
}
