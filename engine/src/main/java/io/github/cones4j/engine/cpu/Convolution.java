package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Two-dimensional convolution (cross-correlation) in float32 and its gradients, as matrix products over gathered {@link Patches}.
 * Pictures are dense [images, height, width, channels], weights as stored by PyTorch: [out, in, kernel rows, kernel columns].
 *
 * <p>{@code y[b, i, j, o] = sum over u, v, c of x[b, i * strideY + u - padTop, j * strideX + v - padLeft, c] * w[o, c, u, v]}, with
 * x zero outside. The bytes of a result depend neither on threads nor on how the work is divided; another vector width may order
 * the sums otherwise.
 */
final class Convolution {

    /** Rows whose sum is taken before it is added to the sum of those before: few enough to stay in the first-level cache. */
    private static final int ROWS_AT_ONCE = 128;

    private Convolution() {}

    /**
     * The sizes of a convolution. Padding below and to the right shows only in the output's size: rows and columns beyond the input
     * are zero.
     */
    record Geometry(
            int images,
            int height,
            int width,
            int channels,
            int outHeight,
            int outWidth,
            int outChannels,
            int kernelHeight,
            int kernelWidth,
            int strideY,
            int strideX,
            int padTop,
            int padLeft) {

        /** The sizes for one stride and padding that may differ on the four sides. */
        static Geometry of(
                int images,
                int height,
                int width,
                int channels,
                int outChannels,
                int kernelHeight,
                int kernelWidth,
                int stride,
                int padTop,
                int padLeft,
                int padBottom,
                int padRight) {
            int outHeight = (height + padTop + padBottom - kernelHeight) / stride + 1;
            int outWidth = (width + padLeft + padRight - kernelWidth) / stride + 1;
            return new Geometry(
                    images,
                    height,
                    width,
                    channels,
                    outHeight,
                    outWidth,
                    outChannels,
                    kernelHeight,
                    kernelWidth,
                    stride,
                    stride,
                    padTop,
                    padLeft);
        }

        int points() {
            return images * outHeight * outWidth;
        }

        int depth() {
            return kernelHeight * kernelWidth * channels;
        }

        /** Whether each point is multiplied by itself: a matrix product. */
        boolean isPointwise() {
            return kernelHeight == 1
                    && kernelWidth == 1
                    && strideY == 1
                    && strideX == 1
                    && padTop == 0
                    && padLeft == 0
                    && outHeight == height
                    && outWidth == width;
        }
    }

    /** Floats that {@link #pack} writes. */
    static int packedSize(Geometry g) {
        return Gemm.packedSize(g.depth(), g.outChannels());
    }

    /** How packed weights are ordered. */
    static PackOrder order(Geometry g) {
        int chunk = Planes.suit(g) ? Planes.chunk(g) : Math.max(1, g.channels());
        return new PackOrder(
                g.channels(),
                chunk,
                g.kernelHeight(),
                g.kernelWidth(),
                Planes.ordersByColumn(g),
                g.outChannels(),
                Planes.suitTurned(g));
    }

    /** Packs weights for {@link #forward}. */
    static void pack(Workers workers, float[] w, int w0, Geometry g, float[] packed, int p0) {
        pack(workers, w, w0, g, Packed.floats(packed, p0));
    }

    /**
     * Packs weights in the {@link #order} of a convolution.
     *
     * @param to takes {@link Panels#size} floats; of another type than float32 only if all weights are of that type
     */
    static void pack(Workers workers, float[] w, int w0, Geometry g, Packed to) {
        pack(workers, w, w0, order(g), to);
    }

    /** The same in any order of weights [columns, channels, kernel rows, kernel columns]. */
    static void pack(Workers workers, float[] w, int w0, PackOrder order, Packed to) {
        int taps = order.taps();
        int depth = order.depth();
        int[] places = new int[taps];
        for (int tap = 0; tap < taps; tap++) {
            places[tap] = order.place(tap / order.kernelWidth(), tap % order.kernelWidth());
        }
        int spare = Math.max(taps, Gemm.PACKED_AT_ONCE) * Tiles.ROWS;
        workers.run(order.panels(), (panel, worker) -> {
            int width = order.width(panel);
            int live = order.live(panel);
            int block = to.isHalf() ? Packed.widened(order.chunk() * taps * width) : 0;
            float[] s = workers.scratch(worker, spare + block);
            for (int c0 = 0; c0 < order.channels(); c0 += order.chunk()) {
                int length = order.length(c0);
                int from = w0 + order.column(panel) * depth + c0 * taps;
                int index = Panels.index(order, to.dtype(), panel, c0 * taps);
                float[] into = to.isHalf() ? s : to.array();
                int at = to.isHalf() ? Workers.ALIGNED + spare : to.start() + index;
                if (live < width) {
                    Arrays.fill(into, at, at + length * taps * width, 0);
                }
                Gemm.packColumns(w, from, depth, length, places, live, into, at, width, s, Workers.ALIGNED);
                if (to.isHalf()) {
                    to.narrow(s, at, index, length * taps * width);
                }
            }
        });
    }

