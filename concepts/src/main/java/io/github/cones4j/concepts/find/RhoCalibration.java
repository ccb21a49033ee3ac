package io.github.cones4j.concepts.find;

/**
 * Finds rho for a relative step from the first gradients of a search, taken at the unchanged weights: rho * rms(theta *
 * grad) = relative step, with the root of the mean square over all searched weights and all gradients given.
 */
public final class RhoCalibration {
    private double squares;
    private long count;

    /**
     * Takes one gradient.
     *
     * @throws IllegalArgumentException naming the first gradient that is not finite
     */
    public void add(PerWeight theta, PerWeight gradient) {
        theta.checkSameLayers("gradients", gradient);
        Attribution.checkFinite(theta, gradient);
        for (int l = 0; l < theta.layers().size(); l++) {
            float[] weights = theta.values(l);
            float[] slopes = gradient.values(l);
            double sum = 0; // element by element in double: the same bytes on every machine
            for (int i = 0; i < weights.length; i++) {
                double x = weights[i] * slopes[i];
                sum += x * x;
            }
            squares += sum;
            count += weights.length;
        }
    }

    /**
     * rms(theta * grad) over all that was added.
     *
     * @throws IllegalStateException if nothing was added, or only zeros
     */
    public double rms() {
        double rms = count == 0 ? 0 : Math.sqrt(squares / count);
        if (rms == 0) {
            throw new IllegalStateException("the gradients of the first " + count
                    + " weights are all zero, so no step can be chosen; is the loss connected to the searched layers?");
        }
        return rms;
    }

    /** The rho at which the scaled weights change by {@code step.step()} in the root mean square. */
    public double rho(StepSize.Relative step) {
        return step.step() / rms();
    }
}
