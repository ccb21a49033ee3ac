package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.concepts.find.Selection.Correction;
import io.github.cones4j.concepts.find.Selection.Scope;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.TTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SelectionTest {
    private static final int WEIGHTS = 400;
    private static final int STEPS = 20;

    private final double[] p = new double[WEIGHTS];
    private Attribution attribution = new Attribution(Toy.of(new float[0], new float[0]));

    /** Every fourth weight has an effect, from almost none to strong. */
    @BeforeEach
    void takeSteps() {
        Random random = new Random(5);
        float[] ones = new float[WEIGHTS];
        Arrays.fill(ones, 1);
        PerWeight theta = Toy.of(ones, new float[] {1});
        attribution = new Attribution(theta);
        double[][] products = new double[WEIGHTS][STEPS];
        for (int k = 0; k < STEPS; k++) {
            float[] gradient = Toy.gaussian(WEIGHTS, random);
            for (int i = 0; i < WEIGHTS; i++) {
                gradient[i] += i % 4 == 0 ? i / 400f : 0;
                products[i][k] = gradient[i];
            }
            attribution.add(theta, Toy.of(gradient, new float[] {k % 2 * 2 - 1}));
        }
        for (int i = 0; i < WEIGHTS; i++) {
            double twoSided = new TTest().tTest(0, products[i]);
            p[i] = new TTest().t(0, products[i]) > 0 ? twoSided / 2 : 1 - twoSided / 2;
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.01, 0.05, 0.5})
    void significance_choosesTheWeightsWithSmallerP(double level) {
        Selected selected = select(new Selection.Significance(level, Correction.NONE));
        int[] expected = IntStream.range(0, WEIGHTS).filter(i -> p[i] < level).toArray();
        assertThat(selected.mask().neurons(Toy.K).toArray()).containsExactly(expected);
        assertThat(expected).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0001, 0.01, 0.05, 0.2, 0.5})
    void benjaminiHochberg_agreesWithTheSortedProcedure(double level) {
        double[] sorted = Arrays.copyOf(p, WEIGHTS + 1);
        sorted[WEIGHTS] = 0.5; // the one weight of the other layer: mean zero
        Arrays.sort(sorted);
        double largest = -1;
        for (int r = 1; r <= sorted.length; r++) {
            if (sorted[r - 1] <= level * r / sorted.length) {
                largest = sorted[r - 1];
            }
        }
        double threshold = largest;
        int[] expected =
                IntStream.range(0, WEIGHTS).filter(i -> p[i] <= threshold).toArray();
        Selected selected = select(new Selection.Significance(level, Correction.BENJAMINI_HOCHBERG));
        assertThat(selected.mask().neurons(Toy.K).toArray()).containsExactly(expected);
        assertThat(selected.mask().neurons(Toy.V).isEmpty()).isTrue();
    }

    @Test
    void benjaminiHochberg_withoutAnyEffect_choosesNone() {
        PerWeight theta = Toy.of(new float[] {1, 1}, new float[] {1});
        Attribution none = new Attribution(theta);
        none.add(theta, Toy.of(new float[] {1, -1}, new float[] {2}));
        none.add(theta, Toy.of(new float[] {-1, 1}, new float[] {-2}));
        Selection selection = new Selection.Significance(0.05, Correction.BENJAMINI_HOCHBERG);
        assertThat(Selected.by(selection, none.mean(), none).mask().size()).isZero();
    }

    @Test
    void shareOfT_choosesTheSmallestP() {
        Selected selected = select(new Selection.ShareOfT(0.1, Scope.OVERALL));
        double[] sorted = p.clone();
        Arrays.sort(sorted);
        assertThat(selected.mask().size()).isEqualTo(40);
        selected.mask().neurons(Toy.K).forEach(i -> assertThat(p[i]).isLessThanOrEqualTo(sorted[39]));
    }

    @Test
    void tau_choosesWhatIsAboveIt() {
        Selected selected = select(new Selection.Tau(0.5));
        float[] mean = attribution.mean().values(Toy.K);
        assertThat(selected.mask().neurons(Toy.K).toArray())
                .containsExactly(
                        IntStream.range(0, WEIGHTS).filter(i -> mean[i] > 0.5).toArray());
        assertThat(selected.tau()).hasValue(0.5);
    }

    @Test
    void settingsOutOfRange_nameTheOption() {
        assertThatThrownBy(() -> new Selection.Share(1.1, Scope.OVERALL))
                .hasMessage("the share must be 0 .. 1, but is 1.1 (--share)");
        assertThatThrownBy(() -> new Selection.ShareOfT(Double.NaN, Scope.OVERALL))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Selection.Tau(Double.NaN)).hasMessageContaining("(--tau)");
        assertThatThrownBy(() -> new Selection.Significance(0, Correction.NONE))
                .hasMessageContaining("but is 0.0 (--p)");
    }

    @Test
    void words_sayAllThatMatters() {
        assertThat(new Selection.Share(0.1, Scope.OVERALL).words()).isEqualTo("share 0.1 overall");
        assertThat(new Selection.ShareOfT(0.1, Scope.PER_LAYER).words()).isEqualTo("share 0.1 per layer by t");
        assertThat(new Selection.Tau(5e-8).words()).isEqualTo("above tau 5.0E-8");
        assertThat(new Selection.Significance(0.01, Correction.BENJAMINI_HOCHBERG).words())
                .isEqualTo("p below 0.01 (Benjamini-Hochberg)");
    }

    private Selected select(Selection selection) {
        return Selected.by(selection, attribution.mean(), attribution);
    }
}
