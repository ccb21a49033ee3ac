package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.OpAgreement.From;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation on TornadoVM's device against the reference: from inputs, from weights and from views of larger tensors. The
 * examples of an operation are outputs of one program.
 */
final class TornadoOpAgreementTest {
    private static final int VIEWS = Integer.getInteger("cones4j.tornado.views", 1);

    static Stream<Row> rows() {
        return OpSpecs.rows().stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void tornado_agreesWithTheReference_onInputsWeightsAndViews(Row row) {
        try (Device device = Gpu.open();
                ReferenceDevice reference = new ReferenceDevice()) {
            check(examples(row, From.INPUTS, row.seed(0)), reference, device);
            check(examples(row, From.WEIGHTS, row.seed(0)), reference, device);
            for (int view = 1; view <= VIEWS; view++) {
                check(examples(row, From.VIEWS, row.seed(0) * VIEWS + view), reference, device);
            }
        }
    }

    private static OpAgreement examples(Row row, From from, long seed) {
        OpAgreement examples = new OpAgreement(seed);
        OpSpecs.numbers(row).limit(Gpu.EXAMPLES).forEach(i -> examples.with(row, i, from));
        return examples;
    }

    private static void check(OpAgreement examples, ReferenceDevice reference, Device device) {
        Map<String, HostTensor> right = examples.on(reference, false);
        assertThat(examples.differences(right, examples.on(device, true))).isEmpty();
    }
}
