package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/** Heun's method: an Euler step, then the same step again with the mean of the slopes at both ends; the last step is Euler's. */
final class HeunSolver implements Solver {
    private final Plan plan;
    private final Limit limit;
    private final int batch;
    private float[] stepStart = {};
    private float[] slope = {};

    HeunSolver(Plan plan, Limit limit, int batch) {
        this.plan = plan;
        this.limit = limit;
        this.batch = batch;
    }

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        float[] x0 = limit.apply(plan.level(call).original(plan.config().predictionType(), sample, output), batch);
        double sigma = plan.sigma(call);
        float[] here = Mix.of(1 / sigma, sample, -1 / sigma, x0);
        if (call % 2 == 0) {
            stepStart = sample;
            slope = here;
            return Mix.of(1, sample, plan.sigma(call + 1) - sigma, here);
        }
        double half = (sigma - plan.sigma(call - 1)) / 2;
        return Mix.of(1, stepStart, half, slope, half, here);
    }
}
