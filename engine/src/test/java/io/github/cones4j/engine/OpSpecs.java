package io.github.cones4j.engine;

import static io.github.cones4j.engine.graph.Spec.f32;
import static io.github.cones4j.engine.graph.Spec.i32;

import io.github.cones4j.engine.Draws.Operand;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Barrier;
import io.github.cones4j.engine.graph.Cast;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Gather;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Movement;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Reduce;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The table of operations: for each record of the {@link Op} hierarchy how to draw examples of it, how far float32 may
 * be off, and inputs that it must refuse. The suites that run over it are {@link OpAgreementTest}, {@link
 * OpGradientTest}, {@link OpErrorsTest} and {@link OpSpecialValuesTest}.
 */
final class OpSpecs {
    /** All draws follow from it; another one is set by the system property {@code cones4j.seed}. */
    static final long SEED = Long.getLong("cones4j.seed", 1);

    private OpSpecs() {}

    /**
     * An operation and what to apply it to.
     *
     * @param op the operation
     * @param operands its inputs (of a leaf that is fed from outside: the value it takes)
     */
    record Example(Op op, List<Operand> operands) {
        /** The operation's node on the given inputs. */
        Tensor on(List<Tensor> inputs) {
            return op instanceof Leaf.Input || op instanceof Leaf.Weight ? inputs.getFirst() : Tensor.of(op, inputs);
        }

        @Override
        public String toString() {
            return op + " of " + operands;
        }
    }

    /** Draws an example. */
    @FunctionalInterface
    interface Draw {
        Example from(Draws draws);
    }

    /**
     * How far a float32 result may be from the exact one.
     *
     * @param relative share of the element's own magnitude
     * @param ofLargest share of the largest magnitude among all inputs and results
     */
    record Tolerance(double relative, double ofLargest) {}

    /**
     * Inputs that an operation must refuse.
     *
     * @param op the operation
     * @param inputs types and shapes
     * @param says what the message must contain
     */
    record Fault(Op op, List<Spec> inputs, List<String> says) {}

    /**
     * What the suites need to know of one operation.
     *
     * @param type the record
     * @param tolerance for float32 devices
     * @param draws examples
     * @param faults what it refuses
     */
    record Row(Class<? extends Op> type, Tolerance tolerance, List<Draw> draws, List<Fault> faults) {
        Row refusing(Op op, List<Spec> inputs, String... says) {
            List<Fault> more = new ArrayList<>(faults);
            more.add(new Fault(op, inputs, List.of(says)));
            return new Row(type, tolerance, draws, more);
        }

        /** The seed of an example, for messages and for what a suite draws besides. */
        long seed(int example) {
            return SEED * 1_000_003 + type.getName().hashCode() * 31L + example;
        }

        Example example(int number) {
            return draws.get(number).from(new Draws(seed(number)));
        }

        @Override
        public String toString() {
            Class<?> family = type.getEnclosingClass();
            return (family == null ? "" : family.getSimpleName() + ".") + type.getSimpleName();
        }
    }

    // Tolerances

    /** The kernel moves values and does not compute. */
    private static final Tolerance EXACT = new Tolerance(0, 0);

    /** Units in the last place of float32, of the element itself. */
    private static Tolerance ulps(double n) {
        return new Tolerance(n * 0x1p-23, 0);
    }

    /** Sums of products: some tens of roundings of 2^-24 of terms as large as the largest. */
    private static final Tolerance SUMS = new Tolerance(0, 4e-6);

    /** Statistics, quotients and sums in a row. */
    private static final Tolerance NORMS = new Tolerance(0, 1e-5);

    // The table

    /** All rows. */
    static List<Row> rows() {
        return Stream.of(leaves(), functions(), reductions(), movements(), products(), norms(), attention(), others())
                .flatMap(List::stream)
                .toList();
    }

    private static Row row(Class<? extends Op> type, Tolerance tolerance, Draw... draws) {
        return new Row(type, tolerance, List.of(draws), List.of());
    }

    private static Example example(Op op, Operand... operands) {
        return new Example(op, List.of(operands));
    }

    private static List<Row> leaves() {
        return List.of(
                row(
                                Leaf.Input.class,
                                EXACT,
                                d -> example(new Leaf.Input("x", f32(3, 5, 7)), d.normal(3, 5, 7)),
                                d -> example(new Leaf.Input("x", f32()), d.normal()),
                                d -> example(new Leaf.Input("x", i32(4, 3)), d.indices(1000, 4, 3)),
                                d -> example(new Leaf.Input("x", f32(0, 3)), d.normal(0, 3)))
                        .refusing(new Leaf.Input("x", f32(2)), List.of(f32(2)), "takes 0 inputs, got 1"),
                row(
                                Leaf.Weight.class,
                                EXACT,
                                d -> example(new Leaf.Weight("w", f32(2, 1, 9)), d.normal(2, 1, 9)),
                                d -> example(new Leaf.Weight("w", f32(1)), d.normal(1)))
                        .refusing(new Leaf.Weight("w", f32(2)), List.of(f32(2)), "takes 0 inputs, got 1"),
                row(
                                Leaf.Full.class,
                                EXACT,
                                d -> example(new Leaf.Full(0.75, f32(3, 4))),
                                d -> example(new Leaf.Full(-2, f32())),
                                d -> example(new Leaf.Full(1, f32(0))))
                        .refusing(new Leaf.Full(1, f32(2)), List.of(f32(2)), "takes 0 inputs, got 1"),
                row(
                                Leaf.Constant.class,
                                EXACT,
                                d -> example(constant(d.normal(4, 3))),
                                d -> example(constant(d.normal())))
                        .refusing(constant(new Draws(0).normal(2)), List.of(f32(2)), "takes 0 inputs, got 1"));
    }

