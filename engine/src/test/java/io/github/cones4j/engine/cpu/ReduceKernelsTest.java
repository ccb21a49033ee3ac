package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReduceKernelsTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 511, 512, 513, 4099, 1_000_003})
    void sumsAndDot_areCloseToFloat64(int n) {
        Random random = new Random(n);
        float[] a = ElementwiseKernelsTest.normal(random, n + 3);
        float[] b = ElementwiseKernelsTest.normal(random, n + 3);
        double sum = 0;
        double squares = 0;
        double dot = 0;
        double magnitudes = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            sum += a[i + 3];
            squares += (double) a[i + 3] * a[i + 3];
            dot += (double) a[i + 3] * b[i];
            magnitudes += Math.abs(a[i + 3]) + Math.abs((double) a[i + 3] * b[i]);
            max = Math.max(max, a[i + 3]);
        }
        // 37 roundings of 2^-24 in a row at most (32 in a lane and 5 in the fold)
        double tolerance = 37 * 0x1p-24 * magnitudes;
        assertThat(ReduceKernels.sum(a, 3, n)).isCloseTo(sum, within(tolerance));
        assertThat(ReduceKernels.dot(a, 3, b, 0, n)).isCloseTo(dot, within(tolerance));
        assertThat(ReduceKernels.sumOfSquares(a, 3, n)).isCloseTo(squares, within(37 * 0x1p-24 * squares));
        assertThat(ReduceKernels.max(a, 3, n)).isEqualTo(max);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 33})
    void max_withNaNAnywhere_isNaN(int n) {
        for (int i = 0; i < n; i++) {
            float[] x = new float[n];
            Arrays.fill(x, 1f);
            x[i] = Float.NaN;
            assertThat(ReduceKernels.max(x, 0, n)).isNaN();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 17", "64, 16", "65, 5", "1000, 100", "5000, 33"})
    void columnAndRowSums_areCloseToFloat64AndTheSameAtAnyNumberOfThreads(int rows, int c) {
        float[] x = ElementwiseKernelsTest.normal(new Random(rows), rows * c + 1);
        double[] columns = new double[c];
        double[] sums = new double[rows];
        for (int i = 0; i < rows * c; i++) {
            columns[i % c] += x[1 + i];
            sums[i / c] += x[1 + i];
        }
        for (int threads = 1; threads <= 3; threads++) {
            float[] y = new float[c + 2];
            float[] rowSums = new float[rows + 2];
            try (Workers workers = new Workers(threads)) {
                ReduceKernels.columnSums(workers, x, 1, rows, c, y, 2);
                ReduceKernels.rowSums(workers, x, 1, rows, c, rowSums, 2);
            }
            for (int i = 0; i < c; i++) {
                // summed in float64, rounded once
                assertThat(y[2 + i]).isCloseTo((float) columns[i], within(Math.ulp((float) columns[i])));
            }
            for (int i = 0; i < rows; i++) {
                assertThat((double) rowSums[2 + i]).isCloseTo(sums[i], within(37 * 0x1p-24 * c));
            }
        }
    }

    @Test
    void sumOfSquaresAround_isCloseToFloat64() {
        for (int n = 1; n < 100; n++) {
            float[] x = ElementwiseKernelsTest.normal(new Random(n), n);
            double truth = 0;
            for (float v : x) {
                truth += (v - 0.7f) * (double) (v - 0.7f);
            }
            assertThat(ReduceKernels.sumOfSquaresAround(0.7f, x, 0, n)).isCloseTo(truth, within(1e-6 * truth));
        }
    }

    @Test
    void argMax_isTheFirstLargestOrTheFirstNaN() {
        float[] x = {0, 3, -1, 3, Float.NaN, Float.NaN};
        assertThat(ReduceKernels.argMax(x, 0, 4)).isEqualTo(1);
        assertThat(ReduceKernels.argMax(x, 2, 2)).isEqualTo(1);
        assertThat(ReduceKernels.argMax(x, 0, 6)).isEqualTo(4);
    }
}
