package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Times the products and convolutions of Stable Diffusion 1.5 and of the small model, with every size of tiles. Prints the median
 * of ten runs after three more, by the device's own clock where the backend reads it, and marks what {@link Tiling#fastest} takes.
 *
 * <p>Arguments: part of the names of the cases to run (default: all), then names of tiles (default: all).
 */
final class KernelTiming {
    private static final int WARM_UP = 3;
    private static final int RUNS = 10;

    /** Tiles that should take so many times longer than the best are left out. */
    private static final double HOPELESS = 2;

    private KernelTiming() {}

    /** Emits one case. */
    @FunctionalInterface
    private interface Body {
        void emit(KernelHarness e, Tiling.Policy policy);
    }

    /**
     * A product to be timed.
     *
     * @param name with its sizes
     * @param products multiply-adds
     * @param body what is launched
     */
    private record Case(String name, double products, Body body) {}

    private static final List<Case> CASES = new ArrayList<>();

    /** Values of inputs by their number: the same for all tiles of a case. */
    private static final Map<Integer, float[]> VALUES = new HashMap<>();

    private static Operand input(KernelHarness e, Shape shape, int... order) {
        float[] values = VALUES.computeIfAbsent(Math.toIntExact(shape.size()), size -> {
            float[] made = new float[size];
            for (int i = 0; i < size; i++) {
                made[i] = (i % 251 - 125) * 0.01f;
            }
            return made;
        });
        return e.memory(shape, values, order);
    }

    private static Operand matrix(KernelHarness e, int... dims) {
        return input(e, Shape.of(dims), Layout.rowMajor(dims.length));
    }

    private static Operand picture(KernelHarness e, Shape shape) {
        return input(e, shape, Layout.channelsLast(4));
    }

    private static void linear(String name, int m, int n, int k) {
        CASES.add(new Case(
                String.format("linear %s [%d,%d]x[%d,%d]^T", name, m, k, n, k),
                (double) m * n * k,
                (e, policy) -> MatMulTasks.matmul(
                        e,
                        new MatMul(false, true),
                        matrix(e, m, k),
                        matrix(e, n, k),
                        matrix(e, n),
                        Shape.of(m, n),
                        policy)));
    }

    private static void linearGradients(String name, int m, int n, int k) {
        CASES.add(new Case(
                String.format("linear-dx %s [%d,%d]x[%d,%d]", name, m, n, n, k),
                (double) m * n * k,
                (e, policy) -> MatMulTasks.matmul(
                        e, new MatMul(false, false), matrix(e, m, n), matrix(e, n, k), null, Shape.of(m, k), policy)));
        CASES.add(new Case(
                String.format("linear-dw %s [%d,%d]^Tx[%d,%d]", name, m, n, m, k),
                (double) m * n * k,
                (e, policy) -> MatMulTasks.matmul(
                        e, new MatMul(true, false), matrix(e, m, n), matrix(e, m, k), null, Shape.of(n, k), policy)));
    }

    private static void conv(
            String name, int batch, int channels, int size, int out, int kernel, int stride, boolean gradients) {
        Conv.Padding pad = Conv.Padding.same(kernel / 2);
        int to = (size + 2 * (kernel / 2) - kernel) / stride + 1;
        Shape x = Shape.of(batch, channels, size, size);
        Shape w = Shape.of(out, channels, kernel, kernel);
        Shape y = Shape.of(batch, out, to, to);
        double products = (double) y.size() * channels * kernel * kernel;
        String sizes = name + " " + x + "*" + w + (stride == 1 ? "" : "/" + stride);
        CASES.add(new Case(
                "conv " + sizes,
                products,
                (e, policy) -> ConvTasks.forward(
                        e, picture(e, x), matrix(e, w.dims()), matrix(e, out), stride, pad, y, policy)));
        if (gradients) {
            CASES.add(new Case(
                    "conv-dx " + sizes,
                    products,
                    (e, policy) -> ConvTasks.gradInput(e, picture(e, y), matrix(e, w.dims()), stride, pad, x, policy)));
            CASES.add(new Case(
                    "conv-dw " + sizes,
                    products,
                    (e, policy) -> ConvTasks.gradWeight(e, picture(e, x), picture(e, y), stride, pad, w, policy)));
        }
    }

