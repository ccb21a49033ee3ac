package io.github.cones4j.diffusion.schedule;

import java.util.Arrays;

/** What is done to a predicted x_0 that leaves its range; a change of the array in place. */
sealed interface Limit {

    /** Limits each of {@code batch} samples. */
    float[] apply(float[] x, int batch);

    /** The limit that a configuration asks for. */
    static Limit of(SchedulerConfig config) {
        if (config.thresholding()) {
            return new Threshold(config.dynamicThresholdingRatio(), (float) config.sampleMaxValue());
        }
        return config.clipSample() ? new Clip((float) config.clipSampleRange()) : new None();
    }

    /** Nothing. */
    record None() implements Limit {
        @Override
        public float[] apply(float[] x, int batch) {
            return x;
        }
    }

    /** Values beyond {@code range} become {@code range}. */
    record Clip(float range) implements Limit {
        @Override
        public float[] apply(float[] x, int batch) {
            for (int i = 0; i < x.length; i++) {
                x[i] = Math.clamp(x[i], -range, range);
            }
            return x;
        }
    }

    /**
     * Dynamic thresholding (Saharia et al. 2022, arXiv:2205.11487): with s the given quantile of |x|, but at least 1 and at most
     * {@code highest}, x is clipped to [-s, s] and divided by s.
     */
    record Threshold(double quantile, float highest) implements Limit {
        @Override
        public float[] apply(float[] x, int batch) {
            int size = x.length / batch;
            for (int from = 0; from < x.length; from += size) {
                float[] sorted = new float[size];
                for (int i = 0; i < size; i++) {
                    sorted[i] = Math.abs(x[from + i]);
                }
                Arrays.sort(sorted);
                double rank = quantile * (size - 1);
                int below = (int) rank;
                int above = Math.min(below + 1, size - 1);
                float between = (float) (sorted[below] + (rank - below) * (sorted[above] - sorted[below]));
                float s = Math.min(Math.max(between, 1f), highest);
                for (int i = from; i < from + size; i++) {
                    x[i] = Math.clamp(x[i], -s, s) / s;
                }
            }
            return x;
        }
    }
}
