package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.Draws.Operand;
import io.github.cones4j.engine.OpSpecs.Example;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Zeros, infinities, NaN and very large and small magnitudes: the CPU device gives NaN and infinities where the reference does. */
final class OpSpecialValuesTest {
    private static final ReferenceDevice REFERENCE = new ReferenceDevice();
    private static final CpuDevice CPU = new CpuDevice(2);

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

    @AfterAll
    static void close() {
        REFERENCE.close();
        CPU.close();
    }

    static Stream<Row> functions() {
        return OpSpecs.rows().stream().filter(row -> Elementwise.class.isAssignableFrom(row.type()));
    }

    static Stream<Row> others() {
        return OpSpecs.rows().stream().filter(row -> !Elementwise.class.isAssignableFrom(row.type()));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void function_ofSpecialValues_isSpecialWhereTheReferenceIs(Row row) {
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
        check(new Example(op, operands), "");
    }

    @ParameterizedTest
    @MethodSource("others")
    void operation_onOneSpecialValue_isSpecialWhereTheReferenceIs(Row row) {
        OpSpecs.numbers(row).forEach(i -> {
            Example example = row.example(i);
            long seed = row.seed(i);
            Random random = new Random(seed);
            if (example.operands().stream().anyMatch(operand -> operand.values().length > 5000)) {
                return; // time
            }
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
                    check(
                            new Example(example.op(), changed),
                            " with " + special + " as element " + at + " of operand " + k + " (cones4j.seed "
                                    + OpSpecs.SEED + ")");
                }
            }
        });
    }

    private static void check(Example example, String what) {
        Feed feed = new Feed(0);
        Tensor out = example.on(example.operands().stream().map(feed::input).toList());
        HostTensor expected = REFERENCE.eval(out, feed.inputs(), feed.weights());
        HostTensor actual = CPU.eval(out, feed.inputs(), feed.weights());
        StringBuilder differences = new StringBuilder();
        for (int i = 0; i < expected.size(); i++) {
            float right = (float) expected.get(i);
            float found = (float) actual.get(i);
            if (!agree(example.op(), right, found)) {
                differences
                        .append("\nelement ")
                        .append(i)
                        .append(" is ")
                        .append(found)
                        .append(", should be ")
                        .append(right);
            }
        }
        assertThat(differences).as("%s%s", example, what).isEmpty();
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
