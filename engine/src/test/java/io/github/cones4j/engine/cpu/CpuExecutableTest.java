package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Results of a run, which are given away in the memory in which they were computed. */
final class CpuExecutableTest {
    @AutoClose
    private final CpuDevice device = new CpuDevice(2);

    private static Map<String, HostTensor> input(float... values) {
        return Map.of("x", HostTensor.of(values, values.length));
    }

    @Test
    void run_leavesTheResultsOfEarlierRunsAlone() {
        Tensor x = Tensor.input("x", 3);
        try (Executable executable =
                device.compile(Program.of(Map.of("y", x.add(1), "x", x, "part", x.slice(0, 1, 3))), Weights.none())) {
            Executable.Results first = executable.run(input(1, 2, 3));
            Executable.Results second = executable.run(input(4, 5, 6));

            assertThat(first.get("y").toFloats()).containsExactly(2, 3, 4);
            assertThat(first.get("x").toFloats()).containsExactly(1, 2, 3);
            assertThat(first.get("part").toFloats()).containsExactly(2, 3);
            assertThat(second.get("y").toFloats()).containsExactly(5, 6, 7);
            assertThat(second.get("x").toFloats()).containsExactly(4, 5, 6);
            assertThat(second.get("part").toFloats()).containsExactly(5, 6);
        }
    }

    @Test
    void run_withOneTensorUnderTwoNamesAndReadAgain_givesBothItsValue() {
        Tensor y = Tensor.input("x", 3).add(1);
        Program program = Program.of(Map.of("y", y, "same", y, "more", y.mul(2)));
        try (Executable executable = device.compile(program, Weights.none())) {
            Executable.Results results = executable.run(input(1, 2, 3));

            assertThat(results.get("y").toFloats()).containsExactly(2, 3, 4);
            assertThat(results.get("same").toFloats()).containsExactly(2, 3, 4);
            assertThat(results.get("more").toFloats()).containsExactly(4, 6, 8);
        }
    }

    @Test
    void run_withAResultThatIsAlsoTheNewValueOfAWeight_givesAndKeepsIt() {
        Tensor next = Tensor.weight("w", 3).add(Tensor.input("x", 3));
        Program program = Program.of(Map.of("next", next), Map.of("w", next));
        Weights weights = Weights.of("test", Map.of("w", HostTensor.of(new float[] {10, 20, 30}, 3)));
        try (Executable executable = device.compile(program, weights)) {
            Executable.Results first = executable.run(input(1, 2, 3));
            Executable.Results second = executable.run(input(1, 2, 3));

            assertThat(first.get("next").toFloats()).containsExactly(11, 22, 33);
            assertThat(second.get("next").toFloats()).containsExactly(12, 24, 36);
            assertThat(Objects.requireNonNull(executable.state().get("w")).toFloats())
                    .containsExactly(12, 24, 36);
        }
    }

    @Test
    void memory_countsAResultOnce() {
        Tensor x = Tensor.input("x", 1000);
        MemoryPlan plan = device.plan(Program.of(x.add(1)));

        assertThat(plan.transfer()).isEqualTo(2 * 4000);
        assertThat(plan.activations()).isLessThan(2 * 4000); // the input's, not the result's
    }
}
