package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels of two inputs against plain loops; the functions of one input are in {@link VectorMathTest}. */
class ElementwiseKernelsTest {

    @FunctionalInterface
    interface Binary {
        void run(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n);
    }

    /** A kernel beside the same operation in float64, which rounded to float32 is the correctly rounded result. */
    record Operation(String name, Binary kernel, DoubleBinaryOperator plain) {
        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    private interface Scalar {
        void run(float[] x, int x0, float s, float[] y, int y0, int n);
    }

    private static Binary byScalar(Scalar kernel) {
        return (a, a0, b, b0, y, y0, n) -> {
            for (int i = 0; i < n; i++) {
                kernel.run(a, a0 + i, b[b0 + i], y, y0 + i, 1);
            }
        };
    }

    static Stream<Operation> operations() {
        return Stream.of(
                new Operation("add", ElementwiseKernels::add, Double::sum),
                new Operation("sub", ElementwiseKernels::sub, (a, b) -> a - b),
                new Operation("mul", ElementwiseKernels::mul, (a, b) -> a * b),
                new Operation("div", ElementwiseKernels::div, (a, b) -> a / b),
                new Operation("max", ElementwiseKernels::max, Math::max),
                new Operation("min", ElementwiseKernels::min, Math::min),
                new Operation("add scalar", byScalar(ElementwiseKernels::add), Double::sum),
                new Operation("subtractFrom", byScalar(ElementwiseKernels::subtractFrom), (x, s) -> s - x),
                new Operation("mul scalar", byScalar(ElementwiseKernels::mul), (x, s) -> x * s),
                new Operation("divideInto", byScalar(ElementwiseKernels::divideInto), (x, s) -> s / x),
                new Operation("max scalar", byScalar(ElementwiseKernels::max), Math::max),
                new Operation("min scalar", byScalar(ElementwiseKernels::min), Math::min));
    }

    private static final float[] SPECIAL = {
        0f, -0f, 1f, -1f, 1e-42f, -1e-42f, 3e38f, -3e38f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN
    };

    @ParameterizedTest
    @MethodSource("operations")
    void everyOperation_onAllPairsOfSpecialValues_roundsLikeFloat64(Operation operation) {
        int n = SPECIAL.length * SPECIAL.length;
        float[] a = new float[n];
        float[] b = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = SPECIAL[i % SPECIAL.length];
            b[i] = SPECIAL[i / SPECIAL.length];
        }
        check(operation, a, b, n);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyOperation_atEveryLength_writesItsRangeAndNothingElse(Operation operation) {
        Random random = new Random(5);
        for (int n = 0; n <= 4 * Lanes.N + 1; n++) {
            float[] a = normal(random, n);
            float[] b = normal(random, n);
            check(operation, a, b, n);
        }
    }

    private static void check(Operation operation, float[] a, float[] b, int n) {
        float[] y = new float[n + 5];
        Arrays.fill(y, 99f);
        operation.kernel.run(shifted(a, 3), 3, shifted(b, 1), 1, y, 2, n);
        float[] expected = new float[n + 5];
        Arrays.fill(expected, 99f);
        for (int i = 0; i < n; i++) {
            expected[2 + i] = (float) operation.plain.applyAsDouble(a[i], b[i]);
        }
        assertThat(y).as("%s of %d", operation, n).isEqualTo(expected);
    }

    @Test
    void axpyAndMulAdd_roundOnce() {
        Random random = new Random(6);
        for (int n = 0; n <= 3 * Lanes.N; n++) {
            float[] a = normal(random, n);
            float[] b = normal(random, n);
            float[] c = normal(random, n);
            float[] mulAdd = new float[n];
            float[] axpy = c.clone();
            ElementwiseKernels.mulAdd(a, 0, b, 0, c, 0, mulAdd, 0, n);
            ElementwiseKernels.axpy(-0.3f, a, 0, axpy, 0, n);
            for (int i = 0; i < n; i++) {
                assertThat(mulAdd[i]).isEqualTo(Math.fma(a[i], b[i], c[i]));
                assertThat(axpy[i]).isEqualTo(Math.fma(-0.3f, a[i], c[i]));
            }
        }
    }

    static float[] normal(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static float[] shifted(float[] x, int by) {
        float[] y = new float[x.length + by];
        System.arraycopy(x, 0, y, by, x.length);
        return y;
    }
}
