package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;

import io.github.cones4j.engine.cpu.Convolution.Geometry;
import java.util.Arrays;

/**
 * Convolution of stride 1 over pictures turned to planes: for a few output lines and a chunk of channels, the input lines under the
 * kernel are written as planes[lines, channels, padded width], where the neighbouring points that {@link Tiles} asks for are
 * neighbours, and where a column of the kernel, all its rows and channels, is one run of even steps. An input is so moved once per
 * line of blocks and not once per place of the kernel, which is what {@link Patches} does.
 */
final class Planes {

    /** Floats of the planes of a block at most: half of a second-level cache of 2 MB. */
    private static final int FLOATS = 1 << 18;

    /** Channels of a chunk at most. */
    private static final int CHANNELS = 128;

    /** Fewer channels than this are spread: a plane for each column of the kernel, so that a run is longer. */
    private static final int FEW = 16;

    private Planes() {}

    /** Whether a convolution is better done here: its tiles fill a line. */
    static boolean suit(Geometry g) {
        return g.strideY() == 1
                && g.strideX() == 1
                && g.kernelHeight() * g.kernelWidth() > 1
                && g.kernelWidth() * Math.min(FEW, g.channels()) <= CHANNELS
                && 4 * g.outWidth() >= 3 * Gemm.roundUp(g.outWidth(), Tiles.ROWS);
    }

    /**
     * Whether the weights are in the order (chunk, kernel column, kernel row, channel of the chunk); else they are in the order (kernel
     * row, kernel column, channel).
     */
    static boolean ordersByColumn(Geometry g) {
        return suit(g) && g.channels() >= FEW;
    }

    /**
     * Whether so few channels come out that the tiles are better turned round: output channels as rows, points of a line as vectors.
     * The packed weights then are [depth, Tiles.ROWS].
     */
    static boolean suitTurned(Geometry g) {
        return suit(g) && g.outChannels() <= Tiles.ROWS && Tiles.ROWS <= N;
    }

    /** Channels per chunk. */
    static int chunk(Geometry g) {
        if (g.channels() < FEW) {
            return g.channels();
        }
        int taps = g.kernelHeight() * g.kernelWidth();
        int most = Math.max(16, Math.min(CHANNELS, Gemm.MAX_DEPTH / taps / 16 * 16));
        return Math.min(g.channels(), Gemm.roundUp(Gemm.divideUp(g.channels(), Gemm.divideUp(g.channels(), most)), 16));
    }

    /** Output points [images, outHeight, outWidth] as rows of c, by channels as columns, from x[images, height, width, channels]. */
    static void multiply(
            Workers workers, Geometry g, float[] x, int x0, Panels weights, Gemm.Target c, Epilogue epilogue) {
        int lines = g.images() * g.outHeight();
        int panels = Gemm.panels(g.outChannels()); // one where the tiles are turned
        int wanted = Gemm.tasks(workers, (long) g.points() * g.outChannels() * g.depth());
        int height = Math.clamp(256 / g.outWidth(), 4, 32);
        int planes = chunk(g) * (g.channels() < FEW ? g.kernelWidth() : 1);
        height = Math.min(height, FLOATS / (planes * paddedWidth(g)) - g.kernelHeight() + 1);
        height = Math.clamp(height, 1, Math.max(1, lines * panels / Math.max(1, wanted)));
        int blocks = Gemm.divideUp(lines, height);
        int wide = Math.clamp(Gemm.divideUp(wanted, blocks), 1, panels);
        workers.run(blocks * wide, (task, worker) -> {
            int i = task / wide;
            int j = task - i * wide;
            new Block(g, x, x0, Gemm.part(lines, blocks, i), Gemm.part(lines, blocks, i + 1))
                    .multiply(
                            workers,
                            worker,
                            weights,
                            Gemm.part(panels, wide, j),
                            Gemm.part(panels, wide, j + 1),
                            c,
                            epilogue);
        });
    }

    /**
     * A line of a plane: the left padding, the picture's line, and what the kernel sees right of it; never a multiple of a cache line,
     * for then lines would crowd each other out of the cache.
     */
    private static int paddedWidth(Geometry g) {
        int right = g.outWidth() - 1 - g.padLeft() + g.kernelWidth() - g.width();
        int width = Math.max(0, g.padLeft()) + g.width() + Math.max(0, right);
        return width % 16 == 0 ? width + 1 : width;
    }

