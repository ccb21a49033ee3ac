package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Turns rows into columns, eight rows at a time: three layers of zips in registers interleave them. Machines with vectors of four do it
 * one element after the other.
 */
final class Transpose {

    /** Rows that are interleaved together. */
    static final int ROWS = 8;

    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    private static final FloatVector LOW = zip(0);
    private static final FloatVector HIGH = zip(1);

    /** The lanes of the lower halves of two vectors, of the upper ones. */
    private static final FloatVector LOW_HALVES = halves(0);

    private static final FloatVector HIGH_HALVES = halves(1);

    private Transpose() {}

    private static FloatVector halves(int half) {
        float[] index = new float[N];
        for (int i = 0; i < N; i++) {
            index[i] = half * N / 2 + (i < N / 2 ? i : i + N / 2);
        }
        return Lanes.load(index, 0);
    }

    /** The index that interleaves the lower (0) or upper (1) halves of two vectors: a0 b0 a1 b1 .. */
    private static FloatVector zip(int half) {
        float[] index = new float[N];
        for (int i = 0; i < N; i++) {
            index[i] = i % 2 * N + i / 2 + half * N / 2;
        }
        return Lanes.load(index, 0);
    }

    /**
     * y[column, row] = x[row, column].
     *
     * @param xStride distance of two rows of x
     * @param yStride distance of two rows of y
     * @param scratch room for {@code ROWS * columns} floats
     */
    static void transpose(
            float[] x,
            int x0,
            int xStride,
            int rows,
            int columns,
            float[] y,
            int y0,
            int yStride,
            float[] scratch,
            int scratch0) {
        int row = 0;
        if (N == 2 * ROWS) {
            for (; row <= rows - N; row += N) {
                squares(x, x0 + row * xStride, xStride, columns / N, y, y0 + row, yStride);
                for (int column = columns / N * N; column < columns; column++) {
                    for (int i = row; i < row + N; i++) {
                        y[y0 + column * yStride + i] = x[x0 + i * xStride + column];
                    }
                }
            }
        }
        if (N >= ROWS) {
            for (; row <= rows - ROWS; row += ROWS) {
                interleave(x, x0 + row * xStride, xStride, columns, scratch, scratch0);
                spread(scratch, scratch0, columns, y, y0 + row, yStride);
            }
        }
        for (; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                y[y0 + column * yStride + row] = x[x0 + row * xStride + column];
            }
        }
    }

    /**
     * {@code n} squares side by side of 16 x 16 floats: eight rows and the other eight are interleaved, and the halves of both joined.
     */
    private static void squares(float[] x, int x0, int stride, int n, float[] y, int y0, int yStride) {
        for (int square = 0; square < n; square++) {
            int p = x0 + square * N;
            int q = y0 + square * N * yStride;
            FloatVector a0 = Lanes.load(x, p);
            FloatVector a1 = Lanes.load(x, p + stride);
            FloatVector a2 = Lanes.load(x, p + 2 * stride);
            FloatVector a3 = Lanes.load(x, p + 3 * stride);
            FloatVector a4 = Lanes.load(x, p + 4 * stride);
            FloatVector a5 = Lanes.load(x, p + 5 * stride);
            FloatVector a6 = Lanes.load(x, p + 6 * stride);
            FloatVector a7 = Lanes.load(x, p + 7 * stride);
            FloatVector b0 = low(a0, a4);
            FloatVector b1 = high(a0, a4);
            FloatVector b2 = low(a1, a5);
            FloatVector b3 = high(a1, a5);
            FloatVector b4 = low(a2, a6);
            FloatVector b5 = high(a2, a6);
            FloatVector b6 = low(a3, a7);
            FloatVector b7 = high(a3, a7);
            a0 = low(b0, b4);
            a1 = high(b0, b4);
            a2 = low(b1, b5);
            a3 = high(b1, b5);
            a4 = low(b2, b6);
            a5 = high(b2, b6);
            a6 = low(b3, b7);
            a7 = high(b3, b7);
            b0 = low(a0, a4); // columns 0 and 1 of rows 0 .. 7
            b1 = high(a0, a4);
            b2 = low(a1, a5);
            b3 = high(a1, a5);
            b4 = low(a2, a6);
            b5 = high(a2, a6);
            b6 = low(a3, a7);
            b7 = high(a3, a7);
            p += ROWS * stride;
            a0 = Lanes.load(x, p);
            a1 = Lanes.load(x, p + stride);
            a2 = Lanes.load(x, p + 2 * stride);
            a3 = Lanes.load(x, p + 3 * stride);
            a4 = Lanes.load(x, p + 4 * stride);
            a5 = Lanes.load(x, p + 5 * stride);
            a6 = Lanes.load(x, p + 6 * stride);
            a7 = Lanes.load(x, p + 7 * stride);
            FloatVector c0 = low(a0, a4);
            FloatVector c1 = high(a0, a4);
            FloatVector c2 = low(a1, a5);
            FloatVector c3 = high(a1, a5);
            FloatVector c4 = low(a2, a6);
            FloatVector c5 = high(a2, a6);
            FloatVector c6 = low(a3, a7);
            FloatVector c7 = high(a3, a7);
            a0 = low(c0, c4);
            a1 = high(c0, c4);
            a2 = low(c1, c5);
            a3 = high(c1, c5);
            a4 = low(c2, c6);
            a5 = high(c2, c6);
            a6 = low(c3, c7);
            a7 = high(c3, c7);
            c0 = low(a0, a4);
            c1 = high(a0, a4);
            c2 = low(a1, a5);
            c3 = high(a1, a5);
            c4 = low(a2, a6);
            c5 = high(a2, a6);
            c6 = low(a3, a7);
            c7 = high(a3, a7);
            LOW_HALVES.selectFrom(b0, c0).intoArray(y, q);
            HIGH_HALVES.selectFrom(b0, c0).intoArray(y, q + yStride);
            LOW_HALVES.selectFrom(b1, c1).intoArray(y, q + 2 * yStride);
            HIGH_HALVES.selectFrom(b1, c1).intoArray(y, q + 3 * yStride);
            LOW_HALVES.selectFrom(b2, c2).intoArray(y, q + 4 * yStride);
            HIGH_HALVES.selectFrom(b2, c2).intoArray(y, q + 5 * yStride);
            LOW_HALVES.selectFrom(b3, c3).intoArray(y, q + 6 * yStride);
            HIGH_HALVES.selectFrom(b3, c3).intoArray(y, q + 7 * yStride);
            LOW_HALVES.selectFrom(b4, c4).intoArray(y, q + 8 * yStride);
            HIGH_HALVES.selectFrom(b4, c4).intoArray(y, q + 9 * yStride);
            LOW_HALVES.selectFrom(b5, c5).intoArray(y, q + 10 * yStride);
            HIGH_HALVES.selectFrom(b5, c5).intoArray(y, q + 11 * yStride);
            LOW_HALVES.selectFrom(b6, c6).intoArray(y, q + 12 * yStride);
            HIGH_HALVES.selectFrom(b6, c6).intoArray(y, q + 13 * yStride);
            LOW_HALVES.selectFrom(b7, c7).intoArray(y, q + 14 * yStride);
            HIGH_HALVES.selectFrom(b7, c7).intoArray(y, q + 15 * yStride);
        }
    }

    /** y[column, i] = x[i, column] of eight rows; y is dense, {@code [columns, ROWS]}. */
    static void interleave(float[] x, int x0, int stride, int columns, float[] y, int y0) {
        int column = N < ROWS ? 0 : columns / N * N;
        if (N >= ROWS) {
            interleaveVectors(x, x0, stride, column, y, y0);
        }
        for (; column < columns; column++) {
            for (int i = 0; i < ROWS; i++) {
                y[y0 + column * ROWS + i] = x[x0 + i * stride + column];
            }
        }
    }

    private static void interleaveVectors(float[] x, int x0, int stride, int columns, float[] y, int y0) {
        for (int column = 0; column < columns; column += N) {
            int p = x0 + column;
            FloatVector a0 = Lanes.load(x, p);
            FloatVector a1 = Lanes.load(x, p + stride);
            FloatVector a2 = Lanes.load(x, p + 2 * stride);
            FloatVector a3 = Lanes.load(x, p + 3 * stride);
            FloatVector a4 = Lanes.load(x, p + 4 * stride);
            FloatVector a5 = Lanes.load(x, p + 5 * stride);
            FloatVector a6 = Lanes.load(x, p + 6 * stride);
            FloatVector a7 = Lanes.load(x, p + 7 * stride);
            FloatVector b0 = low(a0, a4);
            FloatVector b1 = high(a0, a4);
            FloatVector b2 = low(a1, a5);
            FloatVector b3 = high(a1, a5);
            FloatVector b4 = low(a2, a6);
            FloatVector b5 = high(a2, a6);
            FloatVector b6 = low(a3, a7);
            FloatVector b7 = high(a3, a7);
            FloatVector c0 = low(b0, b4);
            FloatVector c1 = high(b0, b4);
            FloatVector c2 = low(b1, b5);
            FloatVector c3 = high(b1, b5);
            FloatVector c4 = low(b2, b6);
            FloatVector c5 = high(b2, b6);
            FloatVector c6 = low(b3, b7);
            FloatVector c7 = high(b3, b7);
            int q = y0 + ROWS * column;
            low(c0, c4).intoArray(y, q);
            high(c0, c4).intoArray(y, q + N);
            low(c1, c5).intoArray(y, q + 2 * N);
            high(c1, c5).intoArray(y, q + 3 * N);
            low(c2, c6).intoArray(y, q + 4 * N);
            high(c2, c6).intoArray(y, q + 5 * N);
            low(c3, c7).intoArray(y, q + 6 * N);
            high(c3, c7).intoArray(y, q + 7 * N);
        }
    }

    private static FloatVector low(FloatVector a, FloatVector b) {
        return LOW.selectFrom(a, b);
    }

    private static FloatVector high(FloatVector a, FloatVector b) {
        return HIGH.selectFrom(a, b);
    }

    /** Eight floats to each row of y. */
    private static void spread(float[] x, int x0, int rows, float[] y, int y0, int stride) {
        for (int row = 0; row < rows; row++) {
            FloatVector.fromArray(EIGHT, x, x0 + row * ROWS).intoArray(y, y0 + row * stride);
        }
    }
}
