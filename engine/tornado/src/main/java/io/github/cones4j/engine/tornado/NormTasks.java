package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Reduce;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Launches {@link NormKernels}. */
final class NormTasks {
    private static final int GROUP = Grid.GROUP;

    /** Neighbouring channels that a group of threads reads: 128 bytes. */
    private static final int WIDTH = 32;

    /** Groups of threads that keep a large GPU busy. */
    private static final int GROUPS = 1024;

    /** Positions per thread: at least these, so that cutting pays, and at most those, so that sums stay accurate. */
    private static final int LEAST_PER_LANE = 4;

    private static final int MOST_PER_LANE = 64;

    private NormTasks() {}

    /**
     * Both gradients of a normalisation.
     *
     * @param dx of the input, if asked for
     * @param affine of gain and bias [2, c], if asked for
     */
    record Gradients(@Nullable Operand dx, @Nullable Operand affine) {}

    // Group norm

    /** How [b, positions, c] is cut into tiles. */
    private record Tiles(int b, int positions, int c, int perPiece, int pieces, int width) {
        static Tiles of(int b, int positions, int c) {
            int width = c >= WIDTH ? WIDTH : Math.max(1, Integer.highestOneBit(Math.max(2 * c - 1, 1)));
            int lanes = GROUP / width;
            long tiles = Math.max((long) b * Math.ceilDiv(c, width), 1);
            int wanted = (int) Math.ceilDiv(GROUPS, tiles);
            int least = Math.ceilDiv(positions, lanes * MOST_PER_LANE);
            int most = Math.max(Math.ceilDiv(positions, lanes * LEAST_PER_LANE), 1);
            int pieces = Math.max(Math.min(wanted, most), Math.max(least, 1));
            int perPiece = Math.max(Math.ceilDiv(positions, pieces), 1);
            return new Tiles(b, positions, c, perPiece, Math.ceilDiv(positions, perPiece), width);
        }

        static Tiles of(Operand x) {
            int b = x.dim(0);
            int c = x.dim(1);
            return of(b, x.size() / Math.max(b * c, 1), c);
        }

        Grid grid() {
            return Grid.groups(Math.ceilDiv(c, width), GROUP, b * pieces, 1);
        }

        boolean isEmpty() {
            return b == 0 || positions == 0 || c == 0;
        }

        /** The numbers that all kernels of tiles begin with, then others. */
        int[] numbers(int... others) {
            int[] p = new int[5 + others.length];
            p[0] = c;
            p[1] = positions;
            p[2] = perPiece;
            p[3] = pieces;
            p[4] = width;
            System.arraycopy(others, 0, p, 5, others.length);
            return p;
        }
    }

    /**
     * y = (x - mean) / sqrt(variance + epsilon) * gain + bias, statistics over each group of channels of a sample.
     *
     * @param x [b, c, ...]
     * @param gain [c]
     * @param bias [c]
     * @return fresh, of x's shape, channels last
     */
    static Operand groupNorm(Emitter e, Operand x, Operand gain, Operand bias, int groups, double epsilon) {
        Operand in = e.channelsLast(x);
        Operand scale = e.rowMajor(gain);
        Operand shift = e.rowMajor(bias);
        Operand y = e.fresh(x.shape(), Layout.channelsLast(x.rank()));
        Tiles tiles = Tiles.of(in);
        if (tiles.isEmpty()) {
            return y;
        }
        Operand moments = momentsOnce(e, tiles, in, groups, epsilon);
        e.emit(
                "group_norm",
                NormKernels::groupNorm,
                tiles.grid(),
                List.of(in, scale, shift, moments),
                List.of(y),
                () -> tiles.numbers(
                        in.start(), scale.start(), shift.start(), moments.start(), y.start(), groups, tiles.b));
        return y;
    }

    /** The moments of a picture: one for the norm and for both of its gradients. */
    private static Operand momentsOnce(Emitter e, Tiles tiles, Operand x, int groups, double epsilon) {
        return e.once(List.of("moments", x.key(), groups, epsilon), () -> moments(e, tiles, x, groups, epsilon));
    }

    /** The moments [3, b * groups] of the groups of channels. */
    private static Operand moments(Emitter e, Tiles tiles, Operand x, int groups, double epsilon) {
        int blocks = Math.multiplyExact(tiles.b, tiles.pieces);
        Operand statistics = e.fresh(Shape.of(3, blocks, tiles.c), 0, 1, 2);
        e.emit(
                "group_norm_channels",
                NormKernels::channelStatistics,
                tiles.grid(),
                List.of(x),
                List.of(statistics),
                () -> tiles.numbers(x.start(), statistics.start(), blocks));
        Operand moments = e.fresh(Shape.of(3, tiles.b * groups), 0, 1);
        Operand number = e.numbers((float) epsilon);
        e.emit(
                "group_norm_moments",
                NormKernels::groupMoments,
                Grid.groups(tiles.b * groups, GROUP),
                List.of(statistics, number),
                List.of(moments),
                () -> new int[] {
                    tiles.c,
                    tiles.positions,
                    tiles.perPiece,
                    tiles.pieces,
                    groups,
                    statistics.start(),
                    moments.start(),
                    tiles.b,
                    number.start()
                });
        return moments;
    }

