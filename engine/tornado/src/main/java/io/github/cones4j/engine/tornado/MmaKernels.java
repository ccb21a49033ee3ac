package io.github.cones4j.engine.tornado;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of matrices and convolutions on the tensor cores of NVIDIA's GPUs: operands are rounded to float16 on their way into
 * local memory, products are added in float32. A group of threads computes a tile, each of its 8 or 16 warps 64 x 32 or
 * 32 x 32 elements of it in fragments of 16 x 8; the common dimension goes by steps of 32, two tiles in local memory, so that the next is
 * fetched while the present one is multiplied.
 *
 * <p>Two neighbours of a fragment share an int in local memory: two places along the common dimension for A, two columns for B.
 * For the common dimension these are places i and i + 16 of a step, so that neighbouring threads read neighbouring floats: any
 * order will do that is the same for A and B. Rows of A take 20 ints, rows of B 4 more than they have, and 4 rows are left out
 * before the upper 16, so that the rows that a warp reads at once lie in different banks. The loads of fragments add, for each
 * thread of a warp, a place within rows without gaps to the offset they are given: the offsets here take that place back.
 *
 * <p>The bias is another step of the common dimension, of ones times the bias in two parts of 11 bits each. On TornadoVM 5.2.0
 * the second part is 0, and the bias so rounded to float16: in the source that it emits, a float that was rounded to float16 and
 * widened again is still the unrounded one, so that nothing is left over. Measured on an H200: the errors are those of a bias
 * rounded to float16, 1.2e-4 to 1.8e-4 of results whose bias is as large as the products.
 *
 * <p>A group's first index counts the tiles, row by row, its second the entries of the batch and within each the splits of the common
 * dimension. Whole fragments are stored: the result has a multiple of 16 rows and of 8 columns. Parameters:
 *
 * <pre>
 *  0  rows of C            3  first element of A             7  first element of B
 *  1  columns of C         4  A: from row to row             8  B: from column to column
 *  2  common dimension     5  A: along the common dimension  9  B: along the common dimension
 *                          6  A: from entry to entry        10  B: from entry to entry
 * 11  first element of the result [batch, splits, rows stored, columns stored]
 * 12  first element of the bias [columns], or -1
 * 13  tiles side by side   14  splits                       15  common dimension of one split, a multiple of 32
 * 16  1 if neighbours of A lie along the common dimension   17  the same for B
 * 18  rows stored          19  columns stored
 *
 * of convolutions instead of 4, 5, 6 and 16, and more; A is the picture, dense [images, height, width, channels], B the packed
 * weights, dense [taps * channels, columns]:
 *  4  channels of the picture, a multiple of 32             5  its height    6  its width
 * 16  points of the picture from one point of the result to the next
 * 20, 21, 22  divisor and number: points of one image       23, 24, 25  the same: points of one line
 * 26, 27  divisor: channels                                 28, 29, 30  divisor and number: taps of one line
 * 31, 32  line and column of the picture under the first tap at the first point
 * </pre>
 *
 * <p>Each step goes in halves, so that a thread holds the elements of one operand at a time:
 *
 * <pre>
 * fetch the next of A; multiply the lower half of the present step; store the next of A, fetch the next of B;
 * multiply the upper half; store the next of B
 * </pre>
 *
 * <p>The kernels' text is for {@link KernelCompiler}. COLUMNS of a tile and THREADS of a group are given. FRAGMENTS lie in a column
 * of a warp's part, always 4 in a row; a thread fetches A_PAIRS and, twice 2 columns at a time, B_PAIRS; HALF is half the columns,
 * B_PITCH from row to row of B in local memory, UPPER to the upper 16 rows, A_SIZE and B_SIZE a whole step; lengths are in ints,
 * offsets of loads in bytes.
 */
final class MmaKernels {
    private static final int ROWS = 128;
    private static final int A_PITCH = 20;

    private static final String GROUP = """
            int[] aTile = c.allocateIntLocalArray(2 * A_SIZE);
            int[] bTile = c.allocateIntLocalArray(2 * B_SIZE);
            int thread = c.localIdx;
            int lane = thread % 32;
            int warp = thread / 32;
            int rows = p.get(0);
            int columns = p.get(1);
            int across = p.get(13);
            int splits = p.get(14);
            int tile = c.groupIdx;
            int row0 = tile / across * ROWS;
            int column0 = tile % across * COLUMNS;
            int part = c.groupIdy;
            int entry = part / splits;
            int from = (part - entry * splits) * p.get(15);
            int to = min(from + p.get(15), p.get(2));
            """;