    private static Op constant(Operand values) {
        return Tensor.constant(values.values(), values.spec().shape().dims()).op();
    }

    // Elementwise

    private static List<Row> functions() {
        return List.of(
                unary(new Elementwise.Affine(0.1, 0.7), ulps(2), d -> s -> d.uniform(-3, 3, s)),
                unary(new Elementwise.Abs(), EXACT, d -> d::awayFromZero),
                unary(new Elementwise.Square(), ulps(1), d -> d::normal),
                unary(new Elementwise.Sqrt(), ulps(1), d -> s -> d.uniform(0.1, 4, s)),
                unary(new Elementwise.Exp(), ulps(2), d -> s -> d.uniform(-8, 8, s)),
                // near 1 the logarithm is as small as its argument's distance from 1, which is exact
                unary(new Elementwise.Log(), ulps(2), d -> s -> d.uniform(0.1, 9, s)),
                // near multiples of pi the sine is small and the reduced argument's error, 2^-24, is not
                unary(new Elementwise.Sin(), new Tolerance(0x1p-22, 1e-8), d -> s -> d.uniform(-9, 9, s)),
                unary(new Elementwise.Cos(), new Tolerance(0x1p-22, 1e-8), d -> s -> d.uniform(-9, 9, s)),
                unary(new Elementwise.Tanh(), ulps(3), d -> s -> d.uniform(-4, 4, s)),
                unary(new Elementwise.Sigmoid(), ulps(3), d -> s -> d.uniform(-9, 9, s)),
                unary(new Elementwise.Silu(), ulps(4), d -> s -> d.uniform(-9, 9, s)),
                // 1 + erf cancels: the kernel promises 2e-7 |x|
                unary(new Elementwise.Gelu(), new Tolerance(0, 2e-7), d -> s -> d.uniform(-5, 5, s)),
                // the exponent 1.702 x is rounded: half an ulp of up to 10
                unary(new Elementwise.QuickGelu(), ulps(12), d -> s -> d.uniform(-6, 6, s)),
                unary(new Elementwise.Erf(), ulps(7), d -> s -> d.uniform(-3, 3, s)),
                binary(new Elementwise.Add(), ulps(1), d -> d::normal, d -> d::normal),
                binary(new Elementwise.Sub(), ulps(1), d -> d::normal, d -> d::normal),
                binary(new Elementwise.Mul(), ulps(1), d -> d::normal, d -> d::normal),
                binary(new Elementwise.Div(), ulps(1), d -> d::normal, d -> d::awayFromZero),
                binary(new Elementwise.Maximum(), EXACT, d -> s -> d.steps(0, s), d -> s -> d.steps(1, s)),
                binary(new Elementwise.Minimum(), EXACT, d -> s -> d.steps(0, s), d -> s -> d.steps(1, s)),
                binary(new Elementwise.Greater(), EXACT, d -> s -> d.steps(0, s), d -> s -> d.steps(1, s)),
                binary(new Elementwise.Equal(), EXACT, d -> d::bits, d -> d::bits),
                where());
    }

    /** Draws an operand of given dimensions. */
    private interface Operands extends Function<int[], Operand> {}

    private static Row unary(Elementwise.Unary op, Tolerance tolerance, Function<Draws, Operands> values) {
        Function<int[], Draw> of = dims -> d -> example(op, values.apply(d).apply(dims));
        return row(
                        op.getClass(),
                        tolerance,
                        of.apply(new int[] {}),
                        of.apply(new int[] {1, 1}),
                        of.apply(new int[] {0, 3}),
                        d -> of.apply(new int[] {d.size(2, 40)}).from(d),
                        d -> of.apply(new int[] {d.size(1, 5), d.size(1, 9), d.size(1, 19)})
                                .from(d),
                        d -> of.apply(new int[] {2, 3, d.size(2, 6), d.size(5, 9)})
                                .from(d),
                        of.apply(new int[] {2, 1031})) // more than one block of a chain
                .refusing(op, List.of(), "takes 1 inputs, got 0")
                .refusing(op, List.of(i32(2, 3)), "i32[2,3]", "floating-point", "cast");
    }

    private static Row binary(
            Elementwise.Binary op, Tolerance tolerance, Function<Draws, Operands> a, Function<Draws, Operands> b) {
        List<Draw> draws = new ArrayList<>();
        for (int[][] dims : List.of(
                new int[][] {{}, {}},
                new int[][] {{3, 4, 5}, {3, 4, 5}},
                new int[][] {{2, 17}, {}},
                new int[][] {{}, {7}},
                new int[][] {{6, 1}, {1, 11}},
                new int[][] {{3, 4, 5}, {5}},
                new int[][] {{2, 1, 3, 1}, {4, 1, 5}},
                new int[][] {{0, 3}, {3}},
                new int[][] {{1, 1}, {1}})) {
            draws.add(d -> example(op, a.apply(d).apply(dims[0]), b.apply(d).apply(dims[1])));
        }
        draws.add(d -> {
            int[] dims = {d.size(1, 4), d.size(1, 7), d.size(1, 33)};
            int[] other = {1, dims[1], d.random().nextBoolean() ? 1 : dims[2]};
            return example(op, a.apply(d).apply(dims), b.apply(d).apply(other));
        });
        draws.add(d ->
                example(op, a.apply(d).apply(new int[] {3, 25_001}), b.apply(d).apply(new int[] {3, 1})));
        return new Row(op.getClass(), tolerance, draws, List.of())
                .refusing(op, List.of(f32(2)), "takes 2 inputs, got 1")
                .refusing(op, List.of(f32(2), i32(2)), "f32[2]", "i32[2]", "cast")
                .refusing(op, List.of(f32(2, 3), f32(4, 3)), "[2,3]", "[4,3]", "2 against 4 in dimension -2");
    }

