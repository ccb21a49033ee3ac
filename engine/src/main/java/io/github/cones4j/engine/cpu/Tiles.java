package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of every matrix product: a tile of {@code ROWS} x {@code vectors * N} sums kept in registers while the common
 * dimension runs. Both operands are packed so that a step reads consecutive floats: {@code a[n, ROWS]} and
 * {@code b[n, vectors * N]}.
 *
 * <p>The sums of a tile are locals, for the compiler keeps no array in registers. On machines with 32 vector registers the tile is
 * 8 x 3 vectors: 24 sums, 3 vectors of b and one of a; 6 x 4 makes the compiler spill. Machines with 16 registers get 6 x 2.
 */
final class Tiles {

    private static final boolean MANY_REGISTERS =
            N == 16 || System.getProperty("os.arch", "").equals("aarch64");

    /** Rows of a tile. */
    static final int ROWS = MANY_REGISTERS ? 8 : 6;

    /** Width of the widest tile in vectors. */
    static final int VECTORS = MANY_REGISTERS ? 3 : 2;

    private Tiles() {}

    /**
     * t[i, j] = sum over k of a[k, i] * b[k, j], for i below {@code ROWS} and j below {@code vectors * N}; each sum runs in the order of
     * k with one rounding per step.
     *
     * @param vectors width of b and t in vectors, {@code 1 .. VECTORS}
     * @param ldt distance of two rows of t
     */
    static void multiply(int vectors, float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        if (MANY_REGISTERS) {
            switch (vectors) {
                case 3 -> eightByThree(a, a0, n, b, b0, t, t0, ldt);
                case 2 -> eightByTwo(a, a0, n, b, b0, t, t0, ldt);
                default -> eightByOne(a, a0, n, b, b0, t, t0, ldt);
            }
        } else {
            switch (vectors) {
                case 2 -> sixByTwo(a, a0, n, b, b0, t, t0, ldt);
                default -> sixByOne(a, a0, n, b, b0, t, t0, ldt);
            }
        }
    }

    /** Packs {@code ROWS} rows of n consecutive floats, row i from {@code a[from[i]]}, as {@code to[n, ROWS]}. */
    static void interleave(float[] a, int[] from, int n, float[] to, int at) {
        if (MANY_REGISTERS) {
            eightRows(a, from, n, to, at);
        } else {
            sixRows(a, from, n, to, at);
        }
    }

    private static void eightRows(float[] a, int[] from, int n, float[] to, int at) {
        int r0 = from[0];
        int r1 = from[1];
        int r2 = from[2];
        int r3 = from[3];
        int r4 = from[4];
        int r5 = from[5];
        int r6 = from[6];
        int r7 = from[7];
        for (int k = 0; k < n; k++) {
            int p = at + 8 * k;
            to[p] = a[r0 + k];
            to[p + 1] = a[r1 + k];
            to[p + 2] = a[r2 + k];
            to[p + 3] = a[r3 + k];
            to[p + 4] = a[r4 + k];
            to[p + 5] = a[r5 + k];
            to[p + 6] = a[r6 + k];
            to[p + 7] = a[r7 + k];
        }
    }

    private static void sixRows(float[] a, int[] from, int n, float[] to, int at) {
        int r0 = from[0];
        int r1 = from[1];
        int r2 = from[2];
        int r3 = from[3];
        int r4 = from[4];
        int r5 = from[5];
        for (int k = 0; k < n; k++) {
            int p = at + 6 * k;
            to[p] = a[r0 + k];
            to[p + 1] = a[r1 + k];
            to[p + 2] = a[r2 + k];
            to[p + 3] = a[r3 + k];
            to[p + 4] = a[r4 + k];
            to[p + 5] = a[r5 + k];
        }
    }

