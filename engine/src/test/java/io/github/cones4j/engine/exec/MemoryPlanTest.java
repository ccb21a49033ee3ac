package io.github.cones4j.engine.exec;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
    private static final MemoryPlan PLAN = new MemoryPlan(3L << 30, 5L << 30, 0, 0, 1 << 20, List.of());

    @Test
    void aPlanThatFits_isAccepted() {
        assertThatCode(() -> PLAN.requireWithin("gpu", PLAN.total())).doesNotThrowAnyException();
    }

    @Test
    void aPlanThatDoesNotFit_isRefused_withBothSizesAndWhatToDo() {
        assertThatThrownBy(() -> PLAN.requireWithin("opencl (card)", PLAN.total() - 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                        "opencl (card) has room for 8,193 MiB in one piece",
                        "needs 8,193 MiB: activations 3,072",
                        "smaller batch");
    }
}
