package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Times the kernels for tensor cores on the products and convolutions of Stable Diffusion 1.5, with every size of tiles, and marks
 * what {@link MmaTasks.Division#fastest} takes. As {@link KernelTiming} otherwise; the bias, the packing of weights and the addition of
 * partial sums count.
 *
 * <p>Arguments: part of the names of the cases to run (default: all), then names of tiles (default: all).
 */
final class MmaTiming {
    private static final int WARM_UP = 3;
    private static final int RUNS = 10;

    /** Nanoseconds after which no case is begun. */
    private static final long LIMIT = 22_000_000_000L;

    private static final Map<Integer, float[]> VALUES = new HashMap<>();

    private static String part = "";
    private static long begin;
    private static List<MmaTasks.Tile> tiles = List.of(MmaTasks.Tile.values());

    private MmaTiming() {}

    /** Emits one case. */
    @FunctionalInterface
    private interface Body {
        void emit(KernelHarness e, MmaTasks.Division division);
    }

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

    /** [m, k] times [k, n], each side with its own or the other order in memory. */
    private static void product(String name, int m, int n, int k, boolean aTransposed, boolean bTransposed) {
        time(String.format("%s [%d,%d]x[%d,%d]", name, m, k, k, n), m, n, k, (e, division) -> {
            Operand a = aTransposed
                    ? input(e, Shape.of(1, k, m), 0, 1, 2).permute(0, 2, 1)
                    : input(e, Shape.of(1, m, k), 0, 1, 2);
            Operand b = bTransposed
                    ? input(e, Shape.of(1, n, k), 0, 1, 2)
                    : input(e, Shape.of(1, k, n), 0, 1, 2).permute(0, 2, 1);
            MmaTasks.product(
                    e,
                    "matmul",
                    MatMulTasks.Matrix.lines(a),
                    MatMulTasks.Matrix.lines(b),
                    input(e, Shape.of(n), 0),
                    1,
                    e.fresh(Shape.of(1, m, n), 0, 1, 2),
                    division);
        });
    }

    private static void linear(String name, int m, int n, int k) {
        product("linear " + name, m, n, k, false, true);
    }

    private static void conv(String name, int batch, int channels, int size, int out, int stride) {
        int to = (size - 1) / stride + 1;
        Shape x = Shape.of(batch, channels, size, size);
        Shape w = Shape.of(out, channels, 3, 3);
        Shape y = Shape.of(batch, out, to, to);
        time(
                "conv " + name + " " + x + "*" + w + "/" + stride,
                batch * to * to,
                out,
                channels * 9,
                (e, division) -> MmaTasks.conv(
                        e,
                        "conv2d",
                        input(e, x, Layout.channelsLast(4)),
                        input(e, w, 0, 1, 2, 3).permute(2, 3, 1, 0),
                        new MmaTasks.Window(stride, -1, -1, to, to),
                        input(e, Shape.of(out), 0),
                        e.fresh(y, Layout.channelsLast(4)),
                        division));
    }

    /** By the switch that chooses these kernels: in the tiles that it takes. */
    private static void gradInput(String name, int batch, int channels, int size, int out) {
        Shape x = Shape.of(batch, channels, size, size);
        Shape y = Shape.of(batch, out, size, size);
        MmaTasks.Tile tile = MmaTasks.Division.fastest(batch * size * size, channels, out * 9, 1)
                .tile();
        time(
                "conv-dx " + name + " " + x,
                batch * size * size,
                channels,
                out * 9,
                List.of(tile),
                (e, division) -> ConvTasks.gradInput(
                        e,
                        input(e, y, Layout.channelsLast(4)),
                        input(e, Shape.of(out, channels, 3, 3), 0, 1, 2, 3),
                        1,
                        Conv.Padding.same(1),
                        x));
    }

    /** Runs the cases. */
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            part = arguments[0];
        }
        if (arguments.length > 1) {
            tiles = Arrays.stream(arguments).skip(1).map(MmaTasks.Tile::valueOf).toList();
        }
        begin = System.nanoTime();
        // UNet of SD 1.5 at 64 x 64, batch 2, and its VAE: what matters most first
        conv("down64", 2, 320, 64, 320, 1);
        linear("qkv64", 8192, 320, 320);
        linear("geglu64", 8192, 2560, 320);
        linear("ff64", 8192, 320, 1280);
        conv("16", 2, 1280, 16, 1280, 1);
        conv("32", 2, 640, 32, 640, 1);
        conv("vae256", 1, 256, 256, 256, 1);
        // what the cores give at best
        product("square", 4096, 4096, 4096, false, true);
        // the rest
        linear("qkv32", 2048, 640, 640);
        linear("geglu32", 2048, 5120, 640);
        linear("qkv16", 512, 1280, 1280);
        linear("ff16", 512, 1280, 5120);
        linear("kv", 154, 1280, 768);
        conv("up64", 2, 960, 64, 320, 1);
        conv("up16", 2, 2560, 16, 1280, 1);
        conv("8", 2, 1280, 8, 1280, 1);
        gradInput("down64", 2, 320, 64, 320);
        product("linear-dw ff64", 320, 1280, 4096, true, false);
        product("linear-dx ff64", 4096, 1280, 320, false, false);
        conv("vae512", 1, 128, 512, 128, 1);
        System.out.printf(Locale.ROOT, "total %.1f s%n", (System.nanoTime() - begin) * 1e-9);
    }

    private static void time(String name, int m, int n, int k, Body body) {
        time(name, m, n, k, tiles, body);
    }

    private static void time(String name, int m, int n, int k, List<MmaTasks.Tile> used, Body body) {
        if (!name.contains(part)) {
            return;
        }
        if (System.nanoTime() - begin > LIMIT) {
            System.out.println(name + ": left out, no time");
            return;
        }
        MmaTasks.Division chosen = MmaTasks.Division.fastest(m, n, k, 1);
        for (MmaTasks.Tile tile : used) {
            MmaTasks.Division division = MmaTasks.Division.fastest(tile, m, n, k, 1);
            KernelHarness e = new KernelHarness(Precision.FLOAT16);
            body.emit(e, division);
            FloatArray memory = e.place();
            try {
                long[] sorted = Arrays.stream(e.time(memory, WARM_UP + RUNS))
                        .skip(WARM_UP)
                        .sorted()
                        .toArray();
                double micros = sorted[RUNS / 2] * 1e-3;
                System.out.printf(
                        Locale.ROOT,
                        "%-56s %-14s splits %3d %c %10.1f us %8.1f TFLOP/s%n",
                        name,
                        tile,
                        division.splits(),
                        chosen.tile() == tile ? '*' : ' ',
                        micros,
                        2.0 * m * n * k / micros * 1e-6);
            } catch (TornadoExecutionPlanException | RuntimeException failure) {
                System.out.println(name + " " + tile + ": " + failure);
            }
        }
        VALUES.clear();
    }
}
