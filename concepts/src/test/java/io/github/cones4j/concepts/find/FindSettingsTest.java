package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.concepts.find.Selection.Correction;
import io.github.cones4j.concepts.find.Selection.Scope;
import org.junit.jupiter.api.Test;

final class FindSettingsTest {
    private final FindSettings usual = FindSettings.usual();

    @Test
    void usual_areTheSettingsThatMeasuredWell() {
        assertThat(usual.prior()).isEqualTo(1);
        assertThat(usual.subjectBatch()).isEqualTo(8);
        assertThat(usual.classBatch()).isEqualTo(8);
        assertThat(usual.steps()).isEqualTo(100);
        assertThat(usual.stepSize()).isEqualTo(new StepSize.Relative(0.03));
        assertThat(usual.limit()).isEqualTo(0.5);
        assertThat(usual.selection()).isEqualTo(new Selection.Share(0.1, Scope.OVERALL));
        assertThat(FindSettings.usual(Statistic.SIGN).stepSize()).isEqualTo(new StepSize.Relative(0.01));
        assertThat(FindSettings.usual(Statistic.MASKED).ramp()).isEqualTo(0.7);
    }

    @Test
    void valuesOutOfRange_nameRuleValueAndOption() {
        assertThatThrownBy(() -> usual.withSteps(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("find: the steps must be 1 .. 32767, but is 0 (--steps)");
        assertThatThrownBy(() -> usual.withBatches(1, 0, 8)).hasMessageContaining("but is 0 (--batch)");
        assertThatThrownBy(() -> usual.withBatches(1, 8, 0)).hasMessageContaining("but is 0 (--class-batch)");
        assertThatThrownBy(() -> usual.withBatches(-1, 8, 8)).hasMessageContaining("but is -1.0 (--prior)");
        assertThatThrownBy(() -> new StepSize.Relative(0)).hasMessageContaining("(--relative-step)");
        assertThatThrownBy(() -> new StepSize.Rho(Double.NaN)).hasMessageContaining("but is NaN (--rho)");
        assertThat(usual.withBatches(0, 8, 0).classBatch()).isZero();
    }

    @Test
    void combinationsWithoutMeaning_areRefused() {
        assertThatThrownBy(() -> FindSettings.usual(Statistic.SIGN).withStepSize(new StepSize.Rho(1)))
                .hasMessage("find: the statistic sign takes a relative step (--relative-step), and no rho (--rho)");
        assertThatThrownBy(() -> FindSettings.usual(Statistic.MASKED).withSelection(new Selection.Tau(1)))
                .hasMessage("find: the statistic masked shuts a share while it searches: choose by share (--share),"
                        + " not by above tau 1.0");
        assertThatThrownBy(() -> usual.withSelection(new Selection.ShareOfT(0.1, Scope.OVERALL))
                        .withSteps(1))
                .hasMessage("find: a t-test needs at least 2 steps, but there is 1 (--steps)");
        Selection significance = new Selection.Significance(0.01, Correction.NONE);
        assertThatThrownBy(() -> FindSettings.usual(Statistic.LEARNED).withSelection(significance))
                .hasMessageContaining("not by p below 0.01");
        assertThat(FindSettings.usual(Statistic.LEARNED)
                        .withSelection(new Selection.Tau(0))
                        .selection())
                .isEqualTo(new Selection.Tau(0));
    }

    @Test
    void describe_listsWhatHasAMeaningWithTheStatistic() {
        assertThat(usual.withSeed(7).describe().entrySet())
                .extracting(Object::toString)
                .containsExactly(
                        "statistic=mean",
                        "selection=share 0.1 overall",
                        "steps K=100",
                        "pictures per step=8 of the subject + 8 of the class",
                        "prior weight λ=1.0",
                        "relative step=0.03 (ρ from the first 4 gradients)",
                        "limit of change per step=0.5",
                        "seed=7");
        assertThat(FindSettings.usual(Statistic.MASKED).describe())
                .containsKey("ramp")
                .doesNotContainKey("relative step");
        assertThat(FindSettings.usual(Statistic.SIGN).describe()).containsEntry("relative step", "0.01");
        assertThat(usual.withStepSize(new StepSize.Rho(3e4)).describe()).containsEntry("ρ", "30000.0");
    }
}
