package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.exec.Choice;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a device says of its programs, and what it lets them take. */
final class CpuDeviceTest {
    private static final int CHANNELS = 64;
    private static final long WEIGHT_BYTES = 4L * CHANNELS * CHANNELS * 9;

    private static Program program(int size) {
        Tensor x = Tensor.input("x", 1, CHANNELS, size, size);
        Tensor w = Tensor.weight("w", CHANNELS, CHANNELS, 3, 3);
        return Program.of(Segment.named(
                "down", () -> Segment.named("conv1", () -> x.conv2d(w, null, 1, Conv.Padding.same(1)))));
    }

    private static Weights weights() {
        int[] dims = {CHANNELS, CHANNELS, 3, 3};
        return Weights.of("test", Map.of("w", HostTensor.of(new float[(int) (WEIGHT_BYTES / 4)], dims)));
    }

    @Test
    void choices_nameLayerWorkAlgorithmAndCosts() {
        try (CpuDevice device = new CpuDevice(1);
                Weights weights = weights();
                Executable executable = device.compile(program(32), weights)) {
            List<Choice> convolutions = executable.choices().stream()
                    .filter(choice -> choice.algorithm().startsWith("conv2d"))
                    .toList();

            assertThat(convolutions).singleElement().satisfies(choice -> {
                assertThat(choice.path()).isEqualTo("down.conv1");
                assertThat(choice.work()).isEqualTo("Conv2d [1,64,32,32] [64,64,3,3] -> [1,64,32,32]");
                assertThat(choice.reason()).contains("direct", "F(2, 3)", "F(4, 3)");
                assertThat(choice.weights()).isGreaterThanOrEqualTo(WEIGHT_BYTES);
            });
        }
    }

    @Test
    void programBeyondTheMemory_isAnErrorThatSaysWhatItNeedsAndWhatLowersIt() {
        try (CpuDevice device = new CpuDevice(1, 4 << 20);
                Weights weights = weights()) {
            assertThatThrownBy(() -> device.compile(program(128), weights))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("the CPU device may use 4 MiB of memory, and the program needs ")
                    .hasMessageContainingAll("activations", "fewer pictures", "smaller picture", "16 bits");
            assertThat(device.name()).startsWith("cpu (1 thread");
        }
    }

    @Test
    void memory_countsSharedWeightsOnceAndIsGivenBack() {
        Program program = program(8);
        try (CpuDevice device = new CpuDevice(1);
                Weights weights = weights()) {
            long all = device.plan(program, weights).total();
            long shared = device.plan(program, weights).weights();
            try (CpuDevice limited = new CpuDevice(1, 2 * all - shared)) {
                for (int again = 0; again < 2; again++) {
                    try (Executable first = limited.compile(program, weights);
                            Executable second = limited.compile(program, weights)) {
                        assertThat(first.memory()).isEqualTo(second.memory());
                        assertThatThrownBy(() -> limited.compile(program, weights))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContainingAll("of which other programs hold", "not shared with them");
                    }
                }
            }
        }
    }
}
