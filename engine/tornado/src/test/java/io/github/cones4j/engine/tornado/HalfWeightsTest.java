package io.github.cones4j.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights of 16 bits that stay as they are stored, against the same widened once. */
final class HalfWeightsTest {
    private static final int NEVER = 0;
    private static final int ALWAYS = 1 << 20;

    @AfterEach
    void forget() {
        System.clearProperty(TornadoDevice.FLOAT32_MIB);
    }

    private static Device device() {
        TornadoProvider provider = new TornadoProvider();
        FoundDevice found =
                provider.find().stream().filter(FoundDevice::usable).findFirst().orElseThrow();
        return provider.open(found, Precision.FLOAT32);
    }

    private static void floatsUpTo(int mib) {
        System.setProperty(TornadoDevice.FLOAT32_MIB, Integer.toString(mib));
    }

    private static HostTensor stored(DType type, short[] bits, int... dims) {
        return new HostTensor(new Spec(type, Shape.of(dims)), MemorySegment.ofArray(bits));
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void weight_withEveryNumber_isWidenedExactly(DType type) {
        short[] bits = new short[1 << 16];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (short) i;
        }
        HostTensor weight = stored(type, bits, 256, 256);
        float[] expected = new float[bits.length];
        weight.copyTo(0, expected, 0, expected.length);
        floatsUpTo(NEVER);

        try (Device device = device();
                Executable executable = device.compile(
                        Program.of(Tensor.weight("w", 256, 256)), Weights.of("test", Map.of("w", weight)))) {
            HostTensor found = executable.run(Map.of()).get("out");

            assertThat(executable.memory().weights())
                    .isEqualTo(2L * bits.length + 2 * 4 * Slot.ALIGNMENT); // and two numbers
            for (int i = 0; i < bits.length; i++) {
                float y = (float) found.get(i);
                boolean flushed = y == 0 && Math.abs(expected[i]) < Float.MIN_NORMAL; // as some devices do
                if (!flushed) {
                    assertThat(Float.floatToIntBits(y)).as("bits %x", i).isEqualTo(Float.floatToIntBits(expected[i]));
                }
            }
        }
    }

    /** Each weight where kernels want it in another order, or more than once, or as a view. */
    private static Program program() {
        Tensor x = Tensor.input("x", 2, 300);
        Tensor picture = Tensor.input("picture", 1, 64, 9, 7);
        Tensor kernel = Tensor.weight("kernel", 128, 64, 3, 3);
        Tensor point = Tensor.weight("point", 512, 128, 1, 1);
        Tensor linear = Tensor.weight("linear", 320, 300);
        Tensor table = Tensor.weight("table", 1000, 80);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Tensor y = x.linear(linear, null);
        Tensor view = linear.reshape(80, 1200).slice(1, 0, 300).permute(1, 0).reshape(75, 320);
        outputs.put("there_and_back", y.matmul(linear));
        outputs.put("through_a_view", y.linear(view, null));
        outputs.put("sum", linear.sum(1));
        outputs.put("itself", linear);
        Tensor features = picture.conv2d(kernel, null, 1, Conv.Padding.same(1));
        outputs.put("convolution", features.conv2d(point, null, 1, Conv.Padding.same(0)));
        outputs.put("rows", table.gather(Tensor.indices("ids", 3)));
        outputs.put("small", x.mul(Tensor.weight("small", 2, 300)));
        return Program.of(outputs);
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void program_withStoredWeights_givesTheBytesOfWidenedOnes(DType type) {
        Program program = program();
        Random random = new Random(5);
        Map<String, HostTensor> weights = new HashMap<>();
        program.weights().forEach((name, spec) -> {
            short[] bits = new short[Math.toIntExact(spec.shape().size())];
            for (int i = 0; i < bits.length; i++) {
                float value = (float) random.nextGaussian();
                bits[i] = type == DType.F16
                        ? Float.floatToFloat16(value)
                        : (short) (Float.floatToRawIntBits(value) >> 16);
            }
            weights.put(name, stored(type, bits, spec.shape().dims()));
        });
        Map<String, HostTensor> inputs = new HashMap<>();
        program.inputs().forEach((name, spec) -> {
            float[] values = new float[Math.toIntExact(spec.shape().size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            inputs.put(name, HostTensor.of(values, spec.shape().dims()));
        });
        inputs.put("ids", HostTensor.of(new int[] {999, 0, 512}, 3));

        Weights all = Weights.of("test", weights);
        try (Device device = device()) {
            Run wide = run(device, program, all, inputs, ALWAYS);
            Run narrow = run(device, program, all, inputs, NEVER);

            assertThat(narrow.plan.weights()).isLessThan(wide.plan.weights() * 6 / 10);
            for (String output : program.outputs().keySet()) {
                MemorySegment found = narrow.results.get(output).data();
                assertThat(found.mismatch(wide.results.get(output).data()))
                        .as(output)
                        .isEqualTo(-1);
            }
        }
    }

    private record Run(MemoryPlan plan, Executable.Results results) {}

    private static Run run(
            Device device, Program program, Weights weights, Map<String, HostTensor> inputs, int floatsUpTo) {
        floatsUpTo(floatsUpTo);
        try (Executable executable = device.compile(program, weights)) {
            assertThat(executable.memory()).isEqualTo(device.plan(program, weights));
            executable.run(inputs);
            return new Run(executable.memory(), executable.run(inputs)); // the second time: nothing is used up
        }
    }

    @Test
    void plan_ofASmallProgram_hasWeightsInFloat32() {
        Program program = Program.of(Tensor.weight("w", 256, 256));
        Weights weights = Weights.of("test", Map.of("w", stored(DType.F16, new short[1 << 16], 256, 256)));
        try (Device device = device()) {
            assertThat(device.plan(program, weights)).isEqualTo(device.plan(program));
        }
    }
}
