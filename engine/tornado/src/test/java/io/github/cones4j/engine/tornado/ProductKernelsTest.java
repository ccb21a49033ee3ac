package io.github.cones4j.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Operands;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Products of matrices and convolutions in every size of tiles, against the operations' own loops in double. */
final class ProductKernelsTest {
    /** Of the largest magnitude: sums in float32 of up to some thousand products. */
    private static final double TOLERANCE = 4e-6;

    private static final MatMul PLAIN = new MatMul(false, false);
    private static final MatMul LINEAR = new MatMul(false, true);
    private static final MatMul LEFT_TRANSPOSED = new MatMul(true, false);
    private static final MatMul BOTH_TRANSPOSED = new MatMul(true, true);

    private final Random random = new Random(7);

    /**
     * An operand.
     *
     * @param shape its shape
     * @param order its axes from the outermost in memory to the innermost
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record In(Shape shape, int... order) {
        static In rowMajor(int... dims) {
            return new In(Shape.of(dims), Layout.rowMajor(dims.length));
        }

        static In picture(Shape shape) {
            return new In(shape, Layout.channelsLast(4));
        }

        In lying(int... axes) {
            return new In(shape, axes);
        }
    }

    /** Emits an operation. */
    @FunctionalInterface
    private interface Body {
        Operand emit(KernelHarness e, List<Operand> in, Shape result);
    }

