package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/** Euler's method: dx/dsigma = (x - x_0) / sigma (Karras et al. 2022, arXiv:2206.00364, equation 4). */
record EulerSolver(Plan plan) implements Solver {

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        return step(plan, call, plan.sigma(call + 1), output, sample);
    }

    /** To another sigma along the slope at this one. */
    static float[] step(Plan plan, int call, double next, float[] output, float[] sample) {
        double ratio = next / plan.sigma(call);
        float[] x0 = plan.level(call).original(plan.config().predictionType(), sample, output);
        return Mix.of(ratio, sample, 1 - ratio, x0);
    }
}
