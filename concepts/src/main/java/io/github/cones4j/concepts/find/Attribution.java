package io.github.cones4j.concepts.find;

/**
 * What is kept of theta * grad over the steps of a search, for every searched weight: running mean, variance and signs.
 * Ten bytes per weight, so two and a half copies of the searched weights, whatever the number of steps.
 *
 * <p>theta * grad is the slope of the loss as the weight is scaled up, d/ds L(s * theta) at s = 1: where it stays
 * positive, scaling the weight down lowers the loss, and the weight is a concept neuron (Liu et al. 2023,
 * arXiv:2303.05125, section 3.1). A single gradient is noisy, hence the mean; it is a mean and not a sum, so that a
 * threshold does not depend on the number of steps.
 */
public final class Attribution {
    /** The most steps, for the signs are counted in 16 bits. */
    public static final int MOST_STEPS = Short.MAX_VALUE;

    private final PerWeight mean;
    private final PerWeight squares;
    private final short[][] signs;
    private int steps;

    /** No step yet, over the layers of {@code like}. */
    public Attribution(PerWeight like) {
        mean = like.zeros();
        squares = like.zeros();
        signs = like.layers().stream()
                .map(layer -> new short[layer.values().length])
                .toArray(short[][]::new);
    }

    /**
     * Takes one step's gradient into the statistics (Welford 1962, "Note on a method for calculating corrected sums of
     * squares and products": mean and squared deviations in one pass, without cancellation).
     *
     * @param theta weights by which the gradient is multiplied
     * @param gradient of the loss with respect to the same weights
     * @throws IllegalArgumentException naming the first gradient that is not finite; the statistics are then unchanged
     */
    public void add(PerWeight theta, PerWeight gradient) {
        mean.checkSameLayers("weights", theta);
        mean.checkSameLayers("gradients", gradient);
        checkFinite(theta, gradient);
        if (steps == MOST_STEPS) {
            throw new IllegalStateException("statistics over more than " + MOST_STEPS + " steps");
        }
        steps++;
        for (int l = 0; l < signs.length; l++) {
            addLayer(theta.values(l), gradient.values(l), 1f / steps, mean.values(l), squares.values(l), signs[l]);
        }
    }

    private static void addLayer(
            float[] theta, float[] gradient, float weight, float[] mean, float[] squares, short[] signs) {
        for (int i = 0; i < mean.length; i++) {
            float x = theta[i] * gradient[i];
            float delta = x - mean[i];
            mean[i] += delta * weight;
            squares[i] += delta * (x - mean[i]);
        }
        for (int i = 0; i < signs.length; i++) {
            float x = theta[i] * gradient[i];
            signs[i] += (short) (x > 0 ? 1 : x < 0 ? -1 : 0);
        }
    }

    /**
     * Checks that all products are finite.
     *
     * @throws IllegalArgumentException naming the first that is not
     */
    static void checkFinite(PerWeight theta, PerWeight gradient) {
        for (int l = 0; l < theta.layers().size(); l++) {
            float[] weights = theta.values(l);
            float[] slopes = gradient.values(l);
            for (int i = 0; i < weights.length; i++) {
                if (!Float.isFinite(weights[i] * slopes[i])) {
                    throw new IllegalArgumentException("the gradient is not finite: "
                            + theta.layers().get(l).name() + " element " + i
                            + " has weight " + weights[i] + " and gradient " + slopes[i]
                            + "; are model and photos finite, the weights in float32?");
                }
            }
        }
    }

    /** The number of gradients taken. */
    public int steps() {
        return steps;
    }

    /** Mean of theta * grad over the steps; the array that is being updated, not a copy. */
    public PerWeight mean() {
        return mean;
    }

    /** Unbiased variance of theta * grad over the steps, as a new copy; zero before the second step. */
    public PerWeight variance() {
        PerWeight variance = squares.copy();
        for (PerWeight.Layer layer : variance.layers()) {
            float[] values = layer.values();
            for (int i = 0; i < values.length; i++) {
                values[i] = steps < 2 ? 0 : values[i] / (steps - 1);
            }
        }
        return variance;
    }

    /**
     * Mean sign of theta * grad over the steps, -1 .. 1, as a new copy: 1 where every step agreed that scaling the
     * weight down lowers the loss.
     */
    public PerWeight meanSign() {
        PerWeight agreement = mean.zeros();
        for (int l = 0; l < signs.length; l++) {
            float[] values = agreement.values(l);
            for (int i = 0; i < values.length; i++) {
                values[i] = steps == 0 ? 0 : (float) signs[l][i] / steps;
            }
        }
        return agreement;
    }

    /**
     * Student's t of the steps against a mean of zero, with steps - 1 degrees of freedom, as a new copy: t = mean /
     * sqrt(variance / steps). Zero where the mean is zero; infinite where all steps agree in value.
     *
     * @throws IllegalStateException before the second step
     */
    public PerWeight t() {
        if (steps < 2) {
            throw new IllegalStateException("a t statistic needs at least 2 steps, there were " + steps);
        }
        PerWeight t = mean.zeros();
        for (int l = 0; l < signs.length; l++) {
            float[] values = t.values(l);
            float[] means = mean.values(l);
            float[] sums = squares.values(l);
            for (int i = 0; i < values.length; i++) {
                double error = Math.sqrt((double) sums[i] / (steps - 1) / steps);
                values[i] = means[i] == 0 ? 0 : (float) (means[i] / error);
            }
        }
        return t;
    }
}
