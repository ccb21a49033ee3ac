package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Norms against plain float64 loops, at shapes with every kind of remainder, and the same bytes at any number of threads. */
class NormKernelsTest {

    private static final float EPS = 1e-5f;
    private static final int PAD = 3;

    /** Inputs of one shape: all at an odd offset, so that a forgotten offset shows. */
    private static final class Case {
        final int n;
        final int hw;
        final int c;
        final int groups;
        final boolean silu;
        final float[] x;
        final float[] dy;
        final float[] gamma;
        final float[] beta;

        Case(int n, int hw, int c, int groups, boolean silu, double mean) {
            this.n = n;
            this.hw = hw;
            this.c = c;
            this.groups = groups;
            this.silu = silu;
            Random random = new Random(n * 31L + hw * 7L + c);
            x = ElementwiseKernelsTest.normal(random, PAD + n * hw * c);
            for (int i = 0; i < x.length; i++) {
                x[i] += (float) (mean * (1 + i % c));
            }
            dy = ElementwiseKernelsTest.normal(random, PAD + n * hw * c);
            gamma = ElementwiseKernelsTest.normal(random, PAD + c);
            beta = ElementwiseKernelsTest.normal(random, PAD + c);
        }

        float[] forward(Workers workers) {
            float[] y = new float[PAD + n * hw * c];
            NormKernels.groupNorm(workers, x, PAD, gamma, PAD, beta, PAD, n, hw, c, groups, EPS, silu, y, PAD);
            return y;
        }

        float[][] gradient(Workers workers) {
            float[] dx = new float[PAD + n * hw * c];
            float[] dgamma = new float[PAD + c];
            float[] dbeta = new float[PAD + c];
            NormKernels.groupNormGradient(
                    workers, x, PAD, gamma, PAD, beta, PAD, dy, PAD, n, hw, c, groups, EPS, silu, dx, PAD, dgamma, PAD,
                    dbeta, PAD);
            return new float[][] {dx, dgamma, dbeta};
        }

        /** y, dx, dgamma, dbeta, by the formulas. */
        double[][] truth() {
            double[] y = new double[PAD + n * hw * c];
            double[] dx = new double[PAD + n * hw * c];
            double[] dgamma = new double[PAD + c];
            double[] dbeta = new double[PAD + c];
            int per = c / groups;
            for (int sample = 0; sample < n; sample++) {
                for (int group = 0; group < groups; group++) {
                    int[] at = new int[hw * per];
                    for (int i = 0; i < at.length; i++) {
                        at[i] = PAD + (sample * hw + i / per) * c + group * per + i % per;
                    }
                    normalise(at, x, gamma, beta, dy, c, silu, y, dx, dgamma, dbeta);
                }
            }
            return new double[][] {y, dx, dgamma, dbeta};
        }
    }

    /** One group of elements with common statistics; the channel of element i is (i - PAD) % c. */
    private static void normalise(
            int[] at,
            float[] x,
            float[] gamma,
            float[] beta,
            float[] dy,
            int c,
            boolean silu,
            double[] y,
            double[] dx,
            double[] dgamma,
            double[] dbeta) {
        double mean = Arrays.stream(at).mapToDouble(i -> x[i]).sum() / at.length;
        double variance = Arrays.stream(at)
                        .mapToDouble(i -> (x[i] - mean) * (x[i] - mean))
                        .sum()
                / at.length;
        double deviation = Math.sqrt(variance + EPS);
        double a = 0;
        double b = 0;
        double[] scaled = new double[at.length];
        for (int j = 0; j < at.length; j++) {
            int i = at[j];
            int ch = PAD + (i - PAD) % c;
            double normal = (x[i] - mean) / deviation;
            double z = normal * gamma[ch] + beta[ch];
            double s = 1 / (1 + Math.exp(-z));
            y[i] = silu ? z * s : z;
            double dz = silu ? dy[i] * s * (1 + z * (1 - s)) : dy[i];
            dgamma[ch] += dz * normal;
            dbeta[ch] += dz;
            scaled[j] = gamma[ch] * dz;
            a += scaled[j] / at.length;
            b += scaled[j] * normal / at.length;
        }
        for (int j = 0; j < at.length; j++) {
            dx[at[j]] = (scaled[j] - a - (x[at[j]] - mean) / deviation * b) / deviation;
        }
    }