    private static Row where() {
        Op op = new Elementwise.Where();
        return row(
                        Elementwise.Where.class,
                        EXACT,
                        d -> example(op, d.bits(3, 5), d.normal(3, 5), d.normal(3, 5)),
                        d -> example(op, d.bits(3, 1), d.normal(), d.normal(2, 1, 7)),
                        d -> example(op, d.bits(), d.normal(), d.normal()),
                        d -> example(op, d.bits(2, 3001), d.normal(1, 3001), d.normal(2, 1)))
                .refusing(op, List.of(f32(2), f32(2)), "takes 3 inputs, got 2")
                .refusing(op, List.of(f32(2), f32(2), f32(3)), "[2]", "[3]", "2 against 3 in dimension -1");
    }

    // Reductions

    private static List<Row> reductions() {
        List<Function<List<Integer>, Op>> makers = List.of(Reduce.Sum::new, Reduce.Max::new);
        List<Row> rows = new ArrayList<>();
        for (Function<List<Integer>, Op> maker : makers) {
            boolean sums = maker.apply(List.of()) instanceof Reduce.Sum;
            Function<Draws, Operands> x = d -> s -> sums ? d.normal(s) : d.distinct(s);
            List<Draw> draws = new ArrayList<>();
            for (List<Integer> axes : List.of(
                    List.<Integer>of(),
                    List.of(0),
                    List.of(1),
                    List.of(2),
                    List.of(0, 1),
                    List.of(0, 2),
                    List.of(1, 2),
                    List.of(0, 1, 2))) {
                draws.add(d ->
                        example(maker.apply(axes), x.apply(d).apply(new int[] {d.size(1, 5), d.size(2, 7), d.size(1, 35)
                        })));
            }
            draws.add(d -> example(maker.apply(List.of()), x.apply(d).apply(new int[] {})));
            draws.add(d -> example(maker.apply(List.of(0, 2, 3)), x.apply(d).apply(new int[] {2, 9, 5, 3})));
            draws.add(d -> example(maker.apply(List.of(0)), x.apply(d).apply(new int[] {600, 7})));
            draws.add(d -> example(maker.apply(List.of(1)), x.apply(d).apply(new int[] {3, 5000})));
            draws.add(d -> example(maker.apply(List.of(1)), x.apply(d).apply(new int[] {3, 2, 5001})));
            draws.add(d -> example(maker.apply(List.of(1)), x.apply(d).apply(new int[] {0, 3})));
            draws.add(d -> example(maker.apply(List.of(1)), x.apply(d).apply(new int[] {1, 1})));
            Op last = maker.apply(List.of(1));
            rows.add(new Row(last.getClass(), sums ? SUMS : EXACT, draws, List.of())
                    .refusing(last, List.of(), "takes 1 inputs, got 0")
                    .refusing(last, List.of(i32(2, 3)), "i32[2,3]")
                    .refusing(last, List.of(f32(3)), "[3]", "axes [1]")
                    .refusing(maker.apply(List.of(1, 0)), List.of(f32(3, 4)), "[3,4]", "axes [1, 0]", "ascending"));
        }
        return rows;
    }

    // Movement

