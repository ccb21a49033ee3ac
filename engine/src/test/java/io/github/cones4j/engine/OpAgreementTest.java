package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.cones4j.engine.OpSpecs.Example;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.OpSpecs.Tolerance;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation on the CPU device against the reference: from inputs, from weights and from views of larger tensors;
 * with one, two and three threads, whose bytes must be equal. Runs once more for each narrower vector width.
 */
final class OpAgreementTest {
    /** Draws of views per example: fewer where the narrower vectors are only run again. */
    private static final int VIEWS = Integer.getInteger("cones4j.vectorBits") == null ? 4 : 1;

    private static final ReferenceDevice REFERENCE = new ReferenceDevice();
    private static final List<CpuDevice> DEVICES = List.of(new CpuDevice(2), new CpuDevice(1), new CpuDevice(3));

    @AfterAll
    static void close() {
        REFERENCE.close();
        DEVICES.forEach(CpuDevice::close);
    }

    static Stream<Row> rows() {
        return OpSpecs.rows().stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void cpu_agreesWithTheReference_onInputsWeightsAndViews(Row row) {
        OpSpecs.numbers(row).forEach(i -> {
            Example example = row.example(i);
            long seed = row.seed(i);
            check(row, example, seed, "inputs", Feed::input);
            check(row, example, seed, "weights", OpAgreementTest::weight);
            for (int view = 1; view <= VIEWS; view++) {
                check(row, example, seed * VIEWS + view, "views", Feed::view);
            }
        });
    }

    private static Tensor weight(Feed feed, Draws.Operand operand) {
        return operand.spec().dtype().isFloat() ? feed.weight(operand) : feed.input(operand);
    }

    private static void check(
            Row row, Example example, long seed, String kind, BiFunction<Feed, Draws.Operand, Tensor> leaf) {
        Feed feed = new Feed(seed);
        Tensor out = example.on(example.operands().stream()
                .map(operand -> leaf.apply(feed, operand))
                .toList());
        String what = example + " from " + kind + " (cones4j.seed " + OpSpecs.SEED + ", feed " + seed + "): ";
        HostTensor expected = run(REFERENCE, out, feed, what);
        HostTensor[] actual =
                DEVICES.stream().map(device -> run(device, out, feed, what)).toArray(HostTensor[]::new);
        double largest = Math.max(
                largest(expected),
                example.operands().stream()
                        .flatMapToDouble(operand -> Arrays.stream(operand.values()))
                        .map(Math::abs)
                        .max()
                        .orElse(0));
        compare(row.tolerance(), largest, expected, actual[0], what);
        for (int i = 1; i < actual.length; i++) {
            assertThat(actual[i].data().mismatch(actual[0].data()))
                    .as(
                            "%sbyte at which %s differs from %s",
                            what, DEVICES.get(i).name(), DEVICES.getFirst().name())
                    .isEqualTo(-1);
        }
    }

    /** The result of the second of two runs: the first must not spoil it. */
    private static HostTensor run(Device device, Tensor out, Feed feed, String what) {
        try (Executable executable = device.compile(Program.of(out), feed.weights())) {
            if (device != REFERENCE) {
                executable.run(feed.inputs());
            }
            return executable.run(feed.inputs()).get("out");
        } catch (RuntimeException e) {
            return fail(what + "on " + device.name() + ": " + e, e);
        }
    }

    private static double largest(HostTensor values) {
        double largest = 0;
        for (long i = 0; i < values.size(); i++) {
            largest = Math.max(largest, Math.abs(values.get(i)));
        }
        return largest;
    }

    private static void compare(
            Tolerance tolerance, double largest, HostTensor expected, HostTensor actual, String what) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        for (long i = 0; i < expected.size(); i++) {
            double right = expected.get(i);
            double allowed = tolerance.relative() * Math.abs(right) + tolerance.ofLargest() * largest;
            // 2^-24 of the result itself is only the rounding of the exact value to float32
            double rounding = allowed == 0 ? 0 : Math.ulp((float) right) / 2;
            if (!(Math.abs(actual.get(i) - right) <= allowed + rounding)) {
                fail(what + "element " + i + " is " + actual.get(i) + ", should be " + right + " within " + allowed);
            }
        }
    }
}
