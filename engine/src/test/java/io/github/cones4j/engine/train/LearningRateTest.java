package io.github.cones4j.engine.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class LearningRateTest {

    @Test
    void constantRate_isTheSameAtEveryStep() {
        LearningRate rate = LearningRate.constant(3e-4);

        assertThat(rate.at(1)).isEqualTo(3e-4);
        assertThat(rate.at(1_000_000_000_000L)).isEqualTo(3e-4);
    }

    @Test
    void cosine_risesLinearly_thenFallsAlongHalfAWave() {
        LearningRate rate = LearningRate.cosine(1, 0.2, 10, 110);

        assertThat(rate.at(1)).isEqualTo(0.1);
        assertThat(rate.at(5)).isEqualTo(0.5);
        assertThat(rate.at(10)).isEqualTo(1);
        assertThat(rate.at(35)).isCloseTo(0.6 + 0.4 * Math.sqrt(0.5), within(1e-15));
        assertThat(rate.at(60)).isCloseTo(0.6, within(1e-15));
        assertThat(rate.at(110)).isCloseTo(0.2, within(1e-15));
        assertThat(rate.at(500)).isCloseTo(0.2, within(1e-15));
    }

    @Test
    void cosineWithoutWarmup_beginsNearThePeak_andNeverRises() {
        LearningRate rate = LearningRate.cosine(1, 0, 0, 50);

        assertThat(rate.at(0)).isEqualTo(1);
        for (int step = 1; step <= 60; step++) {
            assertThat(rate.at(step)).isLessThanOrEqualTo(rate.at(step - 1)).isNotNegative();
        }
    }

    @Test
    void cosineThatEndsWithItsWarmup_staysFinite() {
        assertThat(LearningRate.cosine(1, 0.5, 10, 10).at(10)).isEqualTo(1);
        assertThat(LearningRate.cosine(1, 0.5, 10, 10).at(11)).isEqualTo(0.5);
    }
}
