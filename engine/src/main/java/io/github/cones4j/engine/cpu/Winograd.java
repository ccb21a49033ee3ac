package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;
import static jdk.incubator.vector.VectorOperators.FMA;

import io.github.cones4j.engine.cpu.Convolution.Geometry;
import java.util.Arrays;
import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * 3 x 3 convolutions of stride 1 by Winograd's minimal filtering, F(m x m, 3 x 3) with m = 2 or 4: m * m points of the output take
 * (m + 2)^2 multiplications per pair of channels instead of 9 * m * m. After A. Lavin and S. Gray, "Fast Algorithms for
 * Convolutional Neural Networks", 2016; {@link WinogradTransforms} has the formulas.
 *
 * <p>The output is divided into tiles of m x m points. For each of the (m + 2)^2 places of a transformed tile there is one matrix
 * product [tiles, channels] x [channels, output channels], and either operand is transformed where it is most often used:
 *
 * <ul>
 *   <li>Few channels, many tiles: all kernels are transformed first, to the workspace. Then each task takes a block of tiles, transforms
 *       its inputs into its second-level cache, and goes through all panels of output channels.
 *   <li>Many channels: the transformed inputs V of some tiles are written to the workspace first. Then each task takes a panel of
 *       output channels and a block of tiles, and transforms the kernels of a chunk of channels into its scratch just before they are
 *       used. So the weights in memory are the nine of the kernel and not (m + 2)^2, at the price of some vector operations per
 *       kernel and task.
 * </ul>
 *
 * <p>Each element of a product is the sum, in order, of sums over chunks of channels; the bytes of a result depend neither on threads
 * nor on how the work is divided.
 */
final class Winograd {

    /** Floats of the transformed kernels of a chunk: less than half of a second-level cache of 1 MB. */
    private static final int KERNEL_FLOATS = 1 << 17;

    /** Floats of the transformed inputs that are made at a time: half of a third-level cache of 32 MB. */
    private static final int WORKSPACE_FLOATS = 1 << 22;

    /** Tiles of a picture from which on it is worth transforming all kernels first. */
    private static final int MANY_TILES = 64;

    /** Floats of a block's transformed inputs and sums: nine tenths of a second-level cache of 1 MB. */
    private static final int CACHED_FLOATS = 240_000;

    /** Channels at most whose products are summed before they are added to the others: the more, the larger the rounding errors. */
    private static final int CHUNK = 128;

    /** Channels whose inputs are transformed at a time: as many as one reads from memory in order. */
    private static final int ABREAST = 128;

    /** Groups of tiles in a block, about: the kernels of a chunk are transformed once for so many. */
    private static final int BLOCK_GROUPS = 8;

    /** Floats between two places of what has one for each: else their lines would crowd each other out of the first-level cache. */
    private static final int PAD = 16;

    private final Geometry g;
    private final int m;
    private final int side;
    private final int places;
    private final int tilesHigh;
    private final int tilesWide;
    private final int tiles;
    private final int groups;
    private final boolean kernelsOnce;
    private final int chunk;
    private final int groupsAtOnce;

    /**
     * @param m side of a tile of the output, 2 or 4
     */
    Winograd(Geometry g, int m) {
        if (!suits(g) || (m != 2 && m != 4)) {
            throw new IllegalArgumentException("winograd: no F(" + m + ", 3) for " + g);
        }
        this.g = g;
        this.m = m;
        side = m + 2;
        places = side * side;
        tilesHigh = Gemm.divideUp(g.outHeight(), m);
        tilesWide = Gemm.divideUp(g.outWidth(), m);
        tiles = g.images() * tilesHigh * tilesWide;
        groups = Gemm.divideUp(tiles, Tiles.ROWS);
        kernelsOnce = tilesHigh * tilesWide >= MANY_TILES // of one picture: it is to have the same bytes in any batch
                && (long) places * g.channels() * g.outChannels() <= WORKSPACE_FLOATS
                && places * Tiles.ROWS * (g.channels() + Tiles.VECTORS * N) <= CACHED_FLOATS;
        int most = kernelsOnce ? CHUNK : Math.max(16, KERNEL_FLOATS / (places * Tiles.VECTORS * N) / 16 * 16);
        int chunks = Gemm.divideUp(g.channels(), most);
        chunk = Math.min(g.channels(), Gemm.roundUp(Gemm.divideUp(g.channels(), chunks), 16));
        int floats = kernelsOnce
                ? CACHED_FLOATS / (places * Tiles.ROWS * (g.channels() + Tiles.VECTORS * N))
                : WORKSPACE_FLOATS / (places * Tiles.ROWS * g.channels());
        groupsAtOnce = Math.clamp(floats, 1, groups);
    }

