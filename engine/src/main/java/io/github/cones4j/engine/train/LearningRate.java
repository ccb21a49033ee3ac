package io.github.cones4j.engine.train;

/** The learning rate as a function of the step, counted from 1. */
@FunctionalInterface
public interface LearningRate {
    /** The rate of a step. */
    double at(long step);

    /** The same at every step. */
    static LearningRate constant(double rate) {
        return step -> rate;
    }

    /**
     * Rises linearly over {@code warmup} steps to {@code peak}, then falls along half a cosine to {@code last} at step
     * {@code total} (Loshchilov and Hutter 2016, arXiv:1608.03983).
     */
    static LearningRate cosine(double peak, double last, long warmup, long total) {
        return step -> {
            if (step < warmup) {
                return peak * step / warmup;
            }
            double progress = Math.min(1, (double) (step - warmup) / Math.max(1, total - warmup));
            return last + (peak - last) * 0.5 * (1 + Math.cos(Math.PI * progress));
        };
    }
}