    private static void assertClose(String what, float[] found, double[] truth, double tolerance) {
        double largest = 1;
        for (double t : truth) {
            largest = Math.max(largest, Math.abs(t));
        }
        for (int i = PAD; i < truth.length; i++) {
            assertThat(Math.abs(found[i] - truth[i]))
                    .as("%s[%d]: %s, truth %s", what, i - PAD, found[i], truth[i])
                    .isLessThan(tolerance * largest);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 4, 2, false", // two elements to a group
        "2, 9, 10, 5, true", // fewer channels than lanes
        "1, 5, 17, 1, true", // one group, one channel over a vector
        "3, 25, 48, 48, false", // one channel to a group
        "2, 64, 320, 32, true",
        "1, 300, 320, 32, true", // three blocks
        "1, 1030, 96, 4, false", // a last block of a few rows
        "2, 40, 2560, 32, true" // several blocks to each of two samples
    })
    void groupNormAndItsGradient_areCloseToFloat64(int n, int hw, int c, int groups, boolean silu) {
        Case k = new Case(n, hw, c, groups, silu, 0.01);
        double[][] truth = k.truth();
        try (Workers workers = new Workers(2)) {
            // float32 output: 6 roundings of values up to the largest, SiLU's slope another 8
            assertClose("y", k.forward(workers), truth[0], 1e-6);
            float[][] gradient = k.gradient(workers);
            assertClose("dx", gradient[0], truth[1], 2e-6);
            assertClose("dgamma", gradient[1], truth[2], 2e-6);
            assertClose("dbeta", gradient[2], truth[3], 2e-6);
        }
    }

    @Test
    void groupNorm_withAMeanAThousandTimesTheDeviation_isCloseToFloat64() {
        Case k = new Case(1, 256, 64, 64, false, 15);
        try (Workers workers = new Workers(1)) {
            // the mean, up to 960 here, is rounded to float32: 2^-24 of it, over a deviation of 1
            assertClose("y", k.forward(workers), k.truth()[0], 960 * 0x1p-24);
        }
    }

    @Test
    void groupNorm_ofEqualElements_isBeta() {
        Case k = new Case(1, 20, 32, 4, false, 0);
        Arrays.fill(k.x, 7.7f);
        try (Workers workers = new Workers(1)) {
            float[] y = k.forward(workers);
            for (int i = PAD; i < y.length; i++) {
                assertThat(y[i]).isEqualTo(k.beta[PAD + (i - PAD) % 32]);
            }
            for (float[] gradient : k.gradient(workers)) {
                for (float v : gradient) {
                    assertThat(v).isFinite();
                }
            }
        }
    }

    @Test
    void groupNorm_withNaN_spoilsItsGroupOnly() {
        Case k = new Case(1, 300, 320, 2, true, 0);
        k.x[PAD + 100 * 320 + 5] = Float.NaN;
        try (Workers workers = new Workers(2)) {
            float[] y = k.forward(workers);
            for (int i = PAD; i < y.length; i++) {
                assertThat(Float.isNaN(y[i])).isEqualTo((i - PAD) % 320 < 160);
            }
        }
    }

    @Test
    void groupNorm_writesOverItsInput_andTheGradientOverDy() {
        Case k = new Case(2, 70, 640, 32, true, 0);
        try (Workers workers = new Workers(2)) {
            float[] y = k.forward(workers);
            float[] over = k.x.clone();
            NormKernels.groupNorm(workers, over, PAD, k.gamma, PAD, k.beta, PAD, 2, 70, 640, 32, EPS, true, over, PAD);
            assertThat(Arrays.copyOfRange(over, PAD, over.length)).isEqualTo(Arrays.copyOfRange(y, PAD, y.length));
            float[] dx = k.gradient(workers)[0];
            float[] dy = k.dy.clone();
            NormKernels.groupNormGradient(
                    workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, dy, PAD, 2, 70, 640, 32, EPS, true, dy, PAD, null, 0,
                    null, 0);
            assertThat(Arrays.copyOfRange(dy, PAD, dy.length)).isEqualTo(Arrays.copyOfRange(dx, PAD, dx.length));
        }
    }

