package io.github.cones4j.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Products and convolutions on tensor cores: the kernels by themselves, and programs whose operands are rounded for them. */
final class MmaTest {
    private final Random random = new Random(7);

    @BeforeEach
    void needsTensorCores() {
        NeedsDevice.assumeTensorCores();
    }

    @AfterEach
    void forget() {
        System.clearProperty(TornadoDevice.FLOAT32_MIB);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void products_agreeWithSumsInDouble(Precision precision) {
        MmaCheck check = new MmaCheck(precision, "");

        check.products();

        assertThat(check.failures()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void convolutions_agreeWithSumsInDouble(Precision precision) {
        MmaCheck check = new MmaCheck(precision, "");

        check.convolutions();
        check.gradients();

        assertThat(check.failures()).isZero();
    }

    /** Operands that several products share, one that none has a weight for, and kernels that want others in between. */
    private static Program program() {
        Tensor x = Tensor.input("x", 256, 300);
        Tensor picture = Tensor.input("picture", 2, 64, 16, 16);
        Tensor linear = Tensor.weight("linear", 320, 300);
        Tensor bias = Tensor.weight("bias", 320);
        Tensor other = Tensor.weight("other", 320, 300);
        Tensor kernel = Tensor.weight("kernel", 128, 64, 3, 3);
        Tensor shortcut = Tensor.weight("shortcut", 128, 64, 1, 1);
        Tensor point = Tensor.weight("point", 128);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Tensor y = x.linear(linear, bias);
        outputs.put("linear", y);
        outputs.put("other", x.linear(other, null).add(y));
        outputs.put("product", y.permute(1, 0).matmul(x));
        outputs.put("sum", linear.sum(1));
        Tensor features = picture.conv2d(kernel, point, 1, Conv.Padding.same(1));
        outputs.put("features", features.add(picture.conv2d(shortcut, point, 1, Conv.Padding.same(0))));
        outputs.put("halved", features.silu().conv2d(kernel.permute(1, 0, 2, 3), null, 2, Conv.Padding.same(1)));
        return Program.of(outputs);
    }

    private HostTensor values(DType type, Shape shape, double scale) {
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return HostTensor.of(values, shape.dims()).cast(type);
    }

    private static Device open(Precision precision) {
        TornadoProvider provider = new TornadoProvider();
        FoundDevice found =
                provider.find().stream().filter(FoundDevice::usable).findFirst().orElseThrow();
        return provider.open(found, precision);
    }

    private static Executable.Results run(Precision precision, Weights weights, Map<String, HostTensor> inputs) {
        try (Device device = open(precision);
                Executable executable = device.compile(program(), weights)) {
            executable.run(inputs);
            return executable.run(inputs); // a second run finds constants and what the first left
        }
    }

    @Test
    void weightOfProducts_isPlannedInSixteenBitsAlone() {
        Tensor y = Tensor.input("x", 256, 256).linear(Tensor.weight("w", 256, 256), Tensor.weight("b", 256));
        Weights weights = Weights.of(
                "test", Map.of("w", HostTensor.zeros(Shape.of(256, 256)), "b", HostTensor.zeros(Shape.of(256))));

        try (Device device = open(Precision.FLOAT16);
                Executable executable = device.compile(Program.of(y), weights)) {
            assertThat(executable.memory().weights())
                    .isEqualTo(2L * 256 * 256 + 2L * Rounding.PARTS * 256 + 4L * Slot.ALIGNMENT); // and a number
            assertThat(executable.memory().activations())
                    .isEqualTo((4L + 2L) * 256 * 256); // y takes the place of x, once that is rounded
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT16, F32, 2e-3", "FLOAT16, F16, 2e-3", "FLOAT16, BF16, 2e-3", "BFLOAT16, F32, 1.6e-2"})
    void program_withRoundedOperands_agreesWithFloat32(Precision precision, DType stored, double bound) {
        System.setProperty(TornadoDevice.FLOAT32_MIB, "0"); // weights of 16 bits stay as they are stored
        Map<String, HostTensor> weights = new HashMap<>();
        Map<String, HostTensor> inputs = new HashMap<>();
        program().weights().forEach((name, spec) -> weights.put(name, values(stored, spec.shape(), 0.1)));
        program().inputs().forEach((name, spec) -> inputs.put(name, values(DType.F32, spec.shape(), 1)));
        Weights all = Weights.of("test", weights);

        Executable.Results expected = run(Precision.FLOAT32, all, inputs);
        Executable.Results found = run(precision, all, inputs);

        expected.tensors().forEach((name, values) -> {
            double error = 0;
            double size = 0;
            for (int i = 0; i < values.size(); i++) {
                error += Math.pow(found.get(name).get(i) - values.get(i), 2);
                size += Math.pow(values.get(i), 2);
            }
            assertThat(Math.sqrt(error / size)).as(name).isCloseTo(0, within(bound));
            if (!name.equals("sum")) {
                assertThat(error).as(name + " is rounded").isPositive();
            }
        });
    }
}
