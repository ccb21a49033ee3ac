package io.github.cones4j.engine.tornado;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The gradient of a convolution's weight as a matrix product whose right operand is gathered from the picture: a row is a channel of
 * the result, a column a tap of the kernel and one of the picture's channels (innermost), and the common dimension runs over the
 * points of the result. Both pictures are dense [images, height, width, channels]. A group's first index counts the tiles, row by row,
 * its second the splits of the common dimension. Tiles are computed as {@link TiledProduct} says. Parameters:
 *
 * <pre>
 *  0  rows: channels of dy     1  columns: taps * channels of x     2  common dimension: points of dy
 *  3  first element of dy      4  first element of x                5, 6, 7  height, width and channels of x
 *  8  points of x from one point of dy to the next                  9  taps of one line
 * 10, 11  line and column of x under the first tap at the first point
 * 12  first element of the partial results [splits, rows, columns] 13  -1: no bias
 * 14  tiles side by side      15  common dimension of one split
 * 16, 17, 18  divisor and number: points of one image              19, 20, 21  the same: points of one line
 * </pre>
 */
final class ConvWeightKernels {
    private static final String OPERANDS = """
            int rows = p.get(0);
            int columns = p.get(1);
            int height = p.get(5);
            int width = p.get(6);
            int channels = p.get(7);
            int step = p.get(8);
            int imageMultiplier = p.get(16);
            int imageShift = p.get(17);
            int imagePoints = p.get(18);
            int lineMultiplier = p.get(19);
            int lineShift = p.get(20);
            int linePoints = p.get(21);
            int across = p.get(14);
            int split = c.groupIdy;
            int from = split * p.get(15);
            int to = min(from + p.get(15), p.get(2));
            int tile = c.groupIdx;
            int row0 = tile / across * ROWS;
            int column0 = tile % across * COLUMNS;

            // A: one channel of dy, some points of a slice
            int aAt = p.get(3) + thread / ROWS * rows + min(row0 + thread % ROWS, rows - 1);
            int aPlace = thread / ROWS * A_PITCH + thread % ROWS;
            int aPlaceStep = THREADS / ROWS * A_PITCH;
            // B: one tap and channel of x, some points of a slice
            int weight = min(column0 + thread % COLUMNS, columns - 1);
            int tap = weight / channels;
            int tapRow = tap / p.get(9);
            int tapY = tapRow + p.get(10);
            int tapX = tap - tapRow * p.get(9) + p.get(11);
            int bAt = p.get(4) + weight - tap * channels;
            int bPlace = thread / COLUMNS * B_PITCH + thread % COLUMNS;
            int bPlaceStep = THREADS / COLUMNS * B_PITCH;

            define fetch(first) {
                int aFirst = aAt + first * rows;
                if (first + DEPTH <= to) {
                    unroll (i < A_LOADS) a[i] = m.get(aFirst + i * (THREADS / ROWS) * rows);
                } else {
                    unroll (i < A_LOADS) a[i] = upTo(m, aFirst + i * (THREADS / ROWS) * rows,
                            first + thread / ROWS + i * (THREADS / ROWS), to);
                }
                unroll (i < B_LOADS) {
                    int point[i] = first + thread / COLUMNS + i * (THREADS / COLUMNS);
                    int image[i] = quotient(point[i], imageMultiplier, imageShift);
                    int rest[i] = point[i] - image[i] * imagePoints;
                    int line[i] = quotient(rest[i], lineMultiplier, lineShift);
                    int y[i] = line[i] * step + tapY;
                    int x[i] = (rest[i] - line[i] * linePoints) * step + tapX;
                    int inside[i] = y[i] | (height - 1 - y[i]) | x[i] | (width - 1 - x[i]) | (to - 1 - point[i]);
                    b[i] = where(m, inside[i], bAt + ((image[i] * height + y[i]) * width + x[i]) * channels);
                }
            }
            """;

    private static final String PLACE = """
            int resultStart = p.get(12) + split * rows * columns;
            int biasStart = p.get(13);
            define startOf(row) = resultStart + row * columns;
            """;

    private static final String TEXT =
            TiledProduct.GROUP + OPERANDS + TiledProduct.PRODUCT + PLACE + TiledProduct.RESULT;

    private static final Map<Tiling.Tile, Kernel> KERNELS = new ConcurrentHashMap<>();

    private ConvWeightKernels() {}

    /** dw = dy^T x in tiles of that size. */
    static Kernel weight(Tiling.Tile tile) {
        return KERNELS.computeIfAbsent(tile, size -> TiledProduct.compile("weight", TEXT, size));
    }
}
