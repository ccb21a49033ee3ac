package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.OpSpecs.Fault;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every operation says to inputs that do not fit: its name, the shapes, the dimension and the place in the model. */
final class OpErrorsTest {

    static Stream<Row> rows() {
        return OpSpecs.rows().stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void inputsThatDoNotFit_areRefusedByNameWithShapesAndModulePath(Row row) {
        for (Fault fault : row.faults()) {
            List<Tensor> inputs = fault.inputs().stream()
                    .map(spec -> Tensor.of(new Leaf.Input("x", spec)))
                    .toList();

            assertThatThrownBy(() -> Segment.named(
                            "down_blocks.0", () -> Segment.named("conv1", () -> Tensor.of(fault.op(), inputs))))
                    .as("%s of %s", fault.op(), fault.inputs())
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith(fault.op().label() + ": ")
                    .hasMessageContainingAll(fault.says().toArray(CharSequence[]::new))
                    .hasMessageEndingWith(" (at down_blocks.0.conv1)");
        }
    }
}
