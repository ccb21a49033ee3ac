package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The innermost loops of every matrix product: a tile of {@code ROWS} x {@code vectors * N} sums is kept in registers while the
 * common dimension runs. A step reads {@code ROWS} neighbouring floats of a and {@code vectors * N} of b.
 *
 * <p>The sums of a tile are locals, for the compiler keeps no array in registers. On machines with 32 vector registers the tile is
 * 8 x 3 vectors: 24 sums, 3 vectors of b and one of a. Measured with C2 of JDK 25 on 512 bits, it runs at 0.95 to 1.00 of the peak that
 * independent multiply-adds reach. What makes the compiler spill or check more was slower: 6 x 4 vectors 0.85, a second loop around
 * this one 0.55, eight rows at unrelated places 0.6, {@code q} computed from k 0.75 (at times). Machines with 16 registers get 6 x 2.
 */
final class Tiles {

    private static final boolean MANY_REGISTERS =
            N == 16 || System.getProperty("os.arch", "").equals("aarch64");

    /** Rows of a tile. */
    static final int ROWS = MANY_REGISTERS ? 8 : 6;

    /** Width of the widest tile in vectors. */
    static final int VECTORS = MANY_REGISTERS ? 3 : 2;

    /** Which lanes of two vectors, one after the other, alternate their lower and their upper halves. */
    private static final FloatVector LOW = alternating(0);

    private static final FloatVector HIGH = alternating(N / 2);

    /** Which lanes of two vectors are their lower halves, their upper halves. */
    private static final FloatVector LOW_HALVES = halves(0);

    private static final FloatVector HIGH_HALVES = halves(N / 2);

    /** The lanes of a group of {@code ROWS}; a mask, for a second species in use would spoil the compiler's type profiles. */
    private static final VectorMask<Float> GROUP = Lanes.first(Math.min(ROWS, N));

    private Tiles() {}

    private static FloatVector halves(int first) {
        float[] lanes = new float[N];
        for (int i = 0; i < N; i++) {
            lanes[i] = first + (i < N / 2 ? i : i + N / 2);
        }
        return FloatVector.fromArray(FLOAT, lanes, 0);
    }

    private static FloatVector alternating(int first) {
        float[] lanes = new float[N];
        for (int i = 0; i < N; i++) {
            lanes[i] = first + i / 2 + i % 2 * N;
        }
        return FloatVector.fromArray(FLOAT, lanes, 0);
    }

    /**
     * {@code t[i, j] += alpha * sum over k of a[a0 + k * step + i] * b[b0 + k * stepB + j]} for i below {@code ROWS} and j below
     * {@code vectors * N}; each sum begins at zero and runs in the order of k with one rounding per step.
     *
     * @param vectors width of b and t in vectors, {@code 1 .. VECTORS}
     * @param ldt distance of two rows of t
     */
    static void add(
            int vectors,
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
        tile(vectors, a, a0, step, n, b, b0, stepB, true, alpha, t, t0, ldt);
    }

    /** {@link #add} of the sums to zeros, whatever t held. */
    static void set(
            int vectors, float[] a, int a0, int step, int n, float[] b, int b0, int stepB, float[] t, int t0, int ldt) {
        tile(vectors, a, a0, step, n, b, b0, stepB, false, 1, t, t0, ldt);
    }

    private static void tile(
            int vectors,
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            boolean onto,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
        if (MANY_REGISTERS) {
            switch (vectors) {
                case 3 -> eightByThree(a, a0, step, n, b, b0, stepB, onto, alpha, t, t0, ldt);
                case 2 -> eightByTwo(a, a0, step, n, b, b0, stepB, onto, alpha, t, t0, ldt);
                default -> eightByOne(a, a0, step, n, b, b0, stepB, onto, alpha, t, t0, ldt);
            }
        } else {
            switch (vectors) {
                case 2 -> sixByTwo(a, a0, step, n, b, b0, stepB, onto, alpha, t, t0, ldt);
                default -> sixByOne(a, a0, step, n, b, b0, stepB, onto, alpha, t, t0, ldt);
            }
        }
    }

