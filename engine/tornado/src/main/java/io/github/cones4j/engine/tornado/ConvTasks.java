package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Launches convolutions and their gradients. Pictures have their channels innermost. Convolutions with a kernel of one point are
 * plain products of matrices.
 */
final class ConvTasks {
    /** Numbers of {@link ConvKernels} before and for each phase. */
    private static final int HEADER = 17;

    private static final int PHASE = 16;

    private ConvTasks() {}

    /** Emits a convolution; its result has the channels innermost. */
    static Operand forward(
            Emitter e, Operand x, Operand w, @Nullable Operand bias, int stride, Conv.Padding pad, Shape y) {
        return forward(e, x, w, bias, stride, pad, y, Tiling::fastest);
    }

    /** The same, divided as told. */
    static Operand forward(
            Emitter e,
            Operand x,
            Operand w,
            @Nullable Operand bias,
            int stride,
            Conv.Padding pad,
            Shape y,
            Tiling.Policy policy) {
        Operand out = e.fresh(y, Layout.channelsLast(4));
        if (out.size() == 0) {
            return out;
        }
        Operand picture = e.channelsLast(x);
        Operand weight = e.rowMajor(w);
        Operand added = bias == null ? null : e.rowMajor(bias);
        if (isPointwise(weight, stride, pad)) {
            MatMulTasks.product(
                    e,
                    "conv2d",
                    MatMulTasks.Matrix.lines(pointwise(picture)),
                    MatMulTasks.Matrix.lines(pointwise(weight)),
                    added,
                    1,
                    out,
                    policy);
            return out;
        }
        // One phase: all points, all taps
        Phase phase = new Phase(
                y.dim(0),
                y.dim(2),
                y.dim(3),
                weight.dim(2),
                weight.dim(3),
                weight.dim(1),
                -pad.top(),
                -pad.left(),
                0,
                0);
        Operand taps = weight.permute(2, 3, 1, 0);
        Supplier<Operand> packed = () -> packForward(e, weight);
        convolve(e, "conv2d", picture, taps, packed, added, stride, List.of(phase), 1, out, policy);
        return out;
    }

    /** Emits the gradient of a convolution's input; its result has the channels innermost. */
    static Operand gradInput(Emitter e, Operand dy, Operand w, int stride, Conv.Padding pad, Shape x) {
        return gradInput(e, dy, w, stride, pad, x, Tiling::fastest);
    }

    /**
     * The same, divided as told. Point y of the input gets something from tap u if y + top - u is a multiple of the stride: the
     * points whose y + top leave the same remainder form a phase with the taps that leave it too, and a phase is a convolution of
     * dy with stride 1, its taps in reverse order.
     */
    static Operand gradInput(
            Emitter e, Operand dy, Operand w, int stride, Conv.Padding pad, Shape x, Tiling.Policy policy) {
        Operand out = e.fresh(x, Layout.channelsLast(4));
        if (out.size() == 0) {
            return out;
        }
        Operand picture = e.channelsLast(dy);
        Operand weight = e.rowMajor(w);
        int outs = weight.dim(0);
        int channels = x.dim(1);
        if (isPointwise(weight, stride, pad)) {
            MatMulTasks.product(
                    e,
                    "conv2d_grad_input",
                    MatMulTasks.Matrix.lines(pointwise(picture)),
                    MatMulTasks.Matrix.lines(pointwise(weight).permute(0, 2, 1)),
                    null,
                    1,
                    out,
                    policy);
            return out;
        }
        // 1. The phases and the order of their taps
        int height = weight.dim(2);
        int width = weight.dim(3);
        List<Phase> phases = new ArrayList<>();
        List<Integer> taps = new ArrayList<>();
        for (int i = 0; i < stride; i++) {
            int y0 = Math.floorMod(i - pad.top(), stride);
            int high = Math.ceilDiv(Math.max(height - i, 0), stride);
            for (int j = 0; j < stride; j++) {
                int x0 = Math.floorMod(j - pad.left(), stride);
                int wide = Math.ceilDiv(Math.max(width - j, 0), stride);
                if (y0 < x.dim(2) && x0 < x.dim(3)) {
                    phases.add(new Phase(
                            x.dim(0),
                            Math.ceilDiv(x.dim(2) - y0, stride),
                            Math.ceilDiv(x.dim(3) - x0, stride),
                            high,
                            wide,
                            outs,
                            (y0 + pad.top() - i) / stride - (high - 1),
                            (x0 + pad.left() - j) / stride - (wide - 1),
                            taps.size() * outs,
                            (y0 * x.dim(3) + x0) * channels));
                    for (int u = high - 1; u >= 0; u--) {
                        for (int v = wide - 1; v >= 0; v--) {
                            taps.add((i + u * stride) * width + j + v * stride);
                        }
                    }
                }
            }
        }
        // 2. The weights in that order
        Operand packed = packForInput(e, weight, taps);
        convolve(e, "conv2d_grad_input", picture, packed, () -> packed, null, 1, phases, stride, out, policy);
        return out;
    }