    /**
     * The cotangent of the input.
     *
     * @param x [b, c, ...]
     * @param gain [c]
     * @param dy of x's shape
     * @return fresh, of x's shape, channels last
     */
    static Operand groupNormGradInput(Emitter e, Operand x, Operand gain, Operand dy, int groups, double epsilon) {
        Operand dx = groupNormGradients(e, x, gain, dy, groups, epsilon, true, false).dx;
        return Objects.requireNonNull(dx);
    }

    /**
     * The cotangents of gain and bias, one above the other.
     *
     * @param x [b, c, ...]
     * @param dy of x's shape
     * @return fresh [2, c]
     */
    static Operand groupNormGradAffine(Emitter e, Operand x, Operand dy, int groups, double epsilon) {
        Operand affine = groupNormGradients(e, x, null, dy, groups, epsilon, false, true).affine;
        return Objects.requireNonNull(affine);
    }

    /** One or both gradients of a group norm; they share the statistics and the sums. */
    static Gradients groupNormGradients(
            Emitter e,
            Operand x,
            @Nullable Operand gain,
            Operand dy,
            int groups,
            double epsilon,
            boolean ofInput,
            boolean ofAffine) {
        Operand in = e.channelsLast(x);
        Operand g = e.channelsLast(dy);
        Operand dx = ofInput ? e.fresh(x.shape(), Layout.channelsLast(x.rank())) : null;
        Tiles tiles = Tiles.of(in);
        int blocks = Math.multiplyExact(tiles.b, tiles.pieces);
        Operand moments = tiles.isEmpty() ? in : momentsOnce(e, tiles, in, groups, epsilon);
        Operand sums = e.once(List.of("group_norm_sums", in.key(), g.key(), groups, epsilon), () -> {
            Operand found = e.fresh(Shape.of(blocks, 2, tiles.c), 0, 1, 2);
            if (!tiles.isEmpty()) {
                e.emit(
                        "group_norm_grad_sums",
                        NormKernels::groupGradSums,
                        tiles.grid(),
                        List.of(in, g, moments),
                        List.of(found),
                        () -> tiles.numbers(in.start(), g.start(), moments.start(), found.start(), groups, tiles.b));
            }
            return found;
        });
        if (!tiles.isEmpty()) {
            if (dx != null && gain != null) {
                groupNormGradInput(e, tiles, in, e.rowMajor(gain), g, groups, moments, sums, dx);
            }
        }
        return new Gradients(dx, ofAffine ? columns(e, sums) : null);
    }

    private static void groupNormGradInput(
            Emitter e,
            Tiles tiles,
            Operand x,
            Operand gain,
            Operand dy,
            int groups,
            Operand moments,
            Operand sums,
            Operand dx) {
        Operand means = e.fresh(Shape.of(2, tiles.b * groups), 0, 1);
        e.emit(
                "group_norm_grad_means",
                NormKernels::groupGradMeans,
                Grid.groups(tiles.b * groups, GROUP),
                List.of(sums, gain),
                List.of(means),
                () -> new int[] {
                    tiles.c, tiles.positions, tiles.pieces, groups, sums.start(), gain.start(), means.start(), tiles.b
                });
        e.emit(
                "group_norm_grad_input",
                NormKernels::groupNormGradInput,
                tiles.grid(),
                List.of(x, gain, dy, moments, means),
                List.of(dx),
                () -> tiles.numbers(
                        x.start(),
                        gain.start(),
                        dy.start(),
                        moments.start(),
                        means.start(),
                        dx.start(),
                        groups,
                        tiles.b));
    }

    /** [2, c] from the sums [pieces, 2, c]. */
    private static Operand columns(Emitter e, Operand sums) {
        Operand total = ReduceTasks.reduce(e, new Reduce.Sum(List.of(0)), sums);
        Operand affine = total.reshape(Shape.of(2, sums.dim(2)));
        return Objects.requireNonNull(affine);
    }

    // Rows

    /** How [rows, c] is shared out. */
    private record Rows(int rows, int c, int lanes) {
        static Rows of(Operand x) {
            int c = x.dim(-1);
            int rows = x.size() / Math.max(c, 1);
            int lanes = 1;
            // a warp reads a row together; more threads where there are few rows and many elements
            while (lanes < GROUP && lanes < c && (lanes < WIDTH || (long) rows * lanes < 65_536 || c > 64 * lanes)) {
                lanes *= 2;
            }
            return new Rows(rows, c, lanes);
        }