    /**
     * The first row of {@link #add} alone, to the same bytes: a product of one row is done when b has been read, and would wait for
     * {@code ROWS} times its multiply-adds.
     */
    static void addRow(
            int vectors,
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            float alpha,
            float[] t,
            int t0) {
        switch (vectors) {
            case 3 -> oneByThree(a, a0, step, n, b, b0, stepB, alpha, t, t0);
            case 2 -> oneByTwo(a, a0, step, n, b, b0, stepB, alpha, t, t0);
            default -> oneByOne(a, a0, step, n, b, b0, stepB, alpha, t, t0);
        }
    }

    private static void oneByThree(
            float[] a, int a0, int step, int n, float[] b, int b0, int stepB, float alpha, float[] t, int t0) {
        FloatVector c0 = FloatVector.zero(FLOAT);
        FloatVector c1 = FloatVector.zero(FLOAT);
        FloatVector c2 = FloatVector.zero(FLOAT);
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c0 = x.fma(FloatVector.fromArray(FLOAT, b, q), c0);
            c1 = x.fma(FloatVector.fromArray(FLOAT, b, q + N), c1);
            c2 = x.fma(FloatVector.fromArray(FLOAT, b, q + 2 * N), c2);
            p += step;
            q += stepB;
        }
        FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
        c0.fma(factor, FloatVector.fromArray(FLOAT, t, t0)).intoArray(t, t0);
        c1.fma(factor, FloatVector.fromArray(FLOAT, t, t0 + N)).intoArray(t, t0 + N);
        c2.fma(factor, FloatVector.fromArray(FLOAT, t, t0 + 2 * N)).intoArray(t, t0 + 2 * N);
    }

    private static void oneByTwo(
            float[] a, int a0, int step, int n, float[] b, int b0, int stepB, float alpha, float[] t, int t0) {
        FloatVector c0 = FloatVector.zero(FLOAT);
        FloatVector c1 = FloatVector.zero(FLOAT);
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
            FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
            c0 = x.fma(FloatVector.fromArray(FLOAT, b, q), c0);
            c1 = x.fma(FloatVector.fromArray(FLOAT, b, q + N), c1);
            p += step;
            q += stepB;
        }
        FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
        c0.fma(factor, FloatVector.fromArray(FLOAT, t, t0)).intoArray(t, t0);
        c1.fma(factor, FloatVector.fromArray(FLOAT, t, t0 + N)).intoArray(t, t0 + N);
    }

    private static void oneByOne(
            float[] a, int a0, int step, int n, float[] b, int b0, int stepB, float alpha, float[] t, int t0) {
        FloatVector c0 = FloatVector.zero(FLOAT);
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
            c0 = FloatVector.broadcast(FLOAT, a[p]).fma(FloatVector.fromArray(FLOAT, b, q), c0);
            p += step;
            q += stepB;
        }
        c0.fma(FloatVector.broadcast(FLOAT, alpha), FloatVector.fromArray(FLOAT, t, t0))
                .intoArray(t, t0);
    }

    /** {@link #set} with a packed [n, ROWS] and b [n, vectors * N]. */
    static void multiply(int vectors, float[] a, int a0, int n, float[] b, int b0, float[] t, int t0, int ldt) {
        set(vectors, a, a0, ROWS, n, b, b0, vectors * N, t, t0, ldt);
    }

    /** Packs {@code ROWS} rows of n consecutive floats, row i from {@code a[from[i]]}, as {@code to[n, ROWS]}. */
    static void interleave(float[] a, int[] from, int n, float[] to, int at) {
        int whole = 0;
        if (N == 16) {
            whole = n - n % N;
            interleaveEight(a, from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7], whole, to, at);
        }
        for (int i = 0; i < ROWS; i++) {
            int row = from[i];
            for (int k = whole; k < n; k++) {
                to[at + ROWS * k + i] = a[row + k];
            }
        }
    }

    /** The same of rows that are {@code stride} apart, the first from {@code a[first]}. */
    static void interleave(float[] a, int first, int stride, int n, float[] to, int at) {
        int whole = 0;
        if (N == 16) {
            whole = n - n % N;
            int r4 = first + 4 * stride;
            interleaveEight(
                    a,
                    first,
                    first + stride,
                    first + 2 * stride,
                    first + 3 * stride,
                    r4,
                    r4 + stride,
                    r4 + 2 * stride,
                    r4 + 3 * stride,
                    whole,
                    to,
                    at);
        }
        for (int i = 0; i < ROWS; i++) {
            int row = first + i * stride;
            for (int k = whole; k < n; k++) {
                to[at + ROWS * k + i] = a[row + k];
            }
        }
    }

    /** Eight rows of 16 floats at a time: three rounds of merging two vectors lane by lane, each doubling the rows merged. */
    private static void interleaveEight(
            float[] a, int r0, int r1, int r2, int r3, int r4, int r5, int r6, int r7, int n, float[] to, int at) {
        for (int k = 0; k < n; k += N) {
            FloatVector x0 = FloatVector.fromArray(FLOAT, a, r0 + k);
            FloatVector x1 = FloatVector.fromArray(FLOAT, a, r1 + k);
            FloatVector x2 = FloatVector.fromArray(FLOAT, a, r2 + k);
            FloatVector x3 = FloatVector.fromArray(FLOAT, a, r3 + k);
            FloatVector x4 = FloatVector.fromArray(FLOAT, a, r4 + k);
            FloatVector x5 = FloatVector.fromArray(FLOAT, a, r5 + k);
            FloatVector x6 = FloatVector.fromArray(FLOAT, a, r6 + k);
            FloatVector x7 = FloatVector.fromArray(FLOAT, a, r7 + k);
            FloatVector low04 = LOW.selectFrom(x0, x4);
            FloatVector high04 = HIGH.selectFrom(x0, x4);
            FloatVector low15 = LOW.selectFrom(x1, x5);
            FloatVector high15 = HIGH.selectFrom(x1, x5);
            FloatVector low26 = LOW.selectFrom(x2, x6);
            FloatVector high26 = HIGH.selectFrom(x2, x6);
            FloatVector low37 = LOW.selectFrom(x3, x7);
            FloatVector high37 = HIGH.selectFrom(x3, x7);
            mergeFour(low04, low26, low15, low37, to, at + ROWS * k);
            mergeFour(high04, high26, high15, high37, to, at + ROWS * (k + N / 2));
        }
    }

    /** Writes eight columns of eight rows from the pairs (0, 4), (2, 6), (1, 5), (3, 7) of rows. */
    private static void mergeFour(
            FloatVector x04, FloatVector x26, FloatVector x15, FloatVector x37, float[] to, int at) {
        FloatVector lowEven = LOW.selectFrom(x04, x26);
        FloatVector lowOdd = LOW.selectFrom(x15, x37);
        FloatVector highEven = HIGH.selectFrom(x04, x26);
        FloatVector highOdd = HIGH.selectFrom(x15, x37);
        LOW.selectFrom(lowEven, lowOdd).intoArray(to, at);
        HIGH.selectFrom(lowEven, lowOdd).intoArray(to, at + N);
        LOW.selectFrom(highEven, highOdd).intoArray(to, at + 2 * N);
        HIGH.selectFrom(highEven, highOdd).intoArray(to, at + 3 * N);
    }

    /** Copies n groups of {@code ROWS} consecutive floats, groups {@code fromStride} and {@code toStride} apart. */
    static void copyGroups(float[] a, int from, int fromStride, int n, float[] to, int at, int toStride) {
        if (N == 16) {
            for (int k = 0; k < n; k++) {
                FloatVector.fromArray(FLOAT, a, from + k * fromStride, GROUP).intoArray(to, at + k * toStride, GROUP);
            }
        } else {
            for (int k = 0; k < n; k++) {
                for (int i = 0; i < ROWS; i++) {
                    to[at + k * toStride + i] = a[from + k * fromStride + i];
                }
            }
        }
    }

    /** Packs n rows of {@code tiles * ROWS} consecutive floats as [tiles, n, ROWS]. */
    static void deal(float[] a, int from, int stride, int n, int tiles, float[] to, int at) {
        int rows = N == 16 ? n - n % 2 : 0;
        int pairs = N == 16 ? tiles - tiles % 2 : 0;
        for (int k = 0; k < rows; k += 2) {
            int p = from + k * stride;
            int q = at + k * ROWS;
            for (int tile = 0;
                    tile < pairs;
                    tile += 2) { // two rows of two tiles: a vector of each row, and one for each tile
                FloatVector even = FloatVector.fromArray(FLOAT, a, p);
                FloatVector odd = FloatVector.fromArray(FLOAT, a, p + stride);
                LOW_HALVES.selectFrom(even, odd).intoArray(to, q);
                HIGH_HALVES.selectFrom(even, odd).intoArray(to, q + ROWS * n);
                p += N;
                q += 2 * ROWS * n;
            }
        }
        for (int k = 0; k < n; k++) {
            for (int tile = k < rows ? pairs : 0; tile < tiles; tile++) {
                for (int i = 0; i < ROWS; i++) {
                    to[at + (tile * n + k) * ROWS + i] = a[from + k * stride + tile * ROWS + i];
                }
            }
        }
    }

    private static void eightByThree(
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            boolean onto,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
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
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
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
            p += step;
            q += stepB;
        }
        int at = t0;
        if (onto) {
            FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
            c00.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c01.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c02.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c10.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c11.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c12.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c20.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c21.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c22.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c30.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c31.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c32.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c40.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c41.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c42.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c50.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c51.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c52.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c60.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c61.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c62.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
            at += ldt;
            c70.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c71.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            c72.fma(factor, FloatVector.fromArray(FLOAT, t, at + 2 * N)).intoArray(t, at + 2 * N);
        } else {
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
    }

    private static void eightByTwo(
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            boolean onto,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
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
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
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
            p += step;
            q += stepB;
        }
        int at = t0;
        if (onto) {
            FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
            c00.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c01.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c10.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c11.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c20.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c21.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c30.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c31.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c40.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c41.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c50.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c51.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c60.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c61.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c70.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c71.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
        } else {
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
    }

    private static void eightByOne(
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            boolean onto,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c10 = zero;
        FloatVector c20 = zero;
        FloatVector c30 = zero;
        FloatVector c40 = zero;
        FloatVector c50 = zero;
        FloatVector c60 = zero;
        FloatVector c70 = zero;
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
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
            p += step;
            q += stepB;
        }
        int at = t0;
        if (onto) {
            FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
            c00.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c10.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c20.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c30.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c40.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c50.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c60.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c70.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
        } else {
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
    }

    private static void sixByTwo(
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            boolean onto,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
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
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
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
            p += step;
            q += stepB;
        }
        int at = t0;
        if (onto) {
            FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
            c00.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c01.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c10.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c11.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c20.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c21.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c30.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c31.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c40.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c41.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
            at += ldt;
            c50.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            c51.fma(factor, FloatVector.fromArray(FLOAT, t, at + N)).intoArray(t, at + N);
        } else {
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
    }

    private static void sixByOne(
            float[] a,
            int a0,
            int step,
            int n,
            float[] b,
            int b0,
            int stepB,
            boolean onto,
            float alpha,
            float[] t,
            int t0,
            int ldt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector c00 = zero;
        FloatVector c10 = zero;
        FloatVector c20 = zero;
        FloatVector c30 = zero;
        FloatVector c40 = zero;
        FloatVector c50 = zero;
        int p = a0;
        int q = b0;
        for (int k = 0; k < n; k++) {
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
            p += step;
            q += stepB;
        }
        int at = t0;
        if (onto) {
            FloatVector factor = FloatVector.broadcast(FLOAT, alpha);
            c00.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c10.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c20.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c30.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c40.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
            at += ldt;
            c50.fma(factor, FloatVector.fromArray(FLOAT, t, at)).intoArray(t, at);
        } else {
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
}