    /** Emits the gradient of a convolution's weight; its result is row-major. */
    static Operand gradWeight(Emitter e, Operand x, Operand dy, int stride, Conv.Padding pad, Shape w) {
        return gradWeight(e, x, dy, stride, pad, w, Tiling::fastest);
    }

    /** The same, divided as told. */
    static Operand gradWeight(
            Emitter e, Operand x, Operand dy, int stride, Conv.Padding pad, Shape w, Tiling.Policy policy) {
        Operand out = e.fresh(w, Layout.rowMajor(4));
        if (out.size() == 0) {
            return out;
        }
        Operand picture = e.channelsLast(x);
        Operand gradient = e.channelsLast(dy);
        int m = w.dim(0);
        int channels = w.dim(1);
        int k = points(gradient.shape());
        if (isPointwise(out, stride, pad)) {
            MatMulTasks.product(
                    e,
                    "conv2d_grad_weight",
                    MatMulTasks.Matrix.lines(pointwise(gradient).permute(0, 2, 1)),
                    MatMulTasks.Matrix.lines(pointwise(picture).permute(0, 2, 1)),
                    null,
                    1,
                    out,
                    policy);
            return out;
        }
        int taps = w.dim(2) * w.dim(3);
        int n = taps * channels;
        Tiling tiling = policy.choose(m, n, k, 1);
        int splits = tiling.splits();
        Operand parts = e.fresh(Shape.of(splits, m, n), Layout.rowMajor(3));
        Divisor image = Divisor.of(Math.max(gradient.dim(2) * gradient.dim(3), 1));
        Divisor line = Divisor.of(Math.max(gradient.dim(3), 1));
        e.emit(
                "conv2d_grad_weight",
                ConvWeightKernels.weight(tiling.tile()),
                tiling.grid(m, n, 1),
                List.of(picture, gradient),
                List.of(parts),
                () -> new int[] {
                    m,
                    n,
                    k,
                    gradient.start(),
                    picture.start(),
                    picture.dim(2),
                    picture.dim(3),
                    channels,
                    stride,
                    w.dim(3),
                    -pad.top(),
                    -pad.left(),
                    parts.start(),
                    -1,
                    tiling.tile().across(n),
                    tiling.depth(),
                    image.multiplier(),
                    image.shift(),
                    image.divisor(),
                    line.multiplier(),
                    line.shift(),
                    line.divisor()
                });
        MatMulTasks.sum(e, "conv2d_grad_weight", parts, splits, m * n, n, taps, null, out);
        return out;
    }

    /**
     * Points of a result that get theirs from the same taps.
     *
     * @param images of the result
     * @param height lines of these points in an image
     * @param width points of a line
     * @param kernelHeight lines of taps
     * @param kernelWidth taps of a line
     * @param channels of the picture that is convolved
     * @param top its line under the first tap at the first point
     * @param left its column under the first tap at the first point
     * @param weights rows of the packed weights before the first tap's
     * @param place of the first point in the result, in floats
     */
    private record Phase(
            int images,
            int height,
            int width,
            int kernelHeight,
            int kernelWidth,
            int channels,
            int top,
            int left,
            int weights,
            int place) {
        int rows() {
            return images * height * width;
        }

        int depth() {
            return kernelHeight * kernelWidth * channels;
        }

        /** Of the only phase. */
        MmaTasks.Window window(int step) {
            return new MmaTasks.Window(step, top, left, height, width);
        }

        void write(int[] p, int s, int splits) {
            Divisor image = Divisor.of(height * width);
            Divisor line = Divisor.of(width);
            Divisor taps = Divisor.of(Math.max(kernelWidth, 1));
            int[] numbers = {
                rows(),
                depth(),
                Tiling.depth(depth(), splits),
                image.multiplier(),
                image.shift(),
                image.divisor(),
                line.multiplier(),
                line.shift(),
                line.divisor(),
                taps.multiplier(),
                taps.shift(),
                taps.divisor(),
                top,
                left,
                weights,
                place
            };
            System.arraycopy(numbers, 0, p, s, PHASE);
        }
    }

