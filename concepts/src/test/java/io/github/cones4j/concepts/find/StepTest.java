package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class StepTest {

    @Test
    void follow_movesAWeightAlongItsScale() {
        PerWeight theta = Toy.of(new float[] {2, -2, 2, 0}, new float[] {4});
        PerWeight gradient = Toy.of(new float[] {3, 3, -3, 9}, new float[] {0});
        long limited = ScaledStep.follow(theta, gradient, 0.01, 0.5);
        // theta - rho * theta * (theta * grad): 2 - 0.01 * 2 * 6, -2 - 0.01 * -2 * -6, 2 - 0.01 * 2 * -6
        assertThat(theta.values(0)).containsExactly(new float[] {1.88f, -2.12f, 2.12f, 0}, within(1e-6f));
        assertThat(theta.values(1)).containsExactly(4);
        assertThat(limited).isZero();
    }

    @Test
    void follow_limitsTheRelativeChange() {
        PerWeight theta = Toy.of(new float[] {2, 2, -8}, new float[] {1});
        PerWeight gradient = Toy.of(new float[] {100, -100, -100}, new float[] {0.25f});
        assertThat(ScaledStep.follow(theta, gradient, 1, 0.5)).isEqualTo(3);
        assertThat(theta.values(0)).containsExactly(1, 3, -4);
        assertThat(theta.values(1)).containsExactly(0.75f);
    }

    @Test
    void followSign_changesEveryWeightByTheSameShare() {
        PerWeight theta = Toy.of(new float[] {2, -2, 4, -4, 5}, new float[] {0});
        PerWeight gradient = Toy.of(new float[] {1e-9f, 7, -3, -1e-9f, 0}, new float[] {1});
        ScaledStep.followSign(theta, gradient, 0.25);
        assertThat(theta.values(0)).containsExactly(1.5f, -2.5f, 5, -3, 5);
        assertThat(theta.values(1)).containsExactly(0);
    }

    @Test
    void calibration_makesTheRootMeanSquareChangeTheAskedOne() {
        Random random = new Random(3);
        PerWeight theta = Toy.gaussian(3000, 1000, random);
        RhoCalibration calibration = new RhoCalibration();
        double squares = 0;
        for (int batch = 0; batch < 3; batch++) {
            PerWeight gradient = Toy.gaussian(3000, 1000, random);
            calibration.add(theta, gradient);
            for (int l = 0; l < 2; l++) {
                for (int i = 0; i < theta.values(l).length; i++) {
                    squares += Math.pow((double) theta.values(l)[i] * gradient.values(l)[i], 2);
                }
            }
        }
        double rho = calibration.rho(new StepSize.Relative(0.03));
        // the products are float: 2^-24 relative each, random in sign
        assertThat(rho * Math.sqrt(squares / 12000)).isCloseTo(0.03, within(1e-9));
    }

    @Test
    void calibration_onZeros_saysWhatToLookAt() {
        PerWeight zeros = Toy.of(new float[2], new float[2]);
        RhoCalibration calibration = new RhoCalibration();
        calibration.add(zeros, zeros);
        assertThatThrownBy(calibration::rms)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the first 4 weights are all zero")
                .hasMessageContaining("connected to the searched layers");
    }

    @Test
    void ramp_growsInEqualPartsAndThenStays() {
        ShareRamp ramp = new ShareRamp(0.1, 10, 0.5);
        assertThat(ramp.at(0)).isZero();
        assertThat(ramp.at(1)).isEqualTo(0.02, within(1e-15));
        assertThat(ramp.at(4)).isEqualTo(0.08, within(1e-15));
        assertThat(ramp.at(5)).isEqualTo(0.1);
        assertThat(ramp.at(9)).isEqualTo(0.1);
    }

    @Test
    void learnedScores_followAdamOnTheSlopeOfShutting() {
        PerWeight theta = Toy.of(new float[] {2, -1}, new float[] {1});
        LearnedMask mask = new LearnedMask(theta, new LearnedMask.Settings(0.9, 0.99, 0.5));
        float[][] gradients = {{1, 1}, {3, -2}, {-1, 0}};
        double[] m = new double[2];
        double[] v = new double[2];
        double[] score = new double[2];
        for (int k = 1; k <= gradients.length; k++) {
            mask.update(theta, Toy.of(gradients[k - 1], new float[] {0.25f}), 0.5);
            for (int i = 0; i < 2; i++) {
                double slope = 0.5 - theta.values(0)[i] * gradients[k - 1][i] / 0.5;
                m[i] = 0.9 * m[i] + 0.1 * slope;
                v[i] = 0.99 * v[i] + 0.01 * slope * slope;
                double direction = m[i] / (1 - Math.pow(0.9, k)) / Math.sqrt(v[i] / (1 - Math.pow(0.99, k)));
                score[i] -= direction;
                assertThat((double) mask.scores().values(0)[i])
                        .isCloseTo(score[i], within(1e-5)); // m, v, score in float
            }
        }
        // a product of just the price of shutting leaves the score where it is
        assertThat(mask.scores().values(1)[0]).isZero();
    }

    @Test
    void learnedSettings_outOfRange_areRefused() {
        assertThatThrownBy(() -> new LearnedMask.Settings(1, 0.9, 0)).hasMessageContaining("1.0 and 0.9");
        assertThatThrownBy(() -> new LearnedMask.Settings(0.9, 0.9, -1)).hasMessageContaining("but is -1.0");
    }
}