    private static void cases() {
        // UNet of SD 1.5 at 64 x 64, batch 2
        linear("qkv64", 8192, 320, 320);
        linear("geglu64", 8192, 2560, 320);
        linear("ff64", 8192, 320, 1280);
        linear("qkv32", 2048, 640, 640);
        linear("geglu32", 2048, 5120, 640);
        linear("qkv16", 512, 1280, 1280);
        linear("ff16", 512, 1280, 5120);
        linear("qkv8", 128, 1280, 1280);
        linear("kv", 154, 320, 768);
        linear("kv", 154, 1280, 768);
        linear("time", 2, 1280, 1280);
        linearGradients("kv", 154, 1280, 768);
        linearGradients("ff64", 4096, 320, 1280);
        conv("in", 2, 4, 64, 320, 3, 1, false);
        conv("down64", 2, 320, 64, 320, 3, 1, true);
        conv("up64", 2, 960, 64, 320, 3, 1, false);
        conv("step64", 2, 320, 64, 320, 3, 2, true);
        conv("32", 2, 640, 32, 640, 3, 1, false);
        conv("16", 2, 1280, 16, 1280, 3, 1, true);
        conv("up16", 2, 2560, 16, 1280, 3, 1, false);
        conv("8", 2, 1280, 8, 1280, 3, 1, false);
        conv("1x1", 2, 320, 64, 320, 1, 1, false);
        conv("out", 2, 320, 64, 4, 3, 1, false);
        // VAE
        conv("vae512", 1, 128, 512, 128, 3, 1, false);
        conv("vae256", 1, 256, 256, 256, 3, 1, false);
        conv("vae64", 1, 512, 64, 512, 3, 1, false);
        conv("vae-out", 1, 128, 512, 3, 3, 1, false);
        // the small model
        conv("small16", 32, 64, 16, 64, 3, 1, true);
        conv("small8", 32, 128, 8, 128, 3, 1, true);
        conv("small4", 32, 256, 4, 256, 3, 1, true);
        linear("small", 2048, 128, 128);
        linearGradients("small", 8192, 128, 64);
    }

    /** Runs the cases. */
    public static void main(String[] arguments) throws TornadoExecutionPlanException {
        cases();
        String part = arguments.length > 0 ? arguments[0] : "";
        List<Tiling.Tile> tiles = arguments.length > 1
                ? Arrays.stream(arguments).skip(1).map(Tiling.Tile::valueOf).toList()
                : List.of(Tiling.Tile.values());
        long begin = System.nanoTime();
        for (Case timed : CASES) {
            if (timed.name.contains(part)) {
                time(timed, tiles);
                VALUES.clear();
            }
        }
        System.out.printf(Locale.ROOT, "total %.1f s%n", (System.nanoTime() - begin) * 1e-9);
    }

    private static void time(Case timed, List<Tiling.Tile> tiles) throws TornadoExecutionPlanException {
        for (Tiling.Tile tile : tiles) {
            Tiling[] used = new Tiling[1];
            boolean[] best = new boolean[1];
            boolean[] hopeless = new boolean[1];
            Tiling.Policy policy = (m, n, k, batch) -> {
                used[0] = Tiling.fastest(tile, m, n, k, batch);
                Tiling chosen = Tiling.fastest(m, n, k, batch);
                best[0] = chosen.tile() == tile;
                hopeless[0] = used[0].clocks(m, n, batch) > HOPELESS * chosen.clocks(m, n, batch);
                return used[0];
            };
            KernelHarness e = new KernelHarness();
            timed.body.emit(e, policy);
            if (hopeless[0] && tiles.size() > 1) {
                continue;
            }
            FloatArray memory = e.place();
            long[] clock = e.time(memory, WARM_UP + RUNS);
            long[] sorted = Arrays.stream(clock).skip(WARM_UP).sorted().toArray();
            double micros = sorted[RUNS / 2] * 1e-3;
            System.out.printf(
                    Locale.ROOT,
                    "%-52s %-8s splits %3d %c %10.1f us %9.1f GFLOP/s%n",
                    timed.name,
                    tile,
                    used[0].splits(),
                    best[0] ? '*' : ' ',
                    micros,
                    2 * timed.products / micros * 1e-3);
        }
    }
}
