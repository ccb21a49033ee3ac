package io.github.cones4j.engine;

import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.util.Random;
import java.util.function.DoubleSupplier;

/** Random operands from one seed. Floating-point values are float32 numbers, so that every device computes from the same. */
final class Draws {
    /**
     * One value to compute from.
     *
     * @param spec its type and shape
     * @param values its elements, row-major
     * @param smooth whether the results depend on it differentiably
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Operand(Spec spec, double[] values, boolean smooth) {
        /** The same, but left alone by what varies operands to measure a derivative. */
        Operand fixed() {
            return new Operand(spec, values, false);
        }

        @Override
        public String toString() {
            return spec.toString();
        }
    }

    private final Random random;

    Draws(long seed) {
        random = new Random(seed);
    }

    Random random() {
        return random;
    }

    /** A size from {@code least} to {@code most}, both included. */
    int size(int least, int most) {
        return random.nextInt(least, most + 1);
    }

    /** Standard normal values. */
    Operand normal(int... dims) {
        return floats(random::nextGaussian, dims);
    }

    /** Uniform values. */
    Operand uniform(double from, double to, int... dims) {
        return floats(() -> random.nextDouble(from, to), dims);
    }

    /** Values of both signs and of magnitude 0.5 to 2. */
    Operand awayFromZero(int... dims) {
        return floats(() -> (random.nextBoolean() ? 1 : -1) * random.nextDouble(0.5, 2), dims);
    }

    /** Zeros and ones: a condition. */
    Operand bits(int... dims) {
        return floats(() -> random.nextInt(2), dims).fixed();
    }

    /** Multiples of 1/64 of a given parity: two operands of unlike parity nowhere agree. */
    Operand steps(int parity, int... dims) {
        return floats(() -> (2 * random.nextInt(-100, 100) + parity) / 64.0, dims);
    }

    /** Values that differ from each other by at least 1/64. */
    Operand distinct(int... dims) {
        Operand drawn = floats(() -> 0, dims);
        double[] values = drawn.values();
        for (int i = 0; i < values.length; i++) {
            int j = random.nextInt(i + 1);
            values[i] = values[j];
            values[j] = (i - values.length / 2) / 64.0;
        }
        return drawn;
    }

    /** Row numbers 0 .. rows-1. */
    Operand indices(int rows, int... dims) {
        return operand(DType.I32, () -> random.nextInt(rows), dims).fixed();
    }

    private Operand floats(DoubleSupplier value, int... dims) {
        return operand(DType.F32, () -> (float) value.getAsDouble(), dims);
    }

    private static Operand operand(DType dtype, DoubleSupplier value, int... dims) {
        Shape shape = Shape.of(dims);
        double[] values = new double[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.getAsDouble();
        }
        return new Operand(new Spec(dtype, shape), values, true);
    }
}
