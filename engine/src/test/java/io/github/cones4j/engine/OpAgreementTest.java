package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.OpAgreement.From;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.List;
import java.util.Map;
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
            long seed = row.seed(i);
            check(new OpAgreement(seed).with(row, i, From.INPUTS));
            check(new OpAgreement(seed).with(row, i, From.WEIGHTS));
            for (int view = 1; view <= VIEWS; view++) {
                check(new OpAgreement(seed * VIEWS + view).with(row, i, From.VIEWS));
            }
        });
    }

    private static void check(OpAgreement example) {
        Map<String, HostTensor> first = example.on(DEVICES.getFirst(), true);
        assertThat(example.differences(example.on(REFERENCE, false), first)).isEmpty();
        for (CpuDevice other : DEVICES.subList(1, DEVICES.size())) {
            assertThat(example.unequal(first, example.on(other, true)))
                    .as("%s beside %s", other.name(), DEVICES.getFirst().name())
                    .isEmpty();
        }
    }
}
