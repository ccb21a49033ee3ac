package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Zeros, infinities, NaN and very large and small magnitudes on TornadoVM's device. */
final class TornadoSpecialValuesTest {
    static Stream<Row> functions() {
        return SpecialValues.functions().stream();
    }

    static Stream<Row> others() {
        return SpecialValues.others().stream();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void function_ofSpecialValues_isSpecialWhereTheReferenceIs(Row row) {
        try (Device device = Gpu.open();
                ReferenceDevice reference = new ReferenceDevice()) {
            assertThat(SpecialValues.ofFunction(row, reference, device)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("others")
    void operation_onOneSpecialValue_isSpecialWhereTheReferenceIs(Row row) {
        try (Device device = Gpu.open();
                ReferenceDevice reference = new ReferenceDevice()) {
            OpSpecs.numbers(row)
                    .limit(Gpu.EXAMPLES)
                    .forEach(i -> assertThat(SpecialValues.ofExample(row, i, reference, device))
                            .isEmpty());
        }
    }
}