    /**
     * Emits the convolution of a picture.
     *
     * @param taps weights [..., channels, out] of all taps in their order, lying however
     * @param packed makes them dense
     * @param step points of the picture from one point of a phase to the next
     * @param spread points of the result from one point of a phase to the next
     */
    private static void convolve(
            Emitter e,
            String label,
            Operand picture,
            Operand taps,
            Supplier<Operand> packed,
            @Nullable Operand bias,
            int step,
            List<Phase> phases,
            int spread,
            Operand result,
            Tiling.Policy policy) {
        int extent = Math.max(picture.dim(2), picture.dim(3));
        if (extent >= ConvKernels.MAX_EXTENT / 2) {
            throw new IllegalArgumentException(label + ": a picture of " + picture.dim(2) + " x " + picture.dim(3)
                    + " points is too large for the GPU's kernels: at most " + (ConvKernels.MAX_EXTENT / 2 - 1)
                    + " in either direction; divide it into tiles");
        }
        int n = result.dim(1);
        int m = phases.stream().mapToInt(Phase::rows).max().orElse(0);
        int k = phases.stream().mapToInt(Phase::depth).max().orElse(0);
        Phase first = phases.getFirst();
        if (e.precision() != Precision.FLOAT32
                && MmaTasks.suits(m, n, first.kernelHeight * first.kernelWidth, picture.dim(1), phases.size())) {
            Shape shape = Shape.of(first.kernelHeight, first.kernelWidth, picture.dim(1), n);
            Operand weights = Objects.requireNonNull(taps.reshape(shape));
            MmaTasks.conv(e, label, picture, weights, first.window(step), bias, result);
            return;
        }
        Operand weights = packed.get();
        Tiling tiling = policy.choose(m, n, k, phases.size());
        int splits = tiling.splits();
        int size = result.size();
        Operand out = splits == 1 ? result : e.fresh(Shape.of(splits, size), Layout.rowMajor(2));
        Operand added = splits == 1 ? bias : null;
        e.emit(
                label,
                ConvKernels.conv(tiling.tile()),
                tiling.grid(m, n, phases.size()),
                MatMulTasks.present(picture, weights, added),
                List.of(out),
                () -> {
                    int[] p = new int[HEADER + PHASE * phases.size()];
                    int channels = picture.dim(1);
                    Divisor division = Divisor.of(Math.max(channels, 1));
                    int line = result.dim(3) * n;
                    int[] numbers = {
                        n,
                        picture.start(),
                        picture.dim(2),
                        picture.dim(3),
                        channels,
                        division.multiplier(),
                        division.shift(),
                        step,
                        weights.start(),
                        MatMulTasks.start(added),
                        out.start(),
                        result.dim(2) * line,
                        spread * line,
                        spread * n,
                        splits == 1 ? 0 : size,
                        tiling.tile().across(n),
                        splits
                    };
                    System.arraycopy(numbers, 0, p, 0, HEADER);
                    for (int i = 0; i < phases.size(); i++) {
                        phases.get(i).write(p, HEADER + i * PHASE, splits);
                    }
                    return p;
                });
        if (splits > 1) {
            MatMulTasks.sum(e, label, out, splits, size, n, 1, bias, result);
        }
    }

    /** Weights [out, in, height, width] as [height * width, in, out]: of constants made once, else by a kernel in each run. */
    static Operand packForward(Emitter e, Operand weight) {
        if (weight.slot().isConstant()) {
            return e.rowMajor(weight.permute(2, 3, 1, 0));
        }
        int outs = weight.dim(0);
        int channels = weight.dim(1);
        int taps = weight.dim(2) * weight.dim(3);
        Operand packed = e.fresh(Shape.of(taps, channels, outs), Layout.rowMajor(3));
        e.emit(
                "pack",
                PartKernels::packForward,
                Grid.groups(
                        Math.ceilDiv(channels * taps, PartKernels.TILE),
                        Grid.GROUP,
                        Math.ceilDiv(outs, PartKernels.TILE),
                        1),
                List.of(weight),
                List.of(packed),
                () -> new int[] {outs, channels, taps, weight.start(), packed.start()});
        return packed;
    }

    /**
     * Emits a copy of weights [out, in, height, width] as [taps, out, in], the taps in the given order.
     *
     * <p>Once for constants would do: Emitter.constantCopy, as soon as there is one.
     */
    private static Operand packForInput(Emitter e, Operand weight, List<Integer> order) {
        int outs = weight.dim(0);
        int channels = weight.dim(1);
        int taps = weight.dim(2) * weight.dim(3);
        int used = order.size();
        Operand packed = e.fresh(Shape.of(Math.max(used, 1), outs, channels), Layout.rowMajor(3));
        if (used > 0) {
            e.emit(
                    "pack",
                    PartKernels::packForInput,
                    Grid.threads(used * outs * channels),
                    List.of(weight),
                    List.of(packed),
                    () -> {
                        int[] p = new int[6 + used];
                        p[0] = outs;
                        p[1] = channels;
                        p[2] = taps;
                        p[3] = weight.start();
                        p[4] = packed.start();
                        p[5] = used;
                        for (int i = 0; i < used; i++) {
                            p[6 + i] = order.get(i);
                        }
                        return p;
                    });
        }
        return packed;
    }

    private static boolean isPointwise(Operand weight, int stride, Conv.Padding pad) {
        return weight.dim(2) == 1 && weight.dim(3) == 1 && stride == 1 && pad.equals(Conv.Padding.same(0));
    }

    /** The picture [images, channels, lines, points], or weights of one tap, as one matrix [1, all else, channels]. */
    private static Operand pointwise(Operand picture) {
        Shape shape = Shape.of(1, points(picture.shape()), picture.dim(1));
        return Objects.requireNonNull(picture.permute(0, 2, 3, 1).reshape(shape));
    }

    private static int points(Shape shape) {
        return shape.dim(0) * shape.dim(2) * shape.dim(3);
    }
}
