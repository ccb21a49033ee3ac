package io.github.cones4j.concepts.find;

/** One step of the weights along their own scale, in place. */
public final class ScaledStep {
    private ScaledStep() {}

    /**
     * theta <- theta - theta * clamp(rho * theta * grad, -limit, limit), each weight by itself: the update theta <-
     * theta - rho * theta * (theta * grad) of Liu et al. 2023 (arXiv:2303.05125), with the relative change of a weight
     * in one step limited.
     *
     * @param theta weights, changed in place
     * @param gradient of the loss with respect to them
     * @param rho step size
     * @param limit most relative change of a weight, 0 .. 1; below 1 no weight changes sign
     * @return the number of weights whose change was limited
     */
    public static long follow(PerWeight theta, PerWeight gradient, double rho, double limit) {
        theta.checkSameLayers("gradients", gradient);
        long limited = 0;
        float most = (float) limit;
        for (int l = 0; l < theta.layers().size(); l++) {
            float[] weights = theta.values(l);
            float[] slopes = gradient.values(l);
            for (int i = 0; i < weights.length; i++) {
                float change = (float) (rho * (weights[i] * slopes[i]));
                float clamped = Math.max(-most, Math.min(most, change));
                limited += change == clamped ? 0 : 1;
                weights[i] -= weights[i] * clamped;
            }
        }
        return limited;
    }

    /**
     * theta <- theta - step * theta * sign(theta * grad): every weight changes by the same share, whatever the size of
     * its gradient, so that no rho has to be found.
     *
     * @param theta weights, changed in place
     * @param gradient of the loss with respect to them
     * @param step relative change, above 0 and below 1
     */
    public static void followSign(PerWeight theta, PerWeight gradient, double step) {
        theta.checkSameLayers("gradients", gradient);
        float share = (float) step;
        for (int l = 0; l < theta.layers().size(); l++) {
            float[] weights = theta.values(l);
            float[] slopes = gradient.values(l);
            for (int i = 0; i < weights.length; i++) {
                weights[i] -= weights[i] * (share * Math.signum(weights[i] * slopes[i]));
            }
        }
    }
}