    /**
     * y = x * w, then the epilogue (its columns are output channels, its rows output points).
     *
     * @param packed from {@link #pack}, in float32
     */
    static void forward(
            Workers workers,
            Geometry g,
            float[] x,
            int x0,
            float[] packed,
            int p0,
            float[] y,
            int y0,
            Epilogue epilogue) {
        forward(workers, g, x, x0, Packed.floats(packed, p0), y, y0, epilogue);
    }

    /** The same with weights from {@link #pack} in any type. */
    static void forward(
            Workers workers, Geometry g, float[] x, int x0, Packed w, float[] y, int y0, Epilogue epilogue) {
        Gemm.Target target = Gemm.Target.plain(y, y0, g.outChannels());
        multiply(workers, g, x, x0, Panels.of(w, order(g)), target, epilogue);
    }

    private static void multiply(
            Workers workers, Geometry g, float[] x, int x0, Panels w, Gemm.Target target, Epilogue epilogue) {
        if (g.points() == 0) {
            return; // a phase beyond a picture narrower than the stride
        }
        if (Planes.suit(g)) {
            Planes.multiply(workers, g, x, x0, w, target, epilogue);
        } else {
            Rows rows = g.isPointwise() ? new Rows.Plain(x, x0, g.channels()) : new Patches(x, x0, g);
            Gemm.multiply(workers, g.points(), g.outChannels(), g.depth(), rows, w, target, epilogue);
        }
    }

    // The input's gradient: with stride s, the points of x fall into s * s phases, each touched by its own taps of the
    // kernel, and
    // each phase is a convolution of dy of stride 1 with these taps turned round.

    /**
     * One axis of one phase: points {@code first, first + stride, ...} ({@code count} of them) see the taps
     * {@code residue, residue + stride, ...} ({@code taps}), the last one first, at {@code dy[j - pad ..]} for the j-th point.
     */
    private record Phase(int residue, int taps, int first, int count, int pad) {
        static Phase of(int residue, int kernel, int stride, int pad, int size) {
            int taps = residue < kernel ? Gemm.divideUp(kernel - residue, stride) : 0;
            int first = Math.floorMod(residue - pad, stride);
            int count = first < size ? Gemm.divideUp(size - first, stride) : 0;
            return new Phase(residue, taps, first, count, taps - 1 - (first + pad - residue) / stride);
        }

        Panels.Taps turned(int stride) {
            return new Panels.Taps(residue + (taps - 1) * stride, stride);
        }
    }

    /**
     * The gradient of x: {@code dx[b, i, k, c] = sum over o, u, v of dy[b, (i + padTop - u) / strideY, (k + padLeft - v) / strideX, o] *
     * w[o, c, u, v]} where the divisions leave no rest, then the epilogue, which may scale and accumulate.
     *
     * @param w from {@link #pack}: what {@link #forward} reads
     */
    static void gradInput(
            Workers workers, Geometry g, float[] dy, int dy0, Packed w, float[] dx, int dx0, Epilogue epilogue) {
        gradInput(workers, g, dy, dy0, w, order(g), dx, dx0, epilogue);
    }

