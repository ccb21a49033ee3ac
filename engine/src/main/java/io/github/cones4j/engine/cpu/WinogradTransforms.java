package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import jdk.incubator.vector.FloatVector;

/**
 * The transforms of {@link Winograd}, each one-dimensional, over vectors of channels. In the names of Lavin and Gray (2016):
 * {@code U = G g G^T} of the 3 x 3 kernel g, {@code V = B^T d B} of a patch d of the input, {@code Y = A^T M A} of the products M.
 *
 * <p>F(2, 3) interpolates at 0, +-1 and infinity. F(4, 3) does at 0, +-5/8, +-3/2 and infinity: half the rounding error of the
 * usual 0, +-1, +-2, the least of all pairs of eighths that were tried, and all numbers in B and A are exact in float32.
 */
final class WinogradTransforms {

    // F(4, 3): the points +-a and +-b
    private static final float A = 0.625f;
    private static final float B = 1.5f;
    private static final float A2 = A * A;
    private static final float B2 = B * B;
    private static final FloatVector POINT_A = Lanes.broadcast(A);
    private static final FloatVector POINT_B = Lanes.broadcast(B);
    private static final FloatVector SQUARE_A = Lanes.broadcast(A2);
    private static final FloatVector SQUARE_B = Lanes.broadcast(B2);
    private static final FloatVector CUBE_A = Lanes.broadcast(A2 * A);
    private static final FloatVector CUBE_B = Lanes.broadcast(B2 * B);
    private static final FloatVector MINUS_SQUARE_A = Lanes.broadcast(-A2);
    private static final FloatVector MINUS_SQUARE_B = Lanes.broadcast(-B2);
    private static final FloatVector MINUS_SUM = Lanes.broadcast(-(A2 + B2));
    private static final FloatVector PRODUCT = Lanes.broadcast(A2 * B2);

    // of G: a row of a point p is (1, p, p^2) divided by the product of its distances to the other points
    private static final double AT_A = 2.0 * A2 * (A2 - B2);
    private static final double AT_B = 2.0 * B2 * (B2 - A2);
    private static final FloatVector G_ZERO = Lanes.broadcast((float) (1.0 / ((double) A2 * B2)));
    private static final FloatVector G_A0 = Lanes.broadcast((float) (1 / AT_A));
    private static final FloatVector G_A1 = Lanes.broadcast((float) (A / AT_A));
    private static final FloatVector G_A2 = Lanes.broadcast((float) (A2 / AT_A));
    private static final FloatVector G_B0 = Lanes.broadcast((float) (1 / AT_B));
    private static final FloatVector G_B1 = Lanes.broadcast((float) (B / AT_B));
    private static final FloatVector G_B2 = Lanes.broadcast((float) (B2 / AT_B));
    private static final FloatVector HALF = Lanes.broadcast(0.5f);

    /** Floats of each place of a kernel that stay in the first-level cache from the columns to the rows. */
    private static final int AT_ONCE = 16 * N;

    private WinogradTransforms() {}

    /**
     * {@code to[i, j] = sum over k of B^T[i, k] x[k, j]} for i, k below m + 2 and j below {@code count}; each element is a vector.
     *
     * @param step floats from k to k + 1 in x
     * @param across floats from j to j + 1 in x
     * @param toStep floats from i to i + 1 in {@code to}
     * @param toAcross floats from j to j + 1 in {@code to}
     */
    static void input(
            int m, float[] x, int at, int step, int across, int count, float[] to, int t0, int toStep, int toAcross) {
        if (m == 4) {
            inputFour(x, at, step, across, count, to, t0, toStep, toAcross);
        } else {
            inputTwo(x, at, step, across, count, to, t0, toStep, toAcross);
        }
    }

