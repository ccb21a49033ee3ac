package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import io.github.cones4j.engine.cpu.Convolution.Geometry;
import java.util.Arrays;
import java.util.Locale;
import jdk.incubator.vector.FloatVector;

/**
 * 3 x 3 convolutions of stride 1 by Winograd's minimal filtering, F(m x m, 3 x 3) with m = 2 or 4: m * m points of the output take
 * (m + 2)^2 multiplications per pair of channels instead of 9 * m * m. After A. Lavin and S. Gray, "Fast Algorithms for
 * Convolutional Neural Networks", 2016; {@link WinogradTransforms} has the formulas.
 *
 * <p>The output is divided into tiles of m x m points. For each of the (m + 2)^2 places of a transformed tile there is one matrix
 * product [tiles, channels] x [channels, output channels]. The transformed inputs V of some tiles are written to the workspace
 * first; then each task takes a panel of output channels and a block of tiles, transforms the kernels of a chunk of channels into
 * its scratch just before they are used, and transforms its sums back. So the weights in memory are the nine of the kernel and not
 * (m + 2)^2, at the price of some vector operations per kernel and task.
 *
 * <p>Each element of a product begins at zero and takes, in order, the sums over chunks of channels; the bytes of a result depend
 * neither on threads nor on how the work is divided.
 */
final class Winograd {

    /** Floats of the transformed kernels of a chunk: less than half of a second-level cache of 1 MB. */
    private static final int KERNEL_FLOATS = 1 << 17;