    /** Whether a convolution can be done so: 3 x 3, stride 1, whole vectors of channels. */
    static boolean suits(Geometry g) {
        return g.kernelHeight() == 3
                && g.kernelWidth() == 3
                && g.strideY() == 1
                && g.strideX() == 1
                && g.channels() % N == 0;
    }

    /**
     * The side of the tiles that make a convolution fastest, or 0 if it is best done without. Modelled: the multiply-adds of the
     * products, and what the transforms of a vector cost in multiply-adds, as measured on 512 bits. It is that of one picture, so
     * that a picture has the same bytes alone and in any batch.
     *
     * @param largest side of the tiles at most: 0, 2 or 4
     */
    static int choose(Geometry g, int largest) {
        int best = 0;
        double least = cost(g, 0);
        for (int m = 2; m <= largest && suits(g) && g.outChannels() >= N; m += 2) {
            double cost = cost(g, m);
            if (cost < least) {
                least = cost;
                best = m;
            }
        }
        return best;
    }

    /** What {@link #choose} compared, in words; empty where there was no choice. */
    static String costs(Geometry g, int largest) {
        if (largest < 2 || !suits(g) || g.outChannels() < N) {
            return "";
        }
        StringBuilder text =
                new StringBuilder("modelled, in million vector multiply-adds: direct ").append(millions(cost(g, 0)));
        for (int m = 2; m <= largest; m += 2) {
            text.append(", F(").append(m).append(", 3) ").append(millions(cost(g, m)));
        }
        return text.toString();
    }

    private static String millions(double count) {
        return String.format(Locale.ROOT, "%.2f", 1e-6 * count);
    }

    /** Multiply-adds of vectors that a convolution of one picture takes, or as much time as so many take. */
    private static double cost(Geometry g, int m) {
        double kernels = (double) g.channels() * Gemm.divideUp(g.outChannels(), N);
        if (m == 0) {
            return g.kernelHeight() * g.kernelWidth() * kernels * g.outHeight() * g.outWidth();
        }
        int tiles = Gemm.divideUp(g.outHeight(), m) * Gemm.divideUp(g.outWidth(), m);
        int groups = Gemm.divideUp(tiles, Tiles.ROWS);
        int places = (m + 2) * (m + 2);
        double input = m == 4 ? 800 : 350;
        double kernel = m == 4 ? 180 : 80;
        double output = m == 4 ? 500 : 200;
        return places * kernels * groups * Tiles.ROWS
                + kernel * kernels * Gemm.divideUp(groups, BLOCK_GROUPS)
                + input * tiles * Gemm.divideUp(g.channels(), N)
                + output * tiles * Gemm.divideUp(g.outChannels(), N);
    }

    /** How its weights are ordered: by chunks of channels, place by place. */
    PackOrder order() {
        return new PackOrder(g.channels(), kernelsOnce ? g.channels() : chunk, 3, 3, false, g.outChannels(), false);
    }

    /** Floats that {@link #multiply} needs beside its operands. */
    int workspace() {
        return Math.toIntExact(
                kernelsOnce
                        ? kernelsAt(Gemm.panels(g.outChannels()))
                        : inputsAt(groupsAtOnce, blocks(groupsAtOnce), 0, 0));
    }

