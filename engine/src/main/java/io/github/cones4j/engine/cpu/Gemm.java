package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix products in float32: C[m, n] = A[m, k] * B[k, n] with an {@link Epilogue}.
 *
 * <p>B is packed once (weights) or per call (activations) into panels of up to {@link Tiles#VECTORS} vectors of columns; A is packed
 * block by block by the worker that needs it. Each element of C is the sum of its products in the order of k, in blocks of
 * at most {@value #MAX_DEPTH} whose sums are added in order: the bytes depend on k alone, not on threads, on vector width, or on how C
 * is divided. After K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 */
final class Gemm {

    /** Longest block of the common dimension: a panel of B of that depth stays in the second-level cache. */
    private static final int MAX_DEPTH = 640;

    /** Rows of A packed at a time, about: with {@link #MAX_DEPTH} a third of a megabyte. */
    private static final int BLOCK_TILES = 128 / Tiles.ROWS;

    /** Multiply-adds below which another thread is not worth waking, about 5 microseconds of one. */
    private static final long TASK_PRODUCTS = 1 << 18;

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
     * @param packed B from {@link #packB}
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
        multiply(
                workers, m, n, k, rows(a, a0, rowStride, columnStride), packed, p0, Target.plain(c, c0, ldc), epilogue);
    }

    /** C[m, n] = A[m, k] * B[k, n] for any source of A and place of C. */
    static void multiply(
            Workers workers, int m, int n, int k, Rows a, float[] packed, int p0, Target c, Epilogue epilogue) {
        if (m == 0 || n == 0) {
            return;
        }
        int tiles = divideUp(m, Tiles.ROWS);
        int panels = panels(n);
        int wanted = (int) Math.min(4L * workers.threads(), (long) m * n * k / TASK_PRODUCTS);
        int high =
                workers.threads() == 1 ? 1 : Math.max(divideUp(tiles, BLOCK_TILES), Math.min(tiles, wanted / panels));
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
                    packed,
                    p0,
                    c,
                    epilogue,
                    workers.scratch(worker, blockScratch(k)),
                    Workers.ALIGNED);
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
        int wanted = (int) Math.min(4L * workers.threads(), Math.max(1, products / TASK_PRODUCTS));
        int high = Math.clamp(divideUp(wanted, batch), 1, divideUp(tiles, BLOCK_TILES));
        int perTask = Math.max(1, divideUp(batch, Math.max(1, wanted / high)));
        int groups = divideUp(batch, perTask);
        int packedAt = Workers.ALIGNED + roundUp(blockScratch(k), 16);
        int[] holds = new int[16 * workers.threads()]; // 1 + the entry whose B a worker's scratch holds
        workers.run(groups * high, (task, worker) -> {
            int group = task / high;
            int i = task - group * high;
            float[] scratch = workers.scratch(worker, packedAt + packedSize(k, n));
            for (int entry = group * perTask; entry < Math.min(batch, (group + 1) * perTask); entry++) {
                if (holds[16 * worker] != entry + 1) {
                    packPanels(b, b0 + entry * batchB, ldb, transposedB, k, n, 0, panels, scratch, packedAt);
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
                        scratch,
                        packedAt,
                        Target.plain(c, c0 + entry * batchC, ldc),
                        epilogue,
                        scratch,
                        Workers.ALIGNED);
            }
        });
    }

    private static Rows rows(float[] a, int a0, int rowStride, int columnStride) {
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
        workers.run(
                tasks,
                (task, worker) -> packPanels(
                        b,
                        b0,
                        ldb,
                        transposed,
                        k,
                        n,
                        part(panels, tasks, task),
                        part(panels, tasks, task + 1),
                        packed,
                        p0));
    }

    private static void packPanels(
            float[] b, int b0, int ldb, boolean transposed, int k, int n, int first, int end, float[] packed, int p0) {
        for (int panel = first; panel < end; panel++) {
            int column = N * firstVector(n, panel);
            int width = N * vectors(n, panel);
            int at = p0 + k * column;
            int live = Math.min(width, n - column);
            if (live < width) {
                Arrays.fill(packed, at, at + k * width, 0);
            }
            if (transposed) {
                for (int j = 0; j < live; j++) {
                    int from = b0 + (column + j) * ldb;
                    for (int i = 0; i < k; i++) {
                        packed[at + i * width + j] = b[from + i];
                    }
                }
            } else {
                for (int i = 0; i < k; i++) {
                    System.arraycopy(b, b0 + i * ldb + column, packed, at + i * width, live);
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

    static int blockScratch(int k) {
        int depth = depth(k);
        return roundUp(Tiles.ROWS * depth, 16) * (BLOCK_TILES + 1) + TILE;
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
            float[] packed,
            int p0,
            Target c,
            Epilogue epilogue,
            float[] scratch,
            int s0) {
        int depth = depth(k);
        int tile = s0;
        int spare = tile + TILE;
        int packedA = spare + roundUp(Tiles.ROWS * depth, 16);
        for (int r = row; r < end; r += Tiles.ROWS * BLOCK_TILES) {
            int rowsEnd = Math.min(end, r + Tiles.ROWS * BLOCK_TILES);
            for (int k0 = 0; k0 == 0 || k0 < k; k0 += depth) {
                int k1 = Math.min(k, k0 + depth);
                Epilogue e = k0 == 0 ? epilogue : epilogue.next();
                a.pack(r, rowsEnd, k0, k1, scratch, packedA, spare);
                for (int panel = panel0; panel < panel1; panel++) {
                    int column = N * firstVector(n, panel);
                    int vectors = vectors(n, panel);
                    int b = p0 + k * column + k0 * vectors * N;
                    strip(r, rowsEnd, column, n, vectors, k1 - k0, scratch, packedA, packed, b, tile, c, e);
                }
            }
        }
    }

    /** The tiles of one panel, top to bottom. */
    private static void strip(
            int row,
            int end,
            int column,
            int n,
            int vectors,
            int depth,
            float[] scratch,
            int packedA,
            float[] packed,
            int b,
            int tile,
            Target c,
            Epilogue e) {
        boolean straight = e.isNone() && c.width == 0 && column + vectors * N <= n;
        int a = packedA;
        for (int r = row; r < end; r += Tiles.ROWS) {
            if (straight && r + Tiles.ROWS <= end) {
                Tiles.multiply(vectors, scratch, a, depth, packed, b, c.c, c.row(r) + column, c.stride);
            } else {
                Tiles.multiply(vectors, scratch, a, depth, packed, b, scratch, tile, vectors * N);
                int live = Math.min(Tiles.ROWS, end - r);
                for (int i = 0; i < live; i++) {
                    finish(
                            scratch,
                            tile + i * vectors * N,
                            c.c,
                            c.row(r + i) + column,
                            Math.min(vectors * N, n - column),
                            column,
                            r + i,
                            e);
                }
            }
            a += Tiles.ROWS * depth;
        }
    }

    /** One row of a tile through the epilogue. */
    private static void finish(float[] t, int t0, float[] c, int c0, int n, int column, int row, Epilogue e) {
        int r0 = e.residual0 + row * e.residualStride + column;
        for (int j = 0; j < n; j += N) {
            int live = Math.min(N, n - j);
            FloatVector v = FloatVector.fromArray(FLOAT, t, t0 + j).mul(e.alpha);
            if (live == N) {
                if (e.bias != null) {
                    v = v.add(FloatVector.fromArray(FLOAT, e.bias, e.bias0 + column + j));
                }
                if (e.residual != null) {
                    v = v.add(FloatVector.fromArray(FLOAT, e.residual, r0 + j));
                }
                if (e.accumulate) {
                    v = v.add(FloatVector.fromArray(FLOAT, c, c0 + j));
                }
                v.intoArray(c, c0 + j);
            } else {
                if (e.bias != null) {
                    v = v.add(Lanes.load(e.bias, e.bias0 + column + j, live));
                }
                if (e.residual != null) {
                    v = v.add(Lanes.load(e.residual, r0 + j, live));
                }
                if (e.accumulate) {
                    v = v.add(Lanes.load(c, c0 + j, live));
                }
                Lanes.store(v, c, c0 + j, live);
            }
        }
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
