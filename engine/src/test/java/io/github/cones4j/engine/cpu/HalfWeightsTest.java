package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Gather;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights of 16 bits on the CPU device: what they compute and what they take. */
final class HalfWeightsTest {
    private static final Map<String, int[]> SHAPES = Map.of(
            "table", new int[] {50, 96},
            "linear", new int[] {80, 96},
            "bias", new int[] {80},
            "conv", new int[] {64, 80, 3, 3});

    private static Weights weights(DType dtype, DType seenAs) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        SHAPES.forEach((name, dims) -> {
            Random random = new Random(name.hashCode());
            float[] values = new float[(int) Shape.of(dims).size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() / 8;
            }
            tensors.put(name, HostTensor.of(values, dims).cast(dtype).cast(seenAs));
        });
        return Weights.of("test", tensors);
    }

    /** Rows of a table through a linear layer and a convolution, and the gradient of what was looked up. */
    private static Program program() {
        Tensor ids = Tensor.indices("ids", 8 * 8);
        Tensor x = Tensor.of(new Gather.Rows(), weight("table"), ids);
        Tensor y = x.matmul(weight("linear").permute(1, 0)).add(weight("bias"));
        Tensor picture = y.reshape(1, 8, 8, 80).permute(0, 3, 1, 2);
        Tensor z = Tensor.of(new Conv.Conv2d(1, Conv.Padding.same(1)), picture, weight("conv"));
        Tensor loss = z.mul(z).sum();
        return Program.of(Map.of("z", z, "dx", Gradients.of(loss, List.of(x)).get(0)));
    }

    private static Tensor weight(String name) {
        return Tensor.weight(name, Objects.requireNonNull(SHAPES.get(name)));
    }

    private static Map<String, HostTensor> inputs() {
        int[] ids = new int[64];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i * 7 % 50;
        }
        return Map.of("ids", HostTensor.of(ids, 64));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void run_withWeightsOf16Bits_givesTheBytesOfTheSameValuesInFloat32(DType dtype) {
        for (int threads : new int[] {1, 2, 4}) {
            try (CpuDevice device = new CpuDevice(threads);
                    Executable half = device.compile(program(), weights(dtype, dtype));
                    Executable single = device.compile(program(), weights(dtype, DType.F32))) {
                Executable.Results found = half.run(inputs());
                Executable.Results expected = single.run(inputs());
                for (String name : List.of("z", "dx")) {
                    assertThat(found.get(name).toFloats())
                            .as("%s, %d threads", name, threads)
                            .isEqualTo(expected.get(name).toFloats());
                }
            }
        }
    }

    @Test
    void plan_withWeightsOf16Bits_countsThemAtTheirSize_andOnePackForForwardAndGradient() {
        try (CpuDevice device = new CpuDevice(1)) {
            MemoryPlan single = device.plan(program());
            MemoryPlan half = device.plan(program(), weights(DType.F16, DType.F16));
            long values = 80 * 96 + 64 * 80 * 9; // the table is read where it lies
            long raw = 4 * (80 + 16); // the bias in float32, and the constant of the loss
            assertThat(single.weights()).isBetween(4 * values, 4 * values + 2 * raw);
            assertThat(half.weights()).isBetween(2 * values, 2 * values + 2 * raw);
        }
    }
}