    /**
     * y = x * w, then the epilogue (its columns are output channels, its rows output points).
     *
     * @param w the weights in {@link #order}
     * @param work {@link #workspace} floats from {@code work0} on
     */
    void multiply(
            Workers workers, float[] x, int x0, Panels w, float[] work, int work0, float[] y, int y0, Epilogue e) {
        if (kernelsOnce) {
            multiplyWithKernels(workers, x, x0, w, work, work0, y, y0, e);
        } else {
            multiplyWithInputs(workers, x, x0, w, work, work0, y, y0, e);
        }
    }

    // All transformed kernels in the workspace; each task transforms the inputs of a block of tiles.

    /** Where the transformed kernels of a panel begin in the workspace, [place, channel, the panel's width]. */
    private long kernelsAt(int panel) {
        return places * ((long) g.channels() * N * Gemm.firstVector(g.outChannels(), panel) + (long) PAD * panel);
    }

    private void multiplyWithKernels(
            Workers workers, float[] x, int x0, Panels w, float[] u, int u0, float[] y, int y0, Epilogue e) {
        int channels = g.channels();
        int panels = Gemm.panels(g.outChannels());
        workers.run(panels, (panel, worker) -> {
            int width = N * Gemm.vectors(g.outChannels(), panel);
            float[] s = workers.scratch(worker, w.room(9 * channels));
            int at = w.block(panel, 0, 9 * channels, s, Workers.ALIGNED);
            int to = u0 + (int) kernelsAt(panel);
            WinogradTransforms.kernel(
                    m, w.array(s), at, channels * width, channels * width, u, to, channels * width + PAD);
        });
        int blocks = Math.max(Gemm.divideUp(groups, groupsAtOnce), Math.min(groups, 4 * workers.threads()));
        workers.run(blocks, (block, worker) -> {
            int group0 = Gemm.part(groups, blocks, block);
            int n = Gemm.part(groups, blocks, block + 1) - group0;
            int v = Workers.ALIGNED;
            int vStep = n * channels * Tiles.ROWS + PAD;
            int sums = v + places * vStep;
            int sumStep = n * Tiles.ROWS * Tiles.VECTORS * N + PAD;
            int spare = sums + places * sumStep;
            float[] s = workers.scratch(worker, spare + spare() - v);
            for (int group = 0; group < n; group++) {
                for (int c = 0; c < channels; c += ABREAST) {
                    int to = v + (group * channels + c) * Tiles.ROWS;
                    int abreast = Math.min(ABREAST, channels - c);
                    transformInput((group0 + group) * Tiles.ROWS, c, abreast, x, x0, s, spare, s, to, vStep);
                }
            }
            for (int panel = 0; panel < panels; panel++) {
                int vectors = Gemm.vectors(g.outChannels(), panel);
                int width = vectors * N;
                int kernels = u0 + (int) kernelsAt(panel);
                for (int place = 0; place < places; place++) {
                    for (int c0 = 0; c0 < channels; c0 += chunk) {
                        int depth = Math.min(chunk, channels - c0);
                        int b = kernels + place * (channels * width + PAD) + c0 * width;
                        for (int group = 0; group < n; group++) {
                            int a = v + place * vStep + (group * channels + c0) * Tiles.ROWS;
                            int t = sums + place * sumStep + group * Tiles.ROWS * width;
                            sum(c0 == 0, vectors, s, a, depth, u, b, s, t);
                        }
                    }
                }
                transformOutput(group0 * Tiles.ROWS, n * Tiles.ROWS, panel, s, sums, sumStep, spare, y, y0, e);
            }
        });
    }

    // Transformed inputs of many tiles in the workspace; each task transforms the kernels of a panel, a chunk at a
    // time.

    private static int blocks(int groups) {
        return Gemm.divideUp(groups, BLOCK_GROUPS);
    }