    @Test
    void quotient_ofAnyNumbers_equalsDivision() {
        for (int i = 1; i < 1000; i++) {
            int d = i < 500 ? i : random.nextInt(1, Integer.MAX_VALUE);
            Divisor divisor = Divisor.of(d);
            for (int j = 0; j < 1000; j++) {
                int n = j < 4 ? Integer.MAX_VALUE - j : j < 500 ? i * j : random.nextInt(0, Integer.MAX_VALUE);
                assertThat(DeviceMath.quotient(n, divisor.multiplier(), divisor.shift()))
                        .as("%d / %d", n, d)
                        .isEqualTo(n / d);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Tiling.Tile.class)
    void matmul_ofOddShapes_equalsPlainLoops(Tiling.Tile tile) throws TornadoExecutionPlanException {
        matmul(PLAIN, In.rowMajor(65, 17), In.rowMajor(17, 129), true, split(tile, 1));
        matmul(LINEAR, In.rowMajor(129, 33), In.rowMajor(65, 33), false, split(tile, 1));
        matmul(LEFT_TRANSPOSED, In.rowMajor(40, 130), In.rowMajor(40, 3), true, split(tile, 1));
        matmul(BOTH_TRANSPOSED, In.rowMajor(16, 5), In.rowMajor(131, 16), false, split(tile, 1));
        matmul(LINEAR, In.rowMajor(1, 1), In.rowMajor(1, 1), true, split(tile, 1));
        matmul(PLAIN, In.rowMajor(65, 17).lying(1, 0), In.rowMajor(17, 129).lying(1, 0), false, split(tile, 1));
    }

    @ParameterizedTest
    @EnumSource(Tiling.Tile.class)
    void matmul_ofBatches_equalsPlainLoops(Tiling.Tile tile) throws TornadoExecutionPlanException {
        matmul(LINEAR, In.rowMajor(2, 3, 19, 70), In.rowMajor(21, 70), true, split(tile, 3));
        matmul(PLAIN, In.rowMajor(3, 5, 7, 9), In.rowMajor(3, 5, 9, 33), true, split(tile, 1));
        matmul(LEFT_TRANSPOSED, In.rowMajor(3, 100, 66), In.rowMajor(3, 100, 130), true, split(tile, 4));
        matmul(
                PLAIN,
                In.rowMajor(3, 10, 8).lying(1, 0, 2),
                In.rowMajor(3, 8, 12).lying(1, 2, 0),
                false,
                split(tile, 1));
        matmul(PLAIN, In.rowMajor(2, 3, 5, 6).lying(0, 2, 1, 3), In.rowMajor(2, 3, 6, 7), false, split(tile, 1));
    }

    @Test
    void matmul_dividedAsItIsBest_equalsPlainLoops() throws TornadoExecutionPlanException {
        matmul(LEFT_TRANSPOSED, In.rowMajor(2048, 40), In.rowMajor(2048, 33), false, Tiling::fastest);
        matmul(LINEAR, In.rowMajor(2, 1280), In.rowMajor(320, 1280), true, Tiling::fastest);
        matmul(PLAIN, In.rowMajor(77, 100), In.rowMajor(100, 96), true, Tiling::fastest);
    }

    @ParameterizedTest
    @EnumSource(Tiling.Tile.class)
    void conv_ofOddShapes_equalsPlainLoops(Tiling.Tile tile) throws TornadoExecutionPlanException {
        Conv.Padding none = Conv.Padding.same(0);
        Conv.Padding one = Conv.Padding.same(1);
        conv(Shape.of(2, 5, 9, 7), Shape.of(3, 5, 3, 3), 1, one, split(tile, 1));
        conv(Shape.of(1, 17, 6, 6), Shape.of(65, 17, 3, 3), 2, new Conv.Padding(0, 0, 1, 1), split(tile, 3));
        conv(Shape.of(3, 16, 5, 4), Shape.of(33, 16, 1, 1), 1, none, split(tile, 1));
        conv(Shape.of(1, 3, 8, 9), Shape.of(4, 3, 1, 1), 2, none, split(tile, 1));
        conv(Shape.of(2, 4, 11, 8), Shape.of(6, 4, 5, 3), 3, new Conv.Padding(2, 1, 0, 3), split(tile, 2));
        conv(Shape.of(1, 20, 13, 11), Shape.of(140, 20, 3, 3), 1, one, split(tile, 1));
        conv(Shape.of(1, 2, 1, 1), Shape.of(1, 2, 1, 1), 3, one, split(tile, 1));
    }

    @Test
    void conv_dividedAsItIsBest_equalsPlainLoops() throws TornadoExecutionPlanException {
        conv(Shape.of(2, 64, 8, 8), Shape.of(64, 64, 3, 3), 1, Conv.Padding.same(1), Tiling::fastest);
        conv(Shape.of(1, 32, 9, 16), Shape.of(40, 32, 3, 3), 2, Conv.Padding.same(1), Tiling::fastest);
    }

    private static Tiling.Policy split(Tiling.Tile tile, int splits) {
        return (m, n, k, batch) -> Tiling.of(tile, splits, k);
    }

    private void matmul(MatMul op, In a, In b, boolean bias, Tiling.Policy policy)
            throws TornadoExecutionPlanException {
        List<In> in = new ArrayList<>(List.of(a, b));
        if (bias) {
            in.add(In.rowMajor(b.shape().dim(op.transposeB() ? -2 : -1)));
        }
        check(op, in, (e, x, result) -> MatMulTasks.matmul(e, op, x.get(0), x.get(1), third(x), result, policy));
    }

    /** A convolution with and without bias, and both gradients. */
    private void conv(Shape x, Shape w, int stride, Conv.Padding pad, Tiling.Policy policy)
            throws TornadoExecutionPlanException {
        Op forward = new Conv.Conv2d(stride, pad);
        Shape y = forward.infer(specs(List.of(In.picture(x), In.rowMajor(w.dims()))))
                .shape();
        In weight = In.rowMajor(w.dims());
        Body body =
                (e, in, result) -> ConvTasks.forward(e, in.get(0), in.get(1), third(in), stride, pad, result, policy);
        check(forward, List.of(In.picture(x), weight), body);
        check(forward, List.of(In.picture(x), weight, In.rowMajor(w.dim(0))), body);
        check(
                new Conv.Conv2dGradInput(x.dim(2), x.dim(3), stride, pad),
                List.of(In.picture(y), weight),
                (e, in, result) -> ConvTasks.gradInput(e, in.get(0), in.get(1), stride, pad, result, policy));
        check(
                new Conv.Conv2dGradWeight(w.dim(2), w.dim(3), stride, pad),
                List.of(In.rowMajor(x.dims()), In.picture(y)),
                (e, in, result) -> ConvTasks.gradWeight(e, in.get(0), in.get(1), stride, pad, result, policy));
    }

    private static @Nullable Operand third(List<Operand> operands) {
        return operands.size() > 2 ? operands.get(2) : null;
    }

    private static List<Spec> specs(List<In> in) {
        return in.stream().map(operand -> new Spec(DType.F32, operand.shape())).toList();
    }

    private void check(Op op, List<In> in, Body body) throws TornadoExecutionPlanException {
        KernelHarness e = new KernelHarness();
        List<double[]> doubles = new ArrayList<>();
        List<Operand> operands = new ArrayList<>();
        for (In operand : in) {
            float[] values = new float[Math.toIntExact(operand.shape().size())];
            double[] same = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
                same[i] = values[i];
            }
            doubles.add(same);
            operands.add(e.input(operand.shape(), values, operand.order()));
        }
        Spec result = op.infer(specs(in));
        double[] expected = new double[Math.toIntExact(result.shape().size())];
        op.reference(new Operands(specs(in), doubles, result, expected));

        Operand y = body.emit(e, operands, result.shape());
        FloatArray memory = e.place();
        e.run(memory);
        assertThat(y.shape()).isEqualTo(result.shape());
        float[] got = KernelHarness.values(memory, y);
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < got.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double difference = Math.abs(expected[i] - got[i]);
            worst = Math.max(worst, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        assertThat(worst).as("%s of %s", op, in).isLessThanOrEqualTo(TOLERANCE * largest);
    }
}
