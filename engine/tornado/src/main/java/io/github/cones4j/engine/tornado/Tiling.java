package io.github.cones4j.engine.tornado;

import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How a product of matrices is divided among groups of threads.
 *
 * @param tile what one group computes
 * @param splits among how many groups the common dimension of a tile is divided; their sums are added by another kernel
 * @param depth the common dimension of one split, a multiple of {@link #STEP}
 */
record Tiling(Tile tile, int splits, int depth) {
    /** The common dimension is split at multiples of this; the kernels advance by it or by half of it. */
    static final int STEP = 16;

    /** The multiprocessors of a large GPU (H100): with fewer, the choice is less good, not wrong. */
    private static final int MULTIPROCESSORS = 132;

    /** Multiply-adds that one multiprocessor does per clock. */
    private static final double PRODUCTS_PER_CLOCK = 128;

    /** Warps of a multiprocessor that hide half of the latency of memory. */
    private static final double WARPS_FOR_HALF = 4;

    /** Bytes that the memory moves per clock. */
    private static final double BYTES_PER_CLOCK = 1500;

    /** Clocks from one kernel to the next, and until a group's first sums. */
    private static final double CLOCKS_PER_LAUNCH = 4000;

    private static final double CLOCKS_PER_GROUP = 1000;

    /** Floats that partial sums may take. */
    private static final long MAX_PARTS = 1 << 25;

    private static final int MAX_SPLITS = 256;

    /** Least common dimension of one split. */
    private static final int MIN_DEPTH = 4 * STEP;

    /** A size of tiles for which there are kernels. */
    enum Tile {
        T128X128(128, 128, 256, 8, 2, 0.80),
        T128X64(128, 64, 128, 8, 4, 0.75),
        T64X64(64, 64, 256, 4, 4, 0.50),
        T32X32(32, 32, 64, 4, 16, 0.40);

        private final int rows;
        private final int columns;
        private final int threads;
        private final int side;
        private final int resident;
        private final double efficiency;

        Tile(int rows, int columns, int threads, int side, int resident, double efficiency) {
            this.rows = rows;
            this.columns = columns;
            this.threads = threads;
            this.side = side;
            this.resident = resident;
            this.efficiency = efficiency;
        }

        int rows() {
            return rows;
        }

        int columns() {
            return columns;
        }

        /** Threads of the group that computes one. */
        int threads() {
            return threads;
        }

        /** Each thread computes so many rows of so many columns. */
        int side() {
            return side;
        }

        /** By how much of the common dimension the kernels advance. */
        int depth() {
            return 64 / side;
        }

        /** Tiles side by side over a matrix of so many columns. */
        int across(int n) {
            return Math.ceilDiv(n, columns);
        }

        /** Tiles over a matrix. */
        int tiles(int m, int n) {
            return Math.multiplyExact(Math.ceilDiv(m, rows), across(n));
        }
    }

    /** Chooses how to divide {@code batch} products of [m, k] and [k, n]. */
    @FunctionalInterface
    interface Policy {
        /** The division. */
        Tiling choose(int m, int n, int k, int batch);
    }

    /** Of that many splits, or fewer if the common dimension is too short for so many. */
    static Tiling of(Tile tile, int splits, int k) {
        int depth = depth(k, splits);
        return new Tiling(tile, Math.max(Math.ceilDiv(k, depth), 1), depth);
    }

    /** The common dimension of one of so many splits. */
    static int depth(int k, int splits) {
        return Math.max(Math.ceilDiv(Math.ceilDiv(k, splits), STEP), 1) * STEP;
    }

    /** The division that should take the least time. */
    static Tiling fastest(int m, int n, int k, int batch) {
        return Stream.of(Tile.values())
                .map(tile -> fastest(tile, m, n, k, batch))
                .min(Comparator.comparingDouble(tiling -> tiling.clocks(m, n, batch)))
                .orElseThrow();
    }

    /** The groups for products of [m, k] and [k, n]: tiles, and for each of {@code batch} entries the splits. */
    Grid grid(int m, int n, int batch) {
        return Grid.groups(tile.tiles(m, n), tile.threads, Math.multiplyExact(batch, splits), 1);
    }

    /** The division into such tiles that should take the least time. */
    static Tiling fastest(Tile tile, int m, int n, int k, int batch) {
        long each = (long) m * n * batch;
        return IntStream.rangeClosed(1, Math.clamp(k / MIN_DEPTH, 1, MAX_SPLITS))
                .filter(splits -> splits == 1 || splits * each <= MAX_PARTS)
                .mapToObj(splits -> of(tile, splits, k))
                .min(Comparator.comparingDouble(tiling -> tiling.clocks(m, n, batch)))
                .orElseThrow();
    }

    /** The clocks that the product takes, about. */
    double clocks(int m, int n, int batch) {
        double groups = (double) tile.tiles(m, n) * batch * splits;
        double perProcessor = Math.ceil(groups / MULTIPROCESSORS);
        double warps = Math.min(perProcessor, tile.resident) * tile.threads / 32;
        double rate = PRODUCTS_PER_CLOCK * tile.efficiency * 1.25 * warps / (warps + WARPS_FOR_HALF);
        double clocks = perProcessor * tile.rows * tile.columns * depth / rate
                + Math.ceil(perProcessor / tile.resident) * CLOCKS_PER_GROUP;
        double sums = splits == 1
                ? 0
                : CLOCKS_PER_LAUNCH + (2.0 * splits + 1) * m * n * batch * Float.BYTES / BYTES_PER_CLOCK;
        return clocks + sums;
    }
}
