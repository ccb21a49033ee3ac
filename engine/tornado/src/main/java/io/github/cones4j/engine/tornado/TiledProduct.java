package io.github.cones4j.engine.tornado;

import java.util.Map;

/**
 * What kernels of products have in common: one group of threads computes one tile of C = A B (or, where the common dimension is
 * split among groups, a partial sum of one). Slices of A and B pass through local memory, two of each, so that the next are
 * fetched while the present ones are multiplied; the sums stay in registers. After V. Volkov and J. Demmel, "Benchmarking GPUs to
 * tune dense linear algebra", 2008. Each thread does this:
 *
 * <pre>
 * sum = 0
 * a, b = its elements of the first slices of A and B       fetch: from the device's memory
 * slices = a, b                                            store: in local memory, then a barrier
 * for each slice:
 *     a, b = its elements of the next slices               arrive while it multiplies
 *     for each place k of the common dimension:
 *         sum += column k of A's slice times row k of B's  its rows and columns only, all in registers
 *     other slices = a, b
 * C = sum + bias
 * </pre>
 *
 * <p>The kernels' text is for {@link KernelCompiler}. A kernel begins with {@link #GROUP}, says what it multiplies, goes on with
 * {@link #PRODUCT}, says where the result lies, and ends with {@link #RESULT}. Sizes in it, of a {@link Tiling.Tile}:
 *
 * <pre>
 * ROWS, COLUMNS     of a tile                     THREADS           of a group
 * DEPTH             of a slice                    SIDE              rows and columns that one thread computes
 * A_PITCH, B_PITCH  from one line to the next of a slice in local memory, 4 beyond its width against bank conflicts
 * A_SIZE, B_SIZE    of a slice in local memory    A_LOADS, B_LOADS  elements of a slice that one thread fetches
 * WARPS             side by side in a tile
 * </pre>
 */
final class TiledProduct {
    /** Local memory, and the thread's place: a warp is 4 threads high and 8 wide. */
    static final String GROUP = """
            float[] aTile = c.allocateFloatLocalArray(2 * A_SIZE); // [2, DEPTH, A_PITCH]
            float[] bTile = c.allocateFloatLocalArray(2 * B_SIZE);
            int thread = c.localIdx;
            int threadColumn = WARPS == 1 ? thread % 8 : thread % 8 + thread / 32 % WARPS * 8;
            int threadRow = WARPS == 1 ? thread / 8 : thread / (32 * WARPS) * 4 + thread / 8 % 4;
            int aCell = threadRow * 4;
            int bCell = threadColumn * 4;

            // the thread's rows and columns are blocks of 4 neighbours, as far apart as all threads' blocks are wide
            define rowOf(y) = y / 4 * (ROWS / (SIDE / 4)) + y % 4;
            define columnOf(x) = x / 4 * (COLUMNS / (SIDE / 4)) + x % 4;
            """;

    /**
     * sum[y][x] += A[from .. to] B[from .. to]. Asks for {@code int row0, column0, from, to}; {@code fetch(depth)}, which fetches
     * the thread's elements {@code a[]} and {@code b[]} of the slices that begin there, 0 from {@code to} on; and their places in
     * the slices, {@code int aPlace, aPlaceStep, bPlace, bPlaceStep}.
     */
    static final String PRODUCT = """
            define store(aTo, bTo) {
                unroll (i < A_LOADS) aTile[aTo + i * aPlaceStep] = a[i];
                unroll (i < B_LOADS) bTile[bTo + i * bPlaceStep] = b[i];
            }

            unroll (y < SIDE, x < SIDE) float sum[y][x] = 0f;
            unroll (i < A_LOADS) float a[i] = 0f;
            unroll (i < B_LOADS) float b[i] = 0f;
            fetch(from);
            store(aPlace, bPlace);
            c.localBarrier();
            int aBuffer = 0;
            int bBuffer = 0;
            for (int depth = from; depth < to; depth += DEPTH) {
                int aNext = A_SIZE - aBuffer;
                int bNext = B_SIZE - bBuffer;
                int ahead = depth + DEPTH;
                if (ahead < to) {
                    fetch(ahead);
                }
                for (int k = 0; k < DEPTH; k++) {
                    int i = aBuffer + k * A_PITCH + aCell;
                    int j = bBuffer + k * B_PITCH + bCell;
                    unroll (x < SIDE) float right[x] = bTile[j + columnOf(x)];
                    unroll (y < SIDE) float left[y] = aTile[i + rowOf(y)];
                    unroll (y < SIDE, x < SIDE) sum[y][x] += left[y] * right[x];
                }
                if (ahead < to) {
                    store(aNext + aPlace, bNext + bPlace);
                }
                c.localBarrier();
                aBuffer = aNext;
                bBuffer = bNext;
            }
            """;

    /**
     * Adds the bias and writes the sums. Asks for {@code int rows, columns} of C; {@code int biasStart}; and {@code startOf(row)},
     * where a row of C begins.
     */
    static final String RESULT = """
            int column = column0 + threadColumn * 4;
            unroll (x < SIDE) float bias[x] = bias(m, biasStart, column + columnOf(x), columns);
            unroll (y < SIDE) {
                int start[y] = startOf(row0 + threadRow * 4 + rowOf(y));
                int end[y] = row0 + threadRow * 4 + rowOf(y) < rows ? columns : 0;
                unroll (j < SIDE / 4) put(m, start[y], column + columnOf(4 * j), end[y],
                        sum[y][4 * j] + bias[4 * j], sum[y][4 * j + 1] + bias[4 * j + 1],
                        sum[y][4 * j + 2] + bias[4 * j + 2], sum[y][4 * j + 3] + bias[4 * j + 3]);
            }
            """;

    private TiledProduct() {}

    /** The kernel for tiles of that size. */
    static Kernel compile(String name, String text, Tiling.Tile tile) {
        int rows = tile.rows();
        int columns = tile.columns();
        int depth = tile.depth();
        return KernelCompiler.compile(
                name + rows + "x" + columns,
                text,
                Map.ofEntries(
                        Map.entry("ROWS", rows),
                        Map.entry("COLUMNS", columns),
                        Map.entry("THREADS", tile.threads()),
                        Map.entry("DEPTH", depth),
                        Map.entry("SIDE", tile.side()),
                        Map.entry("SIGNS", 0x80008000),
                        Map.entry("OUTSIDE", ConvKernels.MAX_EXTENT << 16),
                        Map.entry("WARPS", columns / tile.side() / 8),
                        Map.entry("A_PITCH", rows + 4),
                        Map.entry("B_PITCH", columns + 4),
                        Map.entry("A_SIZE", depth * (rows + 4)),
                        Map.entry("B_SIZE", depth * (columns + 4)),
                        Map.entry("A_LOADS", rows * depth / tile.threads()),
                        Map.entry("B_LOADS", columns * depth / tile.threads())));
    }
}