    /** The same with weights in any order. */
    static void gradInput(
            Workers workers,
            Geometry g,
            float[] dy,
            int dy0,
            Packed w,
            PackOrder order,
            float[] dx,
            int dx0,
            Epilogue epilogue) {
        int n = g.channels();
        for (int ry = 0; ry < g.strideY(); ry++) {
            Phase py = Phase.of(ry, g.kernelHeight(), g.strideY(), g.padTop(), g.height());
            for (int rx = 0; rx < g.strideX(); rx++) {
                Phase px = Phase.of(rx, g.kernelWidth(), g.strideX(), g.padLeft(), g.width());
                Geometry phase = phase(g, py, px);
                Gemm.Target target = g.strideY() == 1 && g.strideX() == 1
                        ? Gemm.Target.plain(dx, dx0, n)
                        : Gemm.Target.images(
                                dx,
                                dx0 + (py.first * g.width() + px.first) * n,
                                py.count,
                                px.count,
                                g.height() * g.width() * n,
                                g.strideY() * g.width() * n,
                                g.strideX() * n);
                if (phase.points() > 0) { // an input smaller than the stride has no point in some phases
                    Panels turned = new Panels.Transposed(
                            w, order, order(phase), py.turned(g.strideY()), px.turned(g.strideX()));
                    multiply(workers, phase, dy, dy0, turned, target, epilogue);
                }
            }
        }
    }

    /**
     * The convolution of dy that is the input's gradient of one of stride 1: channels and output channels have changed places, and the
     * kernel is turned round.
     */
    static Geometry turned(Geometry g) {
        return phase(
                g,
                Phase.of(0, g.kernelHeight(), 1, g.padTop(), g.height()),
                Phase.of(0, g.kernelWidth(), 1, g.padLeft(), g.width()));
    }

    /** The weights of {@link #turned} in the order of their kernel, from those of a convolution of stride 1. */
    static Panels turned(Geometry g, Packed w, PackOrder order, PackOrder target) {
        return new Panels.Transposed(
                w, order, target, new Panels.Taps(g.kernelHeight() - 1, 1), new Panels.Taps(g.kernelWidth() - 1, 1));
    }

    /** The convolution of dy that gives one phase of dx. */
    private static Geometry phase(Geometry g, Phase py, Phase px) {
        return new Geometry(
                g.images(),
                g.outHeight(),
                g.outWidth(),
                g.outChannels(),
                py.count,
                px.count,
                g.channels(),
                py.taps,
                px.taps,
                1,
                1,
                py.pad,
                px.pad);
    }

    /**
     * The gradient of w: {@code dw[o, c, u, v] = sum over b, i, j of dy[b, i, j, o] * x[b, i * strideY + u - padTop, j * strideX + v -
     * padLeft, c]}, in the order of the points.
     *
     * @param accumulate add to what dw holds
     */
    static void gradWeight(
            Workers workers,
            Geometry g,
            float[] x,
            int x0,
            float[] dy,
            int dy0,
            float[] dw,
            int dw0,
            boolean accumulate) {
        new WeightGradient(g, x, x0, dy, dy0, dw, dw0, accumulate).run(workers);
    }

    /**
     * {@code sums[j] = sum over i of a[i, j]}, the gradient of a bias: each column in the order of its rows, {@value #ROWS_AT_ONCE} at a time.
     *
     * @param accumulate add to what sums holds
     */
    static void columnSums(
            Workers workers, float[] a, int a0, int rows, int columns, float[] sums, int s0, boolean accumulate) {
        int blocks = Gemm.divideUp(columns, N);
        int wanted = Math.clamp((long) rows * columns / 100_000, 1, Math.min(blocks, 4 * workers.threads()));
        workers.run(wanted, (task, worker) -> {
            int first = N * Gemm.part(blocks, wanted, task);
            int end = Math.min(columns, N * Gemm.part(blocks, wanted, task + 1));
            if (!accumulate) {
                Arrays.fill(sums, s0 + first, s0 + end, 0);
            }
            for (int i = 0; i < rows; i += ROWS_AT_ONCE) {
                int n = Math.min(ROWS_AT_ONCE, rows - i);
                int j = first;
                for (; j + N <= end; j += N) {
                    addColumnSums(a, a0 + i * columns + j, columns, n, sums, s0 + j);
                }
                for (; j < end; j++) {
                    float sum = 0;
                    for (int r = i; r < i + n; r++) {
                        sum += a[a0 + r * columns + j];
                    }
                    sums[s0 + j] += sum;
                }
            }
        });
    }

    private static void addColumnSums(float[] a, int a0, int stride, int n, float[] sums, int s0) {
        FloatVector sum = FloatVector.zero(FLOAT);
        for (int i = 0; i < n; i++) {
            sum = sum.add(FloatVector.fromArray(FLOAT, a, a0 + i * stride));
        }
        sum.add(FloatVector.fromArray(FLOAT, sums, s0)).intoArray(sums, s0);
    }
}
