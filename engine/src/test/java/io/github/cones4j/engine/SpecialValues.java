package io.github.cones4j.engine;

import io.github.cones4j.engine.Draws.Operand;
import io.github.cones4j.engine.OpSpecs.Example;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Zeros, infinities, NaN and very large and small magnitudes as operands: a device gives NaN and infinities where the reference
 * does. Each example is compiled once and run on all its values.
 */
final class SpecialValues {
    private static final int MOST_VALUES = 5000; // of an operand: for the time it takes

    private static final double[] SPECIAL = {
        0,
        -0.0,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -1e-40f,
        1e-30f,
        -1e-30f,
        -0.5,
        1,
        -20,
        1000,
        1e30f,
        -1e30f,
        Float.MAX_VALUE
    };

    private SpecialValues() {}

    /** Rows of functions of single numbers, which are computed of every value and every pair of them. */
    static List<Row> functions() {
        return OpSpecs.rows().stream()
                .filter(row -> Elementwise.class.isAssignableFrom(row.type()))
                .toList();
    }

    /** All other rows, which are computed with one special value among others. */
    static List<Row> others() {
        return OpSpecs.rows().stream()
                .filter(row -> !Elementwise.class.isAssignableFrom(row.type()))
                .toList();
    }

    /** What is wrong with a function, nothing if all is well. */
    static List<String> ofFunction(Row row, Device reference, Device device) {
        Elementwise op = (Elementwise) row.example(0).op();
        int n = SPECIAL.length;
        int size = (int) Math.pow(n, op.inputs());
        List<Operand> operands = new ArrayList<>();
        int step = 1;
        for (int i = 0; i < op.inputs(); i++) {
            double[] values = new double[size];
            for (int j = 0; j < size; j++) {
                values[j] = SPECIAL[j / step % n];
            }
            step *= n;
            operands.add(new Operand(new Draws(0).normal(size).spec(), values, true));
        }
        Example example = new Example(op, operands);
        return check(example, List.of(new Variant(example, "")), reference, device);
    }

    /** What is wrong with an example of any other operation, nothing if all is well. */
    static List<String> ofExample(Row row, int number, Device reference, Device device) {
        Example example = row.example(number);
        if (example.operands().stream().anyMatch(operand -> operand.values().length > MOST_VALUES)) {
            return List.of();
        }
        Random random = new Random(row.seed(number));
        List<Variant> variants = new ArrayList<>();
        for (int k = 0; k < example.operands().size(); k++) {
            Operand operand = example.operands().get(k);
            if (operand.spec().dtype() != DType.F32 || operand.values().length == 0) {
                continue;
            }
            for (double special : SPECIAL) {
                if (special == Float.MAX_VALUE) {
                    continue; // sums of several overflow in float32 before the reference does
                }
                double[] values = operand.values().clone();
                int at = random.nextInt(values.length);
                values[at] = special;
                List<Operand> changed = new ArrayList<>(example.operands());
                changed.set(k, new Operand(operand.spec(), values, true));
                variants.add(new Variant(
                        new Example(example.op(), changed),
                        " with " + special + " as element " + at + " of operand " + k + " (cones4j.seed " + OpSpecs.SEED
                                + ")"));
            }
        }
        return check(example, variants, reference, device);
    }

    /** An example with other values, and which. */
    private record Variant(Example example, String what) {}

    private static List<String> check(Example example, List<Variant> variants, Device reference, Device device) {
        List<String> wrong = new ArrayList<>();
        if (variants.isEmpty()) {
            return wrong;
        }
        Feed feed = new Feed(0);
        Program program = Program.of(
                example.on(example.operands().stream().map(feed::input).toList()));
        try (Executable expected = reference.compile(program, feed.weights());
                Executable actual = device.compile(program, feed.weights())) {
            for (Variant variant : variants) {
                Feed values = new Feed(0);
                variant.example().operands().forEach(values::input);
                String differences = differences(
                        example.op(),
                        expected.run(values.inputs()).get("out"),
                        actual.run(values.inputs()).get("out"));
                if (!differences.isEmpty()) {
                    wrong.add(variant.example() + variant.what() + differences);
                }
            }
        }
        return wrong;
    }

    private static String differences(Op op, HostTensor expected, HostTensor actual) {
        StringBuilder differences = new StringBuilder();
        for (int i = 0; i < expected.size(); i++) {
            float right = (float) expected.get(i);
            float found = (float) actual.get(i);
            if (!agree(op, right, found)) {
                differences
                        .append("\nelement ")
                        .append(i)
                        .append(" is ")
                        .append(found)
                        .append(", should be ")
                        .append(right);
            }
        }
        return differences.toString();
    }

    private static boolean agree(Op op, float right, float found) {
        boolean same = kind(right).equals(kind(found));
        return switch (op) {
            // zero times infinity: the reference leaves out the products with the padding, the kernels do not
            case Conv conv -> same || Float.isNaN(found);
            // the same under the causal mask: a key that is not seen has the weight zero
            case Attention attention -> same || (attention.causal() && Float.isNaN(found));
            // infinity less infinity: whether one is left over depends on the order of the terms
            case Norm.GroupNormGradInput grad -> Float.isFinite(right) == Float.isFinite(found);
            case Norm.LayerNormGradInput grad -> Float.isFinite(right) == Float.isFinite(found);
            default -> same;
        };
    }

    private static String kind(float value) {
        return Float.isFinite(value) ? "finite" : Float.toString(value);
    }
}
