package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Movement;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What is computed together: the results are those of the reference, the kernels are as few as they can be. */
final class FusionTest {
    /** Of the largest element: float32 sums of at most a thousand products of numbers about 1 against float64. */
    private static final double TOLERANCE = 1e-5;

    private static final int B = 2;
    private static final int C = 24; // no whole vector of 16
    private static final int SIDE = 13; // no whole tile
    private static final Conv.Padding SAME = Conv.Padding.same(1);

    private static final Tensor GAIN = Tensor.weight("gain", C);
    private static final Tensor SHIFT = Tensor.weight("shift", C);

    private static final ReferenceDevice REFERENCE = new ReferenceDevice();
    private static final CpuDevice CPU = new CpuDevice(2);
    private static final CpuDevice ONE_THREAD = new CpuDevice(1);

    @AfterAll
    static void close() {
        REFERENCE.close();
        CPU.close();
        ONE_THREAD.close();
    }

    private static Tensor picture(String name) {
        return Tensor.input(name, B, C, SIDE, SIDE);
    }

    /** A picture whose channels lie side by side, as kernels leave them. */
    private static Tensor computed(String name) {
        return picture(name).conv2d(Tensor.weight("w of " + name, C, C, 1, 1), null, 1, Conv.Padding.same(0));
    }

    private static Tensor conv(Tensor x, String name) {
        return x.conv2d(Tensor.weight(name + ".w", C, C, 3, 3), Tensor.weight(name + ".b", C), 1, SAME);
    }

    private static Tensor norm(Tensor x) {
        return x.groupNorm(4, GAIN, SHIFT, 1e-5);
    }

    private static Tensor linear(Tensor x, String name, int out) {
        return x.linear(Tensor.weight(name + ".w", out, x.shape().dim(-1)), Tensor.weight(name + ".b", out));
    }

    private static HostTensor random(String name, Shape shape) {
        Random random = new Random(name.hashCode());
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return HostTensor.of(values, shape.dims());
    }

    /** The leaves of a program with random values. */
    private record Values(Map<String, HostTensor> inputs, Map<String, HostTensor> weights) {
        static Values of(Program program) {
            Values values = new Values(new LinkedHashMap<>(), new LinkedHashMap<>());
            for (Tensor tensor : Program.topological(program.roots())) {
                if (tensor.op() instanceof Leaf.Input input) {
                    values.inputs.put(input.name(), random(input.name(), tensor.shape()));
                } else if (tensor.op() instanceof Leaf.Weight weight) {
                    values.weights.put(weight.name(), random(weight.name(), tensor.shape()));
                }
            }
            return values;
        }
    }

    private record Run(Map<String, HostTensor> results, Set<String> kernels, long activations) {}

    /** Two runs, of which the first must not spoil the second. */
    private static Run run(Device device, Program program) {
        Values values = Values.of(program);
        try (Weights weights = Weights.of("random", values.weights());
                Executable executable = device.compile(program, weights)) {
            executable.run(values.inputs());
            Map<String, HostTensor> results =
                    new LinkedHashMap<>(executable.run(values.inputs()).tensors());
            results.putAll(executable.state());
            Set<String> kernels = new TreeSet<>(executable.profile().keySet());
            kernels.removeAll(Set.of("copy", "pack")); // of inputs, which lie by rows
            return new Run(results, kernels, executable.memory().activations());
        }
    }

