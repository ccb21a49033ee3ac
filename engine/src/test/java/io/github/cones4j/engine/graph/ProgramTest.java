package io.github.cones4j.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProgramTest {

    @Test
    void inputsAndWeights_areWhatTheRootsReadOrReplace() {
        Tensor w = Tensor.weight("w", 3);
        Tensor unused = Tensor.input("unused", 9);
        Program program =
                Program.of(Map.of("y", w.add(Tensor.input("x", 3))), Map.of("moment", Tensor.full(0, Spec.f32(2, 2))));

        assertThat(program.inputs()).containsExactly(Map.entry("x", Spec.f32(3)));
        assertThat(program.weights()).containsExactly(Map.entry("moment", Spec.f32(2, 2)), Map.entry("w", Spec.f32(3)));
        assertThat(program.roots()).doesNotContain(unused).hasSize(2);
    }

    @Test
    void oneNameWithTwoShapes_isRefused() {
        assertThatThrownBy(() -> Program.of(Tensor.input("x", 3).add(Tensor.input("x", 1))))
                .isInstanceOf(ShapeException.class)
                .hasMessage("input x is f32[3] in one place and f32[1] in another");
        assertThatThrownBy(() -> Program.of(
                        Map.of(), Map.of("w", Tensor.weight("w", 2, 3).sum())))
                .isInstanceOf(ShapeException.class)
                .hasMessageContainingAll("w", "f32[2,3]", "f32[1,1]");
    }

    @Test
    void topologicalOrder_putsInputsFirst_andEachNodeOnce() {
        Tensor x = Tensor.input("x", 2);
        Tensor y = x.exp();
        Tensor z = y.add(x).mul(y);

        List<Tensor> order = Program.topological(List.of(z, y, z));

        assertThat(order).doesNotHaveDuplicates().containsExactly(x, y, z.input(0), z);
    }
}
