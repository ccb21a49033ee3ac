package io.github.cones4j.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelTest {
    /** Sizes that make each kind quick to compute: 32 for channels, as there are 32 groups, and 3 and 1 for kernel and stride. */
    static Kernel small(Kind kind) {
        List<Integer> sizes = switch (kind) {
            case CONV, CONV_GRAD_INPUT, CONV_GRAD_WEIGHT -> List.of(4, 8, 8, 3, 1);
            case ATTENTION, ATTENTION_CAUSAL, ATTENTION_GRAD -> List.of(8, 8, 2, 8);
            default -> IntStream.range(0, kind.sizes()).map(i -> 32).boxed().toList();
        };
        return new Kernel(kind, sizes);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void kernel_ofEachKind_compilesAndGivesFiniteResults(Kind kind) {
        Kernel kernel = small(kind);
        try (Device device = new CpuDevice(2);
                Weights weights = kernel.weights();
                Executable executable = device.compile(kernel.program(), weights)) {
            Executable.Results results = executable.run(kernel.inputs());
            for (HostTensor result : results.tensors().values()) {
                assertThat(result.size()).isEqualTo(1);
                assertThat(result.get(0)).isFinite();
            }
            for (HostTensor state : executable.state().values()) {
                assertThat(state.toFloats())
                        .doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
            }
            if (!kind.isPacking()) {
                assertThat(executable.profile()).isNotEmpty(); // there is something to time
            }
        }
    }

    @Test
    void kernel_withAnActivationAmongItsOperands_hasItsCopyTimedForItself() {
        Kernel kernel = small(Kind.LINEAR_GRAD_WEIGHT);
        assertThat(kernel.hasInputs()).isTrue();
        assertThat(kernel.copyIn().inputs()).isEqualTo(kernel.program().inputs());
        try (Device device = new CpuDevice(1);
                Executable executable = device.compile(kernel.copyIn(), Weights.none())) {
            executable.run(kernel.inputs());
            assertThat(executable.profile()).isEmpty(); // no kernel in it
        }
    }

    @Test
    void allKernels_haveNamesOfTheirOwnAndProgramsThatFit() {
        assertThat(Kernel.all().stream().map(Kernel::name)).doesNotHaveDuplicates();
        assertThat(Kernel.all()).containsAll(Kernel.quick());
        assertThat(Kernel.all().stream().map(Kernel::kind).collect(Collectors.toSet()))
                .containsExactlyInAnyOrderElementsOf(Arrays.asList(Kind.values()));
        for (Kernel kernel : Kernel.all()) {
            assertThat(kernel.program().roots()).as(kernel.name()).isNotEmpty();
            assertThat(kernel.bytes()).as(kernel.name()).isPositive();
            assertThat(Kernel.named(kernel.name())).isEqualTo(kernel);
        }
    }

    @Test
    void flop_ofAConvolution_countsOutputsTimesTaps() {
        Kernel kernel = new Kernel(Kind.CONV, List.of(64, 320, 640, 3, 2));
        assertThat(kernel.flop()).isEqualTo(2.0 * 32 * 32 * 320 * 640 * 9);
    }
}