    /** Checks the results and returns what ran. */
    private static Run check(Program program) {
        Map<String, HostTensor> right = run(REFERENCE, program).results();
        Run found = run(CPU, program);
        Map<String, HostTensor> alone = run(ONE_THREAD, program).results();
        right.forEach((name, expected) -> {
            HostTensor actual = found.results().get(name);
            assertThat(actual).as(name).isNotNull();
            double largest = 0;
            for (long i = 0; i < expected.size(); i++) {
                largest = Math.max(largest, Math.abs(expected.get(i)));
            }
            for (long i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i))
                        .as("%s, element %d", name, i)
                        .isCloseTo(expected.get(i), within(TOLERANCE * largest));
            }
            assertThat(actual.toDoubles())
                    .as("%s on one thread", name)
                    .containsExactly(Objects.requireNonNull(alone.get(name)).toDoubles());
        });
        return found;
    }

    private static Run check(Tensor out) {
        return check(Program.of(out));
    }

    // Norms

    @Test
    void silu_ofAGroupNorm_isOneKernel() {
        assertThat(check(norm(computed("x")).silu()).kernels()).containsExactly("conv2d", "group_norm_silu");
    }

    @Test
    void groupNorm_thatIsAlsoAResult_isComputedByItself() {
        Tensor z = norm(computed("x"));
        assertThat(check(Program.of(Map.of("norm", z, "silu", z.silu()))).kernels())
                .containsExactly("conv2d", "elementwise", "group_norm");
    }

    @Test
    void groupNorm_inTheMemoryOfItsInput_needsNoMoreOfIt() {
        assertThat(check(norm(computed("x")).silu()).activations()).isLessThan(3L * 4 * B * C * SIDE * SIDE);
    }

    @Test
    void gradientsOfAGroupNorm_throughItsSilu_areOneKernel_andKeepNoNorm() {
        Tensor x = computed("x");
        Tensor y = norm(x).silu();
        List<Tensor> gradients = Gradients.of(y, computed("dy"), List.of(x, GAIN, SHIFT));
        assertThat(check(Program.of(Map.of(
                                "y", y, "dx", gradients.get(0), "dgain", gradients.get(1), "db", gradients.get(2))))
                        .kernels())
                .containsExactly("conv2d", "group_norm_silu", "group_norm_silu_grad");
    }

    @Test
    void gradientOfAGain_throughSilu_alone_isThatKernel() {
        Tensor y = norm(computed("x")).silu();
        Tensor gradient = Gradients.of(y, computed("dy"), List.of(GAIN)).getFirst();
        assertThat(check(gradient).kernels()).containsExactly("conv2d", "group_norm_silu_grad");
    }

    @Test
    void gradientThroughSilu_thatIsAlsoAResult_isComputedByItself() {
        Tensor x = computed("x");
        Tensor z = norm(x);
        Tensor dz = Gradients.of(z.silu(), computed("dy"), List.of(z)).getFirst();
        Tensor dx = Gradients.of(z, dz, List.of(x)).getFirst();
        assertThat(check(Program.of(Map.of("dz", dz, "dx", dx))).kernels())
                .containsExactly("conv2d", "elementwise", "group_norm", "group_norm_grad");
    }

    // Sums

    @Test
    void residual_isAddedByTheConvolution() {
        assertThat(check(computed("h").add(conv(computed("x"), "conv"))).kernels())
                .containsExactly("conv2d");
    }

    @Test
    void sum_isWrittenOverTheResidual() {
        Run run = check(Tensor.input("h", 300, 64).add(linear(Tensor.input("x", 300, 8), "l", 64)));
        assertThat(run.kernels()).containsExactly("gemm");
        assertThat(run.activations()).isEqualTo(4L * 300 * (64 + 8));
    }

    @Test
    void residual_thatTheProductReadsToo_isNotOverwritten() {
        Tensor x = Tensor.input("x", 300, 64);
        assertThat(check(x.add(linear(x, "l", 64))).kernels()).containsExactly("gemm");
        Tensor h = computed("h");
        assertThat(check(h.add(conv(h, "conv"))).kernels()).containsExactly("conv2d");
    }

    @Test
    void residual_thatIsNeededLater_isNotOverwritten() {
        Tensor h = computed("h");
        Tensor y = h.add(conv(computed("x"), "conv"));
        assertThat(check(Program.of(Map.of("h", h, "y", y, "product", y.mul(h))))
                        .kernels())
                .containsExactly("conv2d", "elementwise");
    }

    @Test
    void residual_thatLiesOtherwise_isAddedByItself() {
        assertThat(check(picture("h").add(conv(picture("x"), "conv"))).kernels())
                .contains("elementwise");
    }

    @Test
    void vectorOfEachPicture_isAddedByTheConvolution() {
        Tensor t = linear(Tensor.input("t", B, 7), "t", C).reshape(B, C, 1, 1);
        assertThat(check(conv(computed("x"), "conv").add(t)).kernels()).containsExactly("conv2d", "gemm");
        assertThat(check(conv(computed("x"), "conv").add(Tensor.weight("shift", C, 1, 1)))
                        .kernels())
                .containsExactly("conv2d");
    }

    @Test
    void rowOfEachEntry_isAddedByTheProduct() {
        Tensor x = Tensor.input("x", 3, 50, 20);
        assertThat(check(linear(x, "l", 40).add(Tensor.input("r", 3, 1, 40))).kernels())
                .containsExactly("gemm");
        assertThat(check(linear(x, "l", 40).add(Tensor.input("column", 3, 50, 1)))
                        .kernels())
                .containsExactly("elementwise", "gemm");
    }

    @Test
    void product_behindReshapesAndPermutations_takesTheResidualBeforeThem() {
        Tensor h = computed("h");
        Tensor tokens = computed("x").permute(0, 2, 3, 1).reshape(B, SIDE * SIDE, C);
        Tensor back = linear(tokens, "l", C).reshape(B, SIDE, SIDE, C).permute(0, 3, 1, 2);
        assertThat(check(h.add(back)).kernels()).containsExactly("conv2d", "gemm");
    }

    @Test
    void product_whoseReshapeIsACopy_isComputedByItself() {
        Tensor flat = conv(computed("x"), "conv").reshape(B, C * SIDE * SIDE);
        assertThat(check(flat.silu()).kernels()).contains("elementwise");
    }

    @Test
    void sumOfProducts_isAddedUpByThem() {
        Tensor x = Tensor.input("x", 90, 30);
        Tensor sum = linear(x, "a", 50).add(linear(x, "b", 50)).add(linear(x, "c", 50));
        assertThat(check(sum).kernels()).containsExactly("gemm");
        Tensor h = computed("h");
        assertThat(check(conv(h, "a").add(conv(h, "b"))).kernels()).containsExactly("conv2d");
    }

    @Test
    void weightMinusItsScaledGradient_isOneProduct() {
        Tensor w = Tensor.weight("w", 40, 30);
        Tensor y = Tensor.input("x", 70, 30).linear(w, null);
        Tensor gradient =
                Gradients.of(y, Tensor.input("dy", 70, 40), List.of(w)).getFirst();
        Program program = Program.of(Map.of("y", y), Map.of("w", w.sub(gradient.mul(0.01))));
        assertThat(check(program).kernels()).doesNotContain("elementwise");
    }

    @Test
    void productWithAWeight_thatMayBeReplacedBeforeItsReader_isNotDeferred() {
        Tensor w = Tensor.weight("w", 64, 64);
        Tensor other = Tensor.weight("other", 64, 64);
        Tensor x = Tensor.input("x", 30, 64);
        Tensor sum = x.linear(other, null).add(x.linear(w, null));
        Program program = Program.of(Map.of("sum", sum), Map.of("w", w.add(1)));
        assertThat(check(program).kernels()).contains("elementwise");
        Tensor loss = sum.square().sum(0, 1).reshape(1, 1);
        Program after = Program.of(Map.of("sum", sum), Map.of("w", w.add(loss)));
        Run run = check(after);
        assertThat(run.results()).containsKey("w");
    }

    // Activations

    @Test
    void activation_isAppliedByTheProduct() {
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(Tensor::silu, Tensor::gelu, Tensor::quickGelu)) {
            assertThat(check(f.apply(linear(Tensor.input("x", 300, 50), "l", 70)))
                            .kernels())
                    .containsExactly("gemm");
            assertThat(check(f.apply(conv(computed("x"), "conv"))).kernels()).containsExactly("conv2d");
        }
    }

    @Test
    void activation_ofFewOutputChannels_isAppliedByTheConvolution() {
        Tensor y = computed("x").conv2d(Tensor.weight("few", 3, C, 3, 3), Tensor.weight("b", 3), 1, SAME);
        assertThat(check(y.silu()).kernels()).containsExactly("conv2d");
    }

    @Test
    void product_thatIsAlsoAResult_staysAsItIs() {
        Tensor y = linear(Tensor.input("x", 30, 50), "l", 70);
        assertThat(check(Program.of(Map.of("y", y, "gelu", y.gelu()))).kernels())
                .containsExactly("elementwise", "gemm");
    }

    // Gates

    private static Tensor geglu(Tensor x, int n) {
        Tensor both = linear(x, "l", 2 * n);
        return both.slice(-1, 0, n).mul(both.slice(-1, n, 2 * n).gelu());
    }

    @Test
    void geglu_isOneKernel_thatKeepsNoGates() {
        Tensor x = Tensor.input("x", 2, 150, 20);
        for (int n : new int[] {1, 37, 48, 100, 1000}) {
            Run run = check(geglu(x, n));
            assertThat(run.kernels()).containsExactly("gemm_gated");
            assertThat(run.activations()).isLessThan(4L * 300 * (20 + n + n / 2 + 32));
        }
    }

    @Test
    void geglu_whoseGateIsAlsoAResult_isNotOneKernel() {
        Tensor both = linear(Tensor.input("x", 30, 20), "l", 80);
        Tensor gate = both.slice(-1, 40, 80);
        Tensor y = both.slice(-1, 0, 40).mul(gate.gelu());
        assertThat(check(Program.of(Map.of("y", y, "gate", gate))).kernels()).containsExactly("elementwise", "gemm");
    }

    // Pads

    @Test
    void sumOfPadsThatDoNotOverlap_isWrittenInPlace() {
        Tensor x = Tensor.input("x", 3, 40, 30);
        Tensor y = Tensor.input("y", 3, 40, 50);
        Tensor left = Tensor.of(new Movement.Pad(2, 0, 50), x.exp().mul(x));
        Tensor right = Tensor.of(new Movement.Pad(2, 30, 0), y.square());
        assertThat(check(left.add(right)).kernels()).containsExactly("elementwise");
        assertThat(check(right.add(left)).kernels()).containsExactly("elementwise");
        Tensor copied = Tensor.of(new Movement.Pad(2, 30, 0), y);
        assertThat(check(left.add(copied)).kernels()).containsExactly("concat", "elementwise");
    }

    @Test
    void sumOfPadsThatOverlap_orLeaveAGap_isASum() {
        Tensor x = Tensor.input("x", 40, 30);
        for (int before : new int[] {20, 29, 31}) {
            Tensor left = Tensor.of(new Movement.Pad(1, 0, before), x);
            Tensor right = Tensor.of(new Movement.Pad(1, before, 0), x.square());
            assertThat(check(left.add(right)).kernels()).contains("pad");
        }
    }

    @Test
    void gradientOfGeglu_isThatOfTheReference() {
        Tensor x = Tensor.input("x", 2, 70, 20);
        Tensor w = Tensor.weight("w", 80, 20);
        Tensor both = x.linear(w, null);
        Tensor y = both.slice(-1, 0, 40).mul(both.slice(-1, 40, 80).gelu());
        List<Tensor> gradients = Gradients.of(y, Tensor.input("dy", 2, 70, 40), List.of(x, w));
        assertThat(check(Program.of(Map.of("dx", gradients.get(0), "dw", gradients.get(1))))
                        .kernels())
                .doesNotContain("pad");
    }
}
