package io.github.cones4j.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class SegmentTest {

    private static final int WIDTH = 24;

    /** How a part of a network is built. */
    private interface Part {
        Tensor build(String name, Supplier<Tensor> body);
    }

    /** Blocks of four layers each with a residual connection. */
    private static Tensor network(Tensor x, int blocks, Part part, List<Tensor> parameters) {
        Tensor y = x;
        for (int block = 0; block < blocks; block++) {
            Tensor in = y;
            int number = block;
            y = part.build("blocks." + block, () -> {
                Tensor z = in;
                for (int layer = 0; layer < 4; layer++) {
                    Tensor w = Tensor.weight("w" + number + "." + layer, WIDTH, WIDTH);
                    parameters.add(w);
                    z = z.linear(w, null).gelu();
                }
                return z.add(in);
            });
        }
        return y;
    }

    private static Program training(int blocks, Part part) {
        List<Tensor> parameters = new ArrayList<>();
        Tensor loss = network(Tensor.input("x", 64, WIDTH), blocks, part, parameters)
                .square()
                .mean();
        List<Tensor> gradients = Gradients.of(loss, parameters);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("loss", loss);
        for (int i = 0; i < gradients.size(); i++) {
            outputs.put(
                    "d " + parameters.get(i).op().label(),
                    gradients.get(i).square().sum());
        }
        return Program.of(outputs);
    }

    private static HostTensor random(long seed, double scale, int... dims) {
        Random random = new Random(seed);
        float[] values = new float[(int) Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return HostTensor.of(values, dims);
    }

    private static Map<String, HostTensor> run(Device device, Program program) {
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        program.weights()
                .forEach((name, spec) -> weights.put(
                        name, random(name.hashCode(), 0.3, spec.shape().dims())));
        try (Executable executable = device.compile(program, Weights.of("random", weights))) {
            return executable.run(Map.of("x", random(1, 1, 64, WIDTH))).tensors();
        }
    }

    @Test
    void segmentsNest_andNodesKnowTheirs() {
        Tensor inner = Segment.named(
                "down_blocks.0",
                () -> Segment.named("conv1", () -> Tensor.input("x", 2).exp()));

        assertThat(inner).hasToString("exp f32[2] at down_blocks.0.conv1");
        assertThat(Tensor.input("x", 2).segment()).isNull();
    }

    @Test
    void shapeError_namesTheModulePath() {
        Tensor x = Tensor.input("x", 2, 3);

        assertThatThrownBy(() -> Segment.named("mid", () -> Segment.recomputed("attn", () -> x.matmul(x))))
                .isInstanceOf(ShapeException.class)
                .hasMessageEndingWith("(at mid.attn)");
    }

    @Test
    void recomputedParts_haveTheSameGradients() {
        Program plain = training(3, Segment::named);
        Program recomputed = training(3, Segment::recomputed);
        Program nested = training(3, (name, body) -> Segment.recomputed(name, () -> Segment.recomputed("inner", body)));
        try (CpuDevice cpu = new CpuDevice(1);
                ReferenceDevice reference = new ReferenceDevice()) {
            Map<String, HostTensor> expected = run(reference, plain);

            for (Program program : List.of(recomputed, nested)) {
                Map<String, HostTensor> exact = run(reference, program);
                Map<String, HostTensor> floats = run(cpu, program);
                expected.forEach((name, value) -> {
                    // the same operations in another order
                    assertThat(new Executable.Results(exact).scalar(name))
                            .isCloseTo(value.get(0), within(1e-12 * value.get(0)));
                    // some ten float32 layers
                    assertThat(new Executable.Results(floats).scalar(name))
                            .isCloseTo(value.get(0), within(1e-5 * value.get(0)));
                });
            }
        }
    }

    @Test
    void recomputedParts_keepOnlyTheirInputs() {
        try (CpuDevice cpu = new CpuDevice(1)) {
            long kept = cpu.plan(training(12, Segment::named)).activations();
            long recomputed = cpu.plan(training(12, Segment::recomputed)).activations();
            long nested = cpu.plan(training(
                            12, (name, body) -> Segment.recomputed(name, () -> Segment.named("inner", body))))
                    .activations();

            // of each block one result of nine is kept, and one block at a time is there in full
            assertThat(recomputed).isLessThan(kept / 3);
            assertThat(nested).isEqualTo(recomputed);
        }
    }

    @Test
    void outermostRecomputedPart_decides() {
        try (CpuDevice cpu = new CpuDevice(1)) {
            Part[] whole = new Part[1];
            whole[0] = (name, body) -> Segment.recomputed(name, body);
            long parts = cpu.plan(training(8, Segment::recomputed)).activations();
            List<Tensor> parameters = new ArrayList<>();
            Tensor x = Tensor.input("x", 64, WIDTH);
            Tensor loss = Segment.recomputed("all", () -> network(x, 8, whole[0], parameters))
                    .square()
                    .mean();
            long all = cpu.plan(Program.of(Map.of("loss", loss.add(sumOfSquares(Gradients.of(loss, parameters))))))
                    .activations();

            // one part that holds everything is recomputed at once, and then is there at once
            assertThat(all).isGreaterThan(parts);
        }
    }

    private static Tensor sumOfSquares(List<Tensor> tensors) {
        return tensors.stream()
                .map(tensor -> tensor.square().sum())
                .reduce(Tensor::add)
                .orElseThrow();
    }

    @Test
    void tensorInsideARecomputedPart_canBeDifferentiatedBy() {
        Tensor x = Tensor.input("x", 64, WIDTH);
        Tensor[] inside = new Tensor[1];
        Tensor loss = Segment.recomputed("part", () -> {
                    inside[0] = x.mul(3);
                    return inside[0].square();
                })
                .sum();
        Program program =
                Program.of(Gradients.of(loss, List.of(inside[0])).getFirst().sum());
        try (ReferenceDevice device = new ReferenceDevice()) {
            double sum = 0;
            for (double value : random(1, 1, 64, WIDTH).toDoubles()) {
                sum += 6 * value;
            }
            assertThat(new Executable.Results(run(device, program)).scalar("out"))
                    .isCloseTo(sum, within(1e-9));
        }
    }

    @Test
    void memoryPlan_listsTheSegmentsInOrder() {
        try (CpuDevice cpu = new CpuDevice(1)) {
            MemoryPlan plan = cpu.plan(training(3, Segment::named));

            assertThat(plan.segments().stream().map(MemoryPlan.SegmentPeak::path))
                    .containsSubsequence("blocks.0", "blocks.1", "blocks.2");
            assertThat(plan.segments())
                    .allSatisfy(peak -> assertThat(peak.bytes()).isBetween(1L, plan.activations()));
        }
    }
}
