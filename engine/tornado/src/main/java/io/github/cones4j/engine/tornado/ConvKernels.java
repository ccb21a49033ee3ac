package io.github.cones4j.engine.tornado;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Convolutions as matrix products whose left operand is gathered from the picture while it is multiplied (implicit GEMM): a row is a
 * point of the result, a column one of its channels, and the common dimension runs over the taps of the kernel and within each over
 * the picture's channels. Pictures are dense [images, height, width, channels]; weights are repacked as [taps * channels, columns].
 *
 * <p>A launch may compute several phases, each of which fills its own points of the result with its own taps: the gradient of a
 * convolution of stride 2 has four, see {@link ConvTasks}. A group's first index counts the tiles, row by row, its second the phases
 * and within each the splits of the common dimension. Tiles are computed as {@link TiledProduct} says. Parameters:
 *
 * <pre>
 *  0  columns                  1  first element of the picture      2  its height
 *  3  its width                4  its channels                      5, 6  divisor: channels
 *  7  points of the picture from one point of the result to the next
 *  8  first element of the weights                                  9  first element of the bias [columns], or -1
 * 10  first element of the result; from there on
 * 11  from image to image     12  from line to line                13  from point to point
 * 14  from partial result to partial result                        15  tiles side by side
 * 16  splits
 *
 * for each phase, from 17 + 16 * phase on
 *  0  rows: points of the result                 1  common dimension            2  common dimension of one split
 *  3, 4, 5  divisor and number: points of one image                             6, 7, 8  the same: points of one line
 *  9, 10, 11  the same: taps of one line         12, 13  line and column of the picture under the first tap at the first point
 * 14  its first row of the weights              15  its first point in the result, in floats
 * </pre>
 */
final class ConvKernels {
    /** Most lines and columns of a picture, with the padding: a place in it is one int, the line in its upper half. */
    static final int MAX_EXTENT = 1 << 14;

    /**
     * Line y and column x of a tap are inside the picture if neither of them nor what is left to the last line and column is
     * negative: one test of the signs of both halves of two ints.
     */
    private static final String OPERANDS = """
            int columns = p.get(0);
            int height = p.get(2);
            int width = p.get(3);
            int channels = p.get(4);
            int channelsMultiplier = p.get(5);
            int channelsShift = p.get(6);
            int step = p.get(7);
            int across = p.get(15);
            int splits = p.get(16);
            int part = c.groupIdy;
            int phase = part / splits;
            int split = part - phase * splits;
            int s = 17 + phase * 16;
            int rows = p.get(s);
            int from = split * p.get(s + 2);
            int to = min(from + p.get(s + 2), p.get(s + 1));
            int last = ((height - 1) << 16) + width - 1;
            int tapsMultiplier = p.get(s + 9);
            int tapsShift = p.get(s + 10);
            int taps = p.get(s + 11);
            int tile = c.groupIdx;
            int row0 = tile / across * ROWS;
            int column0 = tile % across * COLUMNS;

            // A: one place of a slice, of some of the tile's points; where each has its first tap
            unroll (i < A_LOADS) {
                int point[i] = min(row0 + thread / DEPTH + i * (THREADS / DEPTH), rows - 1);
                int image[i] = quotient(point[i], p.get(s + 3), p.get(s + 4));
                int rest[i] = point[i] - image[i] * p.get(s + 5);
                int line[i] = quotient(rest[i], p.get(s + 6), p.get(s + 7));
                int y[i] = line[i] * step + p.get(s + 12);
                int x[i] = (rest[i] - line[i] * p.get(s + 8)) * step + p.get(s + 13);
                int yx[i] = (y[i] << 16) + x[i];
                int aAt[i] = p.get(1) + ((image[i] * height + y[i]) * width + x[i]) * channels;
            }
            int aPlace = thread % DEPTH * A_PITCH + thread / DEPTH;
            int aPlaceStep = THREADS / DEPTH;
            // B: one column, some lines of a slice
            int bAt = p.get(8) + (p.get(s + 14) + thread / COLUMNS) * columns + min(column0 + thread % COLUMNS, columns - 1);
            int bPlace = thread / COLUMNS * B_PITCH + thread % COLUMNS;
            int bPlaceStep = THREADS / COLUMNS * B_PITCH;

            define fetch(first) {
                int deep = first + thread % DEPTH;
                int tap = quotient(deep, channelsMultiplier, channelsShift);
                int u = quotient(tap, tapsMultiplier, tapsShift);
                int v = tap - u * taps;
                int shift = (u * width + v) * channels + deep - tap * channels;
                int uv = deep < to ? (u << 16) + v : OUTSIDE;
                unroll (i < A_LOADS) int signs[i] = ((yx[i] + uv) | (last - yx[i] - uv)) & SIGNS;
                unroll (i < A_LOADS) a[i] = inside(m, signs[i], aAt[i] + shift);
                int bFirst = bAt + first * columns;
                if (first + DEPTH <= to) {
                    unroll (i < B_LOADS) b[i] = m.get(bFirst + i * (THREADS / COLUMNS) * columns);
                } else {
                    unroll (i < B_LOADS) b[i] = upTo(m, bFirst + i * (THREADS / COLUMNS) * columns,
                            first + thread / COLUMNS + i * (THREADS / COLUMNS), to);
                }
            }
            """;

    private static final String PLACE = """
            int biasStart = p.get(9);
            int resultStart = p.get(10) + p.get(s + 15) + split * p.get(14);
            define startOf(row) = place(p, s, resultStart, row);
            """;

    private static final String TEXT =
            TiledProduct.GROUP + OPERANDS + TiledProduct.PRODUCT + PLACE + TiledProduct.RESULT;

    private static final Map<Tiling.Tile, Kernel> KERNELS = new ConcurrentHashMap<>();

    private ConvKernels() {}

    /** y = x * w in tiles of that size. */
    static Kernel conv(Tiling.Tile tile) {
        return KERNELS.computeIfAbsent(tile, size -> TiledProduct.compile("conv", TEXT, size));
    }
}