    /**
     * Where V of a block and a chunk begins, [place, group, channel of the chunk, ROWS]: what a task multiplies at a time lies together.
     *
     * @param before groups before the block
     * @param block its number
     * @param inBlock groups of the block
     * @param c0 first channel of the chunk
     */
    private long inputsAt(int before, int block, int inBlock, int c0) {
        int chunks = Gemm.divideUp(g.channels(), chunk);
        long floats = (long) Tiles.ROWS * ((long) before * g.channels() + (long) inBlock * c0);
        return places * (floats + PAD * ((long) block * chunks + c0 / chunk));
    }

    /** Floats between two places in V, of so many groups and channels. */
    private static int placeStep(int groups, int channels) {
        return groups * channels * Tiles.ROWS + PAD;
    }

    private void multiplyWithInputs(
            Workers workers, float[] x, int x0, Panels w, float[] v, int v0, float[] y, int y0, Epilogue e) {
        int panels = Gemm.panels(g.outChannels());
        for (int first = 0; first < groups; first += groupsAtOnce) {
            int from = first;
            int n = Math.min(groups - first, groupsAtOnce);
            int runs = g.channels() / N;
            int parts = Math.clamp(Gemm.divideUp(4 * workers.threads(), n), 1, runs);
            int blocks = blocks(n);
            workers.run(n * parts, (task, worker) -> {
                int group = task / parts;
                int part = task - group * parts;
                int block = ((group + 1) * blocks - 1) / n;
                int before = Gemm.part(n, blocks, block);
                int inBlock = Gemm.part(n, blocks, block + 1) - before;
                float[] s = workers.scratch(worker, spare());
                int end = N * Gemm.part(runs, parts, part + 1);
                for (int c = N * Gemm.part(runs, parts, part), abreast; c < end; c += abreast) {
                    int inChunk = c % chunk;
                    int length = Math.min(chunk, g.channels() - c + inChunk);
                    int to = v0
                            + (int) inputsAt(before, block, inBlock, c - inChunk)
                            + ((group - before) * length + inChunk) * Tiles.ROWS;
                    abreast = Math.min(Math.min(ABREAST, end - c), length - inChunk);
                    int step = placeStep(inBlock, length);
                    transformInput((from + group) * Tiles.ROWS, c, abreast, x, x0, s, Workers.ALIGNED, v, to, step);
                }
            });
            workers.run(panels * blocks, (task, worker) -> {
                int panel = task / blocks;
                int block = task - panel * blocks;
                products(
                        workers,
                        worker,
                        panel,
                        from,
                        block,
                        Gemm.part(n, blocks, block),
                        Gemm.part(n, blocks, block + 1),
                        w,
                        v,
                        v0,
                        y,
                        y0,
                        e);
            });
        }
    }

    /** One panel of output channels at a block of tiles: groups {@code group0 .. group1-1} of those in the workspace. */
    private void products(
            Workers workers,
            int worker,
            int panel,
            int from,
            int block,
            int group0,
            int group1,
            Panels w,
            float[] v,
            int v0,
            float[] y,
            int y0,
            Epilogue e) {
        int vectors = Gemm.vectors(g.outChannels(), panel);
        int width = vectors * N;
        int rows = (group1 - group0) * Tiles.ROWS;
        int kernels = Workers.ALIGNED;
        int kernelStep = chunk * width + PAD;
        int sumStep = rows * width + PAD;
        int sums = kernels + places * kernelStep;
        int spare = sums + places * sumStep;
        int weights = spare + spare(); // those that do not lie as they are read
        float[] s = workers.scratch(worker, weights + w.room(9 * chunk) - kernels);
        for (int c0 = 0; c0 < g.channels(); c0 += chunk) {
            int n = Math.min(chunk, g.channels() - c0);
            int at = w.block(panel, 9 * c0, 9 * (c0 + n), s, weights);
            WinogradTransforms.kernel(m, w.array(s), at, n * width, n * width, s, kernels, kernelStep);
            int first = v0 + (int) inputsAt(group0, block, group1 - group0, c0);
            for (int place = 0; place < places; place++) {
                for (int group = 0; group < group1 - group0; group++) {
                    int a = first + place * placeStep(group1 - group0, n) + group * n * Tiles.ROWS;
                    int b = kernels + place * kernelStep;
                    int t = sums + place * sumStep + group * Tiles.ROWS * width;
                    sum(c0 == 0, vectors, v, a, n, s, b, s, t);
                }
            }
        }
        transformOutput((from + group0) * Tiles.ROWS, rows, panel, s, sums, sumStep, spare, y, y0, e);
    }

