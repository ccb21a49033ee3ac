package io.github.cones4j.bench.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class OutputsTest {
    private static Weights of(Map<String, HostTensor> tensors) {
        return Weights.of("results", tensors);
    }

    private static HostTensor vector(float... values) {
        return HostTensor.of(values, values.length);
    }

    @Test
    void theWorstResultIsNamed() {
        try (Weights ours = of(Map.of("a", vector(3, 4), "b", vector(0, 11)));
                Weights theirs = of(Map.of("a", vector(3, 4), "b", vector(0, 10)))) {
            Outputs.Worst worst = Outputs.compare(ours, theirs);
            assertThat(worst.of()).isEqualTo("b");
            assertThat(worst.error()).isCloseTo(0.1, within(1e-12));
        }
    }

    @Test
    void aGradientThatIsZeroButForRoundingIsMeasuredByTheGreatest() {
        try (Weights ours = of(Map.of("grad.k", vector(1e-9f), "grad.v", vector(1), "loss", vector(1000)));
                Weights theirs = of(Map.of("grad.k", vector(-1e-9f), "grad.v", vector(1), "loss", vector(1000)))) {
            assertThat(Outputs.compare(ours, theirs).error()).isCloseTo(2e-3, within(1e-8)); // 2e-9 of 1e-6
        }
    }

    @Test
    void whatIsNotANumberIsTheWorst() {
        try (Weights ours = of(Map.of("a", vector(Float.NaN), "b", vector(2)));
                Weights theirs = of(Map.of("a", vector(1), "b", vector(1)))) {
            assertThat(Outputs.compare(ours, theirs).of()).isEqualTo("a");
        }
    }

    @Test
    void resultsOfOneSideAloneAreAnError() {
        try (Weights ours = of(Map.of("a", vector(1)));
                Weights theirs = of(Map.of("b", vector(1)))) {
            assertThatThrownBy(() -> Outputs.compare(ours, theirs)).hasMessageContaining("different results");
        }
    }
}
