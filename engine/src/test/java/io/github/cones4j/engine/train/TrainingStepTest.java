package io.github.cones4j.engine.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.OtherDevices;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Optimisers on loss = sum of (w - t)^2 / 2 over a matrix w and a vector b, whose gradient w - t needs no engine to know,
 * against their recurrences in float64.
 */
final class TrainingStepTest {

    private static final Tensor W = Tensor.weight("w", 2, 2);
    private static final Tensor B = Tensor.weight("b", 2);

    /** Of all elements together: the four of w, then the two of b. */
    private static final double[] START = {1, -2, 0.5, 4, 3, -0.25};

    private static final double RATE = 0.1;

    static Stream<Supplier<Device>> devices() {
        return Stream.concat(Stream.of(ReferenceDevice::new, () -> new CpuDevice(2)), OtherDevices.all());
    }

    private static Tensor loss() {
        Tensor w = W.sub(Tensor.input("target w", 2, 2)).square().sum().reshape();
        return w.add(B.sub(Tensor.input("target b", 2)).square().sum().reshape())
                .mul(0.5);
    }

    private static Map<String, HostTensor> targets(long step) {
        double[] t = target(step);
        return Map.of(
                "target w", HostTensor.of(new double[] {t[0], t[1], t[2], t[3]}, 2, 2),
                "target b", HostTensor.of(new double[] {t[4], t[5]}, 2));
    }

    private static double[] target(long step) {
        Random random = new Random(step);
        return random.doubles(6).map(x -> (float) (2 * x - 1)).toArray();
    }

    private static Weights initial(TrainingStep training) {
        return Weights.of(
                "start",
                training.initialState(Map.of(
                        "w", HostTensor.of(new double[] {START[0], START[1], START[2], START[3]}, 2, 2),
                        "b", HostTensor.of(new double[] {START[4], START[5]}, 2))));
    }

    /** A rule by hand: takes the weights, their gradients and the number of the step; changes the weights. */
    @FunctionalInterface
    private interface Rule {
        void step(double[] w, double[] g, int step);
    }

