package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;
import static io.github.cones4j.engine.cpu.Lanes.broadcast;
import static io.github.cones4j.engine.cpu.Lanes.load;

import jdk.incubator.vector.FloatVector;
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
        float max = m.reduceLanes(VectorOperators.MAX); // exact in any order
        for (; i < n; i++) {
            max = Math.max(max, x[x0 + i]);
        }
        return max;
    }
}
