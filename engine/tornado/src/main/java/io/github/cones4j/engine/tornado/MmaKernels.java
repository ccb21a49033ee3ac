package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Precision;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of matrices and convolutions on the tensor cores of NVIDIA's GPUs, from copies of the operands that were rounded to 16
 * bits ({@link Rounding}); products are added in float32. A group of threads computes a tile, each of its warps a part of it in
 * fragments of 16 x 8. The common dimension goes by steps of 32. What a step needs is copied into local memory without passing
 * through registers, asynchronously, STAGES - 1 steps ahead: the pieces of local memory take turns.
 *
 * <p>One kernel for both: a product is a convolution with one tap over one line of points, whose channels are the common
 * dimension. Copies have zeros where a picture or the common dimension ends, so that nothing is asked within the loop. Rows and
 * columns beyond the last read the last.
 *
 * <p>A: the picture [entries, images, lines, points, channels], a row of C for each point of the result. B: the weights [entries,
 * taps, channels, columns]. Two neighbours in memory, which are copied at once, are two places along the common dimension of A and
 * two columns of B, as the loads of fragments want it. In local memory a step's A has 16 ints a row, B half its columns; so that
 * the 8 pieces of 4 ints that a load reads at once lie in different banks, the number of a piece within its row is changed by
 * exclusive or, with half the row's number for A, with the row's number for B. The loads of fragments add, for each thread of a
 * warp, a place within rows without gaps to the offset that they are given: the offsets here take that place back.
 *
 * <p>The bias is another step of the common dimension, of ones times the bias in {@link Rounding#PARTS parts}, which make up
 * all its bits.
 *
 * <p>A group's first index counts the tiles, row by row, its second the entries of the batch and within each the splits of the common
 * dimension. Whole fragments are stored: the result has a multiple of 16 rows and of 8 columns. Places and distances of A, B and
 * the bias are in elements of 16 bits. Parameters:
 *
 * <pre>
 *  0  rows of C             1  columns of C, as many as B has in memory   2  common dimension
 *  3  first element of A    4  from entry to entry   5  from image to image
 *  6  from a line of the result to the next   7  from a point of the result to the next
 *  8  from a line of taps to the next         9  from a tap to the next
 * 10, 11, 12  divisor and number: points of one image    13, 14, 15  the same: points of one line
 * 16, 17, 18  the same: channels, a multiple of 32       19, 20, 21  the same: taps of one line
 * 22  first element of B   23  from entry to entry
 * 24  first element of the bias [parts, columns], or -1
 * 25  first element of the result [batch, splits, rows stored, columns stored]
 * 26  tiles side by side   27  splits   28  common dimension of one split, a multiple of 32
 * 29  rows stored          30  columns stored
 * </pre>
 *
 * <p>The text is for {@link KernelCompiler}. ROWS and COLUMNS of a tile, HALF its columns, and THREADS of a group are given, and
 * DOWN x ACROSS, the fragments of a warp. A step's copies: a thread makes A_COPIES of A, from rows THREADS / 16 apart, and for
 * each of BLOCKS pieces of 64 columns B_COPIES of B, from rows B_ROWS apart. SIZE is that of a stage, B_BEGIN where its B begins;
 * lengths are in ints, offsets of loads in bytes.
 */
final class MmaKernels {
    /** Pieces of local memory. */
    private static final int STAGES = 3;

    private static final String TEXT = """
            int[] tiles = c.allocateIntLocalArray(STAGES * SIZE);
            int thread = c.localIdx;
            int lane = thread % 32;
            int warp = thread / 32;
            int rows = p.get(0);
            int columns = p.get(1);
            int across = p.get(26);
            int splits = p.get(27);
            int tile = c.groupIdx;
            int row0 = tile / across * ROWS;
            int column0 = tile % across * COLUMNS;
            int part = c.groupIdy;
            int entry = part / splits;
            int from = (part - entry * splits) * p.get(28);
            int to = min(from + p.get(28), p.get(2));

            // A: a thread copies the same two channels of some points
            int aColumn = thread % 16;
            int aRow = thread / 16;
            int aPlace = aRow * 16 + (aColumn ^ aRow / 2 % 4 * 4);
            int aStart = p.get(3) + entry * p.get(4) + aColumn * 2;
            unroll (i < A_COPIES) {
                int point[i] = min(row0 + aRow + i * (THREADS / 16), rows - 1);
                int image[i] = quotient(point[i], p.get(10), p.get(11));
                int rest[i] = point[i] - image[i] * p.get(12);
                int line[i] = quotient(rest[i], p.get(13), p.get(14));
                int x[i] = rest[i] - line[i] * p.get(15);
                int aAt[i] = aStart + image[i] * p.get(5) + line[i] * p.get(6) + x[i] * p.get(7);
            }
            int tapsDown = p.get(8);
            int tapsAlong = p.get(9);
            int channelsMultiplier = p.get(16);
            int channelsShift = p.get(17);
            int channels = p.get(18);
            int tapsMultiplier = p.get(19);
            int tapsShift = p.get(20);
            int taps = p.get(21);

            // B: the same two columns, or every 64th pair, of some rows
            int bRow = thread / 32;
            unroll (s < SWIZZLES) int bPlace[s] = B_BEGIN + bRow * HALF + (lane ^ (bRow + s * B_ROWS) % 8 * 4);
            unroll (j < BLOCKS) int bColumn[j] = min(column0 + lane * 2 + 64 * j, columns - 2);
            unroll (j < BLOCKS) int bAt[j] = p.get(22) + entry * p.get(23) + bRow * columns + bColumn[j];

            // what a step needs, into the piece of local memory that begins there
            define fetch(first, begin) {
                int tap = quotient(first, channelsMultiplier, channelsShift);
                int u = quotient(tap, tapsMultiplier, tapsShift);
                int shift = u * tapsDown + (tap - u * taps) * tapsAlong + first - tap * channels;
                unroll (i < A_COPIES) c.asyncCopyToLocal(tiles, begin + aPlace + i * THREADS, h, aAt[i] + shift);
                unroll (j < BLOCKS) {
                    int at[j] = bAt[j] + first * columns;
                    unroll (i < B_COPIES) c.asyncCopyToLocal(tiles, begin + bPlace[i % SWIZZLES] + (i * B_ROWS * HALF + 32 * j),
                            h, at[j] + i * B_ROWS * columns);
                }
            }

            int warpRow = warp / (COLUMNS / (8 * ACROSS)) * (16 * DOWN);
            int warpColumn = warp % (COLUMNS / (8 * ACROSS)) * (8 * ACROSS);
            unroll (k < 2) int aRead[k] = (warpRow + lane % 16) * 64 + (((lane / 16 + 2 * k) ^ lane / 2 % 4) - lane / 16) * 16
                    - lane % 16 * 32;
            unroll (j < ACROSS) int bRead[j] = 4 * B_BEGIN + lane % 16 * (4 * HALF - 16)
                    + ((warpColumn / 8 + j) ^ lane % 8) * 16;
            unroll (i < DOWN, j < ACROSS) float[] sum[i][j] = c.mmaFragment(0f);

            // sum += A B over 16 places of the common dimension, in the piece that begins at that byte
            define multiply(begin, k) {
                unroll (j < ACROSS) HalfFloat[] right[j] = c.mmaLoadB(tiles, 16, begin + bRead[j] + k * 64 * HALF);
                unroll (i < DOWN) {
                    HalfFloat[] left[i] = c.mmaLoadA(tiles, 16, begin + aRead[k] + i * 1024);
                    unroll (j < ACROSS) sum[i][j] = c.MMA(left[i], right[j], sum[i][j], M16N8K16);
                }
            }

            // the bias, in the last piece: as many columns of ones as it has parts, and zeros to 16; its parts, and zeros
            int biasStart = p.get(24);
            int biasRows = biasStart < 0 ? 0 : 4;
            int oneRow = thread / 8;
            int onePlace = (STAGES - 1) * SIZE + oneRow * 16 + (thread % 8 ^ oneRow / 2 % 4 * 4);
            int one = thread % 8 < 2 ? ONES : 0;
            unroll (i < ROWS / (THREADS / 8)) tiles[onePlace + i * (THREADS / 8) * 16] = one;
            unroll (i < 16 / B_ROWS, j < BLOCKS) {
                int place[i][j] = (STAGES - 1) * SIZE + bPlace[i % SWIZZLES] + (i * B_ROWS * HALF + 32 * j);
                if (bRow + i * B_ROWS < biasRows) {
                    c.asyncCopyToLocal(tiles, place[i][j], h, biasStart + (bRow + i * B_ROWS) * columns + bColumn[j]);
                } else {
                    tiles[place[i][j]] = 0;
                }
            }
            c.asyncCopyCommit();
            unroll (s < STAGES - 1) {
                int begin[s] = from + 32 * s;
                if (begin[s] < to) {
                    fetch(begin[s], s * SIZE);
                }
                c.asyncCopyCommit();
            }
            c.asyncCopyWaitGroup(STAGES - 1);
            c.localBarrier();
            multiply(4 * (STAGES - 1) * SIZE, 0);

            int present = 0;
            for (int depth = from; depth < to; depth += 32) {
                c.asyncCopyWaitGroup(STAGES - 2);
                c.localBarrier();
                int free = present == 0 ? (STAGES - 1) * SIZE : present - SIZE;
                int ahead = depth + 32 * (STAGES - 1);
                if (ahead < to) {
                    fetch(ahead, free);
                }
                c.asyncCopyCommit();
                int begin = present * 4;
                present = present == (STAGES - 1) * SIZE ? 0 : present + SIZE;
                multiply(begin, 0);
                multiply(begin, 1);
            }

            int storedRows = p.get(29);
            int storedColumns = p.get(30);
            int start = p.get(25) + part * storedRows * storedColumns;
            int row = row0 + warpRow;
            int column = column0 + warpColumn;
            unroll (i < DOWN) {
                int rowsLeft[i] = storedRows - 1 - row - 16 * i;
                unroll (j < ACROSS) if ((rowsLeft[i] | (storedColumns - 1 - column - 8 * j)) >= 0) {
                    c.mmaStore(sum[i][j], m, row + 16 * i, start + column + 8 * j, storedColumns);
                }
            }
            """;

    private record Key(MmaTasks.Tile tile, Precision precision) {}

    private static final Map<Key, Code.OfHalves> PRODUCTS = new ConcurrentHashMap<>();

    private MmaKernels() {}

    /** C = A B in such tiles, of operands rounded to that precision. */
    static Code.OfHalves product(MmaTasks.Tile tile, Precision precision) {
        return PRODUCTS.computeIfAbsent(
                new Key(tile, precision), key -> compile(tile, precision == Precision.BFLOAT16));
    }

    private static Code.OfHalves compile(MmaTasks.Tile tile, boolean isBfloat16) {
        int rows = tile.rows();
        int columns = tile.columns();
        int threads = tile.threads();
        int bRows = threads / 32;
        return KernelCompiler.compileOfHalves(
                (isBfloat16 ? "mmaBfloat16_" : "mma_") + rows + "x" + columns,
                TEXT.replace("c.MMA(", isBfloat16 ? "c.mmaBF16(" : "c.mma("),
                Map.ofEntries(
                        Map.entry("STAGES", STAGES),
                        Map.entry("ROWS", rows),
                        Map.entry("COLUMNS", columns),
                        Map.entry("HALF", columns / 2),
                        Map.entry("THREADS", threads),
                        Map.entry("DOWN", tile.down()),
                        Map.entry("ACROSS", tile.across()),
                        Map.entry("A_COPIES", 16 * rows / threads),
                        Map.entry("BLOCKS", columns / 64),
                        Map.entry("B_ROWS", bRows),
                        Map.entry("B_COPIES", 32 / bRows),
                        Map.entry("SWIZZLES", Math.max(8 / bRows, 1)),
                        Map.entry("B_BEGIN", 16 * rows),
                        Map.entry("SIZE", 16 * (rows + columns)),
                        Map.entry("ONES", isBfloat16 ? 0x3f803f80 : 0x3c003c00))); // two
    }

    /**
     * Adds partial results, [entries, parts, rows stored, columns stored], in the order of the parts, and the bias, and leaves out
     * what is stored beyond the result. Parameters:
     *
     * <pre>
     * 0  elements of the result   1  rows           2  columns             3  parts   4  first element of the parts
     * 5  first element of the result   6  first element of the bias [columns], or -1
     * 7  rows stored              8  columns stored
     * </pre>
     */
    static void sum(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int columns = p.get(2);
            int parts = p.get(3);
            int line = i / columns;
            int column = i - line * columns;
            int entry = line / p.get(1);
            int row = line - entry * p.get(1);
            int each = p.get(7) * p.get(8);
            int at = p.get(4) + entry * parts * each + row * p.get(8) + column;
            float sum = m.get(at);
            for (int part = 1; part < parts; part++) {
                at += each;
                sum += m.get(at);
            }
            m.set(p.get(5) + i, sum + DeviceMemory.bias(m, p.get(6), column, columns));
        }
    }
}
