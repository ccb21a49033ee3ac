package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.Draws.Operand;
import io.github.cones4j.engine.OpSpecs.Example;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Cast;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradient of every operation against differences of the operation itself, along random directions, in float64. */
final class OpGradientTest {
    private static final ReferenceDevice DEVICE = new ReferenceDevice();

    /**
     * Central differences over h and h/2, combined so that the error is of order h^4: about 1e-13 of the fifth
     * derivative, and rounding about 1e-16 / h of the values. Operands keep further from kinks than this.
     */
    private static final double STEP = 1e-3;

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    static Stream<Row> differentiable() {
        return OpSpecs.rows().stream().filter(row -> !isOnlyInGradients(row.type()));
    }

    static Stream<Row> onlyInGradients() {
        return OpSpecs.rows().stream().filter(row -> isOnlyInGradients(row.type()));
    }

    private static boolean isOnlyInGradients(Class<? extends Op> type) {
        return type == Norm.GroupNormGradInput.class
                || type == Norm.GroupNormGradAffine.class
                || type == Norm.LayerNormGradInput.class
                || type == Norm.LayerNormGradAffine.class
                || type == Attention.Gradient.class
                || type == Fused.Chain.class;
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void gradient_isTheLimitOfDifferences(Row row) {
        OpSpecs.numbers(row).forEach(i -> check(row.example(i), row.seed(i)));
    }

    @ParameterizedTest
    @MethodSource("onlyInGradients")
    void gradient_ofWhatOccursOnlyInGradients_saysSo(Row row) {
        Example example = row.example(0);
        List<Tensor> inputs = leaves(example);
        Tensor out = example.on(inputs);

        assertThatThrownBy(() -> Gradients.of(out.sum(), inputs))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(example.op().label())
                .hasMessageContaining("differentiat");
    }

    private static List<Tensor> leaves(Example example) {
        List<Tensor> leaves = new ArrayList<>();
        for (Operand operand : example.operands()) {
            leaves.add(Tensor.of(new Leaf.Input("x" + leaves.size(), operand.spec())));
        }
        return leaves;
    }

    private static void check(Example example, long seed) {
        List<Tensor> inputs = leaves(example);
        Tensor out = example.on(inputs);
        if (!out.dtype().isFloat() || rounds(example.op())) {
            return; // differences of a staircase mean nothing
        }
        String what = example + " (cones4j.seed " + OpSpecs.SEED + ", directions " + seed + ")";
        Random random = new Random(seed);
        Tensor loss = out.mul(Tensor.of(new Leaf.Input("dy", out.spec()))).sum();
        Map<String, HostTensor> at = new LinkedHashMap<>();
        at.put("dy", host(out.shape().dims(), gaussian(random, out.shape().size())));
        List<Tensor> wanted = new ArrayList<>();
        List<double[]> directions = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Operand operand = example.operands().get(i);
            if (operand.smooth()) {
                wanted.add(inputs.get(i));
            }
            double[] direction = gaussian(random, operand.values().length);
            for (int j = 0; j < direction.length; j++) {
                // at most 4, so that no kink is reached
                direction[j] = operand.smooth() ? Math.clamp(direction[j], -4, 4) : 0;
            }
            directions.add(direction);
        }
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("loss", loss);
        List<Tensor> gradients = Gradients.of(loss, wanted);
        for (int i = 0; i < wanted.size(); i++) {
            assertThat(gradients.get(i).spec()).as(what).isEqualTo(wanted.get(i).spec());
            outputs.put("gradient " + wanted.get(i).op().label(), gradients.get(i));
        }
        double slope = 0;
        double terms = 0;
        try (Executable executable = DEVICE.compile(Program.of(outputs), Weights.none())) {
            Executable.Results results = executable.run(shifted(example, at, directions, 0));
            for (int i = 0; i < inputs.size(); i++) {
                if (!example.operands().get(i).smooth()) {
                    continue;
                }
                double[] gradient =
                        results.get("gradient " + inputs.get(i).op().label()).toDoubles();
                for (int j = 0; j < gradient.length; j++) {
                    slope += gradient[j] * directions.get(i)[j];
                    terms += Math.abs(gradient[j] * directions.get(i)[j]);
                }
            }
            terms += Math.abs(results.scalar("loss"));
        }
        double measured;
        try (Executable executable = DEVICE.compile(Program.of(Map.of("loss", loss)), Weights.none())) {
            measured = (4 * difference(executable, example, at, directions, STEP / 2)
                            - difference(executable, example, at, directions, STEP))
                    / 3;
        }
        // 1e-6 of the slope; where its terms cancel, what rounding leaves of them
        assertThat(measured).as(what).isCloseTo(slope, within(1e-6 * Math.abs(slope) + 1e-11 * terms));
    }

    private static boolean rounds(Op op) {
        return op instanceof Cast(DType dtype) && dtype != DType.F32 && dtype != DType.F64;
    }

    private static double difference(
            Executable executable, Example example, Map<String, HostTensor> at, List<double[]> directions, double h) {
        double above = executable.run(shifted(example, at, directions, h)).scalar("loss");
        double below = executable.run(shifted(example, at, directions, -h)).scalar("loss");
        return (above - below) / (2 * h);
    }

    private static Map<String, HostTensor> shifted(
            Example example, Map<String, HostTensor> at, List<double[]> directions, double h) {
        Map<String, HostTensor> inputs = new LinkedHashMap<>(at);
        for (int i = 0; i < directions.size(); i++) {
            Operand operand = example.operands().get(i);
            double[] values = operand.values().clone();
            int[] integers = new int[values.length];
            for (int j = 0; j < values.length; j++) {
                integers[j] = (int) values[j];
                values[j] += h * directions.get(i)[j];
            }
            int[] dims = operand.spec().shape().dims();
            inputs.put("x" + i, operand.spec().dtype().isFloat() ? host(dims, values) : HostTensor.of(integers, dims));
        }
        // a leaf that takes no operand has no input
        inputs.keySet()
                .removeIf(name -> name.startsWith("x") && example.operands().isEmpty());
        return inputs;
    }

    private static HostTensor host(int[] dims, double... values) {
        return HostTensor.of(values, dims);
    }

    private static double[] gaussian(Random random, long size) {
        return random.doubles(size).map(u -> random.nextGaussian()).toArray();
    }
}
