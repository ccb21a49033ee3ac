package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Zeros, infinities, NaN and very large and small magnitudes on the CPU device. */
final class OpSpecialValuesTest {
    private static final ReferenceDevice REFERENCE = new ReferenceDevice();
    private static final CpuDevice CPU = new CpuDevice(2);

    @AfterAll
    static void close() {
        REFERENCE.close();
        CPU.close();
    }

    static Stream<Row> functions() {
        return SpecialValues.functions().stream();
    }

    static Stream<Row> others() {
        return SpecialValues.others().stream();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void function_ofSpecialValues_isSpecialWhereTheReferenceIs(Row row) {
        assertThat(SpecialValues.ofFunction(row, REFERENCE, CPU)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("others")
    void operation_onOneSpecialValue_isSpecialWhereTheReferenceIs(Row row) {
        OpSpecs.numbers(row)
                .forEach(i -> assertThat(SpecialValues.ofExample(row, i, REFERENCE, CPU))
                        .isEmpty());
    }
}
