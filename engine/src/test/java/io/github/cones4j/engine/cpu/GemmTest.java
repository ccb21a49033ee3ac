package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class GemmTest {

    // each of these runs once per vector width: the build repeats the tests with cones4j.vectorBits set

    @Test
    void multiply_atOneTwoAndThreeThreads_givesTheSameBytes() {
        int[][] shapes = {{77, 96, 768}, {512, 64, 576}, {1, 1280, 320}, {300, 300, 1300}, {9, 2000, 40}};
        for (int[] s : shapes) {
            float[] expected = product(1, s[0], s[1], s[2]);
            assertThat(product(2, s[0], s[1], s[2])).isEqualTo(expected);
            assertThat(product(3, s[0], s[1], s[2])).isEqualTo(expected);
        }
    }

    private static float[] product(int threads, int m, int n, int k) {
        Random random = new Random(5);
        float[] a = gaussian(random, m * k);
        float[] b = gaussian(random, k * n);
        float[] c = new float[m * n];
        try (Workers workers = new Workers(threads)) {
            float[] packed = new float[Gemm.packedSize(k, n)];
            Gemm.packB(workers, b, 0, n, false, k, n, packed, 0);
            Gemm.multiply(workers, m, n, k, a, 0, k, 1, packed, 0, c, 0, n, Epilogue.NONE.scaled(0.3f));
        }
        return c;
    }

    /** Odd sizes, one to three vectors of columns and more, several blocks of the common dimension. */
    private static final int[][] HALF_SHAPES = {
        {77, 96, 768},
        {300, 64, 576},
        {1, 1280, 321},
        {300, 301, 1300},
        {9, 2000, 40},
        {17, 5, 7},
        {40, 17, 33},
        {8, 40, 1}
    };

    @Test
    void multiply_byMatricesOf16Bits_givesTheBytesOfFloat32_atOneTwoAndFourThreads() {
        for (DType dtype : List.of(DType.F16, DType.BF16)) {
            for (int[] s : HALF_SHAPES) {
                float[] expected = half(1, DType.F32, dtype, s[0], s[1], s[2], false);
                for (int threads : new int[] {1, 2, 4}) {
                    assertThat(half(threads, dtype, dtype, s[0], s[1], s[2], false))
                            .as("%s, %d threads, %s", dtype, threads, Arrays.toString(s))
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void multiply_byATransposedPack_givesTheBytesOfItsOwnPack_atOneTwoAndFourThreads() {
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            for (int[] s : HALF_SHAPES) {
                float[] expected = half(1, DType.F32, dtype, s[0], s[1], s[2], false);
                for (int threads : new int[] {1, 2, 4}) {
                    assertThat(half(threads, dtype, dtype, s[0], s[1], s[2], true))
                            .as("%s, %d threads, %s", dtype, threads, Arrays.toString(s))
                            .isEqualTo(expected);
                }
            }
        }
    }

    /** The product with values of one type, packed in another, or as the transpose of what it is to be. */
    private static float[] half(int threads, DType packedAs, DType values, int m, int n, int k, boolean transposed) {
        Random random = new Random(5);
        float[] a = gaussian(random, m * k);
        float[] b = HostTensor.of(gaussian(random, k * n), k * n).cast(values).toFloats();
        float[] c = gaussian(random, m * n);
        PackOrder order = transposed ? PackOrder.matrix(n, k) : PackOrder.matrix(k, n);
        Packed packed = new Packed(new float[3 + Panels.size(order, packedAs)], 3, packedAs);
        try (Workers workers = new Workers(threads)) {
            Gemm.packB(workers, b, 0, n, transposed, order.channels(), order.columns(), packed);
            Panels panels = transposed ? Panels.transposed(packed, n, k) : Panels.of(packed, order);
            Rows rows = Gemm.rows(a, 0, k, 1);
            Gemm.multiply(workers, m, n, k, rows, panels, Gemm.Target.plain(c, 0, n), Epilogue.NONE.accumulate());
        }
        return c;
    }

    @Test
    void multiply_withNoUnitStride_namesBothStrides() {
        try (Workers workers = new Workers(1)) {
            assertThatThrownBy(() -> Gemm.multiply(
                            workers,
                            2,
                            2,
                            2,
                            new float[16],
                            0,
                            8,
                            2,
                            new float[99],
                            0,
                            new float[4],
                            0,
                            2,
                            Epilogue.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("8 (rows)")
                    .hasMessageContaining("2 (columns)");
        }
    }

    @Test
    void multiply_withEmptyDepth_appliesTheEpilogueToZero() {
        try (Workers workers = new Workers(1)) {
            float[] c = {7, 7, 7, 7};
            Gemm.multiply(
                    workers,
                    2,
                    2,
                    0,
                    new float[0],
                    0,
                    0,
                    1,
                    new float[0],
                    0,
                    c,
                    0,
                    2,
                    Epilogue.NONE.bias(new float[] {1, 2}, 0));
            assertThat(c).containsExactly(1, 2, 1, 2);
        }
    }

    static float[] gaussian(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    static void assertClose(float[] actual, double[] expected, double tolerance, String what) {
        int worst = 0;
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(actual[i] - expected[i]) <= Math.abs(actual[worst] - expected[worst]))) { // NaN is worst
                worst = i;
            }
        }
        assertThat((double) actual[worst])
                .as("%s, element %d", what, worst)
                .isCloseTo(expected[worst], within(tolerance));
    }

    @Test
    void multiply_ofOneRow_givesTheBytesOfThatRowAmongOthers() {
        Random random = new Random(11);
        try (Workers workers = new Workers(2)) {
            for (int n : new int[] {1, 17, 33, 48, 130}) {
                int k = 700;
                float[] a = gaussian(random, 5 * k);
                float[] b = gaussian(random, n * k);
                float[] packed = new float[Gemm.packedSize(k, n)];
                Gemm.packB(workers, b, 0, k, true, k, n, packed, 0);
                float[] five = new float[5 * n];
                Gemm.multiply(workers, 5, n, k, a, 0, k, 1, packed, 0, five, 0, n, Epilogue.NONE);
                float[] one = new float[n];
                Gemm.multiply(workers, 1, n, k, a, 3 * k, k, 1, packed, 0, one, 0, n, Epilogue.NONE);
                assertThat(one).as("%d columns", n).isEqualTo(Arrays.copyOfRange(five, 3 * n, 4 * n));
            }
        }
    }

    @Test
    void multiply_ofOddShapesStridesAndEpilogues_equalsPlainLoops() {
        long seed = 20251122;
        Random random = new Random(seed);
        try (Workers workers = new Workers(2)) {
            for (int round = 0; round < 120; round++) {
                int m = 1 + random.nextInt(round % 7 == 0 ? 300 : 40);
                int n = 1 + random.nextInt(round % 5 == 0 ? 400 : 100);
                int k = 1 + random.nextInt(round % 11 == 0 ? 1500 : 60);
                checkOne(workers, random, m, n, k, "seed " + seed + " round " + round);
            }
        }
    }

    private static void checkOne(Workers workers, Random random, int m, int n, int k, String what) {
        boolean transposedA = random.nextBoolean();
        boolean transposedB = random.nextBoolean();
        int lda = (transposedA ? m : k) + random.nextInt(3);
        int ldb = (transposedB ? k : n) + random.nextInt(3);
        int ldc = n + random.nextInt(3);
        int ldr = n + random.nextInt(3);
        int a0 = random.nextInt(20);
        int b0 = random.nextInt(20);
        int c0 = random.nextInt(20);
        int p0 = random.nextInt(20);
        float[] a = gaussian(random, a0 + lda * ((transposedA ? k : m) - 1) + (transposedA ? m : k));
        float[] b = gaussian(random, b0 + ldb * ((transposedB ? n : k) - 1) + (transposedB ? k : n));
        float[] before = gaussian(random, c0 + ldc * m + 5);
        float[] bias = gaussian(random, n + 3);
        float[] residual = gaussian(random, 2 + ldr * m);
        Epilogue e = Epilogue.NONE;
        boolean scaled = random.nextBoolean();
        boolean biased = random.nextBoolean();
        boolean added = random.nextBoolean();
        boolean kept = random.nextBoolean();
        e = scaled ? e.scaled(-0.7f) : e;
        e = biased ? e.bias(bias, 3) : e;
        e = added ? e.residual(residual, 2, ldr) : e;
        e = kept ? e.accumulate() : e;
        float[] packed = new float[p0 + Gemm.packedSize(k, n)];
        float[] c = before.clone();
        Gemm.packB(workers, b, b0, ldb, transposedB, k, n, packed, p0);
        Gemm.multiply(workers, m, n, k, a, a0, transposedA ? 1 : lda, transposedA ? lda : 1, packed, p0, c, c0, ldc, e);
        double[] expected = new double[c.length];
        for (int i = 0; i < c.length; i++) {
            expected[i] = before[i];
        }
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a[transposedA ? a0 + l * lda + i : a0 + i * lda + l]
                            * b[transposedB ? b0 + j * ldb + l : b0 + l * ldb + j];
                }
                int at = c0 + i * ldc + j;
                expected[at] = (scaled ? -0.7f * sum : sum)
                        + (biased ? bias[3 + j] : 0)
                        + (added ? residual[2 + i * ldr + j] : 0)
                        + (kept ? before[at] : 0);
            }
        }
        // float32 sums of k products of unit variance: each step rounds by 2^-24 of a sum of about sqrt(k)
        double tolerance = 1e-6 * (k + 16);
        assertClose(c, expected, tolerance, what + ": m " + m + " n " + n + " k " + k);
    }

    @Test
    void batched_withRepeatedOperandsAndBothLayouts_equalsPlainLoops() {
        long seed = 3;
        Random random = new Random(seed);
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < 60; round++) {
                int batch = 1 + random.nextInt(9);
                int m = 1 + random.nextInt(round % 7 == 0 ? 300 : 30);
                int n = 1 + random.nextInt(90);
                int k = 1 + random.nextInt(round % 11 == 0 ? 700 : 60);
                checkBatch(workers, random, batch, m, n, k, "seed " + seed + " round " + round);
            }
        }
    }

    private static void checkBatch(Workers workers, Random random, int batch, int m, int n, int k, String what) {
        boolean transposedA = random.nextBoolean();
        boolean transposedB = random.nextBoolean();
        int batchA = random.nextInt(4) == 0 ? 0 : m * k + random.nextInt(3);
        int batchB = random.nextInt(4) == 0 ? 0 : n * k + random.nextInt(3);
        int batchC = m * n + random.nextInt(3);
        float[] a = gaussian(random, batchA * batch + m * k);
        float[] b = gaussian(random, batchB * batch + n * k);
        float[] c = gaussian(random, batchC * batch);
        float[] before = c.clone();
        boolean kept = random.nextBoolean();
        Epilogue e = Epilogue.NONE.scaled(0.5f);
        Gemm.batched(
                workers,
                batch,
                m,
                n,
                k,
                a,
                0,
                transposedA ? 1 : k,
                transposedA ? m : 1,
                batchA,
                b,
                0,
                transposedB ? k : n,
                transposedB,
                batchB,
                c,
                0,
                n,
                batchC,
                kept ? e.accumulate() : e);
        double[] expected = new double[c.length];
        for (int i = 0; i < c.length; i++) {
            expected[i] = before[i];
        }
        for (int x = 0; x < batch; x++) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        sum += (double) a[x * batchA + (transposedA ? l * m + i : i * k + l)]
                                * b[x * batchB + (transposedB ? j * k + l : l * n + j)];
                    }
                    int at = x * batchC + i * n + j;
                    expected[at] = 0.5 * sum + (kept ? before[at] : 0);
                }
            }
        }
        assertClose(c, expected, 1e-6 * (k + 16), what + ": batch " + batch + " m " + m + " n " + n + " k " + k);
    }
}