    private static List<Row> movements() {
        return List.of(
                row(
                                Movement.Reshape.class,
                                EXACT,
                                d -> example(new Movement.Reshape(Shape.of(6, 4)), d.normal(2, 3, 4)),
                                d -> example(new Movement.Reshape(Shape.of(2, 1, 3, 2, 2)), d.normal(6, 4)),
                                d -> example(new Movement.Reshape(Shape.of(24)), d.normal(4, 3, 2)),
                                d -> example(new Movement.Reshape(Shape.SCALAR), d.normal(1, 1)),
                                d -> example(new Movement.Reshape(Shape.of(1, 1)), d.normal()),
                                d -> example(new Movement.Reshape(Shape.of(0, 5)), d.normal(3, 0)))
                        .refusing(
                                new Movement.Reshape(Shape.of(5)),
                                List.of(f32(2, 3)),
                                "[2,3]",
                                "6 elements",
                                "[5]",
                                "5"),
                row(
                                Movement.Permute.class,
                                EXACT,
                                d -> example(new Movement.Permute(List.of(1, 0)), d.normal(5, 9)),
                                d -> example(new Movement.Permute(List.of(2, 0, 1)), d.normal(3, 4, 5)),
                                d -> example(new Movement.Permute(List.of(0, 3, 1, 2)), d.normal(2, 3, 4, 5)),
                                d -> example(new Movement.Permute(List.of(1, 0)), d.normal(70, 1)),
                                d -> example(new Movement.Permute(List.of(1, 0)), d.normal(203, 187)),
                                d -> example(new Movement.Permute(List.of()), d.normal()))
                        .refusing(new Movement.Permute(List.of(0, 0)), List.of(f32(2, 3)), "[2,3]", "[0, 0]")
                        .refusing(new Movement.Permute(List.of(1, 0)), List.of(f32(2, 3, 4)), "[2,3,4]", "[1, 0]"),
                row(
                                Movement.Slice.class,
                                EXACT,
                                d -> example(new Movement.Slice(0, 1, 3), d.normal(5, 4)),
                                d -> example(new Movement.Slice(1, 2, 3), d.normal(3, 4, 5)),
                                d -> example(new Movement.Slice(2, 0, 4), d.normal(3, 2, 7)),
                                d -> example(new Movement.Slice(0, 2, 2), d.normal(4, 3)))
                        .refusing(new Movement.Slice(1, 2, 5), List.of(f32(3, 4)), "2..5", "axis 1", "[3,4]")
                        .refusing(new Movement.Slice(2, 0, 1), List.of(f32(3, 4)), "axis 2", "[3,4]"),
                row(
                                Movement.Pad.class,
                                EXACT,
                                d -> example(new Movement.Pad(0, 1, 2), d.normal(3, 4)),
                                d -> example(new Movement.Pad(1, 0, 3), d.normal(2, 3, 5)),
                                d -> example(new Movement.Pad(2, 4, 0), d.normal(2, 3, 1)),
                                d -> example(new Movement.Pad(0, 2, 1), d.normal(0, 3)))
                        .refusing(new Movement.Pad(1, -1, 0), List.of(f32(3, 4)), "-1 before", "axis 1", "[3,4]")
                        .refusing(new Movement.Pad(2, 1, 0), List.of(f32(3, 4)), "axis 2", "[3,4]"),
                row(
                                Movement.Concat.class,
                                EXACT,
                                d -> example(new Movement.Concat(0), d.normal(2, 3), d.normal(5, 3)),
                                d -> example(
                                        new Movement.Concat(1),
                                        d.normal(2, 3, 4),
                                        d.normal(2, 1, 4),
                                        d.normal(2, 7, 4)),
                                d -> example(new Movement.Concat(2), d.normal(2, 3, 1), d.normal(2, 3, 9)),
                                d -> example(new Movement.Concat(0), d.normal(3)),
                                d -> example(new Movement.Concat(1), d.normal(2, 0), d.normal(2, 2)),
                                d -> example(new Movement.Concat(1), d.indices(9, 2, 3), d.indices(9, 2, 1)))
                        .refusing(new Movement.Concat(0), List.of(), "inputs, got 0")
                        .refusing(new Movement.Concat(1), List.of(f32(2, 3), f32(3, 3)), "[2,3]", "[3,3]", "axis 1")
                        .refusing(new Movement.Concat(0), List.of(f32(2), i32(2)), "f32[2]", "i32[2]")
                        .refusing(new Movement.Concat(2), List.of(f32(2, 3), f32(2, 3)), "[2,3]", "axis 2"),
                row(
                                Movement.Broadcast.class,
                                EXACT,
                                d -> example(new Movement.Broadcast(Shape.of(3, 4)), d.normal(4)),
                                d -> example(new Movement.Broadcast(Shape.of(2, 3, 4)), d.normal(3, 1)),
                                d -> example(new Movement.Broadcast(Shape.of(2, 3)), d.normal()),
                                d -> example(new Movement.Broadcast(Shape.of(1, 1)), d.normal(1)),
                                d -> example(new Movement.Broadcast(Shape.of(0, 2)), d.normal(1, 2)))
                        .refusing(new Movement.Broadcast(Shape.of(2, 4)), List.of(f32(3)), "[3]", "[2,4]"),
                row(
                                Movement.UpsampleNearest.class,
                                EXACT,
                                d -> example(new Movement.UpsampleNearest(6, 10), d.normal(2, 3, 3, 5)),
                                d -> example(new Movement.UpsampleNearest(7, 5), d.normal(1, 1, 3, 4)),
                                d -> example(new Movement.UpsampleNearest(2, 3), d.normal(2, 2, 5, 7)),
                                d -> example(new Movement.UpsampleNearest(3, 3), d.normal(0, 2, 2, 2)))
                        .refusing(new Movement.UpsampleNearest(4, 4), List.of(f32(2, 2)), "x[2,2]", "rank 2", "needs 4")
                        .refusing(new Movement.UpsampleNearest(4, -1), List.of(f32(1, 1, 2, 2)), "[1,1,2,2]", "4 x -1")
                        .refusing(new Movement.UpsampleNearest(4, 4), List.of(f32(1, 1, 0, 2)), "[1,1,0,2]", "4 x 4"),
                row(
                                Movement.UpsampleNearestGrad.class,
                                // sums of a few copies
                                new Tolerance(0, 4e-7),
                                d -> example(new Movement.UpsampleNearestGrad(3, 5), d.normal(2, 3, 6, 10)),
                                d -> example(new Movement.UpsampleNearestGrad(3, 4), d.normal(1, 1, 7, 5)),
                                d -> example(new Movement.UpsampleNearestGrad(5, 7), d.normal(2, 2, 2, 3)))
                        .refusing(new Movement.UpsampleNearestGrad(2, 2), List.of(f32(4)), "dy[4]", "rank 1", "needs 4")
                        .refusing(
                                new Movement.UpsampleNearestGrad(0, 2),
                                List.of(f32(1, 1, 4, 4)),
                                "[1,1,4,4]",
                                "0 x 2"));
    }

    // Products

