package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.graph.Op;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class OpSpecsTest {

    @Test
    void everyOperation_hasOneRow() {
        List<Class<?>> operations = leaves(Op.class).toList();

        assertThat(OpSpecs.rows().stream().<Class<?>>map(OpSpecs.Row::type).toList())
                .containsExactlyInAnyOrderElementsOf(operations);
    }

    @Test
    void everyRow_hasExamplesOfItsOperationAndFaults() {
        for (OpSpecs.Row row : OpSpecs.rows()) {
            assertThat(row.draws()).as(row.toString()).hasSizeGreaterThan(1);
            assertThat(row.faults()).as(row.toString()).isNotEmpty();
            OpSpecs.numbers(row).forEach(i -> assertThat(row.example(i).op()).isInstanceOf(row.type()));
        }
    }

    private static Stream<Class<?>> leaves(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(Objects.requireNonNull(type.getPermittedSubclasses()))
                        .flatMap(OpSpecsTest::leaves)
                : Stream.of(type);
    }
}