    private static void eightByThree(float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c01 = zero;
        FloatVector c02 = zero;
        FloatVector c10 = zero;
        FloatVector c11 = zero;
        FloatVector c12 = zero;
        FloatVector c20 = zero;
        FloatVector c21 = zero;
        FloatVector c22 = zero;
        FloatVector c30 = zero;
        FloatVector c31 = zero;
        FloatVector c32 = zero;
        FloatVector c40 = zero;
        FloatVector c41 = zero;
        FloatVector c42 = zero;
        FloatVector c50 = zero;
        FloatVector c51 = zero;
        FloatVector c52 = zero;
        FloatVector c60 = zero;
        FloatVector c61 = zero;
        FloatVector c62 = zero;
        FloatVector c70 = zero;
        FloatVector c71 = zero;
        FloatVector c72 = zero;
        for (int k = 0; k < n; k++) {
            int p = a0 + 8 * k;
            int q = b0 + 3 * N * k;
            FloatVector y0 = FloatVector.fromArray(FLOAT, b, q);
            FloatVector y1 = FloatVector.fromArray(FLOAT, b, q + N);
            FloatVector y2 = FloatVector.fromArray(FLOAT, b, q + 2 * N);
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c00 = x.fma(y0, c00);
            c01 = x.fma(y1, c01);
            c02 = x.fma(y2, c02);
            x = FloatVector.broadcast(FLOAT, a[p + 1]);
            c10 = x.fma(y0, c10);
            c11 = x.fma(y1, c11);
            c12 = x.fma(y2, c12);
            x = FloatVector.broadcast(FLOAT, a[p + 2]);
            c20 = x.fma(y0, c20);
            c21 = x.fma(y1, c21);
            c22 = x.fma(y2, c22);
            x = FloatVector.broadcast(FLOAT, a[p + 3]);
            c30 = x.fma(y0, c30);
            c31 = x.fma(y1, c31);
            c32 = x.fma(y2, c32);
            x = FloatVector.broadcast(FLOAT, a[p + 4]);
            c40 = x.fma(y0, c40);
            c41 = x.fma(y1, c41);
            c42 = x.fma(y2, c42);
            x = FloatVector.broadcast(FLOAT, a[p + 5]);
            c50 = x.fma(y0, c50);
            c51 = x.fma(y1, c51);
            c52 = x.fma(y2, c52);
            x = FloatVector.broadcast(FLOAT, a[p + 6]);
            c60 = x.fma(y0, c60);
            c61 = x.fma(y1, c61);
            c62 = x.fma(y2, c62);
            x = FloatVector.broadcast(FLOAT, a[p + 7]);
            c70 = x.fma(y0, c70);
            c71 = x.fma(y1, c71);
            c72 = x.fma(y2, c72);
        }
        int at = t0;
        c00.intoArray(t, at);
        c01.intoArray(t, at + N);
        c02.intoArray(t, at + 2 * N);
        at += ldt;
        c10.intoArray(t, at);
        c11.intoArray(t, at + N);
        c12.intoArray(t, at + 2 * N);
        at += ldt;
        c20.intoArray(t, at);
        c21.intoArray(t, at + N);
        c22.intoArray(t, at + 2 * N);
        at += ldt;
        c30.intoArray(t, at);
        c31.intoArray(t, at + N);
        c32.intoArray(t, at + 2 * N);
        at += ldt;
        c40.intoArray(t, at);
        c41.intoArray(t, at + N);
        c42.intoArray(t, at + 2 * N);
        at += ldt;
        c50.intoArray(t, at);
        c51.intoArray(t, at + N);
        c52.intoArray(t, at + 2 * N);
        at += ldt;
        c60.intoArray(t, at);
        c61.intoArray(t, at + N);
        c62.intoArray(t, at + 2 * N);
        at += ldt;
        c70.intoArray(t, at);
        c71.intoArray(t, at + N);
        c72.intoArray(t, at + 2 * N);
    }

