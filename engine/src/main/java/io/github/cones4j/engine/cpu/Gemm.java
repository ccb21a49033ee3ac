package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix products in float32: C[m, n] = A[m, k] * B[k, n] with an {@link Epilogue}.
 *
 * <p>B is packed once (weights) or per call (activations) into panels of up to {@link Tiles#VECTORS} vectors of columns; A is packed
 * block by block by the worker that needs it. Each element of C begins with what the epilogue adds and then
 * takes, in order, the sums over blocks of at most {@value #MAX_DEPTH} of k, each in the order of k: its bytes do not depend on threads,
 * on vector width, or on how C is divided. After K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 */
final class Gemm {

    /** Longest block of the common dimension: a panel of B of that depth stays in the second-level cache. */
    static final int MAX_DEPTH = 640;

    /** Rows of A packed at a time, about: with {@link #MAX_DEPTH} a third of a megabyte. */
    private static final int BLOCK_TILES = 128 / Tiles.ROWS;

    /** Panels whose gates are computed at a time: with their rows a third of a megabyte. */
    private static final int GATE_PANELS = 16;

    /** Multiply-adds below which another thread is not worth waking, about 5 microseconds of one. */
    static final long TASK_PRODUCTS = 1 << 18;

    /** Floats of a column packed before the next columns' turn: what they are written to stays in the cache. */
    static final int PACKED_AT_ONCE = 512;

    private static final int[] ONE_PLACE = {0};

    private Gemm() {}

    /** C in memory: row i starts at {@code c[c0 + i * stride]}, or at strides per image, line and point where {@code width > 0}. */
    static final class Target {
        private final float[] c;
        private final int c0;
        private final int stride;
        private final int height;
        private final int width;
        private final int imageStride;
        private final int lineStride;

        private Target(float[] c, int c0, int stride, int height, int width, int imageStride, int lineStride) {
            this.c = c;
            this.c0 = c0;
            this.stride = stride;
            this.height = height;
            this.width = width;
            this.imageStride = imageStride;
            this.lineStride = lineStride;
        }

        static Target plain(float[] c, int c0, int stride) {
            return new Target(c, c0, stride, 0, 0, 0, 0);
        }

        /** Rows are the points of images of {@code height} x {@code width}, in order. */
        static Target images(
                float[] c, int c0, int height, int width, int imageStride, int lineStride, int pointStride) {
            return new Target(c, c0, pointStride, height, width, imageStride, lineStride);
        }

        float[] array() {
            return c;
        }

        int stride() {
            return stride;
        }

        /** Whether the tile of rows from i on lies at one stride. */
        boolean isEven(int i) {
            return width == 0 || i % width + Tiles.ROWS <= width;
        }

        int row(int i) {
            if (width == 0) {
                return c0 + i * stride;
            }
            int line = i / width;
            return c0 + line / height * imageStride + line % height * lineStride + (i - line * width) * stride;
        }
    }

    /**
     * C[m, n] = A[m, k] * B[k, n], then the epilogue; A by strides, of which one must be 1.
     *
     * @param packed B from {@link #packB}, in float32
     */
    static void multiply(
            Workers workers,
            int m,
            int n,
            int k,
            float[] a,
            int a0,
            int rowStride,
            int columnStride,
            float[] packed,
            int p0,
            float[] c,
            int c0,
            int ldc,
            Epilogue epilogue) {
        Panels b = Panels.of(Packed.floats(packed, p0), PackOrder.matrix(k, n));
        multiply(workers, m, n, k, rows(a, a0, rowStride, columnStride), b, Target.plain(c, c0, ldc), epilogue);
    }

    /** C[m, n] = A[m, k] * B[k, n] for any source of A, form of packed B and place of C. */
    static void multiply(Workers workers, int m, int n, int k, Rows a, Panels b, Target c, Epilogue epilogue) {
        if (m == 0 || n == 0) {
            return;
        }
        int tiles = divideUp(m, Tiles.ROWS);
        int panels = panels(n);
        int wanted = tasks(workers, (long) m * n * k);
        int high =
                workers.threads() == 1 ? 1 : Math.max(divideUp(tiles, blockTiles(b)), Math.min(tiles, wanted / panels));
        int wide = Math.clamp(divideUp(wanted, high), 1, panels);
        workers.run(high * wide, (task, worker) -> {
            int i = task / wide;
            int j = task - i * wide;
            block(
                    Tiles.ROWS * part(tiles, high, i),
                    Math.min(m, Tiles.ROWS * part(tiles, high, i + 1)),
                    part(panels, wide, j),
                    part(panels, wide, j + 1),
                    n,
                    k,
                    a,
                    b,
                    c,
                    epilogue,
                    workers.scratch(worker, blockScratch(k, b)),
                    Workers.ALIGNED);
        });
    }

    /**
     * C[m, n] = (A[m, k] * B[k, n] + bias) * f(A[m, k] * G[k, n] + gateBias), the product of A with two matrices of which one gates the
     * other: G's product is only ever in the cache.
     *
     * @param b B, packed
     * @param gate G, packed
     * @param epilogue of B's product; without a function
     * @param gateEpilogue of G's product; its function is f
     */
    static void gated(
            Workers workers,
            int m,
            int n,
            int k,
            Rows a,
            Panels b,
            Panels gate,
            float[] c,
            int c0,
            int ldc,
            Epilogue epilogue,
            Epilogue gateEpilogue) {
        if (m == 0 || n == 0) {
            return;
        }
        int tiles = divideUp(m, Tiles.ROWS);
        int panels = panels(n);
        int wanted = tasks(workers, 2L * m * n * k);
        int high = Math.max(divideUp(tiles, blockTiles(b)), Math.min(tiles, wanted / panels));
        int wide = Math.max(Math.clamp(divideUp(wanted, high), 1, panels), divideUp(panels, GATE_PANELS));
        Target target = Target.plain(c, c0, ldc);
        int gateAt = Workers.ALIGNED + roundUp(Math.max(blockScratch(k, b), blockScratch(k, gate)), 16);
        workers.run(high * wide, (task, worker) -> {
            int i = task / wide;
            int j = task - i * wide;
            int row = Tiles.ROWS * part(tiles, high, i);
            int end = Math.min(m, Tiles.ROWS * part(tiles, high, i + 1));
            int panel0 = part(panels, wide, j);
            int panel1 = part(panels, wide, j + 1);
            int column = N * firstVector(n, panel0);
            int live = columns(n, panel0, panel1);
            int ld = roundUp(live, N);
            float[] scratch = workers.scratch(worker, gateAt + (end - row) * ld);
            Target gates = Target.plain(scratch, gateAt - row * ld - column, ld);
            block(row, end, panel0, panel1, n, k, a, b, target, epilogue, scratch, Workers.ALIGNED);
            block(row, end, panel0, panel1, n, k, a, gate, gates, gateEpilogue, scratch, Workers.ALIGNED);
            for (int r = row; r < end; r++) {
                int to = target.row(r) + column;
                ElementwiseKernels.mul(c, to, scratch, gates.row(r) + column, c, to, live);
            }
        });
    }

    /**
     * {@code batch} products C_i[m, n] = A_i[m, k] * B_i[k, n] whose operands lie {@code batchA}, {@code batchB} and {@code batchC}
     * floats apart; a distance of 0 repeats an operand. B is packed in scratch as it is needed.
     *
     * @param transposedB B_i is given as [n, k] with rows {@code ldb} apart, else as [k, n]
     * @param epilogue without a residual; a bias is the same for all
     */
    static void batched(
            Workers workers,
            int batch,
            int m,
            int n,
            int k,
            float[] a,
            int a0,
            int rowStride,
            int columnStride,
            int batchA,
            float[] b,
            int b0,
            int ldb,
            boolean transposedB,
            int batchB,
            float[] c,
            int c0,
            int ldc,
            int batchC,
            Epilogue epilogue) {
        if (epilogue.residual != null) {
            throw new IllegalArgumentException("gemm: a batched product takes no residual");
        }
        if (m == 0 || n == 0 || batch == 0) {
            return;
        }
        int tiles = divideUp(m, Tiles.ROWS);
        int panels = panels(n);
        long products = (long) batch * m * n * k;
        int wanted = tasks(workers, products);
        int high = Math.clamp(divideUp(wanted, batch), 1, divideUp(tiles, BLOCK_TILES));
        int perTask = Math.max(1, divideUp(batch, Math.max(1, wanted / high)));
        int groups = divideUp(batch, perTask);
        PackOrder order = PackOrder.matrix(k, n);
        int packedAt = Workers.ALIGNED + roundUp(blockScratch(k), 16);
        int[] holds = new int[16 * workers.threads()]; // 1 + the entry whose B a worker's scratch holds
        workers.run(groups * high, (task, worker) -> {
            int group = task / high;
            int i = task - group * high;
            float[] scratch = workers.scratch(worker, packedAt + packedSize(k, n));
            for (int entry = group * perTask; entry < Math.min(batch, (group + 1) * perTask); entry++) {
                if (holds[16 * worker] != entry + 1) {
                    packPanels(
                            b,
                            b0 + entry * batchB,
                            ldb,
                            transposedB,
                            k,
                            n,
                            0,
                            panels,
                            scratch,
                            packedAt,
                            scratch,
                            Workers.ALIGNED);
                    holds[16 * worker] = entry + 1;
                }
                block(
                        Tiles.ROWS * part(tiles, high, i),
                        Math.min(m, Tiles.ROWS * part(tiles, high, i + 1)),
                        0,
                        panels,
                        n,
                        k,
                        rows(a, a0 + entry * batchA, rowStride, columnStride),
                        Panels.of(Packed.floats(scratch, packedAt), order),
                        Target.plain(c, c0 + entry * batchC, ldc),
                        epilogue,
                        scratch,
                        Workers.ALIGNED);
            }
        });
    }

    /** A by strides, of which one must be 1. */
    static Rows rows(float[] a, int a0, int rowStride, int columnStride) {
        if (columnStride == 1) {
            return new Rows.Plain(a, a0, rowStride);
        }
        if (rowStride == 1) {
            return new Rows.Transposed(a, a0, columnStride);
        }
        throw new IllegalArgumentException("gemm: one stride of A must be 1, but they are " + rowStride + " (rows) and "
                + columnStride + " (columns)");
    }

    /** Floats that {@link #packB} writes. */
    static int packedSize(int k, int n) {
        return Math.multiplyExact(k, roundUp(n, N));
    }

    /**
     * Packs B[k, n] for {@link #multiply}: panels of columns side by side, each [k, its width], the last filled up with zeros.
     *
     * @param transposed B is given as [n, k] with rows {@code ldb} apart (a torch Linear weight), else as [k, n]
     */
    static void packB(
            Workers workers, float[] b, int b0, int ldb, boolean transposed, int k, int n, float[] packed, int p0) {
        int panels = panels(n);
        int tasks = Math.clamp((long) n * k / 50_000, 1, Math.min(panels, 8 * workers.threads()));
        workers.run(tasks, (task, worker) -> {
            float[] spare = workers.scratch(worker, PACKED_AT_ONCE * Tiles.ROWS);
            int first = part(panels, tasks, task);
            int end = part(panels, tasks, task + 1);
            packPanels(b, b0, ldb, transposed, k, n, first, end, packed, p0, spare, Workers.ALIGNED);
        });
    }

    /**
     * Packs B[k, n] for {@link #multiply} as {@link PackOrder#matrix} says.
     *
     * @param to takes {@link Panels#size} floats; of another type than float32 only if all of B's values are of that type
     */
    static void packB(Workers workers, float[] b, int b0, int ldb, boolean transposed, int k, int n, Packed to) {
        if (!to.isHalf()) {
            packB(workers, b, b0, ldb, transposed, k, n, to.array(), to.start());
            return;
        }
        PackOrder order = PackOrder.matrix(k, n);
        int at = Workers.ALIGNED + PACKED_AT_ONCE * Tiles.ROWS;
        workers.run(order.panels(), (panel, worker) -> {
            int width = order.width(panel);
            float[] s = workers.scratch(worker, at + (PACKED_AT_ONCE + 1) * width);
            for (int k0 = 0; k0 < k; k0 += PACKED_AT_ONCE) {
                int rows = Math.min(PACKED_AT_ONCE, k - k0);
                int from = b0 + (transposed ? k0 : k0 * ldb);
                packPanel(b, from, ldb, transposed, rows, n, panel, s, at, s, Workers.ALIGNED);
                to.narrow(s, at, Panels.index(order, to.dtype(), panel, k0), rows * width);
            }
        });
    }

    private static void packPanels(
            float[] b,
            int b0,
            int ldb,
            boolean transposed,
            int k,
            int n,
            int first,
            int end,
            float[] packed,
            int p0,
            float[] spare,
            int s0) {
        for (int panel = first; panel < end; panel++) {
            int at = p0 + k * N * firstVector(n, panel);
            packPanel(b, b0, ldb, transposed, k, n, panel, packed, at, spare, s0);
        }
    }

    private static void packPanel(
            float[] b,
            int b0,
            int ldb,
            boolean transposed,
            int k,
            int n,
            int panel,
            float[] to,
            int at,
            float[] spare,
            int s0) {
        int column = N * firstVector(n, panel);
        int width = N * vectors(n, panel);
        int live = Math.min(width, n - column);
        if (live < width) {
            Arrays.fill(to, at, at + k * width, 0);
        }
        if (transposed) {
            packColumns(b, b0 + column * ldb, ldb, k, ONE_PLACE, live, to, at, width, spare, s0);
        } else {
            for (int i = 0; i < k; i++) {
                System.arraycopy(b, b0 + i * ldb + column, to, at + i * width, live);
            }
        }
    }

    /**
     * Writes the first {@code live} columns of a panel, each given as a row of {@code channels * taps} consecutive floats:
     * {@code to[(places[tap] * channels + c) * width + j] = b[b0 + j * ldb + c * taps + tap]}.
     *
     * @param places the order of the taps
     * @param spare {@code ROWS} times {@link #PACKED_AT_ONCE} floats, or times {@code channels * taps} if fewer, to work in
     */
    static void packColumns(
            float[] b,
            int b0,
            int ldb,
            int channels,
            int[] places,
            int live,
            float[] to,
            int at,
            int width,
            float[] spare,
            int s0) {
        int taps = places.length;
        int[] from = new int[Tiles.ROWS];
        int step = Math.max(1, PACKED_AT_ONCE / taps);
        for (int c0 = 0; c0 < channels; c0 += step) {
            int n = Math.min(step, channels - c0);
            int j = 0;
            for (; j + Tiles.ROWS <= live; j += Tiles.ROWS) {
                for (int i = 0; i < Tiles.ROWS; i++) {
                    from[i] = b0 + (j + i) * ldb + c0 * taps;
                }
                Tiles.interleave(b, from, n * taps, spare, s0);
                for (int tap = 0; tap < taps; tap++) {
                    int place = at + (places[tap] * channels + c0) * width + j;
                    Tiles.copyGroups(spare, s0 + tap * Tiles.ROWS, taps * Tiles.ROWS, n, to, place, width);
                }
            }
            for (; j < live; j++) {
                int row = b0 + j * ldb + c0 * taps;
                for (int c = 0; c < n; c++) {
                    for (int tap = 0; tap < taps; tap++) {
                        to[at + (places[tap] * channels + c0 + c) * width + j] = b[row++];
                    }
                }
            }
        }
    }

    // Panels: as many of VECTORS vectors as leave the others one vector less, so that none is narrow unless B is.

    static int panels(int n) {
        return divideUp(divideUp(n, N), Tiles.VECTORS);
    }

    static int firstVector(int n, int panel) {
        return Tiles.VECTORS * panel - Math.max(0, panel - fullPanels(n));
    }

    static int vectors(int n, int panel) {
        return panels(n) == 1 ? divideUp(n, N) : panel < fullPanels(n) ? Tiles.VECTORS : Tiles.VECTORS - 1;
    }

    private static int fullPanels(int n) {
        int panels = panels(n);
        return panels == 1 ? 1 : panels - (panels * Tiles.VECTORS - divideUp(n, N));
    }

    /** Tiles of rows whose A is packed at a time: more where each of them asks for the blocks of B to be written anew. */
    private static int blockTiles(Panels b) {
        return b.inPlace() ? BLOCK_TILES : 2 * BLOCK_TILES;
    }

    private static int blockScratch(int k) {
        return blockFloats(k, BLOCK_TILES);
    }

    private static int blockScratch(int k, Panels b) {
        return blockFloats(k, blockTiles(b)) + b.room(depth(k));
    }

    private static int blockFloats(int k, int tiles) {
        return TILE + roundUp(Tiles.ROWS * depth(k), 16) * (tiles + 1);
    }

    static final int TILE = Tiles.ROWS * Tiles.VECTORS * N;

    static int depth(int k) {
        int blocks = Math.max(1, divideUp(k, MAX_DEPTH));
        return Math.max(16, roundUp(divideUp(k, blocks), 16));
    }

    /** Rows {@code row .. end-1} of C in panels {@code panel0 .. panel1-1}, on the calling thread. */
    static void block(
            int row,
            int end,
            int panel0,
            int panel1,
            int n,
            int k,
            Rows a,
            Panels b,
            Target c,
            Epilogue e,
            float[] scratch,
            int s0) {
        int depth = depth(k);
        int step = Tiles.ROWS * blockTiles(b);
        int spare = s0 + TILE;
        int packedA = spare + roundUp(Tiles.ROWS * depth, 16);
        int blockB = s0 + blockFloats(k, blockTiles(b));
        float[] arrayB = b.array(scratch);
        for (int r = row; r < end; r += step) {
            int rowsEnd = Math.min(end, r + step);
            for (int k0 = 0; k0 == 0 || k0 < k; k0 += depth) {
                int k1 = Math.min(k, k0 + depth);
                int inPlace = a instanceof Rows.Transposed columns && columns.isDense()
                        ? rowsEnd - (rowsEnd - r) % Tiles.ROWS
                        : r;
                a.pack(inPlace, rowsEnd, k0, k1, scratch, packedA, spare);
                for (int panel = panel0; panel < panel1; panel++) {
                    int column = N * firstVector(n, panel);
                    int vectors = vectors(n, panel);
                    int b0 = b.block(panel, k0, k1, scratch, blockB);
                    int live = Math.min(vectors * N, n - column);
                    for (int tile = r; tile < rowsEnd; tile += Tiles.ROWS) {
                        int rows = Math.min(Tiles.ROWS, rowsEnd - tile);
                        if (k0 == 0) {
                            start(c, tile, rows, column, live, e);
                        }
                        boolean whole = begin(c, tile, rows, column, live, vectors * N, scratch, s0);
                        float[] t = whole ? c.c : scratch;
                        int t0 = whole ? c.row(tile) + column : s0;
                        int ldt = whole ? c.stride : vectors * N;
                        if (rows == 1) { // then it is not in place
                            int at = packedA + (tile - inPlace) * (k1 - k0);
                            int width = vectors * N;
                            Tiles.addRow(vectors, scratch, at, Tiles.ROWS, k1 - k0, arrayB, b0, width, e.alpha, t, t0);
                        } else if (tile < inPlace && a instanceof Rows.Transposed direct) {
                            int at = direct.place(tile, k0);
                            Tiles.add(
                                    vectors,
                                    direct.array(),
                                    at,
                                    direct.stride(),
                                    k1 - k0,
                                    arrayB,
                                    b0,
                                    vectors * N,
                                    e.alpha,
                                    t,
                                    t0,
                                    ldt);
                        } else {
                            int at = packedA + (tile - inPlace) * (k1 - k0);
                            Tiles.add(
                                    vectors,
                                    scratch,
                                    at,
                                    Tiles.ROWS,
                                    k1 - k0,
                                    arrayB,
                                    b0,
                                    vectors * N,
                                    e.alpha,
                                    t,
                                    t0,
                                    ldt);
                        }
                        if (!whole) {
                            finish(c, tile, rows, column, live, vectors * N, scratch, s0);
                        }
                    }
                }
            }
            activate(c, r, rowsEnd, panel0, panel1, n, e);
        }
    }

    // A tile of C is started once with what the epilogue adds. Products are then added to it: in place where all of its
    // rows and
    // columns are in C, else in a copy.

    /** Writes bias, residual or zero to a tile of C before the first product. */
    static void start(Target c, int row, int rows, int column, int n, Epilogue e) {
        if (e.accumulate && e.bias == null && e.residual == null) {
            return;
        }
        for (int i = 0; i < rows; i++) {
            int at = c.row(row + i) + column;
            int r0 = e.residualRow(row + i) + column;
            int j = 0;
            for (; j + N <= n; j += N) {
                FloatVector v = e.bias == null
                        ? FloatVector.zero(FLOAT)
                        : FloatVector.fromArray(FLOAT, e.bias, e.bias0 + column + j);
                if (e.residual != null) {
                    v = v.add(FloatVector.fromArray(FLOAT, e.residual, r0 + j));
                }
                if (e.accumulate) {
                    v = v.add(FloatVector.fromArray(FLOAT, c.c, at + j));
                }
                v.intoArray(c.c, at + j);
            }
            for (; j < n; j++) {
                float v = e.bias == null ? 0 : e.bias[e.bias0 + column + j];
                if (e.residual != null) {
                    v += e.residual[r0 + j];
                }
                c.c[at + j] = e.accumulate ? v + c.c[at + j] : v;
            }
        }
    }

    /** True where the products of a tile may be added in C itself; else the tile's copy t[ROWS, width] has been filled. */
    static boolean begin(Target c, int row, int rows, int column, int n, int width, float[] t, int t0) {
        if (rows == Tiles.ROWS && n == width && c.isEven(row)) {
            return true;
        }
        for (int i = 0; i < rows; i++) {
            System.arraycopy(c.c, c.row(row + i) + column, t, t0 + i * width, n);
        }
        return false;
    }

    /** Takes the sums of a tile from its copy to C. */
    static void finish(Target c, int row, int rows, int column, int n, int width, float[] t, int t0) {
        for (int i = 0; i < rows; i++) {
            System.arraycopy(t, t0 + i * width, c.c, c.row(row + i) + column, n);
        }
    }

    /** Applies the epilogue's function to rows {@code row .. end-1} of panels of C, whose sums are complete and still in the cache. */
    static void activate(Target c, int row, int end, int panel0, int panel1, int n, Epilogue e) {
        if (e.activation == null) {
            return;
        }
        int first = N * firstVector(n, panel0);
        int live = columns(n, panel0, panel1);
        for (int i = row; i < end; i++) {
            int at = c.row(i) + first;
            e.activation.apply(c.c, at, c.c, at, live);
        }
    }

    /** How many columns of a matrix of n lie in panels {@code panel0 .. panel1-1}. */
    private static int columns(int n, int panel0, int panel1) {
        return Math.min(n, N * firstVector(n, panel1)) - N * firstVector(n, panel0);
    }

    /** How many tasks to divide work into: a few per thread, each worth waking a thread for. */
    static int tasks(Workers workers, long products) {
        return workers.threads() == 1 ? 1 : (int) Math.clamp(products / TASK_PRODUCTS, 1, 4L * workers.threads());
    }

    static int divideUp(int x, int y) {
        return (x + y - 1) / y;
    }

    static int roundUp(int x, int y) {
        return divideUp(x, y) * y;
    }

    /** Where part {@code i} of {@code parts} nearly equal parts of {@code 0 .. n} begins. */
    static int part(int n, int parts, int i) {
        return (int) ((long) n * i / parts);
    }
}