    /** Sums of products over a chunk of channels at one place, for a group of tiles and a panel: the first, or added to those before. */
    private static void sum(
            boolean first, int vectors, float[] v, int v0, int n, float[] u, int u0, float[] sums, int s0) {
        int width = vectors * N;
        if (first) {
            Tiles.set(vectors, v, v0, Tiles.ROWS, n, u, u0, width, sums, s0, width);
        } else {
            Tiles.add(vectors, v, v0, Tiles.ROWS, n, u, u0, width, 1, sums, s0, width);
        }
    }

    // The transforms

    /** Floats of scratch that {@link #transformInput} and {@link #transformOutput} work in. */
    private int spare() {
        return (places * Tiles.ROWS + side) * ABREAST + Tiles.ROWS * places * N;
    }

    /** How many tiles from the i-th of a group on lie side by side in the picture; of {@code count} in all. */
    private int run(int firstTile, int i, int count) {
        return Math.min(count - i, tilesWide - (firstTile + i) % tilesWide);
    }

    /**
     * Writes V of a group of tiles for channels {@code c .. c + n - 1}, at most {@link #ABREAST}, as [place, channel, ROWS].
     *
     * @param spare where in s there is room to work
     * @param placeStep floats between two places in {@code to}
     */
    private void transformInput(
            int firstTile, int c, int n, float[] x, int x0, float[] s, int spare, float[] to, int t0, int placeStep) {
        int line = side * Tiles.ROWS * n; // columns of patches, two of which are the next tile's too
        int edge = spare + side * line; // a column that reaches over the picture's edge
        int patches = edge + side * n; // of N channels, transformed in both directions, one behind the other
        int count = Math.min(Tiles.ROWS, tiles - firstTile);
        for (int i = 0, at = spare, run; i < count; i += run, at += (m * run + 2) * n) {
            run = run(firstTile, i, count);
            transformColumns(firstTile + i, m * run + 2, c, n, x, x0, s, at, line, edge);
        }
        for (int k = 0; k < n; k += N) {
            for (int i = 0, at = spare + k, run; i < count; i += run, at += (m * run + 2) * n) {
                run = run(firstTile, i, count);
                for (int u = 0; u < side; u++) {
                    int patch = patches + (i * side + u) * side * N;
                    WinogradTransforms.input(m, s, at + u * line, n, m * n, run, s, patch, N, places * N);
                }
            }
            for (int place = 0; place < places; place++) {
                Tiles.interleave(s, patches + place * N, places * N, N, to, t0 + place * placeStep + k * Tiles.ROWS);
            }
        }
    }

    /** Transforms columns of patches, the first the left one of a tile, from above to below: [row, column, channel], rows {@code line} apart. */
    private void transformColumns(
            int tile, int columns, int c, int n, float[] x, int x0, float[] s, int s0, int line, int edge) {
        int row = tile / tilesWide;
        int image = row / tilesHigh;
        int top = (row - image * tilesHigh) * m - g.padTop();
        int left = (tile - row * tilesWide) * m - g.padLeft();
        int step = g.width() * g.channels();
        boolean whole = top >= 0 && top + side <= g.height();
        for (int k = 0; k < columns; k++) {
            int to = s0 + k * n;
            int at = x0 + ((image * g.height() + top) * g.width() + left + k) * g.channels() + c;
            if (left + k < 0 || left + k >= g.width()) {
                for (int u = 0; u < side; u++) {
                    Arrays.fill(s, to + u * line, to + u * line + n, 0);
                }
            } else if (whole) {
                WinogradTransforms.input(m, x, at, step, N, n / N, s, to, line, N);
            } else {
                for (int u = 0; u < side; u++) {
                    int row0 = edge + u * n;
                    if (top + u >= 0 && top + u < g.height()) {
                        System.arraycopy(x, at + u * step, s, row0, n);
                    } else {
                        Arrays.fill(s, row0, row0 + n, 0);
                    }
                }
                WinogradTransforms.input(m, s, edge, n, N, n / N, s, to, line, N);
            }
        }
    }

