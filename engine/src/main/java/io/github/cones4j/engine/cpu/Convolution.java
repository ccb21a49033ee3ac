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

        private boolean isPointwise() {
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

    /**
     * In which order a kernel reads weights: panel by panel of output channels, in a panel chunk by chunk of channels, in a chunk place
     * by place of the kernel, there [channels, width of the panel].
     *
     * @param chunk channels of a chunk
     * @param places where the weights of each place of the kernel, row by row, stand among its places
     * @param turned whether the panels are as wide as a tile of {@link Tiles} is high
     */
    record Order(int chunk, int[] places, boolean turned) {
        static Order of(Geometry g) {
            return new Order(Convolution.chunk(g), Convolution.places(g), Planes.suitTurned(g));
        }

        int width(int outChannels, int panel) {
            return turned ? Tiles.ROWS : N * Gemm.vectors(outChannels, panel);
        }
    }

    /** Packs weights for {@link #forward}. */
    static void pack(Workers workers, float[] w, int w0, Geometry g, float[] packed, int p0) {
        pack(workers, w, w0, g, Order.of(g), packed, p0);
    }

    /** Packs weights in any order. */
    static void pack(Workers workers, float[] w, int w0, Geometry g, Order order, float[] packed, int p0) {
        int channels = g.channels();
        int chunk = order.chunk;
        int[] places = order.places;
        int taps = places.length;
        int n = g.outChannels();
        int panels = Gemm.panels(n);
        workers.run(panels, (panel, worker) -> {
            int column = N * Gemm.firstVector(n, panel);
            int width = order.width(n, panel);
            int live = Math.min(width, n - column);
            int at = p0 + g.depth() * column;
            if (live < width) {
                Arrays.fill(packed, at, at + g.depth() * width, 0);
            }
            float[] spare = workers.scratch(worker, Math.max(taps, Gemm.PACKED_AT_ONCE) * Tiles.ROWS);
            int from = w0 + column * g.depth();
            for (int c0 = 0; c0 < channels; c0 += chunk) {
                int length = Math.min(chunk, channels - c0);
                int place = at + c0 * taps * width;
                Gemm.packColumns(
                        w,
                        from + c0 * taps,
                        g.depth(),
                        length,
                        places,
                        live,
                        packed,
                        place,
                        width,
                        spare,
                        Workers.ALIGNED);
            }
        });
    }

    /**
     * y = x * w, then the epilogue (its columns are output channels, its rows output points).
     *
     * @param packed from {@link #pack}
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
        multiply(workers, g, x, x0, packed, p0, Gemm.Target.plain(y, y0, g.outChannels()), epilogue);
    }

    private static void multiply(
            Workers workers,
            Geometry g,
            float[] x,
            int x0,
            float[] packed,
            int p0,
            Gemm.Target target,
            Epilogue epilogue) {
        if (g.points() == 0) {
            return; // a phase beyond a picture narrower than the stride
        }
        if (Planes.suit(g)) {
            Planes.multiply(workers, g, x, x0, packed, p0, target, epilogue);
        } else {
            Rows rows = g.isPointwise() ? new Rows.Plain(x, x0, g.channels()) : new Patches(x, x0, g);
            Gemm.multiply(workers, g.points(), g.outChannels(), g.depth(), rows, packed, p0, target, epilogue);
        }
    }

    /** Where the weights of each place of the kernel stand among its places. */
    private static int[] places(Geometry g) {
        boolean columnsFirst = Planes.ordersByColumn(g);
        int[] places = new int[g.kernelHeight() * g.kernelWidth()];
        for (int u = 0; u < g.kernelHeight(); u++) {
            for (int v = 0; v < g.kernelWidth(); v++) {
                places[u * g.kernelWidth() + v] = columnsFirst ? v * g.kernelHeight() + u : u * g.kernelWidth() + v;
            }
        }
        return places;
    }

    /** Channels whose weights follow each other for one place of the kernel. */
    private static int chunk(Geometry g) {
        return Planes.suit(g) ? Planes.chunk(g) : g.channels();
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
    }

    /** Floats that {@link #packForInput} writes. */
    static int packedForInputSize(Geometry g) {
        return Gemm.packedSize(g.kernelHeight() * g.kernelWidth() * g.outChannels(), g.channels());
    }

    /** Packs weights for {@link #gradInput}. */
    static void packForInput(Workers workers, float[] w, int w0, Geometry g, float[] packed, int p0) {
        int at = p0;
        for (int ry = 0; ry < g.strideY(); ry++) {
            Phase py = Phase.of(ry, g.kernelHeight(), g.strideY(), g.padTop(), g.height());
            for (int rx = 0; rx < g.strideX(); rx++) {
                Phase px = Phase.of(rx, g.kernelWidth(), g.strideX(), g.padLeft(), g.width());
                Geometry phase = phase(g, py, px);
                packPhase(workers, w, w0, g, py, px, phase, Order.of(phase), packed, at);
                at += packedSize(phase);
            }
        }
    }

    /**
     * The convolution of dy that gives the input's gradient of one of stride 1: output channels and channels have changed places, the
     * kernel is turned by half a turn.
     */
    static Geometry turned(Geometry g) {
        return phase(
                g,
                Phase.of(0, g.kernelHeight(), 1, g.padTop(), g.height()),
                Phase.of(0, g.kernelWidth(), 1, g.padLeft(), g.width()));
    }

    /** Packs the weights of {@link #turned} in any order. */
    static void packTurned(Workers workers, float[] w, int w0, Geometry g, Order order, float[] packed, int p0) {
        Phase py = Phase.of(0, g.kernelHeight(), 1, g.padTop(), g.height());
        Phase px = Phase.of(0, g.kernelWidth(), 1, g.padLeft(), g.width());
        packPhase(workers, w, w0, g, py, px, phase(g, py, px), order, packed, p0);
    }

    private static void packPhase(
            Workers workers,
            float[] w,
            int w0,
            Geometry g,
            Phase py,
            Phase px,
            Geometry phase,
            Order order,
            float[] packed,
            int p0) {
        int n = g.channels();
        int out = g.outChannels();
        int chunk = order.chunk;
        int[] places = order.places;
        int taps = g.kernelHeight() * g.kernelWidth();
        int depth = phase.depth();
        workers.run(Gemm.panels(n), (panel, worker) -> {
            int column = N * Gemm.firstVector(n, panel);
            int width = order.width(n, panel);
            int live = Math.min(width, n - column);
            int at = p0 + depth * column;
            if (live < width) {
                Arrays.fill(packed, at, at + depth * width, 0);
            }
            for (int o = 0; o < out; o++) {
                int o0 = o / chunk * chunk;
                int length = Math.min(chunk, out - o0);
                for (int ty = 0; ty < py.taps; ty++) {
                    int u = py.residue + (py.taps - 1 - ty) * g.strideY();
                    for (int tx = 0; tx < px.taps; tx++) {
                        int v = px.residue + (px.taps - 1 - tx) * g.strideX();
                        int from = w0 + (o * n + column) * taps + u * g.kernelWidth() + v;
                        int place = o0 * places.length + places[ty * px.taps + tx] * length + o - o0;
                        int to = at + place * width;
                        for (int j = 0; j < live; j++) {
                            packed[to + j] = w[from + j * taps];
                        }
                    }
                }
            }
        });
    }

    /**
     * The gradient of x: {@code dx[b, i, k, c] = sum over o, u, v of dy[b, (i + padTop - u) / strideY, (k + padLeft - v) / strideX, o] *
     * w[o, c, u, v]} where the divisions leave no rest, then the epilogue, which may scale and accumulate.
     *
     * @param packed from {@link #packForInput}
     */
    static void gradInput(
            Workers workers,
            Geometry g,
            float[] dy,
            int dy0,
            float[] packed,
            int p0,
            float[] dx,
            int dx0,
            Epilogue epilogue) {
        int n = g.channels();
        int at = p0;
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
                    multiply(workers, phase, dy, dy0, packed, at, target, epilogue);
                }
                at += packedSize(phase);
            }
        }
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
