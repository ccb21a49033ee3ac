package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
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
}