        Grid grid() {
            return Grid.groups(Math.ceilDiv(rows, GROUP / lanes), GROUP);
        }

        boolean isEmpty() {
            return rows == 0 || c == 0;
        }
    }

    /**
     * y = (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis.
     *
     * @param x [..., c]
     * @param gain [c]
     * @param bias [c]
     * @return fresh, of x's shape, row-major
     */
    static Operand layerNorm(Emitter e, Operand x, Operand gain, Operand bias, double epsilon) {
        Operand in = e.rowMajor(x);
        Operand scale = e.rowMajor(gain);
        Operand shift = e.rowMajor(bias);
        Operand y = e.fresh(x.shape(), Layout.rowMajor(x.rank()));
        Rows rows = Rows.of(in);
        if (!rows.isEmpty()) {
            Operand number = e.numbers((float) epsilon);
            e.emit(
                    "layer_norm",
                    NormKernels::layerNorm,
                    rows.grid(),
                    List.of(in, scale, shift, number),
                    List.of(y),
                    () -> new int[] {
                        rows.rows,
                        rows.c,
                        rows.lanes,
                        in.start(),
                        scale.start(),
                        shift.start(),
                        y.start(),
                        number.start()
                    });
        }
        return y;
    }

    /**
     * The cotangent of the input.
     *
     * @param x [..., c]
     * @param gain [c]
     * @param dy of x's shape
     * @return fresh, of x's shape, row-major
     */
    static Operand layerNormGradInput(Emitter e, Operand x, Operand gain, Operand dy, double epsilon) {
        Operand in = e.rowMajor(x);
        Operand scale = e.rowMajor(gain);
        Operand g = e.rowMajor(dy);
        Operand dx = e.fresh(x.shape(), Layout.rowMajor(x.rank()));
        Rows rows = Rows.of(in);
        if (!rows.isEmpty()) {
            Operand number = e.numbers((float) epsilon);
            e.emit(
                    "layer_norm_grad_input",
                    NormKernels::layerNormGradInput,
                    rows.grid(),
                    List.of(in, scale, g, number),
                    List.of(dx),
                    () -> new int[] {
                        rows.rows, rows.c, rows.lanes, in.start(), scale.start(), g.start(), dx.start(), number.start()
                    });
        }
        return dx;
    }

    /**
     * The cotangents of gain and bias, one above the other.
     *
     * @param x [..., c]
     * @param dy of x's shape
     * @return fresh [2, c]
     */
    static Operand layerNormGradAffine(Emitter e, Operand x, Operand dy, double epsilon) {
        Operand in = e.rowMajor(x);
        Operand g = e.rowMajor(dy);
        Rows rows = Rows.of(in);
        Tiles tiles = Tiles.of(1, rows.rows, rows.c);
        Operand sums = e.fresh(Shape.of(tiles.pieces, 2, rows.c), 0, 1, 2);
        if (!rows.isEmpty()) {
            Operand moments = e.fresh(Shape.of(3, rows.rows), 0, 1);
            Operand number = e.numbers((float) epsilon);
            e.emit(
                    "layer_norm_moments",
                    NormKernels::rowMoments,
                    rows.grid(),
                    List.of(in, number),
                    List.of(moments),
                    () -> new int[] {rows.rows, rows.c, rows.lanes, in.start(), moments.start(), number.start()});
            e.emit(
                    "layer_norm_grad_sums",
                    NormKernels::layerGradSums,
                    tiles.grid(),
                    List.of(in, g, moments),
                    List.of(sums),
                    () -> tiles.numbers(in.start(), g.start(), moments.start(), sums.start()));
        }
        return columns(e, sums);
    }

    /** y = e^(x - max) / sum of e^(x - max) over the last axis: fresh, row-major. */
    static Operand softmax(Emitter e, Operand x) {
        return rows(e, "softmax", NormKernels::softmax, x);
    }

    /** y = x - max - ln(sum of e^(x - max)) over the last axis: fresh, row-major. */
    static Operand logSoftmax(Emitter e, Operand x) {
        return rows(e, "log_softmax", NormKernels::logSoftmax, x);
    }

    private static Operand rows(Emitter e, String label, Kernel kernel, Operand x) {
        Operand in = e.rowMajor(x);
        Operand y = e.fresh(x.shape(), Layout.rowMajor(x.rank()));
        Rows rows = Rows.of(in);
        if (!rows.isEmpty()) {
            e.emit(label, kernel, rows.grid(), List.of(in), List.of(y), () ->
                    new int[] {rows.rows, rows.c, rows.lanes, in.start(), y.start()});
        }
        return y;
    }
}