    /** As neighbours lie in memory, a thread reads two places along the common dimension or across it. */
    private static final String MATRICES = """
            int aStart = p.get(3) + entry * p.get(6);
            int aLineStride = p.get(4);
            int aDeepStride = p.get(5);
            int aAlong = p.get(16);
            int aLine = aAlong != 0 ? warp % 4 + warp / 4 * 8 + lane / 16 * 4 : thread % ROWS;
            int aDeep = aAlong != 0 ? lane % 16 : thread / ROWS;
            int aLineStep = aAlong != 0 ? THREADS / 16 : 0;
            int aDeepStep = aAlong != 0 ? 0 : THREADS / ROWS;
            int aPlace = aLine * A_PITCH + aDeep;
            int aPlaceStep = aLineStep * A_PITCH + aDeepStep;
            unroll (i < A_PAIRS) int aAt[i] = aStart + min(row0 + aLine + i * aLineStep, rows - 1) * aLineStride
                    + (aDeep + i * aDeepStep) * aDeepStride;
            int bStart = p.get(7) + entry * p.get(10);
            int bLineStride = p.get(8);
            int bDeepStride = p.get(9);
            int bAlong = p.get(17);
            int bLine = bAlong != 0 ? warp * 4 + lane / 16 * 2 : thread % HALF * 2;
            int bDeep = bAlong != 0 ? lane % 16 : thread / HALF;
            int bLineStep = bAlong != 0 ? THREADS / 8 : 0;
            int bDeepStep = bAlong != 0 ? 0 : THREADS / HALF;
            int bPlace = bDeep * B_PITCH + bLine / 2;
            int bPlaceStep = bDeepStep * B_PITCH + bLineStep / 2;
            unroll (i < B_PAIRS, j < 2) int bAt[2 * i + j] =
                    bStart + min(column0 + bLine + i * bLineStep + j, columns - 1) * bLineStride
                    + (bDeep + i * bDeepStep) * bDeepStride;

            define fetchA(first) {
                int shift = first * aDeepStride;
                if (first + 32 <= to) {
                    unroll (i < A_PAIRS) {
                        s[2 * i] = m.get(aAt[i] + shift);
                        s[2 * i + 1] = m.get(aAt[i] + shift + 16 * aDeepStride);
                    }
                } else {
                    unroll (i < A_PAIRS) {
                        s[2 * i] = upTo(m, aAt[i] + shift, first + aDeep + i * aDeepStep, to);
                        s[2 * i + 1] = upTo(m, aAt[i] + shift + 16 * aDeepStride, first + aDeep + i * aDeepStep + 16, to);
                    }
                }
            }

            define fetchB(first) {
                int shift = first * bDeepStride;
                if (first + 32 <= to) {
                    unroll (i < B_PAIRS) {
                        unroll (j < 2) s[4 * i + j] = m.get(bAt[2 * i + j] + shift);
                        unroll (j < 2) s[4 * i + 2 + j] = m.get(bAt[2 * i + j] + shift + 16 * bDeepStride);
                    }
                } else {
                    unroll (i < B_PAIRS) {
                        unroll (j < 2) s[4 * i + j] = upTo(m, bAt[2 * i + j] + shift, first + bDeep + i * bDeepStep, to);
                        unroll (j < 2) s[4 * i + 2 + j] = upTo(m, bAt[2 * i + j] + shift + 16 * bDeepStride,
                                first + bDeep + i * bDeepStep + 16, to);
                    }
                }
            }
            """;

