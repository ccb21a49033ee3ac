package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The elementary functions against float64 over their whole range, at their special values, and in the last partial vector. */
class VectorMathTest {

    @FunctionalInterface
    interface Kernel {
        void run(float[] x, int x0, float[] y, int y0, int n);
    }

    /**
     * A function, its truth and how far it may be off.
     *
     * @param ulps largest deviation between {@code low} and {@code high}, in units in the last place of the float32 nearest the truth
     * @param atZerosAndInfinities expected at 0, -0, infinity, -infinity
     */
    record Function(
            String name,
            Kernel kernel,
            DoubleUnaryOperator truth,
            float low,
            float high,
            double ulps,
            List<Float> atZerosAndInfinities) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Function function(
            String name, Kernel kernel, DoubleUnaryOperator truth, float low, float high, double ulps, float... at) {
        List<Float> limits = new ArrayList<>();
        for (float y : at) {
            limits.add(y);
        }
        return new Function(name, kernel, truth, low, high, ulps, List.copyOf(limits));
    }

    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;
    private static final float MAX = Float.MAX_VALUE;

    // ulps: the worst that a sweep over every 2003rd float found, rounded up to the next half
    static Stream<Function> functions() {
        return Stream.of(
                function("exp", ElementwiseKernels::exp, StrictMath::exp, -MAX, MAX, 1, 1, 1, INF, 0f),
                function("log", ElementwiseKernels::log, StrictMath::log, 0, MAX, 1, -INF, -INF, INF, NAN),
                function("sin", ElementwiseKernels::sin, StrictMath::sin, -MAX, MAX, 1.5, 0f, -0f, NAN, NAN),
                function("cos", ElementwiseKernels::cos, StrictMath::cos, -MAX, MAX, 1.5, 1, 1, NAN, NAN),
                function("tanh", ElementwiseKernels::tanh, StrictMath::tanh, -MAX, MAX, 2.5, 0f, -0f, 1, -1),
                function("erf", ElementwiseKernels::erf, VectorMathTest::erf, -MAX, MAX, 6, 0f, -0f, 1, -1),
                function(
                        "sigmoid",
                        ElementwiseKernels::sigmoid,
                        VectorMathTest::sigmoid,
                        -87,
                        MAX,
                        2,
                        0.5f,
                        0.5f,
                        1,
                        0f),
                function("silu", ElementwiseKernels::silu, x -> x * sigmoid(x), -87, MAX, 2.5, 0f, -0f, INF, NAN),
                // the rounding of 1.702 x grows with x: half an ulp of 17 is 16 ulp of the result
                function(
                        "quickGelu",
                        ElementwiseKernels::quickGelu,
                        x -> x * sigmoid(1.702 * x),
                        -10,
                        MAX,
                        18,
                        0f,
                        -0f,
                        INF,
                        NAN),
                function("sqrt", ElementwiseKernels::sqrt, StrictMath::sqrt, 0, MAX, 0.5, 0f, -0f, INF, NAN),
                function(
                        "rsqrt",
                        ElementwiseKernels::rsqrt,
                        x -> 1 / StrictMath.sqrt(x),
                        0,
                        MAX,
                        1.5,
                        INF,
                        -INF,
                        0f,
                        NAN),
                function("reciprocal", ElementwiseKernels::reciprocal, x -> 1 / x, -MAX, MAX, 0.5, INF, -INF, 0f, -0f),
                function("negate", ElementwiseKernels::negate, x -> -x, -MAX, MAX, 0, -0f, 0f, -INF, INF),
                function("abs", ElementwiseKernels::abs, Math::abs, -MAX, MAX, 0, 0f, 0f, INF, INF));
    }