    private static List<Row> products() {
        return List.of(
                new Row(MatMul.class, SUMS, matmuls(), List.of())
                        .refusing(new MatMul(false, false), List.of(f32(2, 3)), "takes 2 to 3 inputs, got 1")
                        .refusing(
                                new MatMul(false, true),
                                List.of(f32(4096, 320), f32(768, 768)),
                                "inner dimensions differ",
                                "a[4096,320] has K=320",
                                "b[768,768]^T has K=768")
                        .refusing(
                                new MatMul(false, false),
                                List.of(f32(3), f32(3, 2)),
                                "a[3]",
                                "b[3,2]",
                                "two dimensions")
                        .refusing(
                                new MatMul(false, false),
                                List.of(f32(2, 3, 4), f32(5, 4, 3)),
                                "a[2,3,4]",
                                "b[5,4,3]",
                                "batch dimensions differ")
                        .refusing(
                                new MatMul(true, false),
                                List.of(f32(2, 3, 4), f32(3, 5)),
                                "a[2,3,4]",
                                "b[3,5]",
                                "permute a first")
                        .refusing(
                                new MatMul(false, false),
                                List.of(f32(2, 3), f32(3, 5), f32(4)),
                                "bias[4]",
                                "needs 5",
                                "columns of the product")
                        .refusing(new MatMul(false, false), List.of(i32(2, 3), i32(3, 2)), "i32[2,3]", "i32[3,2]"),
                row(
                                Conv.Conv2d.class,
                                SUMS,
                                d -> conv2d(d, 2, 3, 3, 1, Padding.same(1), true),
                                d -> conv2d(d, 1, 1, 1, 1, Padding.same(0), false),
                                d -> conv2d(d, 2, 5, 1, 1, Padding.same(0), true),
                                d -> conv2d(d, 1, 4, 3, 2, Padding.same(1), true),
                                d -> conv2d(d, 2, 2, 3, 2, new Padding(0, 0, 1, 1), false),
                                d -> conv2d(d, 1, 3, 5, 3, new Padding(2, 1, 0, 3), true),
                                d -> conv2d(d, 1, 2, 2, 1, new Padding(1, 0, 0, 0), false),
                                d -> conv2d(d, 0, 3, 3, 1, Padding.same(1), true),
                                d -> example(
                                        new Conv.Conv2d(1, Padding.same(1)),
                                        d.normal(2, 20, 15, 17),
                                        d.normal(37, 20, 3, 3),
                                        d.normal(37)),
                                d -> example(
                                        new Conv.Conv2d(1, new Padding(0, 0, 0, 0)),
                                        d.normal(1, 2, 4, 3),
                                        d.normal(3, 2, 4, 3)))
                        .refusing(
                                new Conv.Conv2d(1, Padding.same(1)),
                                List.of(f32(1, 4, 8, 8), f32(16, 3, 3, 3)),
                                "x[1,4,8,8] has 4 channels",
                                "weight[16,3,3,3] takes 3")
                        .refusing(
                                new Conv.Conv2d(1, Padding.same(0)),
                                List.of(f32(1, 3, 2, 8), f32(16, 3, 3, 3)),
                                "x[1,3,2,8]",
                                "weight[16,3,3,3]",
                                "smaller")
                        .refusing(
                                new Conv.Conv2d(0, Padding.same(0)),
                                List.of(f32(1, 3, 8, 8), f32(16, 3, 3, 3)),
                                "[1,3,8,8]",
                                "stride 0")
                        .refusing(
                                new Conv.Conv2d(1, Padding.same(0)),
                                List.of(f32(3, 8, 8), f32(16, 3, 3, 3)),
                                "x[3,8,8] has rank 3, needs 4")
                        .refusing(
                                new Conv.Conv2d(1, Padding.same(0)),
                                List.of(f32(1, 3, 8, 8), f32(16, 3, 3, 3), f32(3)),
                                "bias[3] has 3 in dimension 0, needs 16"),
                row(
                                Conv.Conv2dGradInput.class,
                                SUMS,
                                d -> convGradInput(d, 2, 3, 3, 1, Padding.same(1)),
                                d -> convGradInput(d, 1, 2, 1, 1, Padding.same(0)),
                                d -> convGradInput(d, 1, 4, 3, 2, Padding.same(1)),
                                d -> convGradInput(d, 2, 2, 3, 2, new Padding(0, 0, 1, 1)),
                                d -> convGradInput(d, 1, 3, 2, 3, new Padding(2, 1, 0, 3)),
                                d -> convGradInput(d, 0, 3, 3, 1, Padding.same(1)),
                                // narrower than the stride
                                d -> example(
                                        new Conv.Conv2dGradInput(1, 1, 2, Padding.same(1)),
                                        d.normal(1, 4, 1, 1),
                                        d.normal(4, 3, 3, 3)),
                                d -> example(
                                        new Conv.Conv2dGradInput(4, 1, 3, new Padding(0, 1, 0, 1)),
                                        d.normal(2, 4, 1, 1),
                                        d.normal(4, 1, 3, 3)))
                        .refusing(
                                new Conv.Conv2dGradInput(8, 8, 1, Padding.same(1)),
                                List.of(f32(1, 5, 8, 8), f32(6, 3, 3, 3)),
                                "dy[1,5,8,8] has 5 in dimension 1, needs 6")
                        .refusing(
                                new Conv.Conv2dGradInput(8, 8, 1, Padding.same(0)),
                                List.of(f32(1, 6, 8, 6), f32(6, 3, 3, 3)),
                                "dy[1,6,8,6] has 8 in dimension 2, needs 6")
                        .refusing(
                                new Conv.Conv2dGradInput(8, 8, 0, Padding.same(0)),
                                List.of(f32(1, 6, 6, 6), f32(6, 3, 3, 3)),
                                "stride 0"),
                row(
                                Conv.Conv2dGradWeight.class,
                                SUMS,
                                d -> convGradWeight(d, 2, 3, 3, 1, Padding.same(1)),
                                d -> convGradWeight(d, 1, 2, 1, 1, Padding.same(0)),
                                d -> convGradWeight(d, 1, 4, 3, 2, Padding.same(1)),
                                d -> convGradWeight(d, 2, 2, 3, 2, new Padding(0, 0, 1, 1)),
                                d -> convGradWeight(d, 1, 3, 2, 3, new Padding(2, 1, 0, 3)),
                                d -> convGradWeight(d, 0, 3, 3, 1, Padding.same(1)))
                        .refusing(
                                new Conv.Conv2dGradWeight(3, 3, 1, Padding.same(1)),
                                List.of(f32(2, 3, 8, 8), f32(1, 6, 8, 8)),
                                "dy[1,6,8,8] has 1 in dimension 0, needs 2")
                        .refusing(
                                new Conv.Conv2dGradWeight(3, 3, 1, Padding.same(1)),
                                List.of(f32(2, 3, 8, 8), f32(2, 6, 8, 7)),
                                "dy[2,6,8,7] has 7 in dimension 3, needs 8")
                        .refusing(
                                new Conv.Conv2dGradWeight(3, 3, 0, Padding.same(1)),
                                List.of(f32(2, 3, 8, 8), f32(2, 6, 8, 8)),
                                "stride 0"));
    }

