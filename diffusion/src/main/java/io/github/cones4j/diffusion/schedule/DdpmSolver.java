package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/** DDPM (Ho et al. 2020, arXiv:2006.11239, equation 7 and algorithm 2), from each timestep of the plan to the next. */
record DdpmSolver(Plan plan, Limit limit, int batch) implements Solver {

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        SchedulerConfig config = plan.config();
        int t = plan.wholeTimestep(call);
        double alphaBar = plan.noise().alphaCumprod(t);
        double alphaBarNext = call + 1 < plan.end() ? plan.noise().alphaCumprod(plan.wholeTimestep(call + 1)) : 1;
        double alpha = alphaBar / alphaBarNext;
        double beta = 1 - alpha;

        float[] x0 = limit.apply(plan.level(call).original(config.predictionType(), sample, output), batch);
        double ofX0 = Math.sqrt(alphaBarNext) * beta / (1 - alphaBar);
        double ofSample = Math.sqrt(alpha) * (1 - alphaBarNext) / (1 - alphaBar);
        if (t == 0) {
            return Mix.of(ofX0, x0, ofSample, sample);
        }
        double variance = Math.max((1 - alphaBarNext) / (1 - alphaBar) * beta, 1e-20);
        double deviation = Math.sqrt(config.largeVariance() ? beta : variance);
        return Mix.of(ofX0, x0, ofSample, sample, deviation, noise.get());
    }
}