    private static void inputFour(
            float[] x, int at, int step, int across, int count, float[] to, int t0, int toStep, int toAcross) {
        int p = at;
        int q = t0;
        for (int j = 0; j < count; j++) {
            FloatVector d0 = FloatVector.fromArray(FLOAT, x, p);
            FloatVector d1 = FloatVector.fromArray(FLOAT, x, p + step);
            FloatVector d2 = FloatVector.fromArray(FLOAT, x, p + 2 * step);
            FloatVector d3 = FloatVector.fromArray(FLOAT, x, p + 3 * step);
            FloatVector d4 = FloatVector.fromArray(FLOAT, x, p + 4 * step);
            FloatVector d5 = FloatVector.fromArray(FLOAT, x, p + 5 * step);
            d0.fma(PRODUCT, d2.fma(MINUS_SUM, d4)).intoArray(to, q);
            FloatVector even = d2.fma(MINUS_SQUARE_B, d4);
            FloatVector odd = d1.fma(MINUS_SQUARE_B, d3).mul(POINT_A);
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            even = d2.fma(MINUS_SQUARE_A, d4);
            odd = d1.fma(MINUS_SQUARE_A, d3).mul(POINT_B);
            even.add(odd).intoArray(to, q + 3 * toStep);
            even.sub(odd).intoArray(to, q + 4 * toStep);
            d1.fma(PRODUCT, d3.fma(MINUS_SUM, d5)).intoArray(to, q + 5 * toStep);
            p += across;
            q += toAcross;
        }
    }

    private static void inputTwo(
            float[] x, int at, int step, int across, int count, float[] to, int t0, int toStep, int toAcross) {
        int p = at;
        int q = t0;
        for (int j = 0; j < count; j++) {
            FloatVector d0 = FloatVector.fromArray(FLOAT, x, p);
            FloatVector d1 = FloatVector.fromArray(FLOAT, x, p + step);
            FloatVector d2 = FloatVector.fromArray(FLOAT, x, p + 2 * step);
            FloatVector d3 = FloatVector.fromArray(FLOAT, x, p + 3 * step);
            d0.sub(d2).intoArray(to, q);
            d2.add(d1).intoArray(to, q + toStep);
            d2.sub(d1).intoArray(to, q + 2 * toStep);
            d3.sub(d1).intoArray(to, q + 3 * toStep);
            p += across;
            q += toAcross;
        }
    }

    /**
     * {@code to[i, j] = sum over k of A^T[i, k] x[k, j]} for i below m, k below m + 2 and j below {@code count}; each element is a
     * vector; strides as in {@link #input}.
     */
    static void output(
            int m, float[] x, int at, int step, int across, int count, float[] to, int t0, int toStep, int toAcross) {
        if (m == 4) {
            outputFour(x, at, step, across, count, to, t0, toStep, toAcross);
        } else {
            outputTwo(x, at, step, across, count, to, t0, toStep, toAcross);
        }
    }

    private static void outputFour(
            float[] x, int at, int step, int across, int count, float[] to, int t0, int toStep, int toAcross) {
        int p = at;
        int q = t0;
        for (int j = 0; j < count; j++) {
            FloatVector m1 = FloatVector.fromArray(FLOAT, x, p + step);
            FloatVector m2 = FloatVector.fromArray(FLOAT, x, p + 2 * step);
            FloatVector m3 = FloatVector.fromArray(FLOAT, x, p + 3 * step);
            FloatVector m4 = FloatVector.fromArray(FLOAT, x, p + 4 * step);
            FloatVector evenA = m1.add(m2);
            FloatVector oddA = m1.sub(m2);
            FloatVector evenB = m3.add(m4);
            FloatVector oddB = m3.sub(m4);
            FloatVector.fromArray(FLOAT, x, p).add(evenA).add(evenB).intoArray(to, q);
            oddA.fma(POINT_A, oddB.mul(POINT_B)).intoArray(to, q + toStep);
            evenA.fma(SQUARE_A, evenB.mul(SQUARE_B)).intoArray(to, q + 2 * toStep);
            oddA.fma(CUBE_A, oddB.fma(CUBE_B, FloatVector.fromArray(FLOAT, x, p + 5 * step)))
                    .intoArray(to, q + 3 * toStep);
            p += across;
            q += toAcross;
        }
    }

