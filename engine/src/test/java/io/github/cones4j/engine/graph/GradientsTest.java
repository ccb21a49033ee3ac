package io.github.cones4j.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GradientsTest {

    private static final Map<String, HostTensor> INPUTS = Map.of(
            "x", HostTensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3),
            "row", HostTensor.of(new double[] {7, 8, 9}, 3),
            "column", HostTensor.of(new double[] {2, -1}, 2, 1),
            "one", HostTensor.of(new double[] {3}));

    private final Tensor x = Tensor.input("x", 2, 3);
    private final Tensor row = Tensor.input("row", 3);
    private final Tensor column = Tensor.input("column", 2, 1);
    private final Tensor one = Tensor.input("one");

    private static List<double[]> values(List<Tensor> tensors) {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        tensors.forEach(tensor -> outputs.put("" + outputs.size(), tensor));
        Program program = Program.of(outputs);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(INPUTS);
        inputs.keySet().retainAll(program.inputs().keySet());
        try (ReferenceDevice device = new ReferenceDevice();
                Executable executable = device.compile(program, Weights.none())) {
            Executable.Results results = executable.run(inputs);
            return outputs.keySet().stream()
                    .map(name -> results.get(name).toDoubles())
                    .toList();
        }
    }

    private static double[] gradient(Tensor loss, Tensor wrt) {
        Tensor gradient = Gradients.of(loss, List.of(wrt)).getFirst();
        assertThat(gradient.spec()).isEqualTo(wrt.spec());
        return values(List.of(gradient)).getFirst();
    }

    @Test
    void whatTheLossDoesNotDependOn_hasZerosOfItsShape() {
        assertThat(gradient(x.sum(), row)).containsExactly(0, 0, 0);
    }

    @Test
    void theLossItself_hasTheGradientOne() {
        Tensor loss = x.square().sum();

        assertThat(gradient(loss, loss)).containsExactly(1);
    }

    @Test
    void sharedSubexpressions_addThePathsThroughThem() {
        Tensor square = x.square();

        // x^2 + x^2 * x + x
        assertThat(gradient(square.add(square.mul(x)).add(x).sum(), x))
                .containsExactly(2 + 3 + 1, 4 + 12 + 1, 6 + 27 + 1, 8 + 48 + 1, 10 + 75 + 1, 12 + 108 + 1);
    }

    @Test
    void repeatedOperands_sumOverWhatTheyWereRepeatedTo() {
        Tensor loss = x.mul(row).mul(column).mul(one).sum();

        List<double[]> gradients = values(Gradients.of(loss, List.of(row, column, one, x)));

        assertThat(gradients.get(0)).containsExactly(3 * (2 - 4), 3 * (4 - 5), 3 * (6 - 6));
        assertThat(gradients.get(1)).containsExactly(3 * (7 + 16 + 27), 3 * (28 + 40 + 54));
        assertThat(gradients.get(2)).containsExactly(2 * (7 + 16 + 27) - (28 + 40 + 54));
        assertThat(gradients.get(3)).containsExactly(42, 48, 54, -21, -24, -27);
    }

    @Test
    void intermediateTensors_haveGradientsToo_alsoBesideTheirOwnInputs() {
        Tensor middle = x.mul(2);
        Tensor loss = middle.square().sum();

        List<double[]> gradients = values(Gradients.of(loss, List.of(middle, x, middle)));

        assertThat(gradients.get(0)).containsExactly(4, 8, 12, 16, 20, 24);
        assertThat(gradients.get(1)).containsExactly(8, 16, 24, 32, 40, 48);
        assertThat(gradients.get(2)).containsExactly(gradients.get(0));
    }

    @Test
    void onlyPathsToTheWantedTensors_areWalked() {
        Tensor first = Tensor.weight("first", 4, 3);
        Tensor second = Tensor.weight("second", 2, 4);
        Tensor loss = x.linear(first, null).silu().linear(second, null).square().sum();

        long all = products(Gradients.of(loss, List.of(first, second)));
        long last = products(Gradients.of(loss, List.of(second)));

        assertThat(all).isEqualTo(5); // two forward, two for the weights, one through the second layer
        assertThat(last).isEqualTo(3); // two forward, one for the second weight
    }

    private static long products(List<Tensor> gradients) {
        return Program.topological(gradients).stream()
                .filter(tensor -> tensor.op() instanceof MatMul)
                .count();
    }

    @Test
    void gradientsOfGradients_areSecondDerivatives() {
        Tensor cube = x.square().mul(x).sum();
        Tensor first = Gradients.of(cube, List.of(x)).getFirst();

        assertThat(gradient(first.sum(), x)).containsExactly(6, 12, 18, 24, 30, 36);
    }

    @Test
    void cotangent_isMultipliedFromTheLeft() {
        Tensor dy = Tensor.constant(new double[] {1, 0, -1, 2, 0, 0.5}, 2, 3);

        assertThat(values(Gradients.of(x.square(), dy, List.of(x))).getFirst()).containsExactly(2, 0, -6, 16, 0, 6);
    }

    @Test
    void equalLargestElements_shareTheGradientEvenly() {
        Tensor three = Tensor.input("row", 3).minimum(Tensor.scalar(8)); // 7 8 8

        assertThat(gradient(three.max().sum(), three)).containsExactly(0, 0.5, 0.5);
    }

    @Test
    void maximumAndMinimumOfEqualOperands_giveTheGradientToTheFirst() {
        Tensor same = row.add(0.0);

        assertThat(gradient(row.maximum(same.cast(DType.F64).cast(DType.F32)).sum(), row))
                .containsExactly(1, 1, 1);
        Tensor other = Tensor.constant(new double[] {7, 8, 9}, 3);
        assertThat(gradient(row.maximum(other).sum(), row)).containsExactly(1, 1, 1);
        assertThat(gradient(row.maximum(other).sum(), other)).containsExactly(0, 0, 0);
        assertThat(gradient(row.minimum(other).sum(), row)).containsExactly(1, 1, 1);
        assertThat(gradient(row.minimum(other).sum(), other)).containsExactly(0, 0, 0);
    }

    @Test
    void roundingToHalfPrecision_letsTheGradientThrough() {
        assertThat(gradient(row.mul(0.1).cast(DType.F16).cast(DType.F32).sum(), row))
                .containsExactly(0.1, 0.1, 0.1);
    }

    @Test
    void integers_stopTheGradient() {
        assertThat(gradient(row.cast(DType.I32).cast(DType.F32).mul(row).sum(), row))
                .containsExactly(7, 8, 9);
    }

    @Test
    void repeatedIndices_addTheirRowsGradients() {
        Tensor ids = Tensor.of(new Cast(DType.I32), Tensor.constant(new double[] {1, 0, 1}, 3));

        assertThat(gradient(x.gather(ids).mul(row.reshape(3, 1)).sum(), x)).containsExactly(8, 8, 8, 16, 16, 16);
    }

    @Test
    void graphOfTwentyThousandNodes_isDifferentiatedWithoutRecursion() {
        Tensor y = one;
        for (int i = 0; i < 20_000; i++) {
            y = i % 2 == 0 ? y.add(0.5) : y.sub(Tensor.scalar(0.5));
        }

        assertThat(gradient(y.square(), one)).containsExactly(6);
    }

    @Test
    void lossOfSeveralElements_isRefusedWithTheRemedy() {
        assertThatThrownBy(() -> Gradients.of(x, List.of(x)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContainingAll("[2,3]", "one element", "sum() or mean()");
    }

    @Test
    void cotangentOfAnotherShape_isRefused() {
        assertThatThrownBy(() -> Gradients.of(x, row, List.of(x)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContainingAll("[3]", "[2,3]");
    }
}
