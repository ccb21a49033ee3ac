package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import io.github.cones4j.engine.cpu.Convolution.Geometry;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The gradient of a convolution's weights: for each kernel row the product dy^T[out, points] * runs[points, kernel column and
 * channel], where the run of a point is what one kernel row sees of the input's line. The sums of a task stay in its scratch while
 * the points go by, some at a time, and are written once, in the order of the weights.
 */
final class WeightGradient {

    /** Points at a time, about. */
    private static final int POINTS = 1024;

    /** Points of a picture from which its lines are packed once for all kernel rows. */
    private static final int LARGE = 128;

    /** Output channels per task at most. */
    private static final int ROWS = 128 / Tiles.ROWS * Tiles.ROWS;

    /** Panels of runs per task at most; they share the packed dy. */
    private static final int PANELS = 2;

    private final Geometry g;
    private final float[] x;
    private final int x0;
    private final float[] dy;
    private final int dy0;
    private final float[] dw;
    private final int dw0;
    private final boolean accumulate;

    private final int run;
    private final boolean sharesLines;
    private final int linesAtOnce;
    private final int pointsAtOnce;

    WeightGradient(Geometry g, float[] x, int x0, float[] dy, int dy0, float[] dw, int dw0, boolean accumulate) {
        this.g = g;
        this.x = x;
        this.x0 = x0;
        this.dy = dy;
        this.dy0 = dy0;
        this.dw = dw;
        this.dw0 = dw0;
        this.accumulate = accumulate;
        this.run = g.kernelWidth() * g.channels();
        this.sharesLines = g.kernelHeight() > 1 && g.strideY() == 1 && g.outHeight() * g.outWidth() >= LARGE;
        this.linesAtOnce = Math.clamp(POINTS / g.outWidth(), 1, g.outHeight());
        this.pointsAtOnce = sharesLines ? linesAtOnce * g.outWidth() : Math.min(POINTS, g.points());
    }

    void run(Workers workers) {
        int panels = Gemm.panels(run);
        int tiles = Gemm.divideUp(g.outChannels(), Tiles.ROWS);
        int high = Gemm.divideUp(g.outChannels(), ROWS);
        int wide = Gemm.divideUp(panels, PANELS);
        int wanted = Gemm.tasks(workers, (long) g.points() * g.outChannels() * g.depth());
        if (high * wide < wanted) {
            wide = panels;
            high = Math.clamp(Gemm.divideUp(wanted, panels), high, Gemm.divideUp(tiles, 4));
        }
        int groups = wide;
        int blocks = high;
        workers.run(blocks * groups, (task, worker) -> {
            int i = task / groups;
            int j = task - i * groups;
            int first = Tiles.ROWS * Gemm.part(tiles, blocks, i);
            int end = Math.min(g.outChannels(), Tiles.ROWS * Gemm.part(tiles, blocks, i + 1));
            block(workers, worker, first, end, Gemm.part(panels, groups, j), Gemm.part(panels, groups, j + 1));
        });
    }

