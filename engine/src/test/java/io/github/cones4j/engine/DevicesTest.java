package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every device promises. */
final class DevicesTest {

    static Stream<Supplier<Device>> devices() {
        return Stream.concat(
                Stream.of(ReferenceDevice::new, () -> new CpuDevice(1), () -> new CpuDevice(2)), OtherDevices.all());
    }

    private static final Tensor A = Tensor.weight("a", 3);
    private static final Tensor B = Tensor.weight("b", 3);

    private static Weights ab() {
        return Weights.of(
                "ab",
                Map.of("a", HostTensor.of(new float[] {1, -0.0f, 3}, 3), "b", HostTensor.of(new float[] {4, 5, 6}, 3)));
    }

    /** Outputs of three runs, then the final states by name. */
    private static void runThrice(
            Device device,
            Map<String, Tensor> outputs,
            Map<String, Tensor> updates,
            double[][] out,
            double[] a,
            double[] b) {
        try (Weights weights = ab();
                Executable executable = device.compile(Program.of(outputs, updates), weights)) {
            for (double[] expected : out) {
                assertThat(executable.run(Map.of()).get("out").toDoubles()).containsExactly(expected);
            }
            Executable.Results state = new Executable.Results(executable.state());
            assertThat(state.get("a").toDoubles()).containsExactly(a);
            assertThat(state.get("b").toDoubles()).containsExactly(b);
        }
    }

    // Updates