    private static void eightByTwo(float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c01 = zero;
        FloatVector c10 = zero;
        FloatVector c11 = zero;
        FloatVector c20 = zero;
        FloatVector c21 = zero;
        FloatVector c30 = zero;
        FloatVector c31 = zero;
        FloatVector c40 = zero;
        FloatVector c41 = zero;
        FloatVector c50 = zero;
        FloatVector c51 = zero;
        FloatVector c60 = zero;
        FloatVector c61 = zero;
        FloatVector c70 = zero;
        FloatVector c71 = zero;
        for (int k = 0; k < n; k++) {
            int p = a0 + 8 * k;
            int q = b0 + 2 * N * k;
            FloatVector y0 = FloatVector.fromArray(FLOAT, b, q);
            FloatVector y1 = FloatVector.fromArray(FLOAT, b, q + N);
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c00 = x.fma(y0, c00);
            c01 = x.fma(y1, c01);
            x = FloatVector.broadcast(FLOAT, a[p + 1]);
            c10 = x.fma(y0, c10);
            c11 = x.fma(y1, c11);
            x = FloatVector.broadcast(FLOAT, a[p + 2]);
            c20 = x.fma(y0, c20);
            c21 = x.fma(y1, c21);
            x = FloatVector.broadcast(FLOAT, a[p + 3]);
            c30 = x.fma(y0, c30);
            c31 = x.fma(y1, c31);
            x = FloatVector.broadcast(FLOAT, a[p + 4]);
            c40 = x.fma(y0, c40);
            c41 = x.fma(y1, c41);
            x = FloatVector.broadcast(FLOAT, a[p + 5]);
            c50 = x.fma(y0, c50);
            c51 = x.fma(y1, c51);
            x = FloatVector.broadcast(FLOAT, a[p + 6]);
            c60 = x.fma(y0, c60);
            c61 = x.fma(y1, c61);
            x = FloatVector.broadcast(FLOAT, a[p + 7]);
            c70 = x.fma(y0, c70);
            c71 = x.fma(y1, c71);
        }
        int at = t0;
        c00.intoArray(t, at);
        c01.intoArray(t, at + N);
        at += ldt;
        c10.intoArray(t, at);
        c11.intoArray(t, at + N);
        at += ldt;
        c20.intoArray(t, at);
        c21.intoArray(t, at + N);
        at += ldt;
        c30.intoArray(t, at);
        c31.intoArray(t, at + N);
        at += ldt;
        c40.intoArray(t, at);
        c41.intoArray(t, at + N);
        at += ldt;
        c50.intoArray(t, at);
        c51.intoArray(t, at + N);
        at += ldt;
        c60.intoArray(t, at);
        c61.intoArray(t, at + N);
        at += ldt;
        c70.intoArray(t, at);
        c71.intoArray(t, at + N);
    }

    private static void eightByOne(float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c10 = zero;
        FloatVector c20 = zero;
        FloatVector c30 = zero;
        FloatVector c40 = zero;
        FloatVector c50 = zero;
        FloatVector c60 = zero;
        FloatVector c70 = zero;
        for (int k = 0; k < n; k++) {
            int p = a0 + 8 * k;
            int q = b0 + N * k;
            FloatVector y0 = FloatVector.fromArray(FLOAT, b, q);
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c00 = x.fma(y0, c00);
            x = FloatVector.broadcast(FLOAT, a[p + 1]);
            c10 = x.fma(y0, c10);
            x = FloatVector.broadcast(FLOAT, a[p + 2]);
            c20 = x.fma(y0, c20);
            x = FloatVector.broadcast(FLOAT, a[p + 3]);
            c30 = x.fma(y0, c30);
            x = FloatVector.broadcast(FLOAT, a[p + 4]);
            c40 = x.fma(y0, c40);
            x = FloatVector.broadcast(FLOAT, a[p + 5]);
            c50 = x.fma(y0, c50);
            x = FloatVector.broadcast(FLOAT, a[p + 6]);
            c60 = x.fma(y0, c60);
            x = FloatVector.broadcast(FLOAT, a[p + 7]);
            c70 = x.fma(y0, c70);
        }
        int at = t0;
        c00.intoArray(t, at);
        at += ldt;
        c10.intoArray(t, at);
        at += ldt;
        c20.intoArray(t, at);
        at += ldt;
        c30.intoArray(t, at);
        at += ldt;
        c40.intoArray(t, at);
        at += ldt;
        c50.intoArray(t, at);
        at += ldt;
        c60.intoArray(t, at);
        at += ldt;
        c70.intoArray(t, at);
    }

