package io.github.cones4j.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.Weights;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Nd4jTest {
    static Stream<Kernel> kernels() {
        return Stream.concat(
                Stream.of(Kind.values()).filter(Kind::isInNd4j).map(KernelTest::small),
                Stream.of(new Kernel(Kind.CONV, List.of(6, 8, 16, 3, 2)), new Kernel(Kind.CONV, List.of(6, 8, 16, 1, 1))));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void nd4j_computesWhatIsComparedWithIt(Kernel kernel) {
        double theirs = Nd4jBenchmark.call(kernel).get().getDouble(0);
        try (Device device = new CpuDevice(1);
                Weights weights = kernel.weights();
                Executable executable = device.compile(kernel.program(), weights)) {
            double ours = executable
                    .run(kernel.inputs())
                    .tensors()
                    .values()
                    .iterator()
                    .next()
                    .get(0);
            // float32 sums of a few hundred products of 0.0025 at most; ND4J's layer norm adds no epsilon to the variance (8e-4)
            double tolerance = kernel.kind() == Kind.LAYER_NORM ? 1e-3 : 1e-5;
            assertThat(theirs).isCloseTo(ours, within(tolerance));
        }
    }
}