    @ParameterizedTest
    @MethodSource("devices")
    void twoWeights_canBeExchanged(Supplier<Device> made) {
        try (Device device = made.get()) {
            runThrice(
                    device,
                    Map.of("out", A),
                    Map.of("a", B, "b", A),
                    new double[][] {{1, -0.0, 3}, {4, 5, 6}, {1, -0.0, 3}},
                    new double[] {4, 5, 6},
                    new double[] {1, -0.0, 3});
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void resultThatIsAReplacedWeight_isTheOldValue(Supplier<Device> made) {
        try (Device device = made.get()) {
            for (Tensor old : List.of(A, A.reshape(1, 3), A.cast(DType.F64), A.slice(0, 0, 3))) {
                runThrice(
                        device,
                        Map.of("out", old, "new", A.add(1)),
                        Map.of("a", A.add(1), "b", B),
                        new double[][] {{1, -0.0, 3}, {2, 1, 4}, {3, 2, 5}},
                        new double[] {4, 3, 6},
                        new double[] {4, 5, 6});
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void update_readsTheOldValuesOfOtherUpdatedWeights(Supplier<Device> made) {
        try (Device device = made.get()) {
            // Fibonacci in both orders of declaration
            for (List<String> order : List.of(List.of("a", "b"), List.of("b", "a"))) {
                Map<String, Tensor> updates = new LinkedHashMap<>();
                for (String name : order) {
                    updates.put(name, name.equals("a") ? B : A.add(B));
                }
                runThrice(
                        device,
                        Map.of("out", A.add(B)),
                        updates,
                        new double[][] {{5, 5, 9}, {9, 10, 15}, {14, 15, 24}},
                        new double[] {9, 10, 15},
                        new double[] {14, 15, 24});
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void twoWeights_canTakeTheSameValue(Supplier<Device> made) {
        try (Device device = made.get()) {
            Tensor sum = A.add(B);
            runThrice(
                    device,
                    Map.of("out", sum),
                    Map.of("a", sum, "b", sum),
                    new double[][] {{5, 5, 9}, {10, 10, 18}, {20, 20, 36}},
                    new double[] {20, 20, 36},
                    new double[] {20, 20, 36});
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void update_canBeAnInputAConstantOrTheWeightItself(Supplier<Device> made) {
        try (Device device = made.get();
                Executable executable = device.compile(
                        Program.of(
                                Map.of("old", A, "x", Tensor.input("x", 3)),
                                Map.of("a", Tensor.input("x", 3), "b", B, "c", Tensor.full(7, Spec.f32(2)))),
                        ab().overlay("abc", Map.of("c", HostTensor.of(new float[] {0, 0}, 2))))) {
            HostTensor x = HostTensor.of(new float[] {8, 9, 10}, 3);
            assertThat(executable.run(Map.of("x", x)).get("old").toDoubles()).containsExactly(1, -0.0, 3);
            assertThat(executable.run(Map.of("x", x)).get("old").toDoubles()).containsExactly(8, 9, 10);
            Executable.Results state = new Executable.Results(executable.state());
            assertThat(state.get("a").toDoubles()).containsExactly(8, 9, 10);
            assertThat(state.get("b").toDoubles()).containsExactly(4, 5, 6);
            assertThat(state.get("c").toDoubles()).containsExactly(7, 7);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void stateIsThatOfTheWeights_beforeTheFirstRun_andTheWeightsStayAsTheyAre(Supplier<Device> made) {
        try (Device device = made.get();
                Weights weights = ab();
                Executable executable = device.compile(Program.of(Map.of(), Map.of("a", A.neg())), weights)) {
            assertThat(new Executable.Results(executable.state()).get("a").toDoubles())
                    .containsExactly(1, -0.0, 3);
            executable.run(Map.of());
            assertThat(new Executable.Results(executable.state()).get("a").get(2))
                    .isEqualTo(-3);
            assertThat(weights.get("a").get(2)).isEqualTo(3);
        }
    }

    // Results

    @ParameterizedTest
    @MethodSource("devices")
    void results_stayValidAfterLaterRuns(Supplier<Device> made) {
        Tensor x = Tensor.input("x", 2);
        try (Device device = made.get();
                Executable executable = device.compile(
                        Program.of(Map.of("same", x, "y", x.exp(), "twice", x.exp(), "one", Tensor.scalar(1))),
                        Weights.none())) {
            Executable.Results first = executable.run(Map.of("x", HostTensor.of(new float[] {0, 1}, 2)));
            Executable.Results second = executable.run(Map.of("x", HostTensor.of(new float[] {2, 3}, 2)));

            assertThat(first.get("same").toDoubles()).containsExactly(0, 1);
            assertThat(first.get("y").get(0)).isEqualTo(1);
            assertThat(second.get("same").toDoubles()).containsExactly(2, 3);
            assertThat(second.get("twice").toDoubles())
                    .containsExactly(second.get("y").toDoubles());
            assertThat(second.scalar("one")).isEqualTo(1);
            assertThatThrownBy(() -> second.get("z"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("z", "same", "twice");
            assertThatThrownBy(() -> second.scalar("y"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("y", "not one number");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void eval_computesOnce(Supplier<Device> made) {
        try (Device device = made.get()) {
            assertThat(device.eval(Tensor.full(2, Spec.f32(2, 2)).sum()).get(0)).isEqualTo(8);
            assertThat(device.eval(A.mul(B), Map.of(), ab()).toDoubles()).containsExactly(4, -0.0, 18);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void integersAndHalves_areTakenByValue(Supplier<Device> made) {
        Tensor x = Tensor.input("x", 3);
        HostTensor floats = HostTensor.of(new float[] {1, -2, 300}, 3);
        try (Device device = made.get()) {
            for (HostTensor given : List.of(
                    floats,
                    floats.cast(DType.F16),
                    floats.cast(DType.BF16),
                    floats.cast(DType.F64),
                    HostTensor.of(new int[] {1, -2, 300}, 3),
                    HostTensor.of(new long[] {1, -2, 300}, 3))) {
                assertThat(device.eval(x.neg(), Map.of("x", given), Weights.none())
                                .toDoubles())
                        .containsExactly(-1, 2, -300);
            }
        }
    }

    // Errors

    @ParameterizedTest
    @MethodSource("devices")
    void inputsThatDoNotFit_areListedTogether(Supplier<Device> made) {
        Tensor out = Tensor.input("x", 2)
                .add(Tensor.input("y", 2))
                .add(Tensor.input("z", 2))
                .add(Tensor.weight("table", 5, 2)
                        .gather(Tensor.indices("ids", 1))
                        .reshape(2));
        try (Device device = made.get();
                Executable executable = device.compile(
                        Program.of(out), Weights.of("w", Map.of("table", HostTensor.zeros(Shape.of(5, 2)))))) {
            Map<String, HostTensor> inputs = Map.of(
                    "x", HostTensor.zeros(Shape.of(2)),
                    "y", HostTensor.zeros(Shape.of(3)),
                    "ids", HostTensor.zeros(Shape.of(1)),
                    "w", HostTensor.zeros(Shape.of(2)));

            assertThatThrownBy(() -> executable.run(inputs))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(
                            "input y: program f32[2], given f32[3]",
                            "missing input z f32[2]",
                            "unknown input w",
                            "input ids: program i32[1], given f32[1]; give integers")
                    .hasMessageNotContaining("input x");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void weightsThatDoNotFit_areListedTogether(Supplier<Device> made) {
        Program program = Program.of(
                Map.of("out", A.add(B).add(Tensor.weight("c", 3))), Map.of("moment", Tensor.full(0, Spec.f32(2))));
        try (Device device = made.get()) {
            Weights weights = Weights.of(
                    "unet.safetensors", Map.of("a", HostTensor.zeros(Shape.of(4)), "b", HostTensor.zeros(Shape.of(3))));

            assertThatThrownBy(() -> device.compile(program, weights))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(
                            "unet.safetensors",
                            "weight a: program f32[3], given f32[4]",
                            "missing weight c f32[3]",
                            "missing weight moment f32[2]");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void indexOutsideATable_isNamed(Supplier<Device> made) {
        Tensor out = Tensor.input("table", 5, 2).gather(Tensor.indices("ids", 2));
        try (Device device = made.get()) {
            for (int wrong : new int[] {5, -1}) {
                Map<String, HostTensor> inputs = Map.of(
                        "table", HostTensor.zeros(Shape.of(5, 2)), "ids", HostTensor.of(new int[] {0, wrong}, 2));

                assertThatThrownBy(() -> device.eval(out, inputs, Weights.none()))
                        .isInstanceOf(IndexOutOfBoundsException.class)
                        .hasMessageContainingAll("gather", "index " + wrong, "5 rows");
            }
        }
    }

    @Test
    void integersThatAreNoFloats_areRefused() {
        Tensor ids = Tensor.indices("ids", 2);
        try (CpuDevice device = new CpuDevice(1)) {
            Map<String, HostTensor> largest = Map.of("ids", HostTensor.of(new int[] {1 << 24, -(1 << 24)}, 2));
            assertThat(device.eval(ids, largest, Weights.none()).toInts()).containsExactly(1 << 24, -(1 << 24));

            // the first would silently become 2^24
            for (long wrong : new long[] {(1 << 24) + 1, -(1 << 24) - 1, 1L << 40}) {
                Map<String, HostTensor> inputs = Map.of("ids", HostTensor.of(new long[] {0, wrong}, 2));
                assertThatThrownBy(() -> device.eval(ids, inputs, Weights.none()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll("ids", "" + wrong, "16777216");
            }
        }
    }

    // Closing

    @ParameterizedTest
    @MethodSource("devices")
    void closingADeviceWithOpenExecutables_namesThem(Supplier<Device> made) {
        Device device = made.get();
        Executable first = device.compile(Program.of(Map.of("first", Tensor.scalar(1))), Weights.none());
        Executable second = device.compile(Program.of(Map.of("second", Tensor.scalar(1))), Weights.none());

        assertThatThrownBy(device::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(device.name(), "first", "second");
        first.close();
        first.close();
        assertThatThrownBy(device::close).hasMessageContaining("second").hasMessageNotContaining("first");
        second.close();
        device.close();
        device.close();
    }

    @ParameterizedTest
    @MethodSource("devices")
    void closedDevice_isNamed(Supplier<Device> made) {
        Device device = made.get();
        device.close();

        Program program = Program.of(Tensor.scalar(1));
        assertThatThrownBy(() -> device.compile(program, Weights.none()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("device is closed: " + device.name());
        assertThatThrownBy(() -> device.plan(program))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("device is closed: " + device.name());
    }

    @ParameterizedTest
    @MethodSource("devices")
    void closedExecutable_isNamed(Supplier<Device> made) {
        try (Device device = made.get()) {
            Executable executable =
                    device.compile(Program.of(Map.of("picture", Tensor.scalar(1)), Map.of("a", A.neg())), ab());
            executable.close();

            assertThatThrownBy(() -> executable.run(Map.of()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("closed", "picture");
            assertThatThrownBy(executable::state)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("closed", "picture");
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void closedWeights_areNamed(Supplier<Device> made) {
        try (Device device = made.get()) {
            Weights weights = ab();
            weights.close();

            assertThatThrownBy(() -> device.compile(Program.of(A), weights))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("weights are closed: ab");
        }
    }

    @Test
    void programThatDoesNotFit_isRefusedWithTheRemedy_andLeavesNothingOpen() {
        Tensor sum = Tensor.input("a", 40_000, 30_000)
                .sum()
                .add(Tensor.input("b", 40_000, 30_000).sum());
        try (CpuDevice device = new CpuDevice(1)) {
            assertThatThrownBy(() -> device.compile(Program.of(sum), Weights.none()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("activations 9,155", "fewer pictures at once", "a smaller picture");
        }
    }

    // Memory

    @Test
    void plan_isThatOfTheCompiledProgram() {
        Tensor w = Tensor.weight("w", 40, 30);
        Tensor conv = Tensor.weight("conv", 8, 4, 3, 3);
        Tensor x = Tensor.input("x", 2, 4, 10, 30);
        Tensor loss = x.conv2d(conv, null, 1, Conv.Padding.same(1))
                .silu()
                .linear(w, null)
                .square()
                .mean();
        Tensor gradient = Gradients.of(loss, List.of(w)).getFirst();
        Program program = Program.of(Map.of("loss", loss), Map.of("w", w.sub(gradient)));
        Weights weights =
                Weights.of("w", Map.of("w", HostTensor.zeros(w.shape()), "conv", HostTensor.zeros(conv.shape())));
        try (CpuDevice device = new CpuDevice(2);
                Executable executable = device.compile(program, weights)) {
            MemoryPlan plan = device.plan(program);

            assertThat(executable.memory()).isEqualTo(plan);
            assertThat(plan.state()).isEqualTo(4 * 40 * 30);
            assertThat(plan.weights()).isBetween(4L * 8 * 4 * 9, 4L * 64 * 4 * 9 + 64);
            assertThat(plan.transfer()).isEqualTo(4 * (2 * 4 * 10 * 30 + 1));
            assertThat(plan.activations()).isGreaterThan(4L * 2 * 8 * 10 * 30);
            assertThat(plan.total())
                    .isEqualTo(plan.activations() + plan.weights() + plan.state() + plan.scratch() + plan.transfer());
            assertThat(plan.summary()).contains("MiB", "activations", "packed weights");
        }
    }

    @Test
    void plan_hasRoomForTheLargestWeightThatIsPacked() {
        Tensor large = Tensor.weight("large", 300, 40);
        Tensor small = Tensor.weight("small", 20, 300);
        Program program =
                Program.of(Tensor.input("x", 2, 40).linear(large, null).linear(small, null));
        try (CpuDevice device = new CpuDevice(1)) {
            assertThat(device.plan(program).activations()).isEqualTo(4 * 300 * 40);
        }
    }

    @Test
    void chainOfFunctions_needsOneBuffer() {
        Tensor y = Tensor.input("x", 1000);
        for (int i = 0; i < 300; i++) {
            y = y.sin();
        }
        try (CpuDevice device = new CpuDevice(1)) {
            assertThat(device.plan(Program.of(y)).activations()).isEqualTo(4 * 1008); // whole cache lines
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void sumWithTheTranspose_isNotComputedOverItsOperand(Supplier<Device> made) {
        // more elements than an elementwise kernel takes at a time, so that later ones would read earlier results
        int n = 60;
        float[] values = new float[n * n];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Tensor w = Tensor.weight("w", n, n);
        Tensor y = Tensor.input("x", n, n).maximum(Tensor.scalar(0)).reshape(n, n);
        HostTensor given = HostTensor.of(values, n, n);
        try (Device device = made.get();
                Executable executable = device.compile(
                        Program.of(Map.of("out", y.add(y.permute(1, 0))), Map.of("w", w.add(w.permute(1, 0)))),
                        Weights.of("w", Map.of("w", given)))) {
            HostTensor out = executable.run(Map.of("x", given)).get("out");
            HostTensor state = new Executable.Results(executable.state()).get("w");
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double expected = (i * n + j) + (j * n + i);
                    assertThat(out.get(i * n + j)).isEqualTo(expected);
                    assertThat(state.get(i * n + j)).isEqualTo(expected);
                }
            }
        }
    }

    // Side by side

    @Test
    void executablesOfOneDevice_runOnSeveralThreads() {
        // operands that lie across each other are spread out in the scratch of a worker
        Tensor x = Tensor.input("x", 40, 50);
        Tensor y = Tensor.input("y", 50, 40);
        Tensor out = x.add(y.permute(1, 0))
                .mul(x.sub(y.permute(1, 0)))
                .layerNorm(Tensor.full(1, Spec.f32(50)), Tensor.full(0, Spec.f32(50)), 1e-5);
        for (int threads = 1; threads <= 2; threads++) {
            try (CpuDevice device = new CpuDevice(threads);
                    ExecutorService pool = Executors.newFixedThreadPool(3)) {
                List<CompletableFuture<Long>> differences = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Map<String, HostTensor> inputs = Map.of(
                            "x", HostTensor.of(new Draws(i).normal(2000).values(), 40, 50),
                            "y", HostTensor.of(new Draws(i + 9).normal(2000).values(), 50, 40));
                    HostTensor expected = device.eval(out, inputs, Weights.none());
                    differences.add(CompletableFuture.supplyAsync(
                            () -> {
                                try (Executable executable = device.compile(Program.of(out), Weights.none())) {
                                    return Stream.generate(
                                                    () -> executable.run(inputs).get("out"))
                                            .limit(300)
                                            .filter(found -> found.data().mismatch(expected.data()) >= 0)
                                            .count();
                                }
                            },
                            pool));
                }
                assertThat(differences)
                        .allSatisfy(different -> assertThat(different.join()).isZero());
            }
        }
    }

    @Test
    void gradientsOfTwoNormsOfOneInput_areNotTakenForEachOther() {
        Tensor x = Tensor.input("x", 2, 4, 3);
        Tensor gain = Tensor.input("gain", 4);
        Tensor zero = Tensor.full(0, Spec.f32(4));
        Tensor loss = x.groupNorm(1, gain, zero, 1e-5)
                .add(x.groupNorm(4, gain.mul(2), zero, 1e-5))
                .add(Tensor.of(new Norm.GroupNorm(2, 0.5), x, gain.mul(3), zero))
                .tanh()
                .sum();
        List<Tensor> gradients = Gradients.of(loss, List.of(x, gain));
        Map<String, HostTensor> inputs = Map.of(
                "x", HostTensor.of(new Draws(1).normal(24).values(), 2, 4, 3),
                "gain", HostTensor.of(new Draws(2).normal(4).values(), 4));
        try (CpuDevice cpu = new CpuDevice(1);
                ReferenceDevice reference = new ReferenceDevice()) {
            for (Tensor gradient : gradients) {
                double[] expected =
                        reference.eval(gradient, inputs, Weights.none()).toDoubles();
                double[] both = cpu.eval(gradient.add(sumOfAll(gradients)), inputs, Weights.none())
                        .toDoubles();
                double sum = reference
                        .eval(sumOfAll(gradients), inputs, Weights.none())
                        .get(0);
                for (int i = 0; i < expected.length; i++) {
                    // sums of some dozen terms of order 10
                    assertThat(both[i]).isCloseTo(expected[i] + sum, within(2e-5));
                }
            }
        }
    }

    private static Tensor sumOfAll(List<Tensor> tensors) {
        return tensors.stream()
                .map(tensor -> tensor.sum().reshape())
                .reduce(Tensor::add)
                .orElseThrow();
    }

    @Test
    void integerState_isKeptAndCopied() {
        Tensor n = Tensor.of(new Leaf.Weight("n", Spec.i32(2)));
        try (CpuDevice device = new CpuDevice(1);
                Executable executable = device.compile(
                        Program.of(
                                Map.of("old", n),
                                Map.of("n", n.cast(DType.F32).add(1).cast(DType.I32))),
                        Weights.of("n", Map.of("n", HostTensor.of(new int[] {1, 5}, 2))))) {
            assertThat(executable.run(Map.of()).get("old").toInts()).containsExactly(1, 5);
            assertThat(executable.run(Map.of()).get("old").toInts()).containsExactly(2, 6);
        }
    }
}
