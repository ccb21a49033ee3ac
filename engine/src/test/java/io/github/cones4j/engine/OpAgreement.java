package io.github.cones4j.engine;

import io.github.cones4j.engine.OpSpecs.Example;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.OpSpecs.Tolerance;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Examples of operations as outputs of one program, and whether a device's results are those of the reference. */
final class OpAgreement {
    /** Where the operands of an example come from. */
    enum From {
        INPUTS,
        WEIGHTS,
        VIEWS;

        private Tensor leaf(Feed feed, Draws.Operand operand) {
            return switch (this) {
                case INPUTS -> feed.input(operand);
                case WEIGHTS -> operand.spec().dtype().isFloat() ? feed.weight(operand) : feed.input(operand);
                case VIEWS -> feed.view(operand);
            };
        }
    }

    /** One output. */
    private record Expected(String what, Tensor out, Tolerance tolerance, double largestOperand) {}

    private final long seed;
    private final Feed feed;
    private final Map<String, Expected> outputs = new LinkedHashMap<>();

    /**
     * No examples yet.
     *
     * @param seed what views of operands follow from
     */
    OpAgreement(long seed) {
        this.seed = seed;
        feed = new Feed(seed);
    }

    /** One more example of a row. */
    OpAgreement with(Row row, int number, From from) {
        Example example = row.example(number);
        Tensor out = example.on(example.operands().stream()
                .map(operand -> from.leaf(feed, operand))
                .toList());
        double largest = example.operands().stream()
                .flatMapToDouble(operand -> Arrays.stream(operand.values()))
                .map(Math::abs)
                .max()
                .orElse(0);
        String what = example + " from " + from + " (cones4j.seed " + OpSpecs.SEED + ", feed " + seed + ")";
        outputs.put("out" + outputs.size(), new Expected(what, out, row.tolerance(), largest));
        return this;
    }

    /** How many examples there are. */
    int size() {
        return outputs.size();
    }

    /** The results by name, of the second of two runs where {@code twice}: the first must not spoil it. */
    Map<String, HostTensor> on(Device device, boolean twice) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        outputs.forEach((name, expected) -> tensors.put(name, expected.out()));
        try (Executable executable = device.compile(Program.of(tensors), feed.weights())) {
            if (twice) {
                executable.run(feed.inputs());
            }
            return executable.run(feed.inputs()).tensors();
        } catch (RuntimeException e) {
            throw new AssertionError(this + " on " + device.name() + ": " + e, e);
        }
    }

    /** The first element of each example that is further off than its tolerance. */
    List<String> differences(Map<String, HostTensor> right, Map<String, HostTensor> found) {
        List<String> differences = new ArrayList<>();
        outputs.forEach((name, expected) -> difference(
                        expected, Objects.requireNonNull(right.get(name)), Objects.requireNonNull(found.get(name)))
                .ifPresent(text -> differences.add(expected.what() + ": " + text)));
        return differences;
    }

    private static Optional<String> difference(Expected expected, HostTensor right, HostTensor found) {
        if (!found.shape().equals(right.shape())) {
            return Optional.of("shape is " + found.shape() + ", should be " + right.shape());
        }
        double largest = expected.largestOperand();
        for (long i = 0; i < right.size(); i++) {
            largest = Math.max(largest, Math.abs(right.get(i)));
        }
        Tolerance tolerance = expected.tolerance();
        for (long i = 0; i < right.size(); i++) {
            double value = right.get(i);
            double allowed = tolerance.relative() * Math.abs(value) + tolerance.ofLargest() * largest;
            // 2^-24 of the result itself is only the rounding of the exact value to float32
            double rounding = allowed == 0 ? 0 : Math.ulp((float) value) / 2;
            if (!(Math.abs(found.get(i) - value) <= allowed + rounding)) {
                return Optional.of(
                        "element " + i + " is " + found.get(i) + ", should be " + value + " within " + allowed);
            }
        }
        return Optional.empty();
    }

    /** The first byte at which the results of one example differ. */
    List<String> unequal(Map<String, HostTensor> one, Map<String, HostTensor> other) {
        List<String> differences = new ArrayList<>();
        outputs.forEach((name, expected) -> {
            long at = Objects.requireNonNull(one.get(name))
                    .data()
                    .mismatch(Objects.requireNonNull(other.get(name)).data());
            if (at >= 0) {
                differences.add(expected.what() + ": byte " + at);
            }
        });
        return differences;
    }

    @Override
    public String toString() {
        return String.join("; ", outputs.values().stream().map(Expected::what).toList());
    }
}