    /** The picture is gathered as in {@link ConvKernels}; a step along the common dimension stays within one tap. */
    private static final String PICTURE_AND_WEIGHTS = """
            int channels = p.get(4);
            int height = p.get(5);
            int width = p.get(6);
            int step = p.get(16);
            int channelsMultiplier = p.get(26);
            int channelsShift = p.get(27);
            int tapsMultiplier = p.get(28);
            int tapsShift = p.get(29);
            int taps = p.get(30);
            int last = ((height - 1) << 16) + width - 1;
            int aLine = warp % 4 + warp / 4 * 8 + lane / 16 * 4;
            int aDeep = lane % 16;
            int aPlace = aLine * A_PITCH + aDeep;
            int aPlaceStep = THREADS / 16 * A_PITCH;
            unroll (i < A_PAIRS) {
                int point[i] = min(row0 + aLine + i * (THREADS / 16), rows - 1);
                int image[i] = quotient(point[i], p.get(20), p.get(21));
                int rest[i] = point[i] - image[i] * p.get(22);
                int line[i] = quotient(rest[i], p.get(23), p.get(24));
                int y[i] = line[i] * step + p.get(31);
                int x[i] = (rest[i] - line[i] * p.get(25)) * step + p.get(32);
                int yx[i] = (y[i] << 16) + x[i];
                int aAt[i] = p.get(3) + ((image[i] * height + y[i]) * width + x[i]) * channels + aDeep;
            }
            int bLine = thread % HALF * 2;
            int bDeep = thread / HALF;
            int bPlace = bDeep * B_PITCH + thread % HALF;
            int bPlaceStep = THREADS / HALF * B_PITCH;
            unroll (j < 2) int bAt[j] = p.get(7) + bDeep * columns + min(column0 + bLine + j, columns - 1);

            define fetchA(first) {
                int tap = quotient(first, channelsMultiplier, channelsShift);
                int u = quotient(tap, tapsMultiplier, tapsShift);
                int v = tap - u * taps;
                int shift = (u * width + v) * channels + first - tap * channels;
                int uv = (u << 16) + v;
                int left = last - uv;
                unroll (i < A_PAIRS) {
                    int signs[i] = ((yx[i] + uv) | (left - yx[i])) & SIGNS;
                    int at[i] = signs[i] == 0 ? aAt[i] + shift : 0;
                    s[2 * i] = inside(signs[i], m.get(at[i]));
                    s[2 * i + 1] = inside(signs[i], m.get(at[i] + 16));
                }
            }

            define fetchB(first) {
                int shift = first * columns;
                unroll (i < B_PAIRS) {
                    unroll (j < 2) s[4 * i + j] = m.get(bAt[j] + shift + i * (THREADS / HALF) * columns);
                    unroll (j < 2) s[4 * i + 2 + j] = m.get(bAt[j] + shift + (i * (THREADS / HALF) + 16) * columns);
                }
            }
            """;

