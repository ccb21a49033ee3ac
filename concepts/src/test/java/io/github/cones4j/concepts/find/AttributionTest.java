package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.inference.TTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AttributionTest {

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 100})
    void statistics_agreeWithThoseOfTheStoredProducts(int steps) {
        Random random = new Random(steps);
        PerWeight theta = Toy.gaussian(20, 7, random);
        Attribution attribution = new Attribution(theta);
        double[][] products = new double[20][steps];
        for (int k = 0; k < steps; k++) {
            PerWeight gradient = Toy.gaussian(20, 7, random);
            attribution.add(theta, gradient);
            for (int i = 0; i < 20; i++) {
                products[i][k] = theta.values(0)[i] * gradient.values(0)[i];
            }
        }
        assertThat(attribution.steps()).isEqualTo(steps);
        for (int i = 0; i < 20; i++) {
            double spread = Math.sqrt(StatUtils.variance(products[i]));
            // float: 2^-24 per rounding, a few roundings per step, against values of the size of the spread
            assertThat((double) attribution.mean().values(0)[i])
                    .isCloseTo(StatUtils.mean(products[i]), within(1e-5 * spread));
            assertThat((double) attribution.variance().values(0)[i])
                    .isCloseTo(StatUtils.variance(products[i]), within(1e-5 * spread * spread));
            double t = new TTest().t(0, products[i]);
            assertThat((double) attribution.t().values(0)[i]).isCloseTo(t, within(1e-4 * (1 + Math.abs(t))));
            double sign = 0;
            for (double x : products[i]) {
                sign += Math.signum(x) / steps;
            }
            assertThat((double) attribution.meanSign().values(0)[i]).isCloseTo(sign, within(1e-6));
        }
    }

    @Test
    void variance_ofValuesFarFromZero_doesNotCancel() {
        PerWeight theta = Toy.of(new float[] {1}, new float[] {1});
        Attribution attribution = new Attribution(theta);
        for (int k = 0; k < 50; k++) {
            attribution.add(theta, Toy.of(new float[] {1000 + k % 2}, new float[] {0}));
        }
        // 25 zeros and 25 ones on top of 1000; the sum of squares would lose it: 5e7 has a float spacing of 4
        assertThat((double) attribution.variance().values(0)[0]).isCloseTo(0.25 * 50 / 49, within(2e-3));
    }

    @Test
    void t_ofConstantAndOfZeroProducts_isInfiniteAndZero() {
        PerWeight theta = Toy.of(new float[] {1, -1, 0}, new float[] {1});
        Attribution attribution = new Attribution(theta);
        assertThatThrownBy(attribution::t).hasMessage("a t statistic needs at least 2 steps, there were 0");
        for (int k = 0; k < 2; k++) {
            attribution.add(theta, Toy.of(new float[] {2, 2, 2}, new float[] {0}));
        }
        assertThat(attribution.t().values(0)).containsExactly(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0);
        assertThat(attribution.meanSign().values(0)).containsExactly(1, -1, 0);
    }

    @Test
    void add_ofAGradientThatIsNotFinite_namesTheElementAndChangesNothing() {
        PerWeight theta = Toy.of(new float[] {1}, new float[] {2, 3});
        Attribution attribution = new Attribution(theta);
        assertThatThrownBy(() -> attribution.add(theta, Toy.of(new float[] {1}, new float[] {1, Float.NaN})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the gradient is not finite: " + Toy.V + " element 1 has weight 3.0 and gradient NaN;"
                        + " are model and photos finite, the weights in float32?");
        assertThat(attribution.steps()).isZero();
        assertThat(attribution.mean().values(0)).containsExactly(0);
    }

    @Test
    void add_ofOtherLayers_namesBoth() {
        Attribution attribution = new Attribution(Toy.of(new float[2], new float[1]));
        PerWeight other = Toy.of(new float[1], new float[2]);
        assertThatThrownBy(() -> attribution.add(other, other))
                .hasMessageContaining("expected {" + Toy.K + "[2], " + Toy.V + "[1]}, found {" + Toy.K + "[1]");
    }
}