    private static void sixByTwo(float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c01 = zero;
        FloatVector c10 = zero;
        FloatVector c11 = zero;
        FloatVector c20 = zero;
        FloatVector c21 = zero;
        FloatVector c30 = zero;
        FloatVector c31 = zero;
        FloatVector c40 = zero;
        FloatVector c41 = zero;
        FloatVector c50 = zero;
        FloatVector c51 = zero;
        for (int k = 0; k < n; k++) {
            int p = a0 + 6 * k;
            int q = b0 + 2 * N * k;
            FloatVector y0 = FloatVector.fromArray(FLOAT, b, q);
            FloatVector y1 = FloatVector.fromArray(FLOAT, b, q + N);
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c00 = x.fma(y0, c00);
            c01 = x.fma(y1, c01);
            x = FloatVector.broadcast(FLOAT, a[p + 1]);
            c10 = x.fma(y0, c10);
            c11 = x.fma(y1, c11);
            x = FloatVector.broadcast(FLOAT, a[p + 2]);
            c20 = x.fma(y0, c20);
            c21 = x.fma(y1, c21);
            x = FloatVector.broadcast(FLOAT, a[p + 3]);
            c30 = x.fma(y0, c30);
            c31 = x.fma(y1, c31);
            x = FloatVector.broadcast(FLOAT, a[p + 4]);
            c40 = x.fma(y0, c40);
            c41 = x.fma(y1, c41);
            x = FloatVector.broadcast(FLOAT, a[p + 5]);
            c50 = x.fma(y0, c50);
            c51 = x.fma(y1, c51);
        }
        int at = t0;
        c00.intoArray(t, at);
        c01.intoArray(t, at + N);
        at += ldt;
        c10.intoArray(t, at);
        c11.intoArray(t, at + N);
        at += ldt;
        c20.intoArray(t, at);
        c21.intoArray(t, at + N);
        at += ldt;
        c30.intoArray(t, at);
        c31.intoArray(t, at + N);
        at += ldt;
        c40.intoArray(t, at);
        c41.intoArray(t, at + N);
        at += ldt;
        c50.intoArray(t, at);
        c51.intoArray(t, at + N);
    }

    private static void sixByOne(float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c10 = zero;
        FloatVector c20 = zero;
        FloatVector c30 = zero;
        FloatVector c40 = zero;
        FloatVector c50 = zero;
        for (int k = 0; k < n; k++) {
            int p = a0 + 6 * k;
            int q = b0 + N * k;
            FloatVector y0 = FloatVector.fromArray(FLOAT, b, q);
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c00 = x.fma(y0, c00);
            x = FloatVector.broadcast(FLOAT, a[p + 1]);
            c10 = x.fma(y0, c10);
            x = FloatVector.broadcast(FLOAT, a[p + 2]);
            c20 = x.fma(y0, c20);
            x = FloatVector.broadcast(FLOAT, a[p + 3]);
            c30 = x.fma(y0, c30);
            x = FloatVector.broadcast(FLOAT, a[p + 4]);
            c40 = x.fma(y0, c40);
            x = FloatVector.broadcast(FLOAT, a[p + 5]);
            c50 = x.fma(y0, c50);
        }
        int at = t0;
        c00.intoArray(t, at);
        at += ldt;
        c10.intoArray(t, at);
        at += ldt;
        c20.intoArray(t, at);
        at += ldt;
        c30.intoArray(t, at);
        at += ldt;
        c40.intoArray(t, at);
        at += ldt;
        c50.intoArray(t, at);
    }
}