    /** Transforms the sums of a panel, [place, row, the panel's width], one row for each tile, and writes them to the output. */
    private void transformOutput(
            int firstTile,
            int rows,
            int panel,
            float[] s,
            int sums,
            int sumStep,
            int spare,
            float[] y,
            int y0,
            Epilogue e) {
        int column = N * Gemm.firstVector(g.outChannels(), panel);
        int vectors = Gemm.vectors(g.outChannels(), panel);
        Gemm.Target target = Gemm.Target.plain(y, y0, g.outChannels());
        int points = spare + m * side * N; // before it, a tile's sums transformed in one direction; from it on, in both
        for (int i = 0; i < Math.min(rows, tiles - firstTile); i++) {
            for (int j = 0; j < vectors; j++) {
                int at = sums + (i * vectors + j) * N;
                WinogradTransforms.output(m, s, at, side * sumStep, sumStep, side, s, spare, side * N, N);
                WinogradTransforms.output(m, s, spare, N, side * N, m, s, points, N, m * N);
                store(firstTile + i, column + j * N, s, points, target, e);
            }
        }
    }

    /** Writes a vector of channels of a tile's points, as far as both are in the output. */
    private void store(int tile, int column, float[] s, int points, Gemm.Target y, Epilogue e) {
        int row = tile / tilesWide;
        int image = row / tilesHigh;
        int top = (row - image * tilesHigh) * m;
        int left = (tile - row * tilesWide) * m;
        int high = Math.min(m, g.outHeight() - top);
        int wide = Math.min(m, g.outWidth() - left);
        int live = Math.min(N, g.outChannels() - column);
        for (int u = 0; u < high; u++) {
            int point = (image * g.outHeight() + top + u) * g.outWidth() + left;
            if (live == N && e.activation == null) {
                storeVectors(point, wide, column, s, points + u * m * N, y, e);
            } else {
                storeLanes(point, wide, column, live, s, points + u * m * N, y, e);
            }
        }
    }

    private static void storeVectors(int point, int n, int column, float[] s, int s0, Gemm.Target y, Epilogue e) {
        FloatVector alpha = FloatVector.broadcast(FLOAT, e.alpha);
        FloatVector bias =
                e.bias == null ? FloatVector.zero(FLOAT) : FloatVector.fromArray(FLOAT, e.bias, e.bias0 + column);
        for (int k = 0; k < n; k++) {
            int at = y.row(point + k) + column;
            FloatVector v = bias;
            if (e.residual != null) {
                v = v.add(FloatVector.fromArray(FLOAT, e.residual, e.residualRow(point + k) + column));
            }
            if (e.accumulate) {
                v = v.add(FloatVector.fromArray(FLOAT, y.array(), at));
            }
            FloatVector.fromArray(FLOAT, s, s0 + k * N).fma(alpha, v).intoArray(y.array(), at);
        }
    }

    /** The same of fewer columns, or with a function of the sum. */
    private static void storeLanes(
            int point, int n, int column, int live, float[] s, int s0, Gemm.Target y, Epilogue e) {
        VectorMask<Float> valid = Lanes.first(live);
        Gemm.start(y, point, n, column, live, e);
        for (int k = 0; k < n; k++) {
            int at = y.row(point + k) + column;
            FloatVector.fromArray(FLOAT, s, s0 + k * N)
                    .lanewise(FMA, e.alpha, FloatVector.fromArray(FLOAT, y.array(), at, valid))
                    .intoArray(y.array(), at, valid);
            if (e.activation != null) {
                e.activation.apply(y.array(), at, y.array(), at, live);
            }
        }
    }
}