    /** Floats of the transformed inputs that are made at a time: half of a third-level cache of 32 MB. */
    private static final int WORKSPACE_FLOATS = 1 << 22;

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
        int most = Math.max(16, KERNEL_FLOATS / (places * Tiles.VECTORS * N) / 16 * 16);
        int chunks = Gemm.divideUp(g.channels(), most);
        chunk = Math.min(g.channels(), Gemm.roundUp(Gemm.divideUp(g.channels(), chunks), 16));
        groupsAtOnce = Math.clamp(WORKSPACE_FLOATS / (places * g.channels() * Tiles.ROWS), 1, groups);
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
        return new PackOrder(g.channels(), chunk, 3, 3, false, g.outChannels(), false);
    }

    /** Floats that {@link #multiply} needs beside its operands. */
    int workspace() {
        return Math.toIntExact(at(groupsAtOnce, blocks(groupsAtOnce), 0, 0));
    }

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
    private long at(int before, int block, int inBlock, int c0) {
        int chunks = Gemm.divideUp(g.channels(), chunk);
        long floats = (long) Tiles.ROWS * ((long) before * g.channels() + (long) inBlock * c0);
        return places * (floats + PAD * ((long) block * chunks + c0 / chunk));
    }

    /** Floats between two places in V, of so many groups and channels. */
    private static int placeStep(int groups, int channels) {
        return groups * channels * Tiles.ROWS + PAD;
    }

    /**
     * y = x * w, then the epilogue (its columns are output channels, its rows output points).
     *
     * @param w the weights in {@link #order}
     * @param v {@link #workspace} floats from {@code v0} on
     */
    void multiply(Workers workers, float[] x, int x0, Panels w, float[] v, int v0, float[] y, int y0, Epilogue e) {
        int panels = Gemm.panels(g.outChannels());
        for (int first = 0; first < groups; first += groupsAtOnce) {
            int from = first;
            int n = Math.min(groups - first, groupsAtOnce);
            int runs = g.channels() / N;
            int parts = Math.clamp(Gemm.divideUp(4 * workers.threads(), n), 1, runs);
            workers.run(n * parts, (task, worker) -> {
                int group = task / parts;
                int part = task - group * parts;
                transformInput(
                        workers,
                        worker,
                        from,
                        group,
                        n,
                        N * Gemm.part(runs, parts, part),
                        N * Gemm.part(runs, parts, part + 1),
                        x,
                        x0,
                        v,
                        v0);
            });
            int blocks = blocks(n);
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

    /** Writes V of a group of tiles, one of n from group {@code from} on, for channels {@code c0 .. c1-1}. */
    private void transformInput(
            Workers workers,
            int worker,
            int from,
            int group,
            int n,
            int c0,
            int c1,
            float[] x,
            int x0,
            float[] v,
            int v0) {
        int half = Workers.ALIGNED; // a patch transformed from above to below
        int whole = half + places * N; // patches transformed in both directions, one behind the other
        int edge = whole + Tiles.ROWS * places * N; // a patch that reaches over the picture's edge
        float[] s = workers.scratch(worker, edge + places * N - half);
        int firstTile = (from + group) * Tiles.ROWS;
        int count = Math.min(Tiles.ROWS, tiles - firstTile);
        int block = ((group + 1) * blocks(n) - 1) / n;
        int before = Gemm.part(n, blocks(n), block);
        int inBlock = Gemm.part(n, blocks(n), block + 1) - before;
        int line = g.width() * g.channels();
        for (int c = c0; c < c1; c += N) {
            for (int i = 0; i < count; i++) {
                int tile = firstTile + i;
                int row = tile / tilesWide;
                int image = row / tilesHigh;
                int top = (row - image * tilesHigh) * m - g.padTop();
                int left = (tile - row * tilesWide) * m - g.padLeft();
                int at = x0 + ((image * g.height() + top) * g.width() + left) * g.channels() + c;
                if (top >= 0 && left >= 0 && top + side <= g.height() && left + side <= g.width()) {
                    WinogradTransforms.input(m, x, at, line, g.channels(), side, s, half, side * N, N);
                } else {
                    for (int u = 0; u < side; u++) {
                        for (int w = 0; w < side; w++) {
                            boolean inside =
                                    top + u >= 0 && top + u < g.height() && left + w >= 0 && left + w < g.width();
                            FloatVector value = inside
                                    ? FloatVector.fromArray(FLOAT, x, at + u * line + w * g.channels())
                                    : FloatVector.zero(FLOAT);
                            value.intoArray(s, edge + (u * side + w) * N);
                        }
                    }
                    WinogradTransforms.input(m, s, edge, side * N, N, side, s, half, side * N, N);
                }
                WinogradTransforms.input(m, s, half, N, side * N, side, s, whole + i * places * N, N, side * N);
            }
            int inChunk = c % chunk;
            int length = Math.min(chunk, g.channels() - c + inChunk);
            int first = v0 + (int) at(before, block, inBlock, c - inChunk);
            for (int place = 0; place < places; place++) {
                int to =
                        first + place * placeStep(inBlock, length) + ((group - before) * length + inChunk) * Tiles.ROWS;
                Tiles.interleave(s, whole + place * N, places * N, N, v, to);
            }
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
        int column = N * Gemm.firstVector(g.outChannels(), panel);
        int vectors = Gemm.vectors(g.outChannels(), panel);
        int width = vectors * N;
        int rows = (group1 - group0) * Tiles.ROWS;
        int kernels = Workers.ALIGNED;
        int kernelStep = chunk * width + PAD;
        int sumStep = rows * width + PAD;
        int sums = kernels + places * kernelStep;
        int columns = sums + places * sumStep; // a tile's sums transformed in one direction
        int points = columns + m * side * N; // and in both
        int weights = points + m * m * N; // those that do not lie as they are read
        float[] s = workers.scratch(worker, weights + w.room(9 * chunk) - kernels);
        Arrays.fill(s, sums, sums + places * sumStep, 0);
        for (int c0 = 0; c0 < g.channels(); c0 += chunk) {
            int n = Math.min(chunk, g.channels() - c0);
            int at = w.block(panel, 9 * c0, 9 * (c0 + n), s, weights);
            WinogradTransforms.kernel(m, w.array(s), at, n * width, n * width, s, kernels, kernelStep);
            int first = v0 + (int) at(group0, block, group1 - group0, c0);
            for (int place = 0; place < places; place++) {
                for (int group = 0; group < group1 - group0; group++) {
                    Tiles.add(
                            vectors,
                            v,
                            first + place * placeStep(group1 - group0, n) + group * n * Tiles.ROWS,
                            Tiles.ROWS,
                            n,
                            s,
                            kernels + place * kernelStep,
                            width,
                            1,
                            s,
                            sums + place * sumStep + group * Tiles.ROWS * width,
                            width);
                }
            }
        }
        int firstTile = (from + group0) * Tiles.ROWS;
        for (int i = 0; i < Math.min(rows, tiles - firstTile); i++) {
            for (int j = 0; j < vectors; j++) {
                int at = sums + i * width + j * N;
                WinogradTransforms.output(m, s, at, side * sumStep, sumStep, side, s, columns, side * N, N);
                WinogradTransforms.output(m, s, columns, N, side * N, m, s, points, N, m * N);
                store(firstTile + i, column + j * N, s, points, y, y0, e);
            }
        }
    }

    /** Writes a vector of channels of a tile's points, as far as both are in the output. */
    private void store(int tile, int column, float[] s, int points, float[] y, int y0, Epilogue e) {
        int row = tile / tilesWide;
        int image = row / tilesHigh;
        int top = (row - image * tilesHigh) * m;
        int left = (tile - row * tilesWide) * m;
        int high = Math.min(m, g.outHeight() - top);
        int wide = Math.min(m, g.outWidth() - left);
        int live = Math.min(N, g.outChannels() - column);
        for (int u = 0; u < high; u++) {
            int point = (image * g.outHeight() + top + u) * g.outWidth() + left;
            Gemm.finish(point, wide, column, live, s, points + u * m * N, N, y, y0, g.outChannels(), e);
        }
    }
}
