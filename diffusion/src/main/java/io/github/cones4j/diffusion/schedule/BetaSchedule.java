package io.github.cones4j.diffusion.schedule;

/** How the variance of one noise step grows with the timestep. */
public enum BetaSchedule {
    /** beta linear in t. */
    LINEAR {
        @Override
        float[] betas(double start, double end, int steps) {
            return linspace(start, end, steps);
        }
    },
    /** The square root of beta linear in t, as in latent diffusion. */
    SCALED_LINEAR {
        @Override
        float[] betas(double start, double end, int steps) {
            float[] betas = linspace(Math.sqrt(start), Math.sqrt(end), steps);
            for (int i = 0; i < steps; i++) {
                betas[i] *= betas[i];
            }
            return betas;
        }
    },
    /** 1 - beta from a squared cosine (Nichol and Dhariwal 2021, arXiv:2102.09672), beta at most 0.999. */
    SQUAREDCOS_CAP_V2 {
        @Override
        float[] betas(double start, double end, int steps) {
            float[] betas = new float[steps];
            for (int i = 0; i < steps; i++) {
                double ratio = alphaBar((i + 1) / (double) steps) / alphaBar(i / (double) steps);
                betas[i] = (float) Math.min(1 - ratio, 0.999);
            }
            return betas;
        }

        private double alphaBar(double t) {
            double cos = StrictMath.cos((t + 0.008) / 1.008 * Math.PI / 2);
            return cos * cos;
        }
    };

    /** The variances of steps 0 to {@code steps} - 1, in float32. */
    abstract float[] betas(double start, double end, int steps);

    /** {@code torch.linspace} in float32, to the bit: from both ends to the middle, each product fused with its sum. */
    private static float[] linspace(double start, double end, int steps) {
        float first = (float) start;
        float last = (float) end;
        float step = (last - first) / (steps - 1);
        float[] x = new float[steps];
        for (int i = 0; i < steps; i++) {
            x[i] = i < steps / 2 ? Math.fma(step, (float) i, first) : Math.fma(-step, (float) (steps - 1 - i), last);
        }
        if (steps == 1) {
            x[0] = first;
        }
        return x;
    }
}
