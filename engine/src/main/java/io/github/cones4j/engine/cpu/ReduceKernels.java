package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;
import static io.github.cones4j.engine.cpu.Lanes.broadcast;
import static io.github.cones4j.engine.cpu.Lanes.load;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Sums over ranges in a fixed order: float32 within blocks of {@link #BLOCK} elements (four vectors side by side, folded by halves), float64
 * across blocks. The relative error against the sum of magnitudes stays below 1e-6 at any length.
 */
final class ReduceKernels {

    /** Elements summed in float32: at most 32 additions in a row to each lane at the narrowest width. */
    static final int BLOCK = 512;

    private ReduceKernels() {}

    /** The sum of x. */
    static double sum(float[] x, int x0, int n) {
        double total = 0;
        for (int i = 0; i < n; i += BLOCK) {
            total += blockSum(x, x0 + i, Math.min(BLOCK, n - i));
        }
        return total;
    }

    private static float blockSum(float[] x, int x0, int n) {
        FloatVector s0 = broadcast(0f);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * N; i += 4 * N) {
            s0 = s0.add(load(x, x0 + i));
            s1 = s1.add(load(x, x0 + i + N));
            s2 = s2.add(load(x, x0 + i + 2 * N));
            s3 = s3.add(load(x, x0 + i + 3 * N));
        }
        for (; i < n; i += N) {
            s0 = s0.add(load(x, x0 + i, Math.min(N, n - i)));
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3)));
    }

    /** The sum of x^2. */
    static double sumOfSquares(float[] x, int x0, int n) {
        return dot(x, x0, x, x0, n);
    }

    /** The sum of (x - center)^2. */
    static double sumOfSquaresAround(float center, float[] x, int x0, int n) {
        double total = 0;
        for (int i = 0; i < n; i += BLOCK) {
            total += blockSumOfSquaresAround(center, x, x0 + i, Math.min(BLOCK, n - i));
        }
        return total;
    }

    private static float blockSumOfSquaresAround(float center, float[] x, int x0, int n) {
        FloatVector s0 = broadcast(0f);
        FloatVector s1 = s0;
        FloatVector c = broadcast(center);
        int i = 0;
        for (; i <= n - 2 * N; i += 2 * N) {
            FloatVector d0 = load(x, x0 + i).sub(c);
            FloatVector d1 = load(x, x0 + i + N).sub(c);
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
        }
        for (; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector d = broadcast(0f)
                    .add(FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid).sub(c), valid);
            s0 = d.fma(d, s0);
        }
        return Lanes.sum(s0.add(s1));
    }

    /** The sum of a * b. */
    static double dot(float[] a, int a0, float[] b, int b0, int n) {
        double total = 0;
        for (int i = 0; i < n; i += BLOCK) {
            total += blockDot(a, a0 + i, b, b0 + i, Math.min(BLOCK, n - i));
        }
        return total;
    }

    private static float blockDot(float[] a, int a0, float[] b, int b0, int n) {
        FloatVector s0 = broadcast(0f);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * N; i += 4 * N) {
            s0 = load(a, a0 + i).fma(load(b, b0 + i), s0);
            s1 = load(a, a0 + i + N).fma(load(b, b0 + i + N), s1);
            s2 = load(a, a0 + i + 2 * N).fma(load(b, b0 + i + 2 * N), s2);
            s3 = load(a, a0 + i + 3 * N).fma(load(b, b0 + i + 3 * N), s3);
        }
        for (; i < n; i += N) {
            int rest = Math.min(N, n - i);
            s0 = load(a, a0 + i, rest).fma(load(b, b0 + i, rest), s0);
        }
        return Lanes.sum(s0.add(s1).add(s2.add(s3)));
    }

    /** The largest element, negative infinity for none; NaN if any is. */
    static float max(float[] x, int x0, int n) {
        FloatVector m = broadcast(Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= n - N; i += N) {
            m = m.max(load(x, x0 + i));
        }
        if (i < n) {
            m = m.lanewise(VectorOperators.MAX, load(x, x0 + i, n - i), Lanes.first(n - i));
        }
        return m.reduceLanes(VectorOperators.MAX); // exact in any order
    }

    /**
     * y[column] = the sum of a column of x, in float64 over blocks of rows: the gradient of a bias.
     *
     * @param x {@code [rows, c]}
     * @param y {@code [c]}
     */
    static void columnSums(Workers workers, float[] x, int x0, int rows, int c, float[] y, int y0) {
        // at most 64 blocks, so that their partial sums stay small, and at least 64 rows in each
        int perTask = Math.max(64, (rows + 63) / 64);
        int tasks = (rows + perTask - 1) / perTask;
        int cPad = (c + N - 1) / N * N;
        double[] sums = new double[Math.max(1, tasks) * cPad];
        workers.run(tasks, (task, worker) -> {
            int end = Math.min(rows, (task + 1) * perTask);
            for (int row = task * perTask; row < end; row++) {
                addRow(x, x0 + row * c, c, sums, task * cPad);
            }
        });
        for (int task = 1; task < tasks; task++) {
            for (int i = 0; i < cPad; i++) {
                sums[i] += sums[task * cPad + i];
            }
        }
        for (int i = 0; i < c; i++) {
            y[y0 + i] = (float) sums[i];
        }
    }

    private static void addRow(float[] x, int x0, int c, double[] sums, int s0) {
        int half = Lanes.DOUBLE.length();
        for (int i = 0; i < c; i += N) {
            FloatVector v = load(x, x0 + i, c - i);
            DoubleVector low = (DoubleVector) v.convertShape(VectorOperators.F2D, Lanes.DOUBLE, 0);
            DoubleVector high = (DoubleVector) v.convertShape(VectorOperators.F2D, Lanes.DOUBLE, 1);
            low.add(DoubleVector.fromArray(Lanes.DOUBLE, sums, s0 + i)).intoArray(sums, s0 + i);
            high.add(DoubleVector.fromArray(Lanes.DOUBLE, sums, s0 + i + half)).intoArray(sums, s0 + i + half);
        }
    }

    /** y[row] = the sum of a row of x, {@code [rows, n]}. */
    static void rowSums(Workers workers, float[] x, int x0, int rows, int n, float[] y, int y0) {
        int perTask = Math.clamp(32_768 / Math.max(1, n), 1, 1024);
        workers.run((rows + perTask - 1) / perTask, (task, worker) -> {
            for (int row = task * perTask; row < Math.min(rows, (task + 1) * perTask); row++) {
                y[y0 + row] = (float) sum(x, x0 + row * n, n);
            }
        });
    }

    /** The index of the first largest element, that of the first NaN if there is one. */
    static int argMax(float[] x, int x0, int n) {
        float max = max(x, x0, n);
        for (int i = 0; i < n; i++) {
            if (x[x0 + i] == max || Float.isNaN(x[x0 + i])) {
                return i;
            }
        }
        throw new IllegalArgumentException("argmax: of no elements");
    }
}
