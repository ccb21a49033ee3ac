package io.github.cones4j.concepts.edit;

import io.github.cones4j.concepts.find.PerWeight;
import io.github.cones4j.concepts.mask.NeuronMask;

/**
 * Tunes the weights of a cluster of neurons and no others: Adam (Kingma and Ba 2015, arXiv:1412.6980) on the implanting
 * loss, a few steps from the shut weights (Liu et al. 2023, arXiv:2303.05125, section 3.3). Whoever drives it computes the
 * gradient at {@link #weights}.
 */
public final class Tuner {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final PerWeight weights;
    private final NeuronMask cluster;
    private final double rate;
    private final PerWeight mean;
    private final PerWeight square;
    private int steps;

    /**
     * Begins at the given weights.
     *
     * @param start values of the searched weights, with the cluster shut or not; copied
     * @param cluster the weights that may change
     * @param rate learning rate, above 0
     */
    public Tuner(PerWeight start, NeuronMask cluster, double rate) {
        if (!(rate > 0 && Double.isFinite(rate))) {
            throw new IllegalArgumentException("tune: the learning rate must be finite and above 0, but is " + rate);
        }
        this.weights = start.copy();
        this.cluster = cluster;
        this.rate = rate;
        this.mean = start.zeros();
        this.square = start.zeros();
    }

    /** The present weights; the arrays change with the next {@link #accept}. */
    public PerWeight weights() {
        return weights;
    }

    /** How many gradients were taken. */
    public int steps() {
        return steps;
    }

    /** Takes the gradient of the loss at {@link #weights} and moves the weights of the cluster. */
    public void accept(PerWeight gradient) {
        steps++;
        double step = rate / (1 - Math.pow(BETA1, steps));
        double root = 1 / Math.sqrt(1 - Math.pow(BETA2, steps));
        cluster.layers().forEach((name, layer) -> {
            float[] w = weights.values(name);
            float[] g = gradient.values(name);
            float[] m = mean.values(name);
            float[] v = square.values(name);
            layer.neurons().forEach(i -> {
                m[i] = (float) (BETA1 * m[i] + (1 - BETA1) * g[i]);
                v[i] = (float) (BETA2 * v[i] + (1 - BETA2) * (double) g[i] * g[i]);
                w[i] -= (float) (step * m[i] / (Math.sqrt(v[i]) * root + EPSILON));
            });
        });
    }
}
