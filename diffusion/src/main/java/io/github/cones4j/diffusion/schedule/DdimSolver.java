package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/** DDIM (Song et al. 2020, arXiv:2010.02502, equations 12 and 16), each step T / n timesteps long. */
record DdimSolver(Plan plan, Limit limit, int batch) implements Solver {

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        SchedulerConfig config = plan.config();
        int t = plan.wholeTimestep(call);
        int next = t - config.numTrainTimesteps() / plan.steps();
        double alphaBar = plan.noise().alphaCumprod(t);
        double alphaBarNext = next >= 0 ? plan.noise().alphaCumprod(next) : finalAlphaBar(config, plan.noise());

        NoiseLevel level = plan.level(call);
        float[] x0 = limit.apply(level.original(config.predictionType(), sample, output), batch);
        float[] eps = level.noise(config.predictionType(), sample, output);
        double variance = (1 - alphaBarNext) / (1 - alphaBar) * (1 - alphaBar / alphaBarNext);
        double deviation = config.eta() * Math.sqrt(variance);
        double ofX0 = Math.sqrt(alphaBarNext);
        double ofEps = Math.sqrt(1 - alphaBarNext - deviation * deviation);
        return config.eta() == 0 ? Mix.of(ofX0, x0, ofEps, eps) : Mix.of(ofX0, x0, ofEps, eps, deviation, noise.get());
    }

    /** abar after the last step. */
    static double finalAlphaBar(SchedulerConfig config, NoiseSchedule noise) {
        return config.setAlphaToOne() ? 1 : noise.alphaCumprod(0);
    }
}
