package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Shape;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Launches products and convolutions on tensor cores, where operands may be rounded to 16 bits and they are large enough. */
final class MmaTasks {
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
        return m >= ROWS && n >= COLUMNS / 2 && k >= MIN_DEPTH && (long) m * n * k * batch >= MIN_PRODUCTS;
    }

    /** Whether a convolution is: one that is filled up to whole steps of channels, so that each stays within a tap. */
    static boolean suits(int m, int n, int taps, int channels, int phases) {
        return phases == 1 && channels >= STEP && suits(m, n, taps * channels, 1);
    }

    /**
     * A size of tiles for which there are kernels, and its warps' part of it in fragments. A warp's step takes 448 instructions
     * (ptxas for compute capability 9.0) of which 64 are products, or 325 and 32, and a group has a warp for each of the four that a
     * multiprocessor starts per clock. The rates are those of that limit, less 15 % where several groups fill each other's gaps, and
     * of some 250 clocks more a step, the time until the first fragments are there, where a group is alone. They were not measured.
     */
    enum Tile {
        /** Warps of 64 x 64. */
        T128X128(128, 128, 4, 8, 2, 750, 1000),
        /** Warps of 64 x 32. */
        T128X64(128, 64, 4, 4, 3, 450, 690);

        private final int rows;
        private final int columns;
        private final int down;
        private final int across;
        private final int resident;
        private final double alone;
        private final double together;

        /** With the multiply-adds that a multiprocessor does per clock with one group, and with as many as it holds. */
        Tile(int rows, int columns, int down, int across, int resident, double alone, double together) {
            this.rows = rows;
            this.columns = columns;
            this.down = down;
            this.across = across;
            this.resident = resident;
            this.alone = alone;
            this.together = together;
        }

        int rows() {
            return rows;
        }

        int columns() {
            return columns;
        }

        /** Fragments of a warp from top to bottom. */
        int down() {
            return down;
        }

        /** Fragments of a warp side by side. */
        int across() {
            return across;
        }

        /** Threads of the group that computes one. */
        int threads() {
            return rows / (16 * down) * columns / (8 * across) * 32;
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
            double groups = (double) Math.ceilDiv(m, tile.rows) * Math.ceilDiv(n, tile.columns) * batch * splits;
            double perProcessor = Math.ceil(groups / MULTIPROCESSORS);
            double rate = perProcessor < tile.resident ? tile.alone : tile.together;
            double products = perProcessor * tile.rows * tile.columns * depth(k, splits) / rate;
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
        int m = a.lines();
        int n = b.lines();
        int k = Math.ceilDiv(a.depth(), STEP) * STEP;
        Operand left = e.rounded(Rounding.of(a.elements(), batch, m, k));
        Operand right = e.rounded(Rounding.of(b.elements().permute(0, 2, 1), batch, k, even(n)));
        Places rows = new Places(m * k, 0, 0, k, 0, 0, Divisor.of(m), Divisor.of(m), Divisor.of(k), Divisor.of(1));
        Parts parts = new Parts(e, m, n, k, batch, result, bias, division);
        parts.product(label, left, rows, right);
    }

    private static int even(int n) {
        return Math.ceilDiv(n, 2) * 2;
    }

    /**
     * A convolution as a product.
     *
     * @param step points of the picture from one point of the result to the next
     * @param top line of the picture under the first tap at the first point
     * @param left its column
     * @param height lines of the result
     * @param width points of a line of the result
     */
    record Window(int step, int top, int left, int height, int width) {}

    /**
     * Emits the convolution of a picture.
     *
     * @param weights [lines of taps, taps of a line, channels, columns]
     * @param result dense, channels innermost
     */
    static void conv(
            Emitter e,
            String label,
            Operand picture,
            Operand weights,
            Window window,
            @Nullable Operand bias,
            Operand result) {
        int m = picture.dim(0) * window.height * window.width;
        int depth = weights.dim(0) * weights.dim(1) * picture.dim(1);
        conv(e, label, picture, weights, window, bias, result, Division.fastest(m, result.dim(1), depth, 1));
    }

    /** The same, divided as told. */
    static void conv(
            Emitter e,
            String label,
            Operand picture,
            Operand weights,
            Window window,
            @Nullable Operand bias,
            Operand result,
            Division division) {
        int step = window.step;
        int taps = weights.dim(0);
        int tapsOfLine = weights.dim(1);
        int channels = Math.ceilDiv(picture.dim(1), STEP) * STEP;
        int lines = (window.height - 1) * step + taps;
        int line = ((window.width - 1) * step + tapsOfLine) * channels;
        int points = window.height * window.width;
        int m = picture.dim(0) * points;
        int n = result.dim(1);
        Operand left = e.rounded(new Rounding(
                picture.permute(0, 2, 3, 1),
                List.of(0, -window.top, -window.left, 0),
                Shape.of(picture.dim(0), lines, line / channels, channels)));
        Operand right = e.rounded(Rounding.of(weights, taps, tapsOfLine, channels, even(n)));
        Places rows = new Places(
                0,
                lines * line,
                step * line,
                step * channels,
                line,
                channels,
                Divisor.of(points),
                Divisor.of(window.width),
                Divisor.of(channels),
                Divisor.of(tapsOfLine));
        Parts parts = new Parts(e, m, n, taps * tapsOfLine * channels, 1, result, bias, division);
        parts.product(label, left, rows, right);
    }

    /** Where the kernel finds the rows of A: its parameters 4 to 21. */
    private record Places(
            int entry,
            int image,
            int line,
            int point,
            int tapLine,
            int tap,
            Divisor pointsOfImage,
            Divisor pointsOfLine,
            Divisor channels,
            Divisor tapsOfLine) {
        IntStream numbers() {
            return IntStream.concat(
                    IntStream.of(entry, image, line, point, tapLine, tap),
                    Stream.of(pointsOfImage, pointsOfLine, channels, tapsOfLine)
                            .flatMapToInt(d -> IntStream.of(d.multiplier(), d.shift(), d.divisor())));
        }
    }

    /** Where a kernel leaves its sums: in the result if that takes whole fragments, else in memory of their own. */
    private static final class Parts {
        private final Emitter e;
        private final int m;
        private final int n;
        private final int k;
        private final int batch;
        private final Operand result;
        private final @Nullable Operand bias;
        private final @Nullable Operand added; // in the product, in parts
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
            this.k = k;
            this.batch = batch;
            this.result = result;
            this.bias = bias;
            tile = division.tile;
            depth = depth(k, division.splits);
            splits = Math.ceilDiv(k, depth);
            rows = Math.ceilDiv(m, ROWS) * ROWS;
            columns = Math.ceilDiv(n, COLUMNS) * COLUMNS;
            boolean whole = splits == 1 && rows == m && columns == n;
            added = whole && bias != null ? e.parts(bias) : null;
            apart = !whole || (bias != null && added == null);
            out = apart ? e.fresh(Shape.of(batch, splits, rows, columns), Layout.rowMajor(4)) : result;
        }

        private int across() {
            return Math.ceilDiv(n, tile.columns);
        }

        /** Emits the product of copies, and what brings the parts together. */
        void product(String label, Operand left, Places places, Operand right) {
            e.emit(
                    label + (e.precision() == Precision.BFLOAT16 ? "_bf16" : "_f16"),
                    MmaKernels.product(tile, e.precision()),
                    grid(),
                    MatMulTasks.present(left, right, added),
                    List.of(out),
                    () -> Stream.of(
                                    IntStream.of(m, even(n), k, left.start()),
                                    places.numbers(),
                                    IntStream.of(
                                            right.start(),
                                            batch == 1 ? 0 : right.size() / batch,
                                            MatMulTasks.start(added),
                                            out.start(),
                                            across(),
                                            splits,
                                            depth,
                                            rows,
                                            columns))
                            .flatMapToInt(numbers -> numbers)
                            .toArray());
            sum(label);
        }

        private Grid grid() {
            return Grid.groups(
                    Math.multiplyExact(Math.ceilDiv(m, tile.rows), across()),
                    tile.threads(),
                    Math.multiplyExact(batch, splits),
                    1);
        }

        private void sum(String label) {
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
