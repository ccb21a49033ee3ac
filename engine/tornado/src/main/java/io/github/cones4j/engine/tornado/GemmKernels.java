package io.github.cones4j.engine.tornado;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Matrix products C = A B (+ bias), any strides, one or a batch, computed as {@link TiledProduct} says.
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
    /** A thread reads along the common dimension or across it, as neighbours lie in memory; beyond the edges the last line. */
    private static final String OPERANDS = """
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
            int row0 = tile / across * ROWS;
            int column0 = tile % across * COLUMNS;
            int part = c.groupIdy;
            int entry = part / splits;
            aStart += entry * p.get(6);
            bStart += entry * p.get(10);
            int from = (part - entry * splits) * p.get(15);
            int to = min(from + p.get(15), p.get(2));
            int aAlong = p.get(16);
            int bAlong = p.get(17);

            int aLine = aAlong != 0 ? thread / DEPTH : thread % ROWS;
            int aDeep = aAlong != 0 ? thread % DEPTH : thread / ROWS;
            int aLineStep = aAlong != 0 ? THREADS / DEPTH : 0;
            int aDeepStep = aAlong != 0 ? 0 : THREADS / ROWS;
            int aPlace = aDeep * A_PITCH + aLine;
            int aPlaceStep = aDeepStep * A_PITCH + aLineStep;
            unroll (i < A_LOADS) int aAt[i] = aStart + min(row0 + aLine + i * aLineStep, rows - 1) * aLineStride
                    + (aDeep + i * aDeepStep) * aDeepStride;
            int bLine = bAlong != 0 ? thread / DEPTH : thread % COLUMNS;
            int bDeep = bAlong != 0 ? thread % DEPTH : thread / COLUMNS;
            int bLineStep = bAlong != 0 ? THREADS / DEPTH : 0;
            int bDeepStep = bAlong != 0 ? 0 : THREADS / COLUMNS;
            int bPlace = bDeep * B_PITCH + bLine;
            int bPlaceStep = bDeepStep * B_PITCH + bLineStep;
            unroll (i < B_LOADS) int bAt[i] = bStart + min(column0 + bLine + i * bLineStep, columns - 1) * bLineStride
                    + (bDeep + i * bDeepStep) * bDeepStride;

            define fetch(first) {
                if (first + DEPTH <= to) {
                    int aShift = first * aDeepStride;
                    int bShift = first * bDeepStride;
                    unroll (i < A_LOADS) a[i] = m.get(aAt[i] + aShift);
                    unroll (i < B_LOADS) b[i] = m.get(bAt[i] + bShift);
                } else {
                    int aShift = first * aDeepStride;
                    int bShift = first * bDeepStride;
                    unroll (i < A_LOADS) a[i] = upTo(m, aAt[i] + aShift, first + aDeep + i * aDeepStep, to);
                    unroll (i < B_LOADS) b[i] = upTo(m, bAt[i] + bShift, first + bDeep + i * bDeepStep, to);
                }
            }
            """;

    private static final String PLACE = """
            int biasStart = p.get(12);
            int cStart = p.get(11) + part * rows * columns;
            define startOf(row) = cStart + row * columns;
            """;

    private static final String TEXT =
            TiledProduct.GROUP + OPERANDS + TiledProduct.PRODUCT + PLACE + TiledProduct.RESULT;

    private static final Map<Tiling.Tile, Kernel> KERNELS = new ConcurrentHashMap<>();

    private GemmKernels() {}

    /** C = A B in tiles of that size. */
    static Kernel matrix(Tiling.Tile tile) {
        return KERNELS.computeIfAbsent(tile, size -> TiledProduct.compile("matrix", TEXT, size));
    }
}