    private static List<Draw> matmuls() {
        List<Draw> draws = new ArrayList<>();
        for (boolean ta : new boolean[] {false, true}) {
            for (boolean tb : new boolean[] {false, true}) {
                Op op = new MatMul(ta, tb);
                draws.add(d -> {
                    int m = d.size(1, 20);
                    int n = d.size(1, 70);
                    int k = d.size(1, 40);
                    return example(op, matrix(d, ta, m, k), matrix(d, tb, k, n), d.normal(n));
                });
                draws.add(d -> {
                    int m = d.size(1, 9);
                    int n = d.size(1, 35);
                    int k = d.size(1, 12);
                    return example(op, matrix(d, ta, m, k, 2, 3), matrix(d, tb, k, n, 2, 3));
                });
                draws.add(d -> example(op, matrix(d, ta, 1, 1), matrix(d, tb, 1, 1)));
                draws.add(d -> example(op, matrix(d, ta, 1, 5, 3), matrix(d, tb, 5, 1, 3), d.normal(1)));
            }
            Op shared = new MatMul(false, ta);
            draws.add(d -> example(shared, d.normal(2, 3, 5, 7), matrix(d, ta, 7, 4), d.normal(4)));
            draws.add(d -> example(shared, d.normal(0, 5, 7), matrix(d, ta, 7, 4)));
            draws.add(d -> example(shared, d.normal(0, 5, 7), matrix(d, ta, 7, 4, 0)));
            draws.add(d -> example(shared, d.normal(101, 130), matrix(d, ta, 130, 150))); // several tasks
        }
        return draws;
    }

    /** A matrix [batch..., rows, columns], or with both exchanged where it is to be transposed. */
    private static Operand matrix(Draws d, boolean transposed, int rows, int columns, int... batch) {
        int[] dims = Arrays.copyOf(batch, batch.length + 2);
        dims[batch.length] = transposed ? columns : rows;
        dims[batch.length + 1] = transposed ? rows : columns;
        return d.normal(dims);
    }

    private static Example conv2d(
            Draws d, int batch, int channels, int kernel, int stride, Padding pad, boolean biased) {
        int out = d.size(1, 6);
        Operand x = d.normal(batch, channels, d.size(kernel, 11), d.size(kernel, 11));
        Operand w = d.normal(out, channels, kernel, kernel);
        Op op = new Conv.Conv2d(stride, pad);
        return biased ? example(op, x, w, d.normal(out)) : example(op, x, w);
    }

    private static Example convGradInput(Draws d, int batch, int channels, int kernel, int stride, Padding pad) {
        int height = d.size(kernel, 10);
        int width = d.size(kernel, 10);
        int out = d.size(1, 6);
        return example(
                new Conv.Conv2dGradInput(height, width, stride, pad),
                d.normal(
                        batch,
                        out,
                        (height + pad.top() + pad.bottom() - kernel) / stride + 1,
                        (width + pad.left() + pad.right() - kernel) / stride + 1),
                d.normal(out, channels, kernel, kernel));
    }

    private static Example convGradWeight(Draws d, int batch, int channels, int kernel, int stride, Padding pad) {
        int height = d.size(kernel, 10);
        int width = d.size(kernel, 10);
        return example(
                new Conv.Conv2dGradWeight(kernel, kernel, stride, pad),
                d.normal(batch, channels, height, width),
                d.normal(
                        batch,
                        d.size(1, 6),
                        (height + pad.top() + pad.bottom() - kernel) / stride + 1,
                        (width + pad.left() + pad.right() - kernel) / stride + 1));
    }

    // Norms

    private static final List<int[]> NORMALISED = List.of(
            new int[] {2, 6, 3, 5},
            new int[] {1, 12, 7, 4},
            new int[] {3, 6, 5},
            new int[] {2, 6},
            new int[] {1, 18, 2, 1},
            new int[] {0, 6, 2, 2});