    @Test
    void groupNormGradient_ofTheParametersAlone_isTheSame() {
        Case k = new Case(2, 70, 640, 32, true, 0);
        try (Workers workers = new Workers(2)) {
            float[] dgamma = new float[PAD + 640];
            NormKernels.groupNormGradient(
                    workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, k.dy, PAD, 2, 70, 640, 32, EPS, true, null, 0, dgamma,
                    PAD, null, 0);
            assertThat(dgamma).isEqualTo(k.gradient(workers)[1]);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void groupNorm_givesTheSameBytesAtAnyNumberOfThreads(boolean silu) {
        Case k = new Case(2, 500, 320, 32, silu, 0.1);
        assertSameAtAnyNumberOfThreads(k.x.length, 320, (workers, out) -> {
            NormKernels.groupNorm(workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, 2, 500, 320, 32, EPS, silu, out[0], 0);
            NormKernels.groupNormGradient(
                    workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, k.dy, PAD, 2, 500, 320, 32, EPS, silu, out[1], 0,
                    out[2], 0, out[3], 0);
        });
    }

    @FunctionalInterface
    private interface Runs {
        void run(Workers workers, float[][] out);
    }

    private static void assertSameAtAnyNumberOfThreads(int elements, int channels, Runs kernel) {
        float[][] alone =
                new float[][] {new float[elements], new float[elements], new float[channels], new float[channels]};
        Consumer<Integer> check = threads -> {
            float[][] out =
                    new float[][] {new float[elements], new float[elements], new float[channels], new float[channels]};
            try (Workers workers = new Workers(threads)) {
                kernel.run(workers, out);
            }
            for (int i = 0; i < out.length; i++) {
                assertThat(Arrays.equals(out[i], alone[i]))
                        .as("output %d at %d threads", i, threads)
                        .isTrue();
            }
        };
        try (Workers one = new Workers(1)) {
            kernel.run(one, alone);
        }
        check.accept(2);
        check.accept(3);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "2, 16", "7, 33", "129, 320", "70, 1280", "1100, 64"})
    void layerNormAndItsGradient_areCloseToFloat64(int rows, int c) {
        // rows are samples of one group whose channels are its elements
        Case k = new Case(rows, 1, c, 1, false, 0.02);
        double[][] truth = k.truth();
        float[] y = new float[PAD + rows * c];
        float[] dx = new float[PAD + rows * c];
        float[] dgamma = new float[PAD + c];
        float[] dbeta = new float[PAD + c];
        try (Workers workers = new Workers(2)) {
            NormKernels.layerNorm(workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, rows, c, EPS, y, PAD);
            NormKernels.layerNormGradient(
                    workers, k.x, PAD, k.gamma, PAD, k.dy, PAD, rows, c, EPS, dx, PAD, dgamma, PAD, dbeta, PAD);
        }
        // the mean, up to 13 here, is rounded to float32, and so is the variance: 5 roundings of the largest
        assertClose("y", y, truth[0], 2e-6);
        assertClose("dx", dx, truth[1], 2e-6);
        assertClose("dgamma", dgamma, truth[2], 2e-6);
        assertClose("dbeta", dbeta, truth[3], 2e-6);
    }

    @Test
    void layerNorm_ofEqualElements_isBeta() {
        Case k = new Case(4, 1, 50, 1, false, 0);
        Arrays.fill(k.x, -3.3f);
        float[] y = new float[4 * 50];
        try (Workers workers = new Workers(1)) {
            NormKernels.layerNorm(workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, 4, 50, EPS, y, 0);
        }
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i]).isCloseTo(k.beta[PAD + i % 50], within(1e-3f));
        }
    }

    @Test
    void layerNorm_givesTheSameBytesAtAnyNumberOfThreads() {
        int rows = 1000;
        int c = 320;
        Case k = new Case(rows, 1, c, 1, false, 0.1);
        assertSameAtAnyNumberOfThreads(k.x.length, c, (workers, out) -> {
            NormKernels.layerNorm(workers, k.x, PAD, k.gamma, PAD, k.beta, PAD, rows, c, EPS, out[0], 0);
            NormKernels.layerNormGradient(
                    workers, k.x, PAD, k.gamma, PAD, k.dy, PAD, rows, c, EPS, out[1], 0, out[2], 0, out[3], 0);
        });
    }
}