    /** Some neighbouring output lines, perhaps of several pictures; each picture's have their own input lines in the planes. */
    private static final class Block {
        private final Geometry g;
        private final float[] x;
        private final int x0;
        private final int first;
        private final int end;
        private final boolean spread;
        private final int paddedWidth;
        private final int lead; // padding left of a picture's line
        private final int shift; // first column of a line that the kernel sees, where padLeft is negative
        private final int planeLines;

        Block(Geometry g, float[] x, int x0, int first, int end) {
            this.g = g;
            this.x = x;
            this.x0 = x0;
            this.first = first;
            this.end = end;
            this.paddedWidth = paddedWidth(g);
            this.spread = g.channels() < FEW;
            this.lead = Math.max(0, g.padLeft());
            this.shift = lead - g.padLeft();
            this.planeLines = planeLine(end - 1) + g.kernelHeight();
        }

        /** The line of the planes under the kernel's first row at an output line. */
        private int planeLine(int line) {
            int pictures = line / g.outHeight() - first / g.outHeight();
            return line - first + pictures * (g.kernelHeight() - 1);
        }

        /** Columns of the kernel that are runs of their own. */
        private int columns() {
            return spread ? 1 : g.kernelWidth();
        }

        /** Where in a plane's line the first column of the kernel lies for the first point. */
        private int columnShift() {
            return spread ? 0 : shift;
        }

        void multiply(Workers workers, int worker, Panels weights, int panel0, int panel1, Gemm.Target c, Epilogue e) {
            int chunk = chunk(g);
            int taps = g.kernelHeight() * g.kernelWidth();
            int t = Workers.ALIGNED;
            int spare = t + Gemm.TILE;
            int planes = spare + Math.max(Tiles.ROWS, paddedWidth) * chunk + shift + g.kernelWidth();
            int perChannel = spread ? g.kernelWidth() : 1;
            int beyond =
                    shift + g.kernelWidth() + Math.max(Tiles.ROWS, Tiles.VECTORS * N); // what a last tile reads in vain
            int floats = planeLines * chunk * perChannel * paddedWidth + beyond;
            int written = Gemm.roundUp(planes + floats, 16) + Workers.ALIGNED; // blocks of weights, on a cache line
            float[] s = workers.scratch(worker, written - t + weights.room(chunk * taps));
            float[] w = weights.array(s);
            for (int c0 = 0; c0 < g.channels(); c0 += chunk) {
                int channels = Math.min(chunk, g.channels() - c0);
                if (c0 == 0 || channels < chunk) {
                    Arrays.fill(s, planes, planes + floats, 0);
                }
                turn(c0, channels, s, planes, spare);
                if (suitTurned(g)) {
                    int w0 = weights.block(0, c0 * taps, (c0 + channels) * taps, s, written);
                    for (int line = first; line < end; line++) {
                        turnedStrip(line, perChannel * channels, c0 == 0, s, planes, t, w, w0, c, e);
                    }
                    continue;
                }
                for (int panel = panel0; panel < panel1; panel++) {
                    int column = N * Gemm.firstVector(g.outChannels(), panel);
                    int vectors = Gemm.vectors(g.outChannels(), panel);
                    int w0 = weights.block(panel, c0 * taps, (c0 + channels) * taps, s, written);
                    for (int line = first; line < end; line++) {
                        strip(line, column, vectors, perChannel * channels, c0 == 0, s, planes, t, w, w0, c, e);
                    }
                }
            }
            Gemm.activate(c, first * g.outWidth(), end * g.outWidth(), panel0, panel1, g.outChannels(), e);
        }

        /** The tiles of one output line. */
        private void strip(
                int line,
                int column,
                int vectors,
                int channels,
                boolean start,
                float[] s,
                int planes,
                int copy,
                float[] w,
                int w0,
                Gemm.Target c,
                Epilogue e) {
            int width = vectors * N;
            int live = Math.min(width, g.outChannels() - column);
            for (int j = 0; j < g.outWidth(); j += Tiles.ROWS) {
                int point = line * g.outWidth() + j;
                int rows = Math.min(Tiles.ROWS, g.outWidth() - j);
                if (start) {
                    Gemm.start(c, point, rows, column, live, e);
                }
                boolean whole = Gemm.begin(c, point, rows, column, live, width, s, copy);
                float[] t = whole ? c.array() : s;
                int t0 = whole ? c.row(point) + column : copy;
                int ldt = whole ? c.stride() : width;
                int at = planes + planeLine(line) * channels * paddedWidth + columnShift() + j;
                int n = g.kernelHeight() * channels;
                for (int v = 0; v < columns(); v++) {
                    Tiles.add(vectors, s, at + v, paddedWidth, n, w, w0 + v * n * width, width, e.alpha, t, t0, ldt);
                }
                if (!whole) {
                    Gemm.finish(c, point, rows, column, live, width, s, copy);
                }
            }
        }

