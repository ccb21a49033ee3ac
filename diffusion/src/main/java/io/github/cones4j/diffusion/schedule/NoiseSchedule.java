package io.github.cones4j.diffusion.schedule;

/**
 * The noise levels of training: x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps, abar_t the product of 1 - beta up to t (Ho et al.
 * 2020, arXiv:2006.11239), timestep 0..T-1, T-1 the noisiest.
 *
 * <p>In float32, bit for bit as diffusers computes it.
 */
public final class NoiseSchedule {
    /** What stands for an abar of 0 where sigma = sqrt((1 - abar) / abar) must be finite. */
    private static final float SMALLEST_ALPHA = 0x1p-24f;

    private final float[] betas;
    private final float[] alphasCumprod;

    private NoiseSchedule(float[] betas) {
        this.betas = betas;
        this.alphasCumprod = alphasCumprod(betas);
    }

    /** The schedule of a configuration: its own betas or those of its formula, rescaled if it says so. */
    public static NoiseSchedule of(SchedulerConfig config) {
        float[] betas = config.trainedBetas()
                .orElseGet(() ->
                        config.betaSchedule().betas(config.betaStart(), config.betaEnd(), config.numTrainTimesteps()));
        return new NoiseSchedule(config.rescaleBetasZeroSnr() ? zeroTerminalSnr(betas) : betas);
    }

    /** The number of timesteps T. */
    public int steps() {
        return betas.length;
    }

    /** The variance of the noise of each single step. */
    public float[] betas() {
        return betas.clone();
    }

    /** abar_t for each t. */
    public float[] alphasCumprod() {
        return alphasCumprod.clone();
    }

    /**
     * abar_t.
     *
     * @param t 0..T-1; T, which {@code leading} spacing with an offset can give, counts as T-1
     */
    public float alphaCumprod(int t) {
        return alphasCumprod[Math.min(t, alphasCumprod.length - 1)];
    }

    /** The weight of x_0 at timestep t, sqrt(abar_t), in float32. */
    public float signalWeight(int t) {
        return (float) Math.sqrt(alphaCumprod(t));
    }

    /** The weight of the noise at timestep t, sqrt(1 - abar_t), in float32. */
    public float noiseWeight(int t) {
        return (float) Math.sqrt(1f - alphaCumprod(t));
    }

    /** The signal-to-noise ratio abar_t / (1 - abar_t). */
    public double snr(int t) {
        double alpha = alphaCumprod(t);
        return alpha / (1 - alpha);
    }

    /**
     * Noisy samples: sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps.
     *
     * @param x0 samples, [timesteps.length, ...]
     * @param noise as many standard normal numbers
     * @param timesteps one for each sample
     */
    public float[] addNoise(float[] x0, float[] noise, int... timesteps) {
        int size = sampleSize(x0, noise, timesteps);
        float[] out = new float[x0.length];
        for (int i = 0; i < out.length; i++) {
            int t = timesteps[i / size];
            out[i] = signalWeight(t) * x0[i] + noiseWeight(t) * noise[i];
        }
        return out;
    }

    /**
     * Velocities: sqrt(abar_t) eps - sqrt(1 - abar_t) x_0 (Salimans and Ho 2022, arXiv:2202.00512).
     *
     * @param x0 samples, [timesteps.length, ...]
     * @param noise as many standard normal numbers
     * @param timesteps one for each sample
     */
    public float[] velocity(float[] x0, float[] noise, int... timesteps) {
        int size = sampleSize(x0, noise, timesteps);
        float[] out = new float[x0.length];
        for (int i = 0; i < out.length; i++) {
            int t = timesteps[i / size];
            out[i] = signalWeight(t) * noise[i] - noiseWeight(t) * x0[i];
        }
        return out;
    }

    /** What a model of this prediction type should answer to {@link #addNoise addNoise(x0, noise, timesteps)}. */
    public float[] target(PredictionType type, float[] x0, float[] noise, int... timesteps) {
        return switch (type) {
            case EPSILON -> noise.clone();
            case V_PREDICTION -> velocity(x0, noise, timesteps);
            case SAMPLE -> x0.clone();
        };
    }

    /** sqrt((1 - abar) / abar) for each t in float32; without noise-only timesteps, whose sigma would be infinite. */
    float[] sigmas() {
        float[] sigmas = new float[alphasCumprod.length];
        for (int t = 0; t < sigmas.length; t++) {
            float alpha = alphasCumprod[t] == 0 ? SMALLEST_ALPHA : alphasCumprod[t];
            sigmas[t] = (float) Math.sqrt((1f - alpha) / alpha);
        }
        return sigmas;
    }

    private static int sampleSize(float[] x0, float[] noise, int[] timesteps) {
        if (noise.length != x0.length || timesteps.length == 0 || x0.length % timesteps.length != 0) {
            throw new IllegalArgumentException("noise of " + noise.length + " elements at " + timesteps.length
                    + " timesteps does not fit samples of " + x0.length + " elements");
        }
        return Math.max(1, x0.length / timesteps.length);
    }

    /** The running product, kept in double as PyTorch does. */
    private static float[] alphasCumprod(float[] betas) {
        float[] product = new float[betas.length];
        double running = 1;
        for (int t = 0; t < betas.length; t++) {
            running *= 1f - betas[t];
            product[t] = (float) running;
        }
        return product;
    }

    /** Shifts and scales sqrt(abar) so that the last is 0 and the first as it was (Lin et al. 2023, arXiv:2305.08891, algorithm 1). */
    private static float[] zeroTerminalSnr(float[] betas) {
        float[] root = alphasCumprod(betas);
        for (int t = 0; t < root.length; t++) {
            root[t] = (float) Math.sqrt(root[t]);
        }
        float first = root[0];
        float last = root[root.length - 1];
        float scale = first / (first - last);
        float[] rescaled = new float[betas.length];
        float before = 1;
        for (int t = 0; t < root.length; t++) {
            float shifted = (root[t] - last) * scale;
            float alphaBar = shifted * shifted;
            rescaled[t] = 1f - alphaBar / before;
            before = alphaBar;
        }
        return rescaled;
    }
}