    /** Asks for fetchA and fetchB, which fetch the thread's elements of a step into s[], and for their places. */
    private static final String PRODUCT = """
            define storeA(place) {
                unroll (i < A_PAIRS) aTile[place + i * aPlaceStep] = pack(s[2 * i], s[2 * i + 1]);
            }
            define storeB(place) {
                unroll (i < B_PAIRS) {
                    bTile[place + i * bPlaceStep] = pack(s[4 * i], s[4 * i + 1]);
                    bTile[place + i * bPlaceStep + UPPER] = pack(s[4 * i + 2], s[4 * i + 3]);
                }
            }
            // sum += A B over 16 places of the common dimension, from those offsets on
            define multiply(aFrom, aHalf, bFrom, bHalf) {
                unroll (j < 4) HalfFloat[] right[j] = c.mmaLoadB(bTile, 16, bFrom + (bHalf + 16 * j));
                unroll (i < FRAGMENTS) {
                    HalfFloat[] left[i] = c.mmaLoadA(aTile, 16, aFrom + (aHalf + 16 * 4 * A_PITCH * i));
                    unroll (j < 4) sum[i][j] = c.mma(left[i], right[j], sum[i][j], M16N8K16);
                }
            }

            int warpRow = warp / (COLUMNS / 32) * (16 * FRAGMENTS);
            int warpColumn = warp % (COLUMNS / 32) * 32;
            int aRead = warpRow * (4 * A_PITCH) + lane % 16 * 48;
            int bRead = (lane % 16 / 2 + lane % 2 * 20) * (4 * B_PITCH) + warpColumn * 2 - lane % 16 * 16;
            unroll (i < FRAGMENTS, j < 4) float[] sum[i][j] = c.mmaFragment(0f);
            unroll (i < 2 * A_PAIRS) float s[i] = 0f;
            fetchA(from);

            // the bias: in the second buffers 8 columns of ones, and 8 rows of which the first holds the bias
            int biasStart = p.get(12);
            unroll (i < ROWS / (THREADS / 8))
                aTile[A_SIZE + (thread / 8 + i * (THREADS / 8)) * A_PITCH + thread % 8] = thread % 8 == 0 ? ONES : 0;
            int pair = column0 + thread % HALF * 2;
            int biasColumns = thread < HALF ? columns : 0;
            unroll (j < 2) float bias[j] = bias(m, biasStart, pair + j, biasColumns);
            unroll (j < 2) float upper[j] = upper(bias[j]);
            int biasPlace = B_SIZE + thread / HALF * B_PITCH + thread % HALF;
            unroll (i < 8 / (THREADS / HALF)) {
                bTile[biasPlace + i * (THREADS / HALF) * B_PITCH] = i == 0 ? pack(upper[0], upper[1]) : 0;
                bTile[biasPlace + (i * (THREADS / HALF) * B_PITCH + UPPER)] =
                        i == 0 ? pack(bias[0] - upper[0], bias[1] - upper[1]) : 0;
            }
            c.localBarrier();
            int aBias = 4 * A_SIZE + aRead;
            int bBias = 4 * B_SIZE + bRead;
            multiply(aBias, 0, bBias, 0);

            storeA(aPlace);
            fetchB(from);
            storeB(bPlace);
            c.localBarrier();
            int aBuffer = 0;
            int bBuffer = 0;
            for (int depth = from; depth < to; depth += 32) {
                int aNext = A_SIZE - aBuffer;
                int bNext = B_SIZE - bBuffer;
                int ahead = depth + 32;
                int aOffset = aBuffer * 4 + aRead;
                int bOffset = bBuffer * 4 + bRead;
                if (ahead < to) {
                    fetchA(ahead);
                }
                multiply(aOffset, 0, bOffset, 0);
                if (ahead < to) {
                    storeA(aNext + aPlace);
                    fetchB(ahead);
                }
                multiply(aOffset, 32, bOffset, 8 * 4 * B_PITCH);
                if (ahead < to) {
                    storeB(bNext + bPlace);
                }
                c.localBarrier();
                aBuffer = aNext;
                bBuffer = bNext;
            }

            int storedRows = p.get(18);
            int storedColumns = p.get(19);
            int start = p.get(11) + part * storedRows * storedColumns;
            int row = row0 + warpRow;
            int column = column0 + warpColumn;
            unroll (i < FRAGMENTS) {
                int rowsLeft[i] = storedRows - 1 - row - 16 * i;
                unroll (j < 4) if ((rowsLeft[i] | (storedColumns - 1 - column - 8 * j)) >= 0) {
                    c.mmaStore(sum[i][j], m, row + 16 * i, start + column + 8 * j, storedColumns);
                }
            }
            """;

    private static final Map<MmaTasks.Tile, Kernel> MATRIX = new ConcurrentHashMap<>();
    private static final Map<MmaTasks.Tile, Kernel> CONV = new ConcurrentHashMap<>();

    private MmaKernels() {}

    /** C = A B in such tiles. */
    static Kernel matrix(MmaTasks.Tile tile) {
        return MATRIX.computeIfAbsent(tile, size -> compile("mmaMatrix", MATRICES, size));
    }

    /** y = x * w for one phase of a convolution, in such tiles. */
    static Kernel conv(MmaTasks.Tile tile) {
        return CONV.computeIfAbsent(tile, size -> compile("mmaConv", PICTURE_AND_WEIGHTS, size));
    }

    private static Kernel compile(String name, String operands, MmaTasks.Tile tile) {
        int columns = tile.columns();
        int threads = tile.threads();
        int pitch = columns / 2 + 4;
        return KernelCompiler.compile(
                name + ROWS + "x" + columns + "By" + threads,
                GROUP + operands + PRODUCT,
                Map.ofEntries(
                        Map.entry("ROWS", ROWS),
                        Map.entry("COLUMNS", columns),
                        Map.entry("HALF", columns / 2),
                        Map.entry("THREADS", threads),
                        Map.entry("FRAGMENTS", 8 * columns / threads),
                        Map.entry("A_PAIRS", 16 * ROWS / threads),
                        Map.entry("B_PAIRS", 8 * columns / threads),
                        Map.entry("A_PITCH", A_PITCH),
                        Map.entry("B_PITCH", pitch),
                        Map.entry("UPPER", 20 * pitch),
                        Map.entry("A_SIZE", ROWS * A_PITCH),
                        Map.entry("B_SIZE", 36 * pitch),
                        Map.entry("ONES", 0x3c003c00), // two in float16
                        Map.entry("SIGNS", 0x80008000)));
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