        /** One output line in tiles of all output channels by some vectors of points. */
        private void turnedStrip(
                int line,
                int channels,
                boolean start,
                float[] s,
                int planes,
                int copy,
                float[] w,
                int w0,
                Gemm.Target c,
                Epilogue e) {
            int n = g.kernelHeight() * channels;
            int out = g.outChannels();
            float[] y = c.array();
            if (start) {
                Gemm.start(c, line * g.outWidth(), g.outWidth(), 0, out, e);
            }
            for (int panel = 0; panel < Gemm.panels(g.outWidth()); panel++) {
                int first = N * Gemm.firstVector(g.outWidth(), panel);
                int vectors = Gemm.vectors(g.outWidth(), panel);
                int width = vectors * N;
                int at = planes + planeLine(line) * channels * paddedWidth + columnShift() + first;
                Arrays.fill(s, copy, copy + Tiles.ROWS * width, 0);
                for (int v = 0; v < columns(); v++) {
                    Tiles.add(
                            vectors,
                            w,
                            w0 + v * n * Tiles.ROWS,
                            Tiles.ROWS,
                            n,
                            s,
                            at + v,
                            paddedWidth,
                            e.alpha,
                            s,
                            copy,
                            width);
                }
                for (int j = 0; j < Math.min(width, g.outWidth() - first); j++) {
                    int to = c.row(line * g.outWidth() + first + j);
                    for (int o = 0; o < out; o++) {
                        y[to + o] += s[copy + o * width + j];
                    }
                }
            }
        }

        /** Writes the planes of a chunk of channels; the padding has been filled with zeros. */
        private void turn(int c0, int channels, float[] s, int planes, int spare) {
            int[] from = new int[Tiles.ROWS];
            int line = first;
            for (int planeLine = 0; planeLine < planeLines; ) {
                // the lines of one picture
                int image = line / g.outHeight();
                int next = Math.min(end, (image + 1) * g.outHeight());
                int y = line - image * g.outHeight() - g.padTop();
                for (int i = 0; i < next - line + g.kernelHeight() - 1; i++, y++, planeLine++) {
                    if (y >= 0 && y < g.height()) {
                        int in = x0 + (image * g.height() + y) * g.width() * g.channels() + c0;
                        if (spread) {
                            spreadLine(in, s, planes + planeLine * channels * g.kernelWidth() * paddedWidth, spare);
                        } else {
                            turnLine(in, channels, from, s, planes + planeLine * channels * paddedWidth + lead, spare);
                        }
                    }
                }
                line = next;
            }
        }

        /** One padded line per channel, from which each column of the kernel takes its planes' lines. */
        private void spreadLine(int in, float[] s, int to, int spare) {
            int channels = g.channels();
            Arrays.fill(s, spare, spare + channels * paddedWidth + shift + g.kernelWidth(), 0);
            for (int c = 0; c < channels; c++) {
                int at = spare + c * paddedWidth + lead;
                for (int j = 0; j < g.width(); j++) {
                    s[at + j] = x[in + j * channels + c];
                }
            }
            for (int v = 0; v < g.kernelWidth(); v++) {
                for (int c = 0; c < channels; c++) {
                    int from = spare + c * paddedWidth + shift + v;
                    System.arraycopy(s, from, s, to + (v * channels + c) * paddedWidth, g.outWidth());
                }
            }
        }

        private void turnLine(int in, int channels, int[] from, float[] s, int to, int spare) {
            int j = 0;
            for (; j + Tiles.ROWS <= g.width(); j += Tiles.ROWS) {
                for (int i = 0; i < Tiles.ROWS; i++) {
                    from[i] = in + (j + i) * g.channels();
                }
                Tiles.interleave(x, from, channels, s, spare);
                Tiles.copyGroups(s, spare, Tiles.ROWS, channels, s, to + j, paddedWidth);
            }
            for (; j < g.width(); j++) {
                for (int c = 0; c < channels; c++) {
                    s[to + c * paddedWidth + j] = x[in + j * g.channels() + c];
                }
            }
        }
    }
}
