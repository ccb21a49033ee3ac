package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PerWeightTest {
    private final HostTensor weight = HostTensor.of(new float[] {1, 2, 3, 4}, 2, 2);
    private final Weights weights = Weights.of("toy", Map.of("b", weight, "a", HostTensor.of(new float[] {5}, 1)));

    @Test
    void of_copiesTheWeightsInTheOrderOfTheirNames() {
        PerWeight values = PerWeight.of(weights, List.of("b", "a"));
        assertThat(values).hasToString("{a[1], b[2,2]}");
        assertThat(values.size()).isEqualTo(5);
        values.values("b")[0] = 9;
        assertThat(weight.toFloats()).containsExactly(1, 2, 3, 4);
        assertThat(values.copy().values(1)).containsExactly(9, 2, 3, 4);
        assertThat(values.zeros().values(1)).containsExactly(0, 0, 0, 0);
    }

    @Test
    void set_takesTheTensorsOfADevice() {
        PerWeight values = PerWeight.of(weights, List.of("b"));
        values.set(Map.of("b", HostTensor.of(new double[] {4, 3, 2, 1}, 2, 2), "other", HostTensor.scalar(0)));
        assertThat(values.values("b")).containsExactly(4, 3, 2, 1);
        assertThat(values.tensors().get("b")).hasToString("f32[2,2]");
    }

    @Test
    void set_withAMissingOrMisshapenTensor_namesTheLayer() {
        PerWeight values = PerWeight.of(weights, List.of("b"));
        assertThatThrownBy(() -> values.set(Map.of())).hasMessage("b: expected a tensor of shape [2,2], found none");
        assertThatThrownBy(() -> values.set(Map.of("b", weight.reshape(4))))
                .hasMessage("b: expected a tensor of shape [2,2], found f32[4]");
        assertThatThrownBy(() -> values.set(PerWeight.of(weights, List.of("a"))))
                .hasMessage("values of other layers than the searched ones: expected {b[2,2]}, found {a[1]}");
    }

    @Test
    void values_ofAnotherLayer_areRefused() {
        PerWeight values = PerWeight.of(weights, List.of("b"));
        assertThatThrownBy(() -> values.values("a")).hasMessage("a is not among the searched layers [b]");
        assertThatThrownBy(() -> PerWeight.of(weights, List.of("c"))).hasMessage("toy: no tensor named c");
    }
}
