package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Matrix products C = A B (+ bias), any strides, one or a batch: each group of threads computes one tile of C (or, where the common
 * dimension is split among groups, a partial sum of one). Tiles of A and B pass through local memory, two of each, so that the next
 * are fetched while the present ones are multiplied; the sums stay in registers, for which they are written out one by one: an array
 * would stay in memory on drivers that do not unroll the loops over it. After V. Volkov and J. Demmel, "Benchmarking GPUs to tune
 * dense linear algebra", 2008.
 *
 * <p>A group's first index counts the tiles, row by row, its second the entries of the batch and within each the splits. Parameters:
 *
 * <pre>
 *  0  rows of C            3  first element of A             7  first element of B
 *  1  columns of C         4  A: from row to row             8  B: from column to column
 *  2  common dimension     5  A: along the common dimension  9  B: along the common dimension
 *                          6  A: from entry to entry        10  B: from entry to entry
 * 11  first element of C [batch, splits, rows, columns]
 * 12  first element of the bias [columns], or -1
 * 13  tiles side by side   14  splits                       15  common dimension of one split, a multiple of 16
 * 16  1 if neighbours of A lie along the common dimension   17  the same for B
 * </pre>
 */
final class GemmKernels {
    private GemmKernels() {}

    /** C = A B in tiles of 128 x 128 by groups of 256 threads, 8 x 8 elements each; parameters as {@link GemmKernels} says. */
    static void matrix128x128(KernelContext c, FloatArray m, IntArray p) {
        float[] aTile = c.allocateFloatLocalArray(2112);
        float[] bTile = c.allocateFloatLocalArray(2112);
        int thread = c.localIdx;
        int threadColumn = thread % 8 + thread / 32 % 2 * 8;
        int threadRow = thread / 64 * 4 + thread / 8 % 4;
        int aCell = threadRow * 4;
        int bCell = threadColumn * 4;
        int rows = p.get(0);
        int columns = p.get(1);
        int aStart = p.get(3);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int bStart = p.get(7);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 128;
        int part = c.groupIdy;
        int entry = part / splits;
        aStart += entry * p.get(6);
        bStart += entry * p.get(10);
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aAlong = p.get(16);
        int bAlong = p.get(17);
        int aLine = aAlong != 0 ? thread / 8 : thread % 128;
        int aDeep = aAlong != 0 ? thread % 8 : thread / 128;
        int aLineStep = aAlong != 0 ? 32 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 2;
        int aPlace = aDeep * 132 + aLine;
        int aPlaceStep = aDeepStep * 132 + aLineStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int bLine = bAlong != 0 ? thread / 8 : thread % 128;
        int bDeep = bAlong != 0 ? thread % 8 : thread / 128;
        int bLineStep = bAlong != 0 ? 32 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 2;
        int bPlace = bDeep * 132 + bLine;
        int bPlaceStep = bDeepStep * 132 + bLineStep;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + 2 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 2 * bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + 3 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 3 * bDeepStep) * bDeepStride;
        float c00 = 0f;
        float c01 = 0f;
        float c02 = 0f;
        float c03 = 0f;
        float c04 = 0f;
        float c05 = 0f;
        float c06 = 0f;
        float c07 = 0f;
        float c10 = 0f;
        float c11 = 0f;
        float c12 = 0f;
        float c13 = 0f;
        float c14 = 0f;
        float c15 = 0f;
        float c16 = 0f;
        float c17 = 0f;
        float c20 = 0f;
        float c21 = 0f;
        float c22 = 0f;
        float c23 = 0f;
        float c24 = 0f;
        float c25 = 0f;
        float c26 = 0f;
        float c27 = 0f;
        float c30 = 0f;
        float c31 = 0f;
        float c32 = 0f;
        float c33 = 0f;
        float c34 = 0f;
        float c35 = 0f;
        float c36 = 0f;
        float c37 = 0f;
        float c40 = 0f;
        float c41 = 0f;
        float c42 = 0f;
        float c43 = 0f;
        float c44 = 0f;
        float c45 = 0f;
        float c46 = 0f;
        float c47 = 0f;
        float c50 = 0f;
        float c51 = 0f;
        float c52 = 0f;
        float c53 = 0f;
        float c54 = 0f;
        float c55 = 0f;
        float c56 = 0f;
        float c57 = 0f;
        float c60 = 0f;
        float c61 = 0f;
        float c62 = 0f;
        float c63 = 0f;
        float c64 = 0f;
        float c65 = 0f;
        float c66 = 0f;
        float c67 = 0f;
        float c70 = 0f;
        float c71 = 0f;
        float c72 = 0f;
        float c73 = 0f;
        float c74 = 0f;
        float c75 = 0f;
        float c76 = 0f;
        float c77 = 0f;
        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        float b0 = 0f;
        float b1 = 0f;
        float b2 = 0f;
        float b3 = 0f;
        if (from + 8 <= to) {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = m.get(aAt0 + aShift);
            a1 = m.get(aAt1 + aShift);
            a2 = m.get(aAt2 + aShift);
            a3 = m.get(aAt3 + aShift);
            b0 = m.get(bAt0 + bShift);
            b1 = m.get(bAt1 + bShift);
            b2 = m.get(bAt2 + bShift);
            b3 = m.get(bAt3 + bShift);
        } else {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = upTo(m, aAt0 + aShift, from + aDeep, to);
            a1 = upTo(m, aAt1 + aShift, from + aDeep + aDeepStep, to);
            a2 = upTo(m, aAt2 + aShift, from + aDeep + 2 * aDeepStep, to);
            a3 = upTo(m, aAt3 + aShift, from + aDeep + 3 * aDeepStep, to);
            b0 = upTo(m, bAt0 + bShift, from + bDeep, to);
            b1 = upTo(m, bAt1 + bShift, from + bDeep + bDeepStep, to);
            b2 = upTo(m, bAt2 + bShift, from + bDeep + 2 * bDeepStep, to);
            b3 = upTo(m, bAt3 + bShift, from + bDeep + 3 * bDeepStep, to);
        }
        aTile[aPlace] = a0;
        aTile[aPlace + aPlaceStep] = a1;
        aTile[aPlace + 2 * aPlaceStep] = a2;
        aTile[aPlace + 3 * aPlaceStep] = a3;
        bTile[bPlace] = b0;
        bTile[bPlace + bPlaceStep] = b1;
        bTile[bPlace + 2 * bPlaceStep] = b2;
        bTile[bPlace + 3 * bPlaceStep] = b3;
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 8) {
            int aNext = 1056 - aBuffer;
            int bNext = 1056 - bBuffer;
            int ahead = depth + 8;
            if (ahead < to) {
                if (ahead + 8 <= to) {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = m.get(aAt0 + aShift);
                    a1 = m.get(aAt1 + aShift);
                    a2 = m.get(aAt2 + aShift);
                    a3 = m.get(aAt3 + aShift);
                    b0 = m.get(bAt0 + bShift);
                    b1 = m.get(bAt1 + bShift);
                    b2 = m.get(bAt2 + bShift);
                    b3 = m.get(bAt3 + bShift);
                } else {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = upTo(m, aAt0 + aShift, ahead + aDeep, to);
                    a1 = upTo(m, aAt1 + aShift, ahead + aDeep + aDeepStep, to);
                    a2 = upTo(m, aAt2 + aShift, ahead + aDeep + 2 * aDeepStep, to);
                    a3 = upTo(m, aAt3 + aShift, ahead + aDeep + 3 * aDeepStep, to);
                    b0 = upTo(m, bAt0 + bShift, ahead + bDeep, to);
                    b1 = upTo(m, bAt1 + bShift, ahead + bDeep + bDeepStep, to);
                    b2 = upTo(m, bAt2 + bShift, ahead + bDeep + 2 * bDeepStep, to);
                    b3 = upTo(m, bAt3 + bShift, ahead + bDeep + 3 * bDeepStep, to);
                }
            }
            for (int k = 0; k < 8; k++) {
                int i = aBuffer + k * 132 + aCell;
                int j = bBuffer + k * 132 + bCell;
                float right0 = bTile[j];
                float right1 = bTile[j + 1];
                float right2 = bTile[j + 2];
                float right3 = bTile[j + 3];
                float right4 = bTile[j + 64];
                float right5 = bTile[j + 65];
                float right6 = bTile[j + 66];
                float right7 = bTile[j + 67];
                float left0 = aTile[i];
                float left1 = aTile[i + 1];
                float left2 = aTile[i + 2];
                float left3 = aTile[i + 3];
                float left4 = aTile[i + 64];
                float left5 = aTile[i + 65];
                float left6 = aTile[i + 66];
                float left7 = aTile[i + 67];
                c00 += left0 * right0;
                c01 += left0 * right1;
                c02 += left0 * right2;
                c03 += left0 * right3;
                c04 += left0 * right4;
                c05 += left0 * right5;
                c06 += left0 * right6;
                c07 += left0 * right7;
                c10 += left1 * right0;
                c11 += left1 * right1;
                c12 += left1 * right2;
                c13 += left1 * right3;
                c14 += left1 * right4;
                c15 += left1 * right5;
                c16 += left1 * right6;
                c17 += left1 * right7;
                c20 += left2 * right0;
                c21 += left2 * right1;
                c22 += left2 * right2;
                c23 += left2 * right3;
                c24 += left2 * right4;
                c25 += left2 * right5;
                c26 += left2 * right6;
                c27 += left2 * right7;
                c30 += left3 * right0;
                c31 += left3 * right1;
                c32 += left3 * right2;
                c33 += left3 * right3;
                c34 += left3 * right4;
                c35 += left3 * right5;
                c36 += left3 * right6;
                c37 += left3 * right7;
                c40 += left4 * right0;
                c41 += left4 * right1;
                c42 += left4 * right2;
                c43 += left4 * right3;
                c44 += left4 * right4;
                c45 += left4 * right5;
                c46 += left4 * right6;
                c47 += left4 * right7;
                c50 += left5 * right0;
                c51 += left5 * right1;
                c52 += left5 * right2;
                c53 += left5 * right3;
                c54 += left5 * right4;
                c55 += left5 * right5;
                c56 += left5 * right6;
                c57 += left5 * right7;
                c60 += left6 * right0;
                c61 += left6 * right1;
                c62 += left6 * right2;
                c63 += left6 * right3;
                c64 += left6 * right4;
                c65 += left6 * right5;
                c66 += left6 * right6;
                c67 += left6 * right7;
                c70 += left7 * right0;
                c71 += left7 * right1;
                c72 += left7 * right2;
                c73 += left7 * right3;
                c74 += left7 * right4;
                c75 += left7 * right5;
                c76 += left7 * right6;
                c77 += left7 * right7;
            }
            if (ahead < to) {
                aTile[aNext + aPlace] = a0;
                aTile[aNext + aPlace + aPlaceStep] = a1;
                aTile[aNext + aPlace + 2 * aPlaceStep] = a2;
                aTile[aNext + aPlace + 3 * aPlaceStep] = a3;
                bTile[bNext + bPlace] = b0;
                bTile[bNext + bPlace + bPlaceStep] = b1;
                bTile[bNext + bPlace + 2 * bPlaceStep] = b2;
                bTile[bNext + bPlace + 3 * bPlaceStep] = b3;
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int biasStart = p.get(12);
        int c0 = p.get(11) + part * rows * columns;
        int column = column0 + threadColumn * 4;
        float bias0 = GemmKernels.bias(m, biasStart, column, columns);
        float bias1 = GemmKernels.bias(m, biasStart, column + 1, columns);
        float bias2 = GemmKernels.bias(m, biasStart, column + 2, columns);
        float bias3 = GemmKernels.bias(m, biasStart, column + 3, columns);
        float bias4 = GemmKernels.bias(m, biasStart, column + 64, columns);
        float bias5 = GemmKernels.bias(m, biasStart, column + 65, columns);
        float bias6 = GemmKernels.bias(m, biasStart, column + 66, columns);
        float bias7 = GemmKernels.bias(m, biasStart, column + 67, columns);
        int row0At = c0 + (row0 + threadRow * 4) * columns;
        int end0 = row0 + threadRow * 4 < rows ? columns : 0;
        GemmKernels.put(m, row0At, column, end0, c00 + bias0, c01 + bias1, c02 + bias2, c03 + bias3);
        GemmKernels.put(m, row0At, column + 64, end0, c04 + bias4, c05 + bias5, c06 + bias6, c07 + bias7);
        int row1At = c0 + (row0 + threadRow * 4 + 1) * columns;
        int end1 = row0 + threadRow * 4 + 1 < rows ? columns : 0;
        GemmKernels.put(m, row1At, column, end1, c10 + bias0, c11 + bias1, c12 + bias2, c13 + bias3);
        GemmKernels.put(m, row1At, column + 64, end1, c14 + bias4, c15 + bias5, c16 + bias6, c17 + bias7);
        int row2At = c0 + (row0 + threadRow * 4 + 2) * columns;
        int end2 = row0 + threadRow * 4 + 2 < rows ? columns : 0;
        GemmKernels.put(m, row2At, column, end2, c20 + bias0, c21 + bias1, c22 + bias2, c23 + bias3);
        GemmKernels.put(m, row2At, column + 64, end2, c24 + bias4, c25 + bias5, c26 + bias6, c27 + bias7);
        int row3At = c0 + (row0 + threadRow * 4 + 3) * columns;
        int end3 = row0 + threadRow * 4 + 3 < rows ? columns : 0;
        GemmKernels.put(m, row3At, column, end3, c30 + bias0, c31 + bias1, c32 + bias2, c33 + bias3);
        GemmKernels.put(m, row3At, column + 64, end3, c34 + bias4, c35 + bias5, c36 + bias6, c37 + bias7);
        int row4At = c0 + (row0 + threadRow * 4 + 64) * columns;
        int end4 = row0 + threadRow * 4 + 64 < rows ? columns : 0;
        GemmKernels.put(m, row4At, column, end4, c40 + bias0, c41 + bias1, c42 + bias2, c43 + bias3);
        GemmKernels.put(m, row4At, column + 64, end4, c44 + bias4, c45 + bias5, c46 + bias6, c47 + bias7);
        int row5At = c0 + (row0 + threadRow * 4 + 65) * columns;
        int end5 = row0 + threadRow * 4 + 65 < rows ? columns : 0;
        GemmKernels.put(m, row5At, column, end5, c50 + bias0, c51 + bias1, c52 + bias2, c53 + bias3);
        GemmKernels.put(m, row5At, column + 64, end5, c54 + bias4, c55 + bias5, c56 + bias6, c57 + bias7);
        int row6At = c0 + (row0 + threadRow * 4 + 66) * columns;
        int end6 = row0 + threadRow * 4 + 66 < rows ? columns : 0;
        GemmKernels.put(m, row6At, column, end6, c60 + bias0, c61 + bias1, c62 + bias2, c63 + bias3);
        GemmKernels.put(m, row6At, column + 64, end6, c64 + bias4, c65 + bias5, c66 + bias6, c67 + bias7);
        int row7At = c0 + (row0 + threadRow * 4 + 67) * columns;
        int end7 = row0 + threadRow * 4 + 67 < rows ? columns : 0;
        GemmKernels.put(m, row7At, column, end7, c70 + bias0, c71 + bias1, c72 + bias2, c73 + bias3);
        GemmKernels.put(m, row7At, column + 64, end7, c74 + bias4, c75 + bias5, c76 + bias6, c77 + bias7);
    }

    /** C = A B in tiles of 128 x 64 by groups of 128 threads, 8 x 8 elements each; parameters as {@link GemmKernels} says. */
    static void matrix128x64(KernelContext c, FloatArray m, IntArray p) {
        float[] aTile = c.allocateFloatLocalArray(2112);
        float[] bTile = c.allocateFloatLocalArray(1088);
        int thread = c.localIdx;
        int threadColumn = thread % 8;
        int threadRow = thread / 8;
        int aCell = threadRow * 4;
        int bCell = threadColumn * 4;
        int rows = p.get(0);
        int columns = p.get(1);
        int aStart = p.get(3);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int bStart = p.get(7);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 64;
        int part = c.groupIdy;
        int entry = part / splits;
        aStart += entry * p.get(6);
        bStart += entry * p.get(10);
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aAlong = p.get(16);
        int bAlong = p.get(17);
        int aLine = aAlong != 0 ? thread / 8 : thread % 128;
        int aDeep = aAlong != 0 ? thread % 8 : thread / 128;
        int aLineStep = aAlong != 0 ? 16 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 1;
        int aPlace = aDeep * 132 + aLine;
        int aPlaceStep = aDeepStep * 132 + aLineStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int aAt4 = aStart
                + Math.min(row0 + aLine + 4 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 4 * aDeepStep) * aDeepStride;
        int aAt5 = aStart
                + Math.min(row0 + aLine + 5 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 5 * aDeepStep) * aDeepStride;
        int aAt6 = aStart
                + Math.min(row0 + aLine + 6 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 6 * aDeepStep) * aDeepStride;
        int aAt7 = aStart
                + Math.min(row0 + aLine + 7 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 7 * aDeepStep) * aDeepStride;
        int bLine = bAlong != 0 ? thread / 8 : thread % 64;
        int bDeep = bAlong != 0 ? thread % 8 : thread / 64;
        int bLineStep = bAlong != 0 ? 16 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 2;
        int bPlace = bDeep * 68 + bLine;
        int bPlaceStep = bDeepStep * 68 + bLineStep;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + 2 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 2 * bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + 3 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 3 * bDeepStep) * bDeepStride;
        float c00 = 0f;
        float c01 = 0f;
        float c02 = 0f;
        float c03 = 0f;
        float c04 = 0f;
        float c05 = 0f;
        float c06 = 0f;
        float c07 = 0f;
        float c10 = 0f;
        float c11 = 0f;
        float c12 = 0f;
        float c13 = 0f;
        float c14 = 0f;
        float c15 = 0f;
        float c16 = 0f;
        float c17 = 0f;
        float c20 = 0f;
        float c21 = 0f;
        float c22 = 0f;
        float c23 = 0f;
        float c24 = 0f;
        float c25 = 0f;
        float c26 = 0f;
        float c27 = 0f;
        float c30 = 0f;
        float c31 = 0f;
        float c32 = 0f;
        float c33 = 0f;
        float c34 = 0f;
        float c35 = 0f;
        float c36 = 0f;
        float c37 = 0f;
        float c40 = 0f;
        float c41 = 0f;
        float c42 = 0f;
        float c43 = 0f;
        float c44 = 0f;
        float c45 = 0f;
        float c46 = 0f;
        float c47 = 0f;
        float c50 = 0f;
        float c51 = 0f;
        float c52 = 0f;
        float c53 = 0f;
        float c54 = 0f;
        float c55 = 0f;
        float c56 = 0f;
        float c57 = 0f;
        float c60 = 0f;
        float c61 = 0f;
        float c62 = 0f;
        float c63 = 0f;
        float c64 = 0f;
        float c65 = 0f;
        float c66 = 0f;
        float c67 = 0f;
        float c70 = 0f;
        float c71 = 0f;
        float c72 = 0f;
        float c73 = 0f;
        float c74 = 0f;
        float c75 = 0f;
        float c76 = 0f;
        float c77 = 0f;
        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        float a4 = 0f;
        float a5 = 0f;
        float a6 = 0f;
        float a7 = 0f;
        float b0 = 0f;
        float b1 = 0f;
        float b2 = 0f;
        float b3 = 0f;
        if (from + 8 <= to) {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = m.get(aAt0 + aShift);
            a1 = m.get(aAt1 + aShift);
            a2 = m.get(aAt2 + aShift);
            a3 = m.get(aAt3 + aShift);
            a4 = m.get(aAt4 + aShift);
            a5 = m.get(aAt5 + aShift);
            a6 = m.get(aAt6 + aShift);
            a7 = m.get(aAt7 + aShift);
            b0 = m.get(bAt0 + bShift);
            b1 = m.get(bAt1 + bShift);
            b2 = m.get(bAt2 + bShift);
            b3 = m.get(bAt3 + bShift);
        } else {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = upTo(m, aAt0 + aShift, from + aDeep, to);
            a1 = upTo(m, aAt1 + aShift, from + aDeep + aDeepStep, to);
            a2 = upTo(m, aAt2 + aShift, from + aDeep + 2 * aDeepStep, to);
            a3 = upTo(m, aAt3 + aShift, from + aDeep + 3 * aDeepStep, to);
            a4 = upTo(m, aAt4 + aShift, from + aDeep + 4 * aDeepStep, to);
            a5 = upTo(m, aAt5 + aShift, from + aDeep + 5 * aDeepStep, to);
            a6 = upTo(m, aAt6 + aShift, from + aDeep + 6 * aDeepStep, to);
            a7 = upTo(m, aAt7 + aShift, from + aDeep + 7 * aDeepStep, to);
            b0 = upTo(m, bAt0 + bShift, from + bDeep, to);
            b1 = upTo(m, bAt1 + bShift, from + bDeep + bDeepStep, to);
            b2 = upTo(m, bAt2 + bShift, from + bDeep + 2 * bDeepStep, to);
            b3 = upTo(m, bAt3 + bShift, from + bDeep + 3 * bDeepStep, to);
        }
        aTile[aPlace] = a0;
        aTile[aPlace + aPlaceStep] = a1;
        aTile[aPlace + 2 * aPlaceStep] = a2;
        aTile[aPlace + 3 * aPlaceStep] = a3;
        aTile[aPlace + 4 * aPlaceStep] = a4;
        aTile[aPlace + 5 * aPlaceStep] = a5;
        aTile[aPlace + 6 * aPlaceStep] = a6;
        aTile[aPlace + 7 * aPlaceStep] = a7;
        bTile[bPlace] = b0;
        bTile[bPlace + bPlaceStep] = b1;
        bTile[bPlace + 2 * bPlaceStep] = b2;
        bTile[bPlace + 3 * bPlaceStep] = b3;
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 8) {
            int aNext = 1056 - aBuffer;
            int bNext = 544 - bBuffer;
            int ahead = depth + 8;
            if (ahead < to) {
                if (ahead + 8 <= to) {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = m.get(aAt0 + aShift);
                    a1 = m.get(aAt1 + aShift);
                    a2 = m.get(aAt2 + aShift);
                    a3 = m.get(aAt3 + aShift);
                    a4 = m.get(aAt4 + aShift);
                    a5 = m.get(aAt5 + aShift);
                    a6 = m.get(aAt6 + aShift);
                    a7 = m.get(aAt7 + aShift);
                    b0 = m.get(bAt0 + bShift);
                    b1 = m.get(bAt1 + bShift);
                    b2 = m.get(bAt2 + bShift);
                    b3 = m.get(bAt3 + bShift);
                } else {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = upTo(m, aAt0 + aShift, ahead + aDeep, to);
                    a1 = upTo(m, aAt1 + aShift, ahead + aDeep + aDeepStep, to);
                    a2 = upTo(m, aAt2 + aShift, ahead + aDeep + 2 * aDeepStep, to);
                    a3 = upTo(m, aAt3 + aShift, ahead + aDeep + 3 * aDeepStep, to);
                    a4 = upTo(m, aAt4 + aShift, ahead + aDeep + 4 * aDeepStep, to);
                    a5 = upTo(m, aAt5 + aShift, ahead + aDeep + 5 * aDeepStep, to);
                    a6 = upTo(m, aAt6 + aShift, ahead + aDeep + 6 * aDeepStep, to);
                    a7 = upTo(m, aAt7 + aShift, ahead + aDeep + 7 * aDeepStep, to);
                    b0 = upTo(m, bAt0 + bShift, ahead + bDeep, to);
                    b1 = upTo(m, bAt1 + bShift, ahead + bDeep + bDeepStep, to);
                    b2 = upTo(m, bAt2 + bShift, ahead + bDeep + 2 * bDeepStep, to);
                    b3 = upTo(m, bAt3 + bShift, ahead + bDeep + 3 * bDeepStep, to);
                }
            }
            for (int k = 0; k < 8; k++) {
                int i = aBuffer + k * 132 + aCell;
                int j = bBuffer + k * 68 + bCell;
                float right0 = bTile[j];
                float right1 = bTile[j + 1];
                float right2 = bTile[j + 2];
                float right3 = bTile[j + 3];
                float right4 = bTile[j + 32];
                float right5 = bTile[j + 33];
                float right6 = bTile[j + 34];
                float right7 = bTile[j + 35];
                float left0 = aTile[i];
                float left1 = aTile[i + 1];
                float left2 = aTile[i + 2];
                float left3 = aTile[i + 3];
                float left4 = aTile[i + 64];
                float left5 = aTile[i + 65];
                float left6 = aTile[i + 66];
                float left7 = aTile[i + 67];
                c00 += left0 * right0;
                c01 += left0 * right1;
                c02 += left0 * right2;
                c03 += left0 * right3;
                c04 += left0 * right4;
                c05 += left0 * right5;
                c06 += left0 * right6;
                c07 += left0 * right7;
                c10 += left1 * right0;
                c11 += left1 * right1;
                c12 += left1 * right2;
                c13 += left1 * right3;
                c14 += left1 * right4;
                c15 += left1 * right5;
                c16 += left1 * right6;
                c17 += left1 * right7;
                c20 += left2 * right0;
                c21 += left2 * right1;
                c22 += left2 * right2;
                c23 += left2 * right3;
                c24 += left2 * right4;
                c25 += left2 * right5;
                c26 += left2 * right6;
                c27 += left2 * right7;
                c30 += left3 * right0;
                c31 += left3 * right1;
                c32 += left3 * right2;
                c33 += left3 * right3;
                c34 += left3 * right4;
                c35 += left3 * right5;
                c36 += left3 * right6;
                c37 += left3 * right7;
                c40 += left4 * right0;
                c41 += left4 * right1;
                c42 += left4 * right2;
                c43 += left4 * right3;
                c44 += left4 * right4;
                c45 += left4 * right5;
                c46 += left4 * right6;
                c47 += left4 * right7;
                c50 += left5 * right0;
                c51 += left5 * right1;
                c52 += left5 * right2;
                c53 += left5 * right3;
                c54 += left5 * right4;
                c55 += left5 * right5;
                c56 += left5 * right6;
                c57 += left5 * right7;
                c60 += left6 * right0;
                c61 += left6 * right1;
                c62 += left6 * right2;
                c63 += left6 * right3;
                c64 += left6 * right4;
                c65 += left6 * right5;
                c66 += left6 * right6;
                c67 += left6 * right7;
                c70 += left7 * right0;
                c71 += left7 * right1;
                c72 += left7 * right2;
                c73 += left7 * right3;
                c74 += left7 * right4;
                c75 += left7 * right5;
                c76 += left7 * right6;
                c77 += left7 * right7;
            }
            if (ahead < to) {
                aTile[aNext + aPlace] = a0;
                aTile[aNext + aPlace + aPlaceStep] = a1;
                aTile[aNext + aPlace + 2 * aPlaceStep] = a2;
                aTile[aNext + aPlace + 3 * aPlaceStep] = a3;
                aTile[aNext + aPlace + 4 * aPlaceStep] = a4;
                aTile[aNext + aPlace + 5 * aPlaceStep] = a5;
                aTile[aNext + aPlace + 6 * aPlaceStep] = a6;
                aTile[aNext + aPlace + 7 * aPlaceStep] = a7;
                bTile[bNext + bPlace] = b0;
                bTile[bNext + bPlace + bPlaceStep] = b1;
                bTile[bNext + bPlace + 2 * bPlaceStep] = b2;
                bTile[bNext + bPlace + 3 * bPlaceStep] = b3;
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int biasStart = p.get(12);
        int c0 = p.get(11) + part * rows * columns;
        int column = column0 + threadColumn * 4;
        float bias0 = GemmKernels.bias(m, biasStart, column, columns);
        float bias1 = GemmKernels.bias(m, biasStart, column + 1, columns);
        float bias2 = GemmKernels.bias(m, biasStart, column + 2, columns);
        float bias3 = GemmKernels.bias(m, biasStart, column + 3, columns);
        float bias4 = GemmKernels.bias(m, biasStart, column + 32, columns);
        float bias5 = GemmKernels.bias(m, biasStart, column + 33, columns);
        float bias6 = GemmKernels.bias(m, biasStart, column + 34, columns);
        float bias7 = GemmKernels.bias(m, biasStart, column + 35, columns);
        int row0At = c0 + (row0 + threadRow * 4) * columns;
        int end0 = row0 + threadRow * 4 < rows ? columns : 0;
        GemmKernels.put(m, row0At, column, end0, c00 + bias0, c01 + bias1, c02 + bias2, c03 + bias3);
        GemmKernels.put(m, row0At, column + 32, end0, c04 + bias4, c05 + bias5, c06 + bias6, c07 + bias7);
        int row1At = c0 + (row0 + threadRow * 4 + 1) * columns;
        int end1 = row0 + threadRow * 4 + 1 < rows ? columns : 0;
        GemmKernels.put(m, row1At, column, end1, c10 + bias0, c11 + bias1, c12 + bias2, c13 + bias3);
        GemmKernels.put(m, row1At, column + 32, end1, c14 + bias4, c15 + bias5, c16 + bias6, c17 + bias7);
        int row2At = c0 + (row0 + threadRow * 4 + 2) * columns;
        int end2 = row0 + threadRow * 4 + 2 < rows ? columns : 0;
        GemmKernels.put(m, row2At, column, end2, c20 + bias0, c21 + bias1, c22 + bias2, c23 + bias3);
        GemmKernels.put(m, row2At, column + 32, end2, c24 + bias4, c25 + bias5, c26 + bias6, c27 + bias7);
        int row3At = c0 + (row0 + threadRow * 4 + 3) * columns;
        int end3 = row0 + threadRow * 4 + 3 < rows ? columns : 0;
        GemmKernels.put(m, row3At, column, end3, c30 + bias0, c31 + bias1, c32 + bias2, c33 + bias3);
        GemmKernels.put(m, row3At, column + 32, end3, c34 + bias4, c35 + bias5, c36 + bias6, c37 + bias7);
        int row4At = c0 + (row0 + threadRow * 4 + 64) * columns;
        int end4 = row0 + threadRow * 4 + 64 < rows ? columns : 0;
        GemmKernels.put(m, row4At, column, end4, c40 + bias0, c41 + bias1, c42 + bias2, c43 + bias3);
        GemmKernels.put(m, row4At, column + 32, end4, c44 + bias4, c45 + bias5, c46 + bias6, c47 + bias7);
        int row5At = c0 + (row0 + threadRow * 4 + 65) * columns;
        int end5 = row0 + threadRow * 4 + 65 < rows ? columns : 0;
        GemmKernels.put(m, row5At, column, end5, c50 + bias0, c51 + bias1, c52 + bias2, c53 + bias3);
        GemmKernels.put(m, row5At, column + 32, end5, c54 + bias4, c55 + bias5, c56 + bias6, c57 + bias7);
        int row6At = c0 + (row0 + threadRow * 4 + 66) * columns;
        int end6 = row0 + threadRow * 4 + 66 < rows ? columns : 0;
        GemmKernels.put(m, row6At, column, end6, c60 + bias0, c61 + bias1, c62 + bias2, c63 + bias3);
        GemmKernels.put(m, row6At, column + 32, end6, c64 + bias4, c65 + bias5, c66 + bias6, c67 + bias7);
        int row7At = c0 + (row0 + threadRow * 4 + 67) * columns;
        int end7 = row0 + threadRow * 4 + 67 < rows ? columns : 0;
        GemmKernels.put(m, row7At, column, end7, c70 + bias0, c71 + bias1, c72 + bias2, c73 + bias3);
        GemmKernels.put(m, row7At, column + 32, end7, c74 + bias4, c75 + bias5, c76 + bias6, c77 + bias7);
    }

    /** C = A B in tiles of 64 x 64 by groups of 256 threads, 4 x 4 elements each; parameters as {@link GemmKernels} says. */
    static void matrix64x64(KernelContext c, FloatArray m, IntArray p) {
        float[] aTile = c.allocateFloatLocalArray(2176);
        float[] bTile = c.allocateFloatLocalArray(2176);
        int thread = c.localIdx;
        int threadColumn = thread % 8 + thread / 32 % 2 * 8;
        int threadRow = thread / 64 * 4 + thread / 8 % 4;
        int aCell = threadRow * 4;
        int bCell = threadColumn * 4;
        int rows = p.get(0);
        int columns = p.get(1);
        int aStart = p.get(3);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int bStart = p.get(7);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 64;
        int column0 = tile % across * 64;
        int part = c.groupIdy;
        int entry = part / splits;
        aStart += entry * p.get(6);
        bStart += entry * p.get(10);
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aAlong = p.get(16);
        int bAlong = p.get(17);
        int aLine = aAlong != 0 ? thread / 16 : thread % 64;
        int aDeep = aAlong != 0 ? thread % 16 : thread / 64;
        int aLineStep = aAlong != 0 ? 16 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 4;
        int aPlace = aDeep * 68 + aLine;
        int aPlaceStep = aDeepStep * 68 + aLineStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int bLine = bAlong != 0 ? thread / 16 : thread % 64;
        int bDeep = bAlong != 0 ? thread % 16 : thread / 64;
        int bLineStep = bAlong != 0 ? 16 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 4;
        int bPlace = bDeep * 68 + bLine;
        int bPlaceStep = bDeepStep * 68 + bLineStep;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + 2 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 2 * bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + 3 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 3 * bDeepStep) * bDeepStride;
        float c00 = 0f;
        float c01 = 0f;
        float c02 = 0f;
        float c03 = 0f;
        float c10 = 0f;
        float c11 = 0f;
        float c12 = 0f;
        float c13 = 0f;
        float c20 = 0f;
        float c21 = 0f;
        float c22 = 0f;
        float c23 = 0f;
        float c30 = 0f;
        float c31 = 0f;
        float c32 = 0f;
        float c33 = 0f;
        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        float b0 = 0f;
        float b1 = 0f;
        float b2 = 0f;
        float b3 = 0f;
        if (from + 16 <= to) {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = m.get(aAt0 + aShift);
            a1 = m.get(aAt1 + aShift);
            a2 = m.get(aAt2 + aShift);
            a3 = m.get(aAt3 + aShift);
            b0 = m.get(bAt0 + bShift);
            b1 = m.get(bAt1 + bShift);
            b2 = m.get(bAt2 + bShift);
            b3 = m.get(bAt3 + bShift);
        } else {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = upTo(m, aAt0 + aShift, from + aDeep, to);
            a1 = upTo(m, aAt1 + aShift, from + aDeep + aDeepStep, to);
            a2 = upTo(m, aAt2 + aShift, from + aDeep + 2 * aDeepStep, to);
            a3 = upTo(m, aAt3 + aShift, from + aDeep + 3 * aDeepStep, to);
            b0 = upTo(m, bAt0 + bShift, from + bDeep, to);
            b1 = upTo(m, bAt1 + bShift, from + bDeep + bDeepStep, to);
            b2 = upTo(m, bAt2 + bShift, from + bDeep + 2 * bDeepStep, to);
            b3 = upTo(m, bAt3 + bShift, from + bDeep + 3 * bDeepStep, to);
        }
        aTile[aPlace] = a0;
        aTile[aPlace + aPlaceStep] = a1;
        aTile[aPlace + 2 * aPlaceStep] = a2;
        aTile[aPlace + 3 * aPlaceStep] = a3;
        bTile[bPlace] = b0;
        bTile[bPlace + bPlaceStep] = b1;
        bTile[bPlace + 2 * bPlaceStep] = b2;
        bTile[bPlace + 3 * bPlaceStep] = b3;
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 16) {
            int aNext = 1088 - aBuffer;
            int bNext = 1088 - bBuffer;
            int ahead = depth + 16;
            if (ahead < to) {
                if (ahead + 16 <= to) {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = m.get(aAt0 + aShift);
                    a1 = m.get(aAt1 + aShift);
                    a2 = m.get(aAt2 + aShift);
                    a3 = m.get(aAt3 + aShift);
                    b0 = m.get(bAt0 + bShift);
                    b1 = m.get(bAt1 + bShift);
                    b2 = m.get(bAt2 + bShift);
                    b3 = m.get(bAt3 + bShift);
                } else {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = upTo(m, aAt0 + aShift, ahead + aDeep, to);
                    a1 = upTo(m, aAt1 + aShift, ahead + aDeep + aDeepStep, to);
                    a2 = upTo(m, aAt2 + aShift, ahead + aDeep + 2 * aDeepStep, to);
                    a3 = upTo(m, aAt3 + aShift, ahead + aDeep + 3 * aDeepStep, to);
                    b0 = upTo(m, bAt0 + bShift, ahead + bDeep, to);
                    b1 = upTo(m, bAt1 + bShift, ahead + bDeep + bDeepStep, to);
                    b2 = upTo(m, bAt2 + bShift, ahead + bDeep + 2 * bDeepStep, to);
                    b3 = upTo(m, bAt3 + bShift, ahead + bDeep + 3 * bDeepStep, to);
                }
            }
            for (int k = 0; k < 16; k++) {
                int i = aBuffer + k * 68 + aCell;
                int j = bBuffer + k * 68 + bCell;
                float right0 = bTile[j];
                float right1 = bTile[j + 1];
                float right2 = bTile[j + 2];
                float right3 = bTile[j + 3];
                float left0 = aTile[i];
                float left1 = aTile[i + 1];
                float left2 = aTile[i + 2];
                float left3 = aTile[i + 3];
                c00 += left0 * right0;
                c01 += left0 * right1;
                c02 += left0 * right2;
                c03 += left0 * right3;
                c10 += left1 * right0;
                c11 += left1 * right1;
                c12 += left1 * right2;
                c13 += left1 * right3;
                c20 += left2 * right0;
                c21 += left2 * right1;
                c22 += left2 * right2;
                c23 += left2 * right3;
                c30 += left3 * right0;
                c31 += left3 * right1;
                c32 += left3 * right2;
                c33 += left3 * right3;
            }
            if (ahead < to) {
                aTile[aNext + aPlace] = a0;
                aTile[aNext + aPlace + aPlaceStep] = a1;
                aTile[aNext + aPlace + 2 * aPlaceStep] = a2;
                aTile[aNext + aPlace + 3 * aPlaceStep] = a3;
                bTile[bNext + bPlace] = b0;
                bTile[bNext + bPlace + bPlaceStep] = b1;
                bTile[bNext + bPlace + 2 * bPlaceStep] = b2;
                bTile[bNext + bPlace + 3 * bPlaceStep] = b3;
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int biasStart = p.get(12);
        int c0 = p.get(11) + part * rows * columns;
        int column = column0 + threadColumn * 4;
        float bias0 = GemmKernels.bias(m, biasStart, column, columns);
        float bias1 = GemmKernels.bias(m, biasStart, column + 1, columns);
        float bias2 = GemmKernels.bias(m, biasStart, column + 2, columns);
        float bias3 = GemmKernels.bias(m, biasStart, column + 3, columns);
        int row0At = c0 + (row0 + threadRow * 4) * columns;
        int end0 = row0 + threadRow * 4 < rows ? columns : 0;
        GemmKernels.put(m, row0At, column, end0, c00 + bias0, c01 + bias1, c02 + bias2, c03 + bias3);
        int row1At = c0 + (row0 + threadRow * 4 + 1) * columns;
        int end1 = row0 + threadRow * 4 + 1 < rows ? columns : 0;
        GemmKernels.put(m, row1At, column, end1, c10 + bias0, c11 + bias1, c12 + bias2, c13 + bias3);
        int row2At = c0 + (row0 + threadRow * 4 + 2) * columns;
        int end2 = row0 + threadRow * 4 + 2 < rows ? columns : 0;
        GemmKernels.put(m, row2At, column, end2, c20 + bias0, c21 + bias1, c22 + bias2, c23 + bias3);
        int row3At = c0 + (row0 + threadRow * 4 + 3) * columns;
        int end3 = row0 + threadRow * 4 + 3 < rows ? columns : 0;
        GemmKernels.put(m, row3At, column, end3, c30 + bias0, c31 + bias1, c32 + bias2, c33 + bias3);
    }

    /** C = A B in tiles of 32 x 32 by groups of 64 threads, 4 x 4 elements each; parameters as {@link GemmKernels} says. */
    static void matrix32x32(KernelContext c, FloatArray m, IntArray p) {
        float[] aTile = c.allocateFloatLocalArray(1152);
        float[] bTile = c.allocateFloatLocalArray(1152);
        int thread = c.localIdx;
        int threadColumn = thread % 8;
        int threadRow = thread / 8;
        int aCell = threadRow * 4;
        int bCell = threadColumn * 4;
        int rows = p.get(0);
        int columns = p.get(1);
        int aStart = p.get(3);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int bStart = p.get(7);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 32;
        int column0 = tile % across * 32;
        int part = c.groupIdy;
        int entry = part / splits;
        aStart += entry * p.get(6);
        bStart += entry * p.get(10);
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aAlong = p.get(16);
        int bAlong = p.get(17);
        int aLine = aAlong != 0 ? thread / 16 : thread % 32;
        int aDeep = aAlong != 0 ? thread % 16 : thread / 32;
        int aLineStep = aAlong != 0 ? 4 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 2;
        int aPlace = aDeep * 36 + aLine;
        int aPlaceStep = aDeepStep * 36 + aLineStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int aAt4 = aStart
                + Math.min(row0 + aLine + 4 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 4 * aDeepStep) * aDeepStride;
        int aAt5 = aStart
                + Math.min(row0 + aLine + 5 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 5 * aDeepStep) * aDeepStride;
        int aAt6 = aStart
                + Math.min(row0 + aLine + 6 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 6 * aDeepStep) * aDeepStride;
        int aAt7 = aStart
                + Math.min(row0 + aLine + 7 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 7 * aDeepStep) * aDeepStride;
        int bLine = bAlong != 0 ? thread / 16 : thread % 32;
        int bDeep = bAlong != 0 ? thread % 16 : thread / 32;
        int bLineStep = bAlong != 0 ? 4 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 2;
        int bPlace = bDeep * 36 + bLine;
        int bPlaceStep = bDeepStep * 36 + bLineStep;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + 2 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 2 * bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + 3 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 3 * bDeepStep) * bDeepStride;
        int bAt4 = bStart
                + Math.min(column0 + bLine + 4 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 4 * bDeepStep) * bDeepStride;
        int bAt5 = bStart
                + Math.min(column0 + bLine + 5 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 5 * bDeepStep) * bDeepStride;
        int bAt6 = bStart
                + Math.min(column0 + bLine + 6 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 6 * bDeepStep) * bDeepStride;
        int bAt7 = bStart
                + Math.min(column0 + bLine + 7 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 7 * bDeepStep) * bDeepStride;
        float c00 = 0f;
        float c01 = 0f;
        float c02 = 0f;
        float c03 = 0f;
        float c10 = 0f;
        float c11 = 0f;
        float c12 = 0f;
        float c13 = 0f;
        float c20 = 0f;
        float c21 = 0f;
        float c22 = 0f;
        float c23 = 0f;
        float c30 = 0f;
        float c31 = 0f;
        float c32 = 0f;
        float c33 = 0f;
        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        float a4 = 0f;
        float a5 = 0f;
        float a6 = 0f;
        float a7 = 0f;
        float b0 = 0f;
        float b1 = 0f;
        float b2 = 0f;
        float b3 = 0f;
        float b4 = 0f;
        float b5 = 0f;
        float b6 = 0f;
        float b7 = 0f;
        if (from + 16 <= to) {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = m.get(aAt0 + aShift);
            a1 = m.get(aAt1 + aShift);
            a2 = m.get(aAt2 + aShift);
            a3 = m.get(aAt3 + aShift);
            a4 = m.get(aAt4 + aShift);
            a5 = m.get(aAt5 + aShift);
            a6 = m.get(aAt6 + aShift);
            a7 = m.get(aAt7 + aShift);
            b0 = m.get(bAt0 + bShift);
            b1 = m.get(bAt1 + bShift);
            b2 = m.get(bAt2 + bShift);
            b3 = m.get(bAt3 + bShift);
            b4 = m.get(bAt4 + bShift);
            b5 = m.get(bAt5 + bShift);
            b6 = m.get(bAt6 + bShift);
            b7 = m.get(bAt7 + bShift);
        } else {
            int aShift = from * aDeepStride;
            int bShift = from * bDeepStride;
            a0 = upTo(m, aAt0 + aShift, from + aDeep, to);
            a1 = upTo(m, aAt1 + aShift, from + aDeep + aDeepStep, to);
            a2 = upTo(m, aAt2 + aShift, from + aDeep + 2 * aDeepStep, to);
            a3 = upTo(m, aAt3 + aShift, from + aDeep + 3 * aDeepStep, to);
            a4 = upTo(m, aAt4 + aShift, from + aDeep + 4 * aDeepStep, to);
            a5 = upTo(m, aAt5 + aShift, from + aDeep + 5 * aDeepStep, to);
            a6 = upTo(m, aAt6 + aShift, from + aDeep + 6 * aDeepStep, to);
            a7 = upTo(m, aAt7 + aShift, from + aDeep + 7 * aDeepStep, to);
            b0 = upTo(m, bAt0 + bShift, from + bDeep, to);
            b1 = upTo(m, bAt1 + bShift, from + bDeep + bDeepStep, to);
            b2 = upTo(m, bAt2 + bShift, from + bDeep + 2 * bDeepStep, to);
            b3 = upTo(m, bAt3 + bShift, from + bDeep + 3 * bDeepStep, to);
            b4 = upTo(m, bAt4 + bShift, from + bDeep + 4 * bDeepStep, to);
            b5 = upTo(m, bAt5 + bShift, from + bDeep + 5 * bDeepStep, to);
            b6 = upTo(m, bAt6 + bShift, from + bDeep + 6 * bDeepStep, to);
            b7 = upTo(m, bAt7 + bShift, from + bDeep + 7 * bDeepStep, to);
        }
        aTile[aPlace] = a0;
        aTile[aPlace + aPlaceStep] = a1;
        aTile[aPlace + 2 * aPlaceStep] = a2;
        aTile[aPlace + 3 * aPlaceStep] = a3;
        aTile[aPlace + 4 * aPlaceStep] = a4;
        aTile[aPlace + 5 * aPlaceStep] = a5;
        aTile[aPlace + 6 * aPlaceStep] = a6;
        aTile[aPlace + 7 * aPlaceStep] = a7;
        bTile[bPlace] = b0;
        bTile[bPlace + bPlaceStep] = b1;
        bTile[bPlace + 2 * bPlaceStep] = b2;
        bTile[bPlace + 3 * bPlaceStep] = b3;
        bTile[bPlace + 4 * bPlaceStep] = b4;
        bTile[bPlace + 5 * bPlaceStep] = b5;
        bTile[bPlace + 6 * bPlaceStep] = b6;
        bTile[bPlace + 7 * bPlaceStep] = b7;
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 16) {
            int aNext = 576 - aBuffer;
            int bNext = 576 - bBuffer;
            int ahead = depth + 16;
            if (ahead < to) {
                if (ahead + 16 <= to) {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = m.get(aAt0 + aShift);
                    a1 = m.get(aAt1 + aShift);
                    a2 = m.get(aAt2 + aShift);
                    a3 = m.get(aAt3 + aShift);
                    a4 = m.get(aAt4 + aShift);
                    a5 = m.get(aAt5 + aShift);
                    a6 = m.get(aAt6 + aShift);
                    a7 = m.get(aAt7 + aShift);
                    b0 = m.get(bAt0 + bShift);
                    b1 = m.get(bAt1 + bShift);
                    b2 = m.get(bAt2 + bShift);
                    b3 = m.get(bAt3 + bShift);
                    b4 = m.get(bAt4 + bShift);
                    b5 = m.get(bAt5 + bShift);
                    b6 = m.get(bAt6 + bShift);
                    b7 = m.get(bAt7 + bShift);
                } else {
                    int aShift = ahead * aDeepStride;
                    int bShift = ahead * bDeepStride;
                    a0 = upTo(m, aAt0 + aShift, ahead + aDeep, to);
                    a1 = upTo(m, aAt1 + aShift, ahead + aDeep + aDeepStep, to);
                    a2 = upTo(m, aAt2 + aShift, ahead + aDeep + 2 * aDeepStep, to);
                    a3 = upTo(m, aAt3 + aShift, ahead + aDeep + 3 * aDeepStep, to);
                    a4 = upTo(m, aAt4 + aShift, ahead + aDeep + 4 * aDeepStep, to);
                    a5 = upTo(m, aAt5 + aShift, ahead + aDeep + 5 * aDeepStep, to);
                    a6 = upTo(m, aAt6 + aShift, ahead + aDeep + 6 * aDeepStep, to);
                    a7 = upTo(m, aAt7 + aShift, ahead + aDeep + 7 * aDeepStep, to);
                    b0 = upTo(m, bAt0 + bShift, ahead + bDeep, to);
                    b1 = upTo(m, bAt1 + bShift, ahead + bDeep + bDeepStep, to);
                    b2 = upTo(m, bAt2 + bShift, ahead + bDeep + 2 * bDeepStep, to);
                    b3 = upTo(m, bAt3 + bShift, ahead + bDeep + 3 * bDeepStep, to);
                    b4 = upTo(m, bAt4 + bShift, ahead + bDeep + 4 * bDeepStep, to);
                    b5 = upTo(m, bAt5 + bShift, ahead + bDeep + 5 * bDeepStep, to);
                    b6 = upTo(m, bAt6 + bShift, ahead + bDeep + 6 * bDeepStep, to);
                    b7 = upTo(m, bAt7 + bShift, ahead + bDeep + 7 * bDeepStep, to);
                }
            }
            for (int k = 0; k < 16; k++) {
                int i = aBuffer + k * 36 + aCell;
                int j = bBuffer + k * 36 + bCell;
                float right0 = bTile[j];
                float right1 = bTile[j + 1];
                float right2 = bTile[j + 2];
                float right3 = bTile[j + 3];
                float left0 = aTile[i];
                float left1 = aTile[i + 1];
                float left2 = aTile[i + 2];
                float left3 = aTile[i + 3];
                c00 += left0 * right0;
                c01 += left0 * right1;
                c02 += left0 * right2;
                c03 += left0 * right3;
                c10 += left1 * right0;
                c11 += left1 * right1;
                c12 += left1 * right2;
                c13 += left1 * right3;
                c20 += left2 * right0;
                c21 += left2 * right1;
                c22 += left2 * right2;
                c23 += left2 * right3;
                c30 += left3 * right0;
                c31 += left3 * right1;
                c32 += left3 * right2;
                c33 += left3 * right3;
            }
            if (ahead < to) {
                aTile[aNext + aPlace] = a0;
                aTile[aNext + aPlace + aPlaceStep] = a1;
                aTile[aNext + aPlace + 2 * aPlaceStep] = a2;
                aTile[aNext + aPlace + 3 * aPlaceStep] = a3;
                aTile[aNext + aPlace + 4 * aPlaceStep] = a4;
                aTile[aNext + aPlace + 5 * aPlaceStep] = a5;
                aTile[aNext + aPlace + 6 * aPlaceStep] = a6;
                aTile[aNext + aPlace + 7 * aPlaceStep] = a7;
                bTile[bNext + bPlace] = b0;
                bTile[bNext + bPlace + bPlaceStep] = b1;
                bTile[bNext + bPlace + 2 * bPlaceStep] = b2;
                bTile[bNext + bPlace + 3 * bPlaceStep] = b3;
                bTile[bNext + bPlace + 4 * bPlaceStep] = b4;
                bTile[bNext + bPlace + 5 * bPlaceStep] = b5;
                bTile[bNext + bPlace + 6 * bPlaceStep] = b6;
                bTile[bNext + bPlace + 7 * bPlaceStep] = b7;
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int biasStart = p.get(12);
        int c0 = p.get(11) + part * rows * columns;
        int column = column0 + threadColumn * 4;
        float bias0 = GemmKernels.bias(m, biasStart, column, columns);
        float bias1 = GemmKernels.bias(m, biasStart, column + 1, columns);
        float bias2 = GemmKernels.bias(m, biasStart, column + 2, columns);
        float bias3 = GemmKernels.bias(m, biasStart, column + 3, columns);
        int row0At = c0 + (row0 + threadRow * 4) * columns;
        int end0 = row0 + threadRow * 4 < rows ? columns : 0;
        GemmKernels.put(m, row0At, column, end0, c00 + bias0, c01 + bias1, c02 + bias2, c03 + bias3);
        int row1At = c0 + (row0 + threadRow * 4 + 1) * columns;
        int end1 = row0 + threadRow * 4 + 1 < rows ? columns : 0;
        GemmKernels.put(m, row1At, column, end1, c10 + bias0, c11 + bias1, c12 + bias2, c13 + bias3);
        int row2At = c0 + (row0 + threadRow * 4 + 2) * columns;
        int end2 = row0 + threadRow * 4 + 2 < rows ? columns : 0;
        GemmKernels.put(m, row2At, column, end2, c20 + bias0, c21 + bias1, c22 + bias2, c23 + bias3);
        int row3At = c0 + (row0 + threadRow * 4 + 3) * columns;
        int end3 = row0 + threadRow * 4 + 3 < rows ? columns : 0;
        GemmKernels.put(m, row3At, column, end3, c30 + bias0, c31 + bias1, c32 + bias2, c33 + bias3);
    }

    /** The element if the index is below the limit, else 0. */
    static float upTo(FloatArray m, int at, int index, int limit) {
        float value = 0f;
        if (index < limit) {
            value = m.get(at);
        }
        return value;
    }

    /** The element if the sign is not negative, else 0. */
    static float where(FloatArray m, int sign, int at) {
        float value = m.get(sign < 0 ? 0 : at);
        return sign < 0 ? 0f : value;
    }

    /** The bias of a column, 0 where there is none. */
    static float bias(FloatArray m, int start, int column, int columns) {
        float value = 0f;
        if ((start | (columns - 1 - column)) >= 0) {
            value = m.get(start + column);
        }
        return value;
    }

    /** Writes those of four neighbours whose columns are below the limit. */
    static void put(FloatArray m, int row, int column, int limit, float v0, float v1, float v2, float v3) {
        if (column < limit) {
            m.set(row + column, v0);
        }
        if (column + 1 < limit) {
            m.set(row + column + 1, v1);
        }
        if (column + 2 < limit) {
            m.set(row + column + 2, v2);
        }
        if (column + 3 < limit) {
            m.set(row + column + 3, v3);
        }
    }

    /** n / divisor for 0 <= n < 2^31, by a multiplication: see {@link Divisor}. */
    static int quotient(int n, int multiplier, int shift) {
        return (int) ((n * (multiplier & 0xffffffffL)) >> shift);
    }
}