    private static void outputTwo(
            float[] x, int at, int step, int across, int count, float[] to, int t0, int toStep, int toAcross) {
        int p = at;
        int q = t0;
        for (int j = 0; j < count; j++) {
            FloatVector m1 = FloatVector.fromArray(FLOAT, x, p + step);
            FloatVector m2 = FloatVector.fromArray(FLOAT, x, p + 2 * step);
            FloatVector.fromArray(FLOAT, x, p).add(m1).add(m2).intoArray(to, q);
            m1.sub(m2).add(FloatVector.fromArray(FLOAT, x, p + 3 * step)).intoArray(to, q + toStep);
            p += across;
            q += toAcross;
        }
    }

    /**
     * {@code u[i, j, .] = sum over k, l of G[i, k] G[j, l] g[k, l, .]} for i, j below m + 2, over {@code n} consecutive kernels, a
     * multiple of the vector's length: first all columns of g, which then lie in the first three places of each row of u, then
     * these rows where they lie.
     *
     * <p>Both dimensions in one loop would read and write less, but would be more than the compiler inlines: vectors that pass
     * from one method to another then become objects.
     *
     * @param tap floats from one place of the kernel to the next, of which there are nine, row by row
     * @param step floats from one of the (m + 2)^2 values to the next
     */
    static void kernel(int m, float[] g, int at, int tap, int n, float[] u, int u0, int step) {
        int side = m + 2;
        for (int k = 0; k < n; k += AT_ONCE) {
            int count = Math.min(AT_ONCE, n - k);
            for (int l = 0; l < 3; l++) {
                kernelLine(m, g, at + k + l * tap, 3 * tap, count, u, u0 + k + l * step, side * step);
            }
            for (int i = 0; i < side; i++) {
                int row = u0 + k + i * side * step;
                kernelLine(m, u, row, step, count, u, row, step);
            }
        }
    }

    /** {@code to[i, .] = sum over k of G[i, k] x[k, .]}; x may lie in the first places of {@code to}. */
    private static void kernelLine(int m, float[] x, int at, int step, int n, float[] to, int t0, int toStep) {
        if (m == 4) {
            kernelFour(x, at, step, n, to, t0, toStep);
        } else {
            kernelTwo(x, at, step, n, to, t0, toStep);
        }
    }

    private static void kernelFour(float[] x, int at, int step, int n, float[] to, int t0, int toStep) {
        for (int k = 0; k < n; k += N) {
            int p = at + k;
            int q = t0 + k;
            FloatVector g0 = FloatVector.fromArray(FLOAT, x, p);
            FloatVector g1 = FloatVector.fromArray(FLOAT, x, p + step);
            FloatVector g2 = FloatVector.fromArray(FLOAT, x, p + 2 * step);
            g0.mul(G_ZERO).intoArray(to, q);
            FloatVector even = g2.fma(G_A2, g0.mul(G_A0));
            FloatVector odd = g1.mul(G_A1);
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            even = g2.fma(G_B2, g0.mul(G_B0));
            odd = g1.mul(G_B1);
            even.add(odd).intoArray(to, q + 3 * toStep);
            even.sub(odd).intoArray(to, q + 4 * toStep);
            g2.intoArray(to, q + 5 * toStep);
        }
    }

    private static void kernelTwo(float[] x, int at, int step, int n, float[] to, int t0, int toStep) {
        for (int k = 0; k < n; k += N) {
            int p = at + k;
            int q = t0 + k;
            FloatVector g0 = FloatVector.fromArray(FLOAT, x, p);
            FloatVector g2 = FloatVector.fromArray(FLOAT, x, p + 2 * step);
            FloatVector even = g0.add(g2).mul(HALF);
            FloatVector odd = FloatVector.fromArray(FLOAT, x, p + step).mul(HALF);
            g0.intoArray(to, q);
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            g2.intoArray(to, q + 3 * toStep);
        }
    }
}