    private static void check(Device device, TrainingStep training, double maxNorm, Rule rule) {
        double[] w = START.clone();
        try (Executable executable = device.compile(training.program(), initial(training))) {
            for (int step = 1; step <= 6; step++) {
                double[] t = target(step);
                double[] g = new double[w.length];
                double squares = 0;
                for (int i = 0; i < w.length; i++) {
                    g[i] = w[i] - t[i];
                    squares += g[i] * g[i];
                }
                double norm = Math.sqrt(squares);
                for (int i = 0; i < w.length; i++) {
                    g[i] *= Math.min(1, maxNorm / (norm + 1e-6));
                }
                rule.step(w, g, step);

                Map<String, HostTensor> inputs = new LinkedHashMap<>(targets(step));
                inputs.putAll(training.inputs(step, RATE));
                Executable.Results results = executable.run(inputs);

                // the factors of a step are given as float32; on the CPU device so is everything else
                assertThat(results.scalar(TrainingStep.LOSS)).isCloseTo(squares / 2, within(1e-6 * squares));
                assertThat(results.scalar(TrainingStep.GRADIENT_NORM)).isCloseTo(norm, within(1e-6 * norm));
                Executable.Results state = new Executable.Results(executable.state());
                for (int i = 0; i < w.length; i++) {
                    double found =
                            i < 4 ? state.get("w").get(i) : state.get("b").get(i - 4);
                    assertThat(found).as("element %d after step %d", i, step).isCloseTo(w[i], within(3e-6));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void adamW_isItsRecurrence_andDecaysMatricesOnly(Supplier<Device> made) {
        double[] m = new double[6];
        double[] v = new double[6];
        try (Device device = made.get()) {
            AdamW adamW = new AdamW(0.9, 0.99, 1e-3, 0.3);
            TrainingStep training =
                    new TrainingStep(loss(), List.of(W, B), adamW, Double.POSITIVE_INFINITY, 0, Map.of());
            check(device, training, Double.POSITIVE_INFINITY, (w, g, step) -> {
                for (int i = 0; i < w.length; i++) {
                    w[i] *= i < 4 ? 1 - RATE * 0.3 : 1;
                    m[i] = 0.9 * m[i] + 0.1 * g[i];
                    v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
                    double mean = m[i] / (1 - Math.pow(0.9, step));
                    double square = v[i] / (1 - Math.pow(0.99, step));
                    w[i] -= RATE * mean / (Math.sqrt(square) + 1e-3);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void sgd_withMomentumAndDecay_isItsRecurrence(Supplier<Device> made) {
        double[] velocity = new double[6];
        try (Device device = made.get()) {
            TrainingStep training =
                    new TrainingStep(loss(), List.of(W, B), new Sgd(0.8, 0.2), Double.POSITIVE_INFINITY, 0, Map.of());
            check(device, training, Double.POSITIVE_INFINITY, (w, g, step) -> {
                for (int i = 0; i < w.length; i++) {
                    velocity[i] = 0.8 * velocity[i] + g[i] + (i < 4 ? 0.2 * w[i] : 0);
                    w[i] -= RATE * velocity[i];
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void gradients_areClippedByTheirGlobalNorm(Supplier<Device> made) {
        try (Device device = made.get()) {
            for (double maxNorm : new double[] {0.5, 2, 1000}) {
                TrainingStep training = new TrainingStep(loss(), List.of(W, B), new Sgd(0, 0), maxNorm, 0, Map.of());
                check(device, training, maxNorm, (w, g, step) -> {
                    for (int i = 0; i < w.length; i++) {
                        w[i] -= RATE * g[i];
                    }
                });
                assertThat(training.program().updates()).containsOnlyKeys("w", "b");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void average_followsTheWeights_fasterInEarlySteps(Supplier<Device> made) {
        double[] average = START.clone();
        try (Device device = made.get()) {
            TrainingStep training =
                    new TrainingStep(loss(), List.of(W, B), new Sgd(0, 0), Double.POSITIVE_INFINITY, 0.35, Map.of());
            double[] w = START.clone();
            try (Executable executable = device.compile(training.program(), initial(training))) {
                for (int step = 1; step <= 6; step++) {
                    double decay = step == 1 ? 2.0 / 11 : step == 2 ? 0.25 : step == 3 ? 4.0 / 13 : 0.35;
                    for (int i = 0; i < w.length; i++) {
                        w[i] -= RATE * (w[i] - target(step)[i]);
                        average[i] = decay * average[i] + (1 - decay) * w[i];
                    }
                    Map<String, HostTensor> inputs = new LinkedHashMap<>(targets(step));
                    inputs.putAll(training.inputs(step, RATE));
                    executable.run(inputs);
                    Executable.Results found = new Executable.Results(training.averages(executable.state()));
                    for (int i = 0; i < w.length; i++) {
                        assertThat(
                                        i < 4
                                                ? found.get("w").get(i)
                                                : found.get("b").get(i - 4))
                                .isCloseTo(average[i], within(2e-6)); // float32
                    }
                }
            }
        }
    }

    @Test
    void averagesOfARunThatKeepsNone_areTheWeights() {
        TrainingStep training =
                new TrainingStep(loss(), List.of(W, B), new Sgd(0, 0), Double.POSITIVE_INFINITY, 0, Map.of());
        HostTensor w = HostTensor.scalar(1);
        HostTensor b = HostTensor.scalar(2);

        assertThat(training.averages(Map.of("w", w, "b", b)))
                .containsEntry("w", w)
                .containsEntry("b", b);
        assertThatThrownBy(() -> training.averages(Map.of("w", w)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("b");
    }

    @Test
    void vectorsAlone_areTrainedWithoutTheInputOfTheDecay() {
        Tensor loss = B.square().sum();
        TrainingStep training =
                new TrainingStep(loss, List.of(B), AdamW.defaults(), Double.POSITIVE_INFINITY, 0, Map.of("b", B));
        try (ReferenceDevice device = new ReferenceDevice();
                Executable executable = device.compile(
                        training.program(),
                        Weights.of("b", training.initialState(Map.of("b", HostTensor.of(new float[] {2, -2}, 2)))))) {
            Executable.Results results = executable.run(training.inputs(1, 0.5));

            assertThat(results.get("b").toDoubles()).containsExactly(2, -2);
            // Adam's first step is the rate, whatever the gradient
            assertThat(new Executable.Results(executable.state()).get("b").get(0))
                    .isCloseTo(1.5, within(1e-6));
        }
    }

    @Test
    void stateBeforeTheFirstStep_holdsMomentsAndAverages() {
        TrainingStep training = new TrainingStep(loss(), List.of(W, B), AdamW.defaults(), 1, 0.999, Map.of());
        Map<String, HostTensor> state = training.initialState(
                Map.of("w", HostTensor.of(new float[] {1, 2, 3, 4}, 2, 2), "b", HostTensor.of(new float[] {5, 6}, 2)));

        assertThat(state.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        training.program().weights().keySet());
        assertThat(state.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        training.program().updates().keySet());
        assertThat(new Executable.Results(training.averages(state)).get("b").toDoubles())
                .containsExactly(5, 6);
        assertThatThrownBy(() -> training.initialState(Map.of("w", HostTensor.scalar(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no initial value of b");
    }

    @Test
    void tensorThatIsNoWeight_isRefused() {
        assertThatThrownBy(() -> new TrainingStep(loss(), List.of(W.add(1)), new Sgd(0, 0), 1, 0, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("not a weight", "affine");
    }

    @Test
    void killedAndResumedRun_endsWithTheBytesOfAnUnbrokenOne() {
        for (Optimizer optimizer : List.of(AdamW.defaults(), new Sgd(0.9, 1e-4))) {
            Map<String, HostTensor> unbroken = train(optimizer, start(optimizer), 1, 9, 2);
            Map<String, HostTensor> half = train(optimizer, start(optimizer), 1, 4, 1);
            Map<String, HostTensor> resumed = train(optimizer, half, 5, 9, 3);

            assertThat(resumed.keySet()).isEqualTo(unbroken.keySet());
            resumed.forEach((name, value) -> assertThat(value.data()
                            .mismatch(new Executable.Results(unbroken).get(name).data()))
                    .as(name)
                    .isEqualTo(-1));
        }
    }

    /** A small network with everything that keeps state: convolution, norms, moments, clipping and averages. */
    private static TrainingStep network(Optimizer optimizer) {
        Tensor conv = Tensor.weight("conv", 6, 3, 3, 3);
        Tensor gain = Tensor.weight("gain", 6);
        Tensor bias = Tensor.weight("bias", 6);
        Tensor last = Tensor.weight("last", 5, 6);
        Tensor x = Tensor.input("x", 4, 3, 9, 7);
        Tensor loss = x.conv2d(conv, null, 2, Conv.Padding.same(1))
                .groupNorm(2, gain, bias, 1e-5)
                .silu()
                .mean(2, 3)
                .reshape(4, 6)
                .linear(last, null)
                .logSoftmax()
                .mul(Tensor.input("labels", 4, 5))
                .sum()
                .neg();
        return new TrainingStep(loss, List.of(conv, gain, bias, last), optimizer, 1, 0.99, Map.of());
    }

    private static Map<String, HostTensor> start(Optimizer optimizer) {
        TrainingStep training = network(optimizer);
        Map<String, HostTensor> initial = new LinkedHashMap<>();
        for (String name : List.of("conv", "gain", "bias", "last")) {
            Spec spec = Objects.requireNonNull(training.program().weights().get(name));
            initial.put(name, random(name.hashCode(), spec.shape().dims()));
        }
        return training.initialState(initial);
    }

    private static Map<String, HostTensor> train(
            Optimizer optimizer, Map<String, HostTensor> state, long first, long last, int threads) {
        TrainingStep training = network(optimizer);
        LearningRate rate = LearningRate.cosine(1e-2, 1e-4, 3, 9);
        try (CpuDevice device = new CpuDevice(threads);
                Executable executable = device.compile(training.program(), Weights.of("state", state))) {
            for (long step = first; step <= last; step++) {
                Map<String, HostTensor> inputs = new LinkedHashMap<>(training.inputs(step, rate.at(step)));
                inputs.put("x", random(step, 4, 3, 9, 7));
                inputs.put("labels", random(-step, 4, 5));
                executable.run(inputs);
            }
            return executable.state();
        }
    }

    private static HostTensor random(long seed, int... dims) {
        Random random = new Random(seed);
        int size = 1;
        for (int dim : dims) {
            size *= dim;
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return HostTensor.of(values, dims);
    }
}
