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

    private Transpose() {}

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