    /** Functions with a zero that is not one of float32, so that their error is absolute: {@code ulps} is the tolerance. */
    static Stream<Function> crossingZero() {
        return Stream.of(
                function("erf", ElementwiseKernels::erf, VectorMathTest::erf, -20, 20, 4e-7),
                // erf's error, 3e-7, times |x| / 2 while erf is not yet 1: |x| < 5.6
                function("gelu", ElementwiseKernels::gelu, x -> x * normalIntegral(x), -20, 5.6f, 9e-7),
                // 8 roundings of values up to 1.1, and for the first and third those of x (1 - s), at most 4 here
                function(
                        "silu",
                        slope(ElementwiseKernels::siluGradient),
                        x -> {
                            double s = sigmoid(x);
                            return s * (1 + x * (1 - s));
                        },
                        -20,
                        20,
                        1e-6),
                function(
                        "gelu",
                        slope(ElementwiseKernels::geluGradient),
                        x -> normalIntegral(x) + x * StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI),
                        -20,
                        20,
                        5e-7),
                function(
                        "quickGelu",
                        slope(ElementwiseKernels::quickGeluGradient),
                        x -> {
                            double s = sigmoid(1.702 * x);
                            return s * (1 + 1.702 * x * (1 - s));
                        },
                        -20,
                        20,
                        2e-6));
    }

    @FunctionalInterface
    private interface Gradient {
        void run(float[] x, int x0, float[] dy, int dy0, float[] dx, int dx0, int n);
    }

    private static Kernel slope(Gradient gradient) {
        return (x, x0, y, y0, n) -> {
            float[] dy = new float[n];
            Arrays.fill(dy, 2f); // a power of two: exact
            gradient.run(x, x0, dy, 0, y, y0, n);
            ElementwiseKernels.mul(y, y0, 0.5f, y, y0, n);
        };
    }

    /** Every {@code step}-th float32 between low and high, by its bits: all magnitudes, denormal ones too. */
    private static float[] samples(float low, float high, int step) {
        float[] found = new float[2 * (0x7f800000 / step + 1)];
        int n = 0;
        for (int bits = 0; bits >= 0 && bits < 0x7f800000; bits += step) {
            float v = Float.intBitsToFloat(bits);
            if (v >= low && v <= high) {
                found[n++] = v;
            }
            if (-v >= low && -v <= high) {
                found[n++] = -v;
            }
        }
        return Arrays.copyOf(found, n);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void everyFunction_overItsWholeRange_isWithinItsUlpsOfFloat64(Function f) {
        float[] x = samples(f.low, f.high, 32_003);
        float[] y = new float[x.length];
        f.kernel.run(x, 0, y, 0, x.length);
        double worst = 0;
        float worstAt = 0;
        for (int i = 0; i < x.length; i++) {
            double truth = f.truth.applyAsDouble(x[i]);
            float nearest = (float) truth;
            double off = Float.isInfinite(nearest) || Float.isNaN(nearest)
                    ? (Float.compare(y[i], nearest) == 0 ? 0 : INF)
                    : Math.abs(y[i] - truth) / Math.ulp(nearest);
            if (!(off <= worst)) {
                worst = off;
                worstAt = x[i];
            }
        }
        assertThat(worst).as("%s at %s, in ulp", f.name, worstAt).isLessThanOrEqualTo(f.ulps);
    }

    @ParameterizedTest
    @MethodSource("crossingZero")
    void geluAndEverySlope_areCloseToFloat64(Function f) {
        float[] x = samples(f.low, f.high, 32_003);
        float[] y = new float[x.length];
        f.kernel.run(x, 0, y, 0, x.length);
        for (int i = 0; i < x.length; i++) {
            assertThat(Math.abs(y[i] - f.truth.applyAsDouble(x[i])))
                    .as("%s at %s", f.name, x[i])
                    .isLessThan(f.ulps);
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void everyFunction_atZerosAndInfinities_givesTheLimit(Function f) {
        float[] x = {0f, -0f, INF, -INF};
        float[] y = new float[x.length];
        f.kernel.run(x, 0, y, 0, x.length);
        for (int i = 0; i < x.length; i++) {
            assertThat(y[i]).as("%s(%s)", f.name, x[i]).isEqualTo(f.atZerosAndInfinities.get(i));
        }
    }

    @Test
    void erfIsOneAndGeluItsArgumentOrZero_wherePhiIsOneOrZeroInFloat32() {
        float[] x = {5.6f, 100, 3e38f, -5.6f, -3e38f};
        float[] erf = new float[x.length];
        float[] gelu = new float[x.length];
        ElementwiseKernels.erf(x, 0, erf, 0, x.length);
        ElementwiseKernels.gelu(x, 0, gelu, 0, x.length);
        assertThat(erf).containsExactly(1, 1, 1, -1, -1);
        assertThat(gelu).containsExactly(5.6f, 100, 3e38f, -0f, -0f);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void everyFunction_ofAnyNaN_isNaN(Function f) {
        float[] x = {NAN, Float.intBitsToFloat(0x7f800001), Float.intBitsToFloat(0xffc12345)};
        float[] y = new float[x.length];
        f.kernel.run(x, 0, y, 0, x.length);
        assertThat(y).containsOnly(NAN);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void everyFunction_givesAnElementTheSameBitsAtAnyPlace(Function f) {
        float[] x = samples(f.low, f.high, 10_000_019);
        int n = Math.min(x.length, 3 * Lanes.N + 5);
        float[] whole = new float[n];
        f.kernel.run(x, 0, whole, 0, n);
        for (int start = 0; start < n; start++) {
            float[] part = new float[n + 2];
            Arrays.fill(part, 77f);
            f.kernel.run(x, start, part, 1, n - start);
            assertThat(part[0]).isEqualTo(77f);
            assertThat(part[n - start + 1]).as("beyond the end").isEqualTo(77f);
            for (int i = start; i < n; i++) {
                assertThat(Float.floatToRawIntBits(part[1 + i - start]))
                        .as("%s(%s) from %d", f.name, x[i], start)
                        .isEqualTo(Float.floatToRawIntBits(whole[i]));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void everyFunction_writesOverItsInput(Function f) {
        float[] x = samples(f.low, f.high, 5_000_011);
        float[] y = new float[x.length];
        f.kernel.run(x, 0, y, 0, x.length);
        f.kernel.run(x, 0, x, 0, x.length);
        assertThat(x).isEqualTo(y);
    }

    @Test
    void expWithoutDenormals_isExpUpToItsLimits() {
        for (float x : samples(-87.6f, 88.3f, 400_009)) {
            double truth = StrictMath.exp(x);
            float y = VectorMath.expWithoutDenormals(Lanes.broadcast(x)).lane(0);
            assertThat(Math.abs(y - truth)).as("e^%s", x).isLessThanOrEqualTo(Math.ulp((float) truth));
        }
        float[] x = {-87.7f, -1e30f, -INF, 88.4f, 1e30f, INF, NAN};
        float[] expected = {0, 0, 0, INF, INF, INF, NAN};
        for (int i = 0; i < x.length; i++) {
            assertThat(VectorMath.expWithoutDenormals(Lanes.broadcast(x[i])).lane(0))
                    .isEqualTo(Float.valueOf(expected[i]));
        }
    }

    @Test
    void exp2OfNonPositive_underflowsToZeroAndIsExactAtIntegers() {
        float[] x = {0, -1, -2, -100, -126, -126.6f, -127, -1000, -INF, -0.5f, NAN};
        float[] expected = {1, 0.5f, 0.25f, 0x1p-100f, 0x1p-126f, 0, 0, 0, 0, (float) Math.sqrt(0.5), NAN};
        for (int i = 0; i < x.length; i++) {
            assertThat(VectorMath.exp2OfNonPositive(Lanes.broadcast(x[i])).lane(0))
                    .isEqualTo(Float.valueOf(expected[i]));
        }
    }

    @Test
    void exp2OfNonPositive_isWithinOneUlpOfFloat64() {
        for (float x : samples(-126, 0, 400_009)) {
            double truth = StrictMath.pow(2, x);
            float y = VectorMath.exp2OfNonPositive(Lanes.broadcast(x)).lane(0);
            assertThat(Math.abs(y - truth)).as("2^%s", x).isLessThanOrEqualTo(Math.ulp((float) truth));
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    private static double normalIntegral(double x) {
        return 0.5 * erfc(-x / Math.sqrt(2));
    }

    /** Maclaurin series below 2.5, where its largest term is 50, continued fraction above (Abramowitz and Stegun 7.1.5, 7.1.14). */
    private static double erf(double x) {
        if (Math.abs(x) >= 2.5) {
            return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 100; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static double erfc(double x) {
        if (x < 2.5) {
            return x < 0 ? 2 - erfc(-x) : 1 - erf(x);
        }
        double fraction = 0;
        for (int k = 100; k > 0; k--) {
            fraction = k / 2.0 / (x + fraction);
        }
        return StrictMath.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
    }
}
