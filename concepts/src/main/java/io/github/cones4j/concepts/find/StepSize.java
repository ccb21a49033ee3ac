package io.github.cones4j.concepts.find;

/** How far the scaled weights move in one step. */
public sealed interface StepSize {
    /**
     * By the change of the weights, which means the same in every model: rho is chosen so that rho * rms(theta * grad)
     * over all searched weights is this. With the statistic sign, every weight changes by just this share.
     *
     * @param step relative change, above 0 and below 1; 0.03 measured well
     */
    record Relative(double step) implements StepSize {
        /** Checks the range. */
        public Relative {
            if (!(step > 0 && step < 1)) {
                throw new IllegalArgumentException(
                        "the relative step must be above 0 and below 1, but is " + step + " (--relative-step)");
            }
        }
    }

    /**
     * By rho itself, which depends on the scale of the loss and means nothing in another model.
     *
     * @param rho step size, above 0
     */
    record Rho(double rho) implements StepSize {
        /** Checks the range. */
        public Rho {
            if (!(rho > 0 && rho < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("rho must be above 0 and finite, but is " + rho + " (--rho)");
            }
        }
    }
}
