package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Shape;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Launches products and convolutions on tensor cores, where {@link Precision#FLOAT16} is asked for and they are large enough. */
final class MmaTasks {
    /** Rows of all tiles. */
    private static final int TILE_ROWS = 128;

    /** The kernels' step along the common dimension. */
    private static final int STEP = 32;

    /** Rows and columns of what is stored at once. */
    private static final int ROWS = 16;

    private static final int COLUMNS = 8;

    /** Least common dimension, and least multiply-adds, that are worth the change. */
    private static final int MIN_DEPTH = 64;

    private static final long MIN_PRODUCTS = 1L << 24;

    /** The multiprocessors of a large GPU (H100). */
    private static final int MULTIPROCESSORS = 132;

    /** Clocks of a group before and after its sums, and of a launch. */
    private static final double CLOCKS_PER_GROUP = 3000;

    private static final double CLOCKS_PER_LAUNCH = 4000;

    /** Bytes that the memory moves per clock. */
    private static final double BYTES_PER_CLOCK = 1500;

    /** Floats that partial sums may take. */
    private static final long MAX_PARTS = 1 << 25;

    private static final int MAX_SPLITS = 64;

    private MmaTasks() {}

    /** Whether products of [m, k] and [k, n] are large enough. */
    static boolean suits(int m, int n, int k, int batch) {
        return m >= ROWS && n >= COLUMNS && k >= MIN_DEPTH && (long) m * n * k * batch >= MIN_PRODUCTS;
    }

    /** Whether a convolution of so many channels is: no step along the common dimension leaves a tap. */
    static boolean suits(int m, int n, int k, int channels, int phases) {
        return phases == 1 && channels % STEP == 0 && suits(m, n, k, 1);
    }

    /** A size of tiles for which there are kernels. */
    enum Tile {
        /** Warps of 64 x 32. */
        T128X128(128, 256, 1, 400, 400),
        /** Warps of 32 x 32: the registers of one group fill a multiprocessor. */
        T128X128_BY_16(128, 512, 1, 400, 400),
        /** Warps of 32 x 32. */
        T128X64(64, 256, 2, 200, 350);

        private final int columns;
        private final int threads;
        private final int resident;
        private final double alone;
        private final double together;

        /** With the multiply-adds that a multiprocessor does per clock with one group, and with as many as it holds. */
        Tile(int columns, int threads, int resident, double alone, double together) {
            this.columns = columns;
            this.threads = threads;
            this.resident = resident;
            this.alone = alone;
            this.together = together;
        }

        int columns() {
            return columns;
        }

        /** Threads of the group that computes one. */
        int threads() {
            return threads;
        }
    }

    /**
     * How a product is divided among groups of threads.
     *
     * @param tile what one group computes
     * @param splits among how many groups the common dimension of a tile is divided, or fewer if it is too short
     */
    record Division(Tile tile, int splits) {
        /** The clocks that products of [m, k] and [k, n] take, about. */
        private double clocks(int m, int n, int k, int batch) {
            double groups = (double) Math.ceilDiv(m, TILE_ROWS) * Math.ceilDiv(n, tile.columns) * batch * splits;
            double perProcessor = Math.ceil(groups / MULTIPROCESSORS);
            double rate = perProcessor < tile.resident ? tile.alone : tile.together;
            double products = perProcessor * TILE_ROWS * tile.columns * depth(k, splits) / rate;
            double sums = splits == 1
                    ? 0
                    : CLOCKS_PER_LAUNCH + (2.0 * splits + 1) * m * n * batch * Float.BYTES / BYTES_PER_CLOCK;
            return products + Math.ceil(perProcessor / tile.resident) * CLOCKS_PER_GROUP + sums;
        }

        /** The division that should take the least time. */
        static Division fastest(int m, int n, int k, int batch) {
            return Stream.of(Tile.values())
                    .map(tile -> fastest(tile, m, n, k, batch))
                    .min(Comparator.comparingDouble(division -> division.clocks(m, n, k, batch)))
                    .orElseThrow();
        }

        /** The division into such tiles that should take the least time. */
        static Division fastest(Tile tile, int m, int n, int k, int batch) {
            long each = (long) m * n * batch;
            return IntStream.rangeClosed(1, Math.clamp(k / (4 * STEP), 1, MAX_SPLITS))
                    .filter(splits -> splits == 1 || splits * each <= MAX_PARTS)
                    .mapToObj(splits -> new Division(tile, splits))
                    .min(Comparator.comparingDouble(division -> division.clocks(m, n, k, batch)))
                    .orElseThrow();
        }
    }

    private static int depth(int k, int splits) {
        return Math.ceilDiv(Math.ceilDiv(k, splits), STEP) * STEP;
    }

    /** Emits what {@link MatMulTasks#product} does. */
    static void product(
            Emitter e,
            String label,
            MatMulTasks.Matrix a,
            MatMulTasks.Matrix b,
            @Nullable Operand bias,
            int batch,
            Operand result) {
        product(e, label, a, b, bias, batch, result, Division.fastest(a.lines(), b.lines(), a.depth(), batch));
    }

    /** The same, divided as told. */
    static void product(
            Emitter e,
            String label,
            MatMulTasks.Matrix a,
            MatMulTasks.Matrix b,
            @Nullable Operand bias,
            int batch,
            Operand result,
            Division division) {
        Parts parts = new Parts(e, a.lines(), b.lines(), a.depth(), batch, result, bias, division);
        e.emit(
                label + "_f16",
                MmaKernels.matrix(division.tile),
                parts.grid(),
                MatMulTasks.present(a.elements(), b.elements(), parts.added()),
                List.of(parts.out),
                () -> new int[] {
                    a.lines(),
                    b.lines(),
                    a.depth(),
                    a.elements().start(),
                    a.lineStride(),
                    a.depthStride(),
                    a.entryStride(),
                    b.elements().start(),
                    b.lineStride(),
                    b.depthStride(),
                    b.entryStride(),
                    parts.out.start(),
                    MatMulTasks.start(parts.added()),
                    parts.across(),
                    parts.splits,
                    parts.depth,
                    a.alongDepth(),
                    b.alongDepth(),
                    parts.rows,
                    parts.columns
                });
        parts.sum(label);
    }

    /**
     * A convolution as a product.
     *
     * @param step points of the picture from one point of the result to the next
     * @param top line of the picture under the first tap at the first point
     * @param left its column
     * @param height lines of the result
     * @param width points of a line of the result
     * @param taps lines of taps
     * @param tapsOfLine taps of a line
     */
    record Window(int step, int top, int left, int height, int width, int taps, int tapsOfLine) {}

    /**
     * Emits the convolution of a picture, channels innermost.
     *
     * @param packed weights, dense [taps * channels, columns]
     * @param result dense, channels innermost
     */
    static void conv(
            Emitter e,
            String label,
            Operand picture,
            Operand packed,
            Window window,
            @Nullable Operand bias,
            Operand result) {
        int m = picture.dim(0) * window.height * window.width;
        int depth = window.taps * window.tapsOfLine * picture.dim(1);
        conv(e, label, picture, packed, window, bias, result, Division.fastest(m, result.dim(1), depth, 1));
    }

    /** The same, divided as told. */
    static void conv(
            Emitter e,
            String label,
            Operand picture,
            Operand packed,
            Window window,
            @Nullable Operand bias,
            Operand result,
            Division division) {
        int channels = picture.dim(1);
        int m = picture.dim(0) * window.height * window.width;
        int n = result.dim(1);
        int k = window.taps * window.tapsOfLine * channels;
        Parts parts = new Parts(e, m, n, k, 1, result, bias, division);
        Divisor image = Divisor.of(window.height * window.width);
        Divisor line = Divisor.of(window.width);
        Divisor inner = Divisor.of(channels);
        Divisor taps = Divisor.of(window.tapsOfLine);
        e.emit(
                label + "_f16",
                MmaKernels.conv(division.tile),
                parts.grid(),
                MatMulTasks.present(picture, packed, parts.added()),
                List.of(parts.out),
                () -> new int[] {
                    m,
                    n,
                    k,
                    picture.start(),
                    channels,
                    picture.dim(2),
                    picture.dim(3),
                    packed.start(),
                    1,
                    n,
                    0,
                    parts.out.start(),
                    MatMulTasks.start(parts.added()),
                    parts.across(),
                    parts.splits,
                    parts.depth,
                    window.step,
                    0,
                    parts.rows,
                    parts.columns,
                    image.multiplier(),
                    image.shift(),
                    image.divisor(),
                    line.multiplier(),
                    line.shift(),
                    line.divisor(),
                    inner.multiplier(),
                    inner.shift(),
                    taps.multiplier(),
                    taps.shift(),
                    taps.divisor(),
                    window.top,
                    window.left
                });
        parts.sum(label);
    }

    /** Where a kernel leaves its sums: in the result if that takes whole fragments, else in memory of their own. */
    private static final class Parts {
        private final Emitter e;
        private final int m;
        private final int n;
        private final int batch;
        private final Operand result;
        private final @Nullable Operand bias;
        private final Tile tile;
        private final int splits;
        private final int depth;
        private final int rows;
        private final int columns;
        private final boolean apart;
        private final Operand out;

        Parts(Emitter e, int m, int n, int k, int batch, Operand result, @Nullable Operand bias, Division division) {
            this.e = e;
            this.m = m;
            this.n = n;
            this.batch = batch;
            this.result = result;
            this.bias = bias;
            tile = division.tile;
            depth = depth(k, division.splits);
            splits = Math.ceilDiv(k, depth);
            rows = Math.ceilDiv(m, ROWS) * ROWS;
            columns = Math.ceilDiv(n, COLUMNS) * COLUMNS;
            apart = splits > 1 || rows > m || columns > n;
            out = apart ? e.fresh(Shape.of(batch, splits, rows, columns), Layout.rowMajor(4)) : result;
        }

        /** The bias if the product adds it: rounded to float16 then, see {@link MmaKernels}. */
        @Nullable
        Operand added() {
            return apart ? null : bias;
        }

        int across() {
            return Math.ceilDiv(n, tile.columns);
        }

        Grid grid() {
            return Grid.groups(
                    Math.multiplyExact(Math.ceilDiv(m, TILE_ROWS), across()),
                    tile.threads,
                    Math.multiplyExact(batch, splits),
                    1);
        }

        void sum(String label) {
            if (apart) {
                e.emit(
                        label + "_sum",
                        MmaKernels::sum,
                        Grid.threads(result.size()),
                        MatMulTasks.present(out, bias),
                        List.of(result),
                        () -> new int[] {
                            result.size(),
                            m,
                            n,
                            splits,
                            out.start(),
                            result.start(),
                            MatMulTasks.start(bias),
                            rows,
                            columns
                        });
            }
        }
    }
}