    /** dw of output channels {@code first .. end-1} and panels {@code panel0 .. panel1-1}, for all kernel rows. */
    private void block(Workers workers, int worker, int first, int end, int panel0, int panel1) {
        int column = N * Gemm.firstVector(run, panel0);
        int columns = N * (Gemm.firstVector(run, panel1 - 1) + Gemm.vectors(run, panel1 - 1)) - column;
        int rows = Gemm.roundUp(end - first, Tiles.ROWS);
        Rows.Transposed a = new Rows.Transposed(dy, dy0, g.outChannels());
        int inPlace = a.isDense() ? first + (end - first) / Tiles.ROWS * Tiles.ROWS : first;
        int runs = pointsAtOnce + (sharesLines ? (g.kernelHeight() - 1) * g.outWidth() : 0);
        int packedA = Workers.ALIGNED;
        int packedB = packedA + Gemm.roundUp(rows * pointsAtOnce, 16);
        int sums = packedB + runs * Tiles.VECTORS * N;
        int size = g.kernelHeight() * rows * columns;
        float[] s = workers.scratch(worker, sums + size - packedA);
        Arrays.fill(s, sums, sums + size, 0);
        for (int p = 0; p < g.points(); ) {
            int image = p / (g.outHeight() * g.outWidth());
            int line = p / g.outWidth() - image * g.outHeight();
            int lines = Math.min(linesAtOnce, g.outHeight() - line);
            int n = sharesLines ? lines * g.outWidth() : Math.min(pointsAtOnce, g.points() - p);
            a.pack(inPlace, end, p, p + n, s, packedA, packedA);
            for (int panel = panel0; panel < panel1; panel++) {
                int from = N * Gemm.firstVector(run, panel);
                int vectors = Gemm.vectors(run, panel);
                int width = vectors * N;
                int t = sums + g.kernelHeight() * rows * (from - column);
                if (sharesLines) {
                    for (int i = 0; i < lines + g.kernelHeight() - 1; i++) {
                        int at = packedB + i * g.outWidth() * width;
                        packRuns(image, line + i - g.padTop(), 0, g.outWidth(), from, width, s, at);
                    }
                }
                for (int u = 0; u < g.kernelHeight(); u++) {
                    int b = packedB;
                    if (sharesLines) {
                        b += u * g.outWidth() * width;
                    } else {
                        packRuns(p, p + n, u, from, width, s, packedB);
                    }
                    int packed = packedA;
                    for (int o = first; o < end; o += Tiles.ROWS) {
                        if (o < inPlace) {
                            Tiles.add(vectors, dy, a.place(o, p), a.stride(), n, s, b, width, 1, s, t, width);
                        } else {
                            Tiles.add(vectors, s, packed, Tiles.ROWS, n, s, b, width, 1, s, t, width);
                            packed += Tiles.ROWS * n;
                        }
                        t += Tiles.ROWS * width;
                    }
                }
            }
            p += n;
        }
        for (int panel = panel0; panel < panel1; panel++) {
            int from = N * Gemm.firstVector(run, panel);
            write(first, end, from, N * Gemm.vectors(run, panel), s, sums + g.kernelHeight() * rows * (from - column));
        }
    }

    /** Packs, for output points {@code p .. end-1}, {@code width} floats of their runs under kernel row u, from {@code column} on. */
    private void packRuns(int p, int end, int u, int column, int width, float[] to, int at) {
        for (int point = p; point < end; ) {
            int outLine = point / g.outWidth();
            int image = outLine / g.outHeight();
            int y = (outLine - image * g.outHeight()) * g.strideY() + u - g.padTop();
            int j = point - outLine * g.outWidth();
            int n = Math.min(end - point, g.outWidth() - j);
            packRuns(image, y, j, j + n, column, width, to, at + (point - p) * width);
            point += n;
        }
    }

    /** Packs the runs of output columns {@code j0 .. j1-1} in input line y, zeros outside the picture and beyond the run's end. */
    private void packRuns(int image, int y, int j0, int j1, int column, int width, float[] to, int at) {
        if (y < 0 || y >= g.height()) {
            Arrays.fill(to, at, at + (j1 - j0) * width, 0);
            return;
        }
        int line = g.width() * g.channels();
        int from = x0 + (image * g.height() + y) * line;
        int live = Math.min(width, run - column);
        int step = g.strideX() * g.channels();
        int first = j0 * step - g.padLeft() * g.channels() + column;
        int q = at;
        for (int j = j0; j < j1; j++) {
            if (live == width && first >= 0 && first + width <= line) {
                for (int l = 0; l < width; l += N) {
                    FloatVector.fromArray(FLOAT, x, from + first + l).intoArray(to, q + l);
                }
            } else {
                Patches.copyPadded(x, from + first, first, line, live, to, q);
                Arrays.fill(to, q + live, q + width, 0);
            }
            first += step;
            q += width;
        }
    }

    /** Writes sums[kernel row, out, width] of one panel to dw[out, channel, kernel row, kernel column]. */
    private void write(int first, int end, int column, int width, float[] s, int sums) {
        int rows = Gemm.roundUp(end - first, Tiles.ROWS);
        int live = Math.min(width, run - column);
        for (int o = first; o < end; o++) {
            for (int j = 0; j < live; j++) {
                int v = (column + j) / g.channels();
                int c = column + j - v * g.channels();
                int to = dw0 + (o * g.channels() + c) * g.kernelHeight() * g.kernelWidth() + v;
                int from = sums + (o - first) * width + j;
                for (int u = 0; u < g.kernelHeight(); u++) {
                    float sum = s[from + u * rows * width];
                    dw[to] = accumulate ? dw[to] + sum : sum;
                    to += g.kernelWidth();
                }
            }
        }
    }
}
