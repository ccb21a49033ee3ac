package io.github.cones4j.diffusion.schedule;

/**
 * A level of noise: x = alpha x_0 + sigma eps.
 *
 * <p>The samplers keep x either with unit variance, alpha^2 + sigma^2 = 1, or divided by alpha, so that alpha = 1.
 *
 * @param alpha weight of the sample without noise, 0..1
 * @param sigma weight of the noise, not negative
 */
public record NoiseLevel(double alpha, double sigma) {

    /** The level of unit variance with alpha^2 = {@code alphaCumprod}. */
    static NoiseLevel ofAlphaCumprod(double alphaCumprod) {
        return new NoiseLevel(Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod));
    }

    /** The level of unit variance with sigma / alpha = {@code ratio}. */
    static NoiseLevel ofRatio(double ratio) {
        double alpha = 1 / Math.sqrt(ratio * ratio + 1);
        return new NoiseLevel(alpha, ratio * alpha);
    }

    /** ln alpha - ln sigma, half the logarithm of the signal-to-noise ratio; infinite without noise. */
    double lambda() {
        return StrictMath.log(alpha) - StrictMath.log(sigma);
    }

    /** x_0 as a model's output says, at this level. */
    float[] original(PredictionType type, float[] x, float[] output) {
        double variance = alpha * alpha + sigma * sigma;
        return switch (type) {
            case EPSILON -> Mix.of(1 / alpha, x, -sigma / alpha, output);
            case V_PREDICTION -> Mix.of(alpha / variance, x, -sigma / Math.sqrt(variance), output);
            case SAMPLE -> output.clone();
        };
    }

    /** eps as a model's output says, at this level. */
    float[] noise(PredictionType type, float[] x, float[] output) {
        double variance = alpha * alpha + sigma * sigma;
        return switch (type) {
            case EPSILON -> output.clone();
            case V_PREDICTION -> Mix.of(sigma / variance, x, alpha / Math.sqrt(variance), output);
            case SAMPLE -> Mix.of(1 / sigma, x, -alpha / sigma, output);
        };
    }
}
