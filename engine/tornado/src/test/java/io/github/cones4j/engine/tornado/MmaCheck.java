package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Compares the kernels for tensor cores with sums in double, on sizes that leave tiles, fragments and steps unfilled: needs a GPU that
 * has such cores. Each result is held against two references.
 *
 * <ul>
 *   <li>Of the operands rounded alike: what is left is the rounding of sums in float32, {@link #SUMS}.
 *   <li>Of the operands themselves. Rounding to 11 bits changes each operand by at most 2^-11 = 4.9e-4 of it, by 2e-4 on average; a
 *       product of two by 3e-4, and so, since errors and products add up alike, does a sum: {@link #FLOAT16} is many times that; 8 bits of bfloat16 leave 8 times as much.
 * </ul>
 */
final class MmaCheck {
    /** Largest relative root mean square of errors. */
    private static final double SUMS = 2e-5;

    private static final double FLOAT16 = 2e-3;

    private static final double BFLOAT16 = 8 * FLOAT16;

    private final Random random = new Random(5);
    private final Precision precision;
    private final String part;
    private int failures;

    /** Checks one precision, and only what has that part of a name. */
    MmaCheck(Precision precision, String part) {
        this.precision = precision;
        this.part = part;
    }

    /** Checks everything, or what has the argument in its name; ends with status 1 if something is wrong. */
    public static void main(String[] arguments) {
        String part = arguments.length > 0 ? arguments[0] : "";
        int failures = 0;
        for (Precision precision : List.of(Precision.FLOAT16, Precision.BFLOAT16)) {
            System.out.println(precision);
            MmaCheck check = new MmaCheck(precision, part);
            check.products();
            check.convolutions();
            check.gradients();
            failures += check.failures();
        }
        System.out.println(failures == 0 ? "all right" : failures + " WRONG");
        if (failures > 0) {
            System.exit(1);
        }
    }

    /** How many results were wrong. */
    int failures() {
        return failures;
    }

    /** Products of matrices, in given tiles and in those that are chosen. */
    void products() {
        for (MmaTasks.Tile tile : MmaTasks.Tile.values()) {
            for (boolean aTransposed : new boolean[] {false, true}) {
                for (boolean bTransposed : new boolean[] {false, true}) {
                    product(131, 77, 75, 1, aTransposed, bTransposed, true, tile, 1);
                    product(144, 264, 170, 2, aTransposed, bTransposed, true, tile, 3);
                }
            }
            product(128, 128, 64, 1, false, true, true, tile, 1);
            product(144, 136, 200, 3, false, true, true, tile, 1);
            product(16, 8, 96, 1, false, true, false, tile, 2);
            product(33, 9, 65, 2, true, false, true, tile, 1);
            product(272, 320, 320, 1, false, true, true, tile, 1);
            product(77, 64, 768, 1, false, true, false, tile, 6);
        }
        chosen();
        views();
    }

    /** Convolutions, in given tiles and in those that are chosen. */
    void convolutions() {
        Conv.Padding same = Conv.Padding.same(1);
        for (MmaTasks.Tile tile : MmaTasks.Tile.values()) {
            conv(Shape.of(2, 32, 9, 7), Shape.of(40, 32, 3, 3), 1, same, tile, 1);
            conv(Shape.of(2, 64, 16, 16), Shape.of(128, 64, 3, 3), 1, same, tile, 1);
            conv(Shape.of(3, 96, 13, 11), Shape.of(21, 96, 3, 3), 2, new Conv.Padding(0, 0, 1, 1), tile, 3);
            conv(Shape.of(1, 32, 8, 40), Shape.of(136, 32, 5, 3), 3, new Conv.Padding(2, 1, 0, 3), tile, 1);
            conv(Shape.of(2, 40, 6, 5), Shape.of(24, 40, 3, 3), 1, same, tile, 2);
            conv(Shape.of(1, 320, 12, 12), Shape.of(4, 320, 3, 3), 1, same, tile, 1);
            conv(Shape.of(2, 1280, 4, 4), Shape.of(64, 1280, 3, 3), 1, same, tile, 5);
        }
        MmaTasks.Tile any = MmaTasks.Tile.T128X128;
        conv(Shape.of(2, 64, 19, 17), Shape.of(52, 64, 3, 3), 1, same, any, 0);
        conv(Shape.of(2, 64, 32, 33), Shape.of(72, 64, 3, 3), 2, same, any, 0);
        conv(Shape.of(1, 640, 8, 8), Shape.of(64, 640, 3, 3), 1, same, any, 0);
        conv(Shape.of(1, 100, 16, 16), Shape.of(320, 100, 3, 3), 1, same, any, 0);
        conv(Shape.of(2, 320, 8, 8), Shape.of(640, 320, 1, 1), 1, Conv.Padding.same(0), any, 0);
    }

    /** Gradients of convolutions. */
    void gradients() {
        gradInput(Shape.of(2, 44, 19, 17), Shape.of(96, 44, 3, 3), Conv.Padding.same(1));
        gradInput(Shape.of(2, 136, 16, 16), Shape.of(64, 136, 3, 3), new Conv.Padding(0, 1, 2, 1));
    }

    /** Emits with operands of these values and returns the result. */
    @FunctionalInterface
    private interface Body {
        Operand emit(KernelHarness e, List<Operand> in);
    }

    private float[] random(int size, double scale) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    private double[] doubles(float[] values, boolean rounded) {
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = rounded ? rounded(values[i]) : values[i];
        }
        return result;
    }

    private float rounded(float value) {
        return precision == Precision.FLOAT16
                ? Float.float16ToFloat(Float.floatToFloat16(value))
                : Float.intBitsToFloat(HostTensor.toBfloat16(value) << 16);
    }

    private void product(
            int m,
            int n,
            int k,
            int batch,
            boolean aTransposed,
            boolean bTransposed,
            boolean bias,
            MmaTasks.Tile tile,
            int splits) {
        float[] a = random(batch * m * k, 1);
        float[] b = random(batch * n * k, 1);
        float[] add = random(n, 10);
        double[][] expected = new double[2][batch * m * n];
        for (int rounded = 0; rounded < 2; rounded++) {
            double[] left = doubles(a, rounded == 1);
            double[] right = doubles(b, rounded == 1);
            double[] offsets = doubles(add, false);
            for (int i = 0; i < batch * m * n; i++) {
                int column = i % n;
                int row = i / n % m;
                int entry = i / n / m;
                double sum = bias ? offsets[column] : 0;
                for (int j = 0; j < k; j++) {
                    double x = left[entry * m * k + (aTransposed ? j * m + row : row * k + j)];
                    sum += x * right[entry * n * k + (bTransposed ? column * k + j : j * n + column)];
                }
                expected[rounded][i] = sum;
            }
        }
        check(
                String.format(
                        "product %s %d x [%d,%d]%s x [%d,%d]%s%s splits %d",
                        tile,
                        batch,
                        m,
                        k,
                        aTransposed ? "^T" : "",
                        k,
                        n,
                        bTransposed ? "^T" : "",
                        bias ? " + bias" : "",
                        splits),
                expected,
                (e, in) -> {
                    Operand result = e.fresh(Shape.of(batch, m, n), 0, 1, 2);
                    Operand left = aTransposed ? in.get(0).permute(0, 2, 1) : in.get(0);
                    Operand right = bTransposed ? in.get(1) : in.get(1).permute(0, 2, 1);
                    MmaTasks.product(
                            e,
                            "matmul",
                            MatMulTasks.Matrix.lines(left),
                            MatMulTasks.Matrix.lines(right),
                            bias ? in.get(2) : null,
                            batch,
                            result,
                            new MmaTasks.Division(tile, splits));
                    return result;
                },
                List.of(
                        new In(aTransposed ? Shape.of(batch, k, m) : Shape.of(batch, m, k), a, 0, 1, 2),
                        new In(bTransposed ? Shape.of(batch, n, k) : Shape.of(batch, k, n), b, 0, 1, 2),
                        new In(Shape.of(n), add, 0)));
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record In(Shape shape, float[] values, int... order) {}

    /** With 0 splits: through the choice of kernels. */
    private void conv(Shape x, Shape w, int stride, Conv.Padding pad, MmaTasks.Tile tile, int splits) {
        int high = (x.dim(2) + pad.top() + pad.bottom() - w.dim(2)) / stride + 1;
        int wide = (x.dim(3) + pad.left() + pad.right() - w.dim(3)) / stride + 1;
        Shape y = Shape.of(x.dim(0), w.dim(0), high, wide);
        float[] picture = random(Math.toIntExact(x.size()), 1);
        float[] weight = random(Math.toIntExact(w.size()), 1);
        float[] add = random(w.dim(0), 10);
        double[][] expected = new double[2][];
        for (int rounded = 0; rounded < 2; rounded++) {
            double[] offsets = doubles(add, false);
            expected[rounded] = convolved(
                    x, doubles(picture, rounded == 1), w, doubles(weight, rounded == 1), offsets, stride, pad, y);
        }
        check(
                "conv " + (splits == 0 ? "" : tile + " ") + x + " * " + w + "/" + stride + " splits " + splits,
                expected,
                (e, in) -> {
                    if (splits == 0) {
                        return ConvTasks.forward(e, in.get(0), in.get(1), in.get(2), stride, pad, y);
                    }
                    Operand result = e.fresh(y, Layout.channelsLast(4));
                    MmaTasks.conv(
                            e,
                            "conv2d",
                            in.get(0),
                            in.get(1).permute(2, 3, 1, 0),
                            new MmaTasks.Window(stride, -pad.top(), -pad.left(), high, wide),
                            in.get(2),
                            result,
                            new MmaTasks.Division(tile, splits));
                    return result;
                },
                List.of(
                        new In(x, picture, Layout.channelsLast(4)),
                        new In(w, weight, 0, 1, 2, 3),
                        new In(Shape.of(w.dim(0)), add, 0)));
    }

    /** By the convolution that it is: of dy with the weights turned round. */
    private void gradInput(Shape x, Shape w, Conv.Padding pad) {
        Shape y = Shape.of(
                x.dim(0),
                w.dim(0),
                x.dim(2) + pad.top() + pad.bottom() - w.dim(2) + 1,
                x.dim(3) + pad.left() + pad.right() - w.dim(3) + 1);
        float[] dy = random(Math.toIntExact(y.size()), 1);
        float[] weight = random(Math.toIntExact(w.size()), 1);
        float[] turned = new float[weight.length];
        int taps = w.dim(2) * w.dim(3);
        for (int i = 0; i < weight.length; i++) {
            int tap = i % taps;
            int in = i / taps % w.dim(1);
            int out = i / taps / w.dim(1);
            turned[(in * w.dim(0) + out) * taps + taps - 1 - tap] = weight[i];
        }
        Conv.Padding rest = new Conv.Padding(
                w.dim(2) - 1 - pad.top(),
                w.dim(3) - 1 - pad.left(),
                w.dim(2) - 1 - pad.bottom(),
                w.dim(3) - 1 - pad.right());
        double[][] expected = new double[2][];
        for (int rounded = 0; rounded < 2; rounded++) {
            expected[rounded] = convolved(
                    y,
                    doubles(dy, rounded == 1),
                    Shape.of(w.dim(1), w.dim(0), w.dim(2), w.dim(3)),
                    doubles(turned, rounded == 1),
                    new double[w.dim(1)],
                    1,
                    rest,
                    x);
        }
        check(
                "conv-dx " + x + " * " + w,
                expected,
                (e, in) -> ConvTasks.gradInput(e, in.get(0), in.get(1), 1, pad, x),
                List.of(new In(y, dy, Layout.channelsLast(4)), new In(w, weight, 0, 1, 2, 3)));
    }

    private static double[] convolved(
            Shape x, double[] picture, Shape w, double[] weight, double[] add, int stride, Conv.Padding pad, Shape y) {
        double[] result = new double[Math.toIntExact(y.size())];
        for (int i = 0; i < result.length; i++) {
            int column = i % y.dim(3);
            int line = i / y.dim(3) % y.dim(2);
            int out = i / y.dim(3) / y.dim(2) % y.dim(1);
            int image = i / y.dim(3) / y.dim(2) / y.dim(1);
            double sum = add[out];
            for (int channel = 0; channel < x.dim(1); channel++) {
                for (int u = 0; u < w.dim(2); u++) {
                    for (int v = 0; v < w.dim(3); v++) {
                        int from = line * stride + u - pad.top();
                        int at = column * stride + v - pad.left();
                        if (from >= 0 && from < x.dim(2) && at >= 0 && at < x.dim(3)) {
                            sum += picture[((image * x.dim(1) + channel) * x.dim(2) + from) * x.dim(3) + at]
                                    * weight[((out * x.dim(1) + channel) * w.dim(2) + u) * w.dim(3) + v];
                        }
                    }
                }
            }
            result[i] = sum;
        }
        return result;
    }

    /** That large operations take these kernels by themselves. */
    private void chosen() {
        int m = 512;
        int n = 320;
        int k = 320;
        float[] a = random(m * k, 1);
        float[] b = random(n * k, 1);
        double[][] expected = new double[2][m * n];
        for (int rounded = 0; rounded < 2; rounded++) {
            double[] left = doubles(a, rounded == 1);
            double[] right = doubles(b, rounded == 1);
            for (int i = 0; i < m * n; i++) {
                for (int j = 0; j < k; j++) {
                    expected[rounded][i] += left[i / n * k + j] * right[i % n * k + j];
                }
            }
        }
        Op linear = new MatMul(false, true);
        check(
                "chosen",
                expected,
                (e, in) -> MatMulTasks.matmul(e, (MatMul) linear, in.get(0), in.get(1), null, Shape.of(m, n)),
                List.of(new In(Shape.of(m, k), a, 0, 1), new In(Shape.of(n, k), b, 0, 1)));
    }

    /** Parts of wider matrices, as concatenation and the division of projections leave them. */
    private void views() {
        int m = 200;
        int n = 320;
        int k = 300;
        float[] a = random(m * 2 * k, 1);
        float[] b = random(k * 3 * n, 1);
        double[][] expected = new double[2][m * n];
        for (int rounded = 0; rounded < 2; rounded++) {
            double[] left = doubles(a, rounded == 1);
            double[] right = doubles(b, rounded == 1);
            for (int i = 0; i < m * n; i++) {
                for (int j = 0; j < k; j++) {
                    expected[rounded][i] += left[i / n * 2 * k + k + j] * right[j * 3 * n + n + i % n];
                }
            }
        }
        check(
                "views",
                expected,
                (e, in) -> MatMulTasks.matmul(
                        e,
                        new MatMul(false, false),
                        in.get(0).slice(1, k, 2 * k),
                        in.get(1).slice(1, n, 2 * n),
                        null,
                        Shape.of(m, n)),
                List.of(new In(Shape.of(m, 2 * k), a, 0, 1), new In(Shape.of(k, 3 * n), b, 0, 1)));
    }

    private void check(String name, double[][] expected, Body body, List<In> inputs) {
        if (!name.contains(part)) {
            return;
        }
        double[] errors = {Double.NaN, Double.NaN};
        String failed = "";
        try {
            KernelHarness e = new KernelHarness(precision);
            List<Operand> operands = new ArrayList<>();
            for (In in : inputs) {
                operands.add(e.input(in.shape, in.values, in.order));
            }
            Operand result = body.emit(e, operands);
            FloatArray memory = e.place();
            e.run(memory);
            float[] got = KernelHarness.values(memory, result);
            for (int rounded = 0; rounded < 2; rounded++) {
                double error = 0;
                double size = 0;
                for (int i = 0; i < got.length; i++) {
                    double difference = got[i] - expected[rounded][i];
                    error += difference * difference;
                    size += expected[rounded][i] * expected[rounded][i];
                }
                errors[rounded] = Math.sqrt(error / size);
            }
        } catch (TornadoExecutionPlanException | RuntimeException e) {
            failed = " " + e;
        }
        boolean right = errors[0] <= (precision == Precision.FLOAT16 ? FLOAT16 : BFLOAT16)
                && errors[1] <= SUMS; // false for NaN
        if (!right) {
            failures++;
        }
        System.out.printf(
                Locale.ROOT,
                "%s %-64s exact %.2e rounded %.2e%s%n",
                right ? "right" : "WRONG",
                name,
                errors[0],
                errors[1],
                failed);
    }
}