    private static List<Row> norms() {
        double epsilon = 1e-2; // views may repeat elements: without deviation a rounding is divided by sqrt(epsilon)
        List<Draw> group = new ArrayList<>();
        List<Draw> groupGradInput = new ArrayList<>();
        List<Draw> groupGradAffine = new ArrayList<>();
        List<Draw> layer = new ArrayList<>();
        List<Draw> layerGradInput = new ArrayList<>();
        List<Draw> layerGradAffine = new ArrayList<>();
        for (int[] dims : NORMALISED) {
            for (int groups : new int[] {1, 3}) {
                int c = dims[1];
                group.add(d -> example(new Norm.GroupNorm(groups, epsilon), d.normal(dims), d.normal(c), d.normal(c)));
                groupGradInput.add(d -> example(
                        new Norm.GroupNormGradInput(groups, epsilon), d.normal(dims), d.normal(c), d.normal(dims)));
                groupGradAffine.add(
                        d -> example(new Norm.GroupNormGradAffine(groups, epsilon), d.normal(dims), d.normal(dims)));
            }
            int c = dims[dims.length - 1] + 2; // two elements at least: one alone has no deviation
            int[] rows = dims.clone();
            rows[rows.length - 1] = c;
            layer.add(d -> example(new Norm.LayerNorm(epsilon), d.normal(rows), d.normal(c), d.normal(c)));
            layerGradInput.add(
                    d -> example(new Norm.LayerNormGradInput(epsilon), d.normal(rows), d.normal(c), d.normal(rows)));
            layerGradAffine.add(d -> example(new Norm.LayerNormGradAffine(epsilon), d.normal(rows), d.normal(rows)));
        }
        // several blocks of one sample
        group.add(d -> example(new Norm.GroupNorm(2, epsilon), d.normal(2, 8, 90, 61), d.normal(8), d.normal(8)));
        groupGradInput.add(d -> example(
                new Norm.GroupNormGradInput(2, epsilon), d.normal(2, 8, 90, 61), d.normal(8), d.normal(2, 8, 90, 61)));
        groupGradAffine.add(
                d -> example(new Norm.GroupNormGradAffine(2, epsilon), d.normal(2, 8, 90, 61), d.normal(2, 8, 90, 61)));
        layer.add(d -> example(new Norm.LayerNorm(epsilon), d.normal(400, 97), d.normal(97), d.normal(97)));
        layerGradInput.add(
                d -> example(new Norm.LayerNormGradInput(epsilon), d.normal(400, 97), d.normal(97), d.normal(400, 97)));
        layerGradAffine.add(d -> example(new Norm.LayerNormGradAffine(epsilon), d.normal(400, 97), d.normal(400, 97)));
        List<Draw> softmax = new ArrayList<>();
        List<Draw> logSoftmax = new ArrayList<>();
        for (int[] dims : List.of(
                new int[] {1},
                new int[] {7},
                new int[] {3, 4, 5},
                new int[] {2, 37},
                new int[] {4, 1},
                new int[] {0, 3},
                new int[] {700, 33})) {
            softmax.add(d -> example(new Norm.Softmax(), d.uniform(-5, 5, dims)));
            logSoftmax.add(d -> example(new Norm.LogSoftmax(), d.uniform(-5, 5, dims)));
        }
        Op groupNorm = new Norm.GroupNorm(3, epsilon);
        Op groupNormGradInput = new Norm.GroupNormGradInput(3, epsilon);
        Op groupNormGradAffine = new Norm.GroupNormGradAffine(3, epsilon);
        Op layerNorm = new Norm.LayerNorm(epsilon);
        Op layerNormGradInput = new Norm.LayerNormGradInput(epsilon);
        Op layerNormGradAffine = new Norm.LayerNormGradAffine(epsilon);
        return List.of(
                new Row(Norm.GroupNorm.class, NORMS, group, List.of())
                        .refusing(groupNorm, List.of(f32(6), f32(6), f32(6)), "x[6]", "channel")
                        .refusing(
                                groupNorm, List.of(f32(2, 8, 3), f32(8), f32(8)), "8 channels", "x[2,8,3]", "3 groups")
                        .refusing(
                                groupNorm,
                                List.of(f32(2, 6, 3), f32(5), f32(6)),
                                "gain[5] has 5 in dimension 0, needs 6",
                                "x[2,6,3]"),
                new Row(Norm.GroupNormGradInput.class, NORMS, groupGradInput, List.of())
                        .refusing(
                                groupNormGradInput,
                                List.of(f32(2, 6, 3), f32(6), f32(2, 6, 4)),
                                "[2,6,3]",
                                "[2,6,4]",
                                "dy")
                        .refusing(
                                groupNormGradInput,
                                List.of(f32(2, 6, 3), f32(5), f32(2, 6, 3)),
                                "gain[5] has 5 in dimension 0, needs 6"),
                new Row(Norm.GroupNormGradAffine.class, NORMS, groupGradAffine, List.of())
                        .refusing(groupNormGradAffine, List.of(f32(2, 6, 3), f32(2, 6, 4)), "[2,6,3]", "[2,6,4]", "dy"),
                new Row(Norm.LayerNorm.class, NORMS, layer, List.of())
                        .refusing(layerNorm, List.of(f32(), f32(1), f32(1)), "scalar")
                        .refusing(
                                layerNorm,
                                List.of(f32(4, 6), f32(6), f32(4)),
                                "bias[4] has 4 in dimension 0, needs 6",
                                "x[4,6]"),
                new Row(Norm.LayerNormGradInput.class, NORMS, layerGradInput, List.of())
                        .refusing(layerNormGradInput, List.of(f32(4, 6), f32(6), f32(4, 5)), "[4,6]", "[4,5]", "dy")
                        .refusing(
                                layerNormGradInput,
                                List.of(f32(4, 6), f32(4), f32(4, 6)),
                                "gain[4] has 4 in dimension 0, needs 6"),
                new Row(Norm.LayerNormGradAffine.class, NORMS, layerGradAffine, List.of())
                        .refusing(layerNormGradAffine, List.of(f32(4, 6), f32(4, 5)), "[4,6]", "[4,5]", "dy")
                        .refusing(layerNormGradAffine, List.of(f32(), f32()), "scalar"),
                new Row(Norm.Softmax.class, ulps(10), softmax, List.of())
                        .refusing(new Norm.Softmax(), List.of(f32()), "scalar")
                        .refusing(new Norm.Softmax(), List.of(i32(3)), "i32[3]"),
                new Row(Norm.LogSoftmax.class, new Tolerance(0x1p-21, 1e-7), logSoftmax, List.of())
                        .refusing(new Norm.LogSoftmax(), List.of(f32()), "scalar"));
    }

    // Attention

