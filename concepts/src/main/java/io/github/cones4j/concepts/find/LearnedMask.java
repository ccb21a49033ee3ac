package io.github.cones4j.concepts.find;

/**
 * A mask that is learned by gradient descent: every weight has a score, the highest scores are shut, and the gradient
 * of the loss with respect to "this weight is shut" passes to the score as if shutting were continuous
 * (straight-through: Bengio et al. 2013, arXiv:1308.3432; masks on fixed weights: Mallya et al. 2018,
 * arXiv:1801.06519).
 *
 * <p>With the shut share h of a weight, 0 or 1, the model computes with theta * (1 - h), so dL/dh = -theta * grad. The
 * scores take this through Adam (Kingma and Ba 2015, arXiv:1412.6980). As only their order counts, or their sign, the
 * learning rate is 1.
 */
public final class LearnedMask {
    private static final double EPSILON = 1e-8;

    private final PerWeight scores;
    private final PerWeight first;
    private final PerWeight second;
    private final Settings settings;
    private int steps;

    /**
     * Settings of the learned scores.
     *
     * @param beta1 decay of the mean gradient, 0 .. 1 (without 1)
     * @param beta2 decay of the mean squared gradient, 0 .. 1 (without 1)
     * @param sparsity what a shut weight costs, in units of rms(theta * grad), from 0; matters where neurons are the
     *     weights with a score above a threshold, and not where they are a share
     */
    public record Settings(double beta1, double beta2, double sparsity) {
        /** Checks the ranges. */
        public Settings {
            if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
                throw new IllegalArgumentException(
                        "the decays of Adam must be at least 0 and below 1, but are " + beta1 + " and " + beta2);
            }
            if (!(sparsity >= 0 && sparsity < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("the sparsity must be finite and at least 0, but is " + sparsity);
            }
        }

        /** Adam's usual decays 0.9 and 0.999, no price. */
        public static Settings usual() {
            return new Settings(0.9, 0.999, 0);
        }
    }

    /** Scores of zero, so that nothing is shut, for the layers of {@code like}. */
    public LearnedMask(PerWeight like, Settings settings) {
        this.scores = like.zeros();
        this.first = like.zeros();
        this.second = like.zeros();
        this.settings = settings;
    }

    /**
     * One step of Adam on the scores.
     *
     * @param theta original weights (not the masked ones: a weight that is shut must feel what opening it would do)
     * @param gradient of the loss with respect to the weights, at the masked model
     * @param rms size of theta * grad, by which the gradient is divided, so that Adam's epsilon of 1e-8 is small
     *     against it
     */
    public void update(PerWeight theta, PerWeight gradient, double rms) {
        scores.checkSameLayers("weights", theta);
        scores.checkSameLayers("gradients", gradient);
        steps++;
        double correction1 = 1 - StrictMath.pow(settings.beta1(), steps);
        double correction2 = 1 - StrictMath.pow(settings.beta2(), steps);
        for (int l = 0; l < scores.layers().size(); l++) {
            float[] weights = theta.values(l);
            float[] slopes = gradient.values(l);
            float[] score = scores.values(l);
            float[] m = first.values(l);
            float[] v = second.values(l);
            for (int i = 0; i < score.length; i++) {
                double slope = settings.sparsity() - (double) weights[i] * slopes[i] / rms;
                m[i] = (float) (settings.beta1() * m[i] + (1 - settings.beta1()) * slope);
                v[i] = (float) (settings.beta2() * v[i] + (1 - settings.beta2()) * slope * slope);
                score[i] -= (float) (m[i] / correction1 / (Math.sqrt(v[i] / correction2) + EPSILON));
            }
        }
    }

    /** The scores, high where shutting helps; the array that is being updated, not a copy. */
    public PerWeight scores() {
        return scores;
    }
}
