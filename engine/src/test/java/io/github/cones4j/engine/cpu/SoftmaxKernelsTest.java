package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftmaxKernelsTest {

    private static final float INF = Float.POSITIVE_INFINITY;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "5, 3, 1", "3, 16, 4", "2, 77, 30", "4, 1025, 1", "300, 100, 50"})
    void softmaxAndItsLogarithm_andTheirGradients_areCloseToFloat64(int rows, int n, float scale) {
        Random random = new Random(rows * 1000L + n);
        float[] x = ElementwiseKernelsTest.normal(random, rows * n + 2);
        float[] dy = ElementwiseKernelsTest.normal(random, rows * n + 2);
        float[] y = new float[rows * n + 2];
        float[] log = new float[rows * n + 2];
        float[] dx = new float[rows * n + 2];
        float[] dxOfLog = new float[rows * n + 2];
        try (Workers workers = new Workers(2)) {
            ElementwiseKernels.mul(x, 0, scale, x, 0, x.length);
            SoftmaxKernels.softmax(workers, x, 1, rows, n, y, 2);
            SoftmaxKernels.softmaxGradient(workers, y, 2, dy, 1, rows, n, dx, 2);
            SoftmaxKernels.logSoftmax(workers, x, 1, rows, n, log, 2);
            SoftmaxKernels.logSoftmaxGradient(workers, log, 2, dy, 1, rows, n, dxOfLog, 2);
        }
        for (int row = 0; row < rows; row++) {
            int at = row * n;
            double max = Double.NEGATIVE_INFINITY;
            for (int i = at; i < at + n; i++) {
                max = Math.max(max, x[1 + i]);
            }
            double sum = 0;
            double sumOfDy = 0;
            for (int i = at; i < at + n; i++) {
                sum += Math.exp(x[1 + i] - max);
                sumOfDy += dy[1 + i];
            }
            double inner = 0;
            for (int i = at; i < at + n; i++) {
                inner += Math.exp(x[1 + i] - max) / sum * dy[1 + i];
            }
            for (int i = at; i < at + n; i++) {
                double p = Math.exp(x[1 + i] - max) / sum;
                // the difference to the maximum, up to 350 here, is rounded: half an ulp of it, relative
                double relative = 1e-6 + Math.abs(x[1 + i] - max) * 0x1p-24;
                assertThat((double) y[2 + i]).isCloseTo(p, within(relative * p + 1e-37));
                assertThat((double) log[2 + i])
                        .isCloseTo(x[1 + i] - max - Math.log(sum), within(1e-6 * (5 + Math.abs(x[1 + i] - max))));
                assertThat((double) dx[2 + i])
                        .isCloseTo(
                                p * (dy[1 + i] - inner),
                                within(3 * relative * p * (Math.abs(dy[1 + i]) + Math.abs(inner)) + 1e-37));
                // the logarithm, up to 350 here, carries half an ulp into e^y
                assertThat((double) dxOfLog[2 + i])
                        .isCloseTo(
                                dy[1 + i] - p * sumOfDy,
                                within(1e-6 * (1 + (10 + Math.abs(x[1 + i] - max)) * p * Math.abs(sumOfDy)) * 4));
            }
        }
    }

    @Test
    void softmax_ofHugeEqualAndMaskedLogits_isExact() {
        float[] x = {
            3e38f,
            3e38f,
            -3e38f,
            -INF, // halves
            -7,
            -7,
            -7,
            -7, // quarters
            -INF,
            -INF,
            5,
            -INF, // one
            -INF,
            -INF,
            -INF,
            -INF // nothing to choose from
        };
        float[] y = new float[16];
        float[] log = new float[16];
        try (Workers workers = new Workers(1)) {
            SoftmaxKernels.softmax(workers, x, 0, 4, 4, y, 0);
            SoftmaxKernels.logSoftmax(workers, x, 0, 4, 4, log, 0);
        }
        float nan = Float.NaN;
        float ln2 = (float) Math.log(2);
        assertThat(y).containsExactly(0.5f, 0.5f, 0, 0, 0.25f, 0.25f, 0.25f, 0.25f, 0, 0, 1, 0, nan, nan, nan, nan);
        assertThat(log)
                .containsExactly(
                        -ln2, -ln2, -INF, -INF, -2 * ln2, -2 * ln2, -2 * ln2, -2 * ln2, -INF, -INF, 0, -INF, nan, nan,
                        nan, nan);
    }

    @Test
    void softmax_givesTheSameBytesAtAnyNumberOfThreads() {
        int rows = 333;
        int n = 1000;
        float[] x = ElementwiseKernelsTest.normal(new Random(1), rows * n);
        float[][] y = new float[3][rows * n];
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = new Workers(threads)) {
                SoftmaxKernels.softmax(workers, x, 0, rows, n, y[threads - 1], 0);
            }
        }
        assertThat(y[1]).isEqualTo(y[0]);
        assertThat(y[2]).isEqualTo(y[0]);
    }
}
