package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** Memory of more than 2 GiB in one piece, whose places in bytes are no ints. */
final class TornadoLargeMemoryTest {
    private static final int N = 23_200;

    @Test
    void valuesBeyondTwoGibibytes_areRight() {
        Tensor x = Tensor.input("x", N, 1);
        Tensor y = Tensor.input("y", 1, N);
        Tensor product = x.matmul(y);
        float[] numbers = new float[N];
        float[] expected = new float[N];
        for (int i = 0; i < N; i++) {
            numbers[i] = i % 1000;
            expected[i] = numbers[i] * ((N - 1) % 1000);
        }
        Program program = Program.of(Map.of("last", product.slice(0, N - 1, N), "column", product.slice(1, N - 1, N)));
        try (Device device = Gpu.open();
                Executable executable = compile(device, program)) {
            assertThat(executable.memory().activations()).isGreaterThan(1L << 31);
            Executable.Results results =
                    executable.run(Map.of("x", HostTensor.of(numbers, N, 1), "y", HostTensor.of(numbers, 1, N)));
            assertThat(results.get("last").toFloats()).containsExactly(expected);
            assertThat(results.get("column").toFloats()).containsExactly(expected);
        }
    }

    /** Leaves the test out where so much does not fit. */
    private static Executable compile(Device device, Program program) {
        try {
            return device.compile(program, Weights.none());
        } catch (IllegalStateException e) {
            throw new TestAbortedException("left out: " + e.getMessage());
        }
    }
}