    private static List<Row> attention() {
        List<Draw> forward = new ArrayList<>();
        List<Draw> gradient = new ArrayList<>();
        for (boolean causal : new boolean[] {false, true}) {
            for (int[] s : List.of(
                    new int[] {1, 1, 1, 1, 1}, // batch, queries, keys, heads, width of a head
                    new int[] {2, 5, 5, 2, 3},
                    new int[] {1, 3, 7, 3, 8},
                    new int[] {2, 9, 4, 1, 5},
                    new int[] {1, 37, 33, 2, 17},
                    new int[] {0, 3, 3, 2, 4})) {
                int c = s[3] * s[4];
                forward.add(d -> example(
                        new Attention.ScaledDotProduct(s[3], 0.4, causal),
                        d.normal(s[0], s[1], c),
                        d.normal(s[0], s[2], c),
                        d.normal(s[0], s[2], c)));
                gradient.add(d -> {
                    Operand q = d.normal(s[0], s[1], c);
                    Operand k = d.normal(s[0], s[2], c);
                    Operand v = d.normal(s[0], s[2], c);
                    return example(
                            new Attention.Gradient(s[3], 0.4, causal),
                            q,
                            k,
                            v,
                            d.normal(s[0], s[1], c),
                            d.normal(s[0], s[1], c));
                });
            }
        }
        Op plain = new Attention.ScaledDotProduct(2, 0.5, false);
        Op grad = new Attention.Gradient(2, 0.5, false);
        Spec q = f32(1, 3, 4);
        Spec k = f32(1, 5, 4);
        return List.of(
                new Row(Attention.ScaledDotProduct.class, SUMS, forward, List.of())
                        .refusing(plain, List.of(q, k), "takes 3 inputs, got 2")
                        .refusing(plain, List.of(q, k, f32(1, 6, 4)), "q[1,3,4]", "k[1,5,4]", "v[1,6,4]")
                        .refusing(plain, List.of(f32(3, 4), k, k), "q[3,4]", "[b, tq, c]")
                        .refusing(
                                new Attention.ScaledDotProduct(3, 0.5, false),
                                List.of(q, k, k),
                                "4 channels",
                                "q[1,3,4]",
                                "3 heads"),
                new Row(Attention.Gradient.class, SUMS, gradient, List.of())
                        .refusing(grad, List.of(q, k, k, q), "takes 5 inputs, got 4")
                        .refusing(grad, List.of(q, k, k, q, k), "y and dy", "[1,3,4]", "[1,5,4]"));
    }

    // The rest

    private static List<Row> others() {
        return List.of(
                row(
                                Gather.Rows.class,
                                EXACT,
                                d -> example(new Gather.Rows(), d.normal(5, 3), d.indices(5, 2, 4)),
                                d -> example(new Gather.Rows(), d.normal(7, 1), d.indices(7)),
                                d -> example(new Gather.Rows(), d.normal(9, 33), d.indices(9, 3, 2, 2)),
                                d -> example(new Gather.Rows(), d.normal(2, 3), d.indices(2, 0)))
                        .refusing(new Gather.Rows(), List.of(f32(5), i32(2)), "table[5] has rank 1, needs 2")
                        .refusing(new Gather.Rows(), List.of(f32(5, 3), f32(2)), "f32[2]", "int32"),
                row(
                                Gather.ScatterAdd.class,
                                SUMS,
                                d -> example(new Gather.ScatterAdd(5), d.indices(5, 2, 4), d.normal(2, 4, 3)),
                                d -> example(new Gather.ScatterAdd(3), d.indices(3, 40), d.normal(40, 17)),
                                d -> example(new Gather.ScatterAdd(4), d.indices(4), d.normal(1)),
                                d -> example(new Gather.ScatterAdd(2), d.indices(2, 0), d.normal(0, 3)))
                        .refusing(new Gather.ScatterAdd(5), List.of(i32(4), f32(3, 2)), "dy[3,2]", "ids[4]")
                        .refusing(new Gather.ScatterAdd(5), List.of(f32(4), f32(4, 2)), "f32[4]", "int32"),
                new Row(Cast.class, EXACT, casts(), List.of())
                        .refusing(new Cast(DType.F16), List.of(), "takes 1 inputs, got 0"),
                row(
                                Barrier.class,
                                EXACT,
                                d -> example(new Barrier(), d.normal(3, 4), d.normal(2)),
                                d -> example(new Barrier(), d.normal(), d.normal(0, 3)))
                        .refusing(new Barrier(), List.of(f32(2)), "takes 2 inputs, got 1"),
                row(
                                Fused.Chain.class,
                                // a handful of roundings of values up to a few times the inputs
                                new Tolerance(0, 2e-6),
                                d -> example(chain(), d.normal(3, 4), d.normal(3, 4), d.normal(3, 4)),
                                d -> example(chain(), d.normal(5, 1), d.normal(), d.normal(2, 5, 7)),
                                d -> example(chain(), d.normal(2, 2051), d.normal(2051), d.normal(2, 1)))
                        .refusing(chain(), List.of(f32(2), f32(2)), "takes 3 inputs, got 2"));
    }

    /** silu(a b + c) where b > c, else tanh(a) - b. */
    private static Fused.Chain chain() {
        return new Fused.Chain(
                3,
                List.of(
                        new Fused.Link(new Elementwise.Mul(), List.of(0, 1)),
                        new Fused.Link(new Elementwise.Add(), List.of(3, 2)),
                        new Fused.Link(new Elementwise.Silu(), List.of(4)),
                        new Fused.Link(new Elementwise.Greater(), List.of(1, 2)),
                        new Fused.Link(new Elementwise.Tanh(), List.of(0)),
                        new Fused.Link(new Elementwise.Sub(), List.of(7, 1)),
                        new Fused.Link(new Elementwise.Where(), List.of(6, 5, 8))));
    }

    private static List<Draw> casts() {
        List<Draw> draws = new ArrayList<>();
        for (DType dtype : DType.values()) {
            draws.add(d -> example(new Cast(dtype), d.uniform(-300, 300, d.size(1, 5), d.size(1, 30))));
            draws.add(d -> example(new Cast(dtype), d.indices(1000, 3, d.size(1, 9))));
        }
        return draws;
    }

    /** Numbers of the examples of a row. */
    static IntStream numbers(Row row) {
        return IntStream.range(0, row.draws().size());
    }
}
