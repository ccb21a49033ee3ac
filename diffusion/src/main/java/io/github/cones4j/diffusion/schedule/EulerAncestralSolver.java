package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/**
 * Ancestral Euler steps: down to sigma_down, then noise of sigma_up, so that sigma_down^2 + sigma_up^2 is the next level's
 * variance and the noise that of DDPM's posterior.
 */
record EulerAncestralSolver(Plan plan) implements Solver {

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        double from = square(plan.sigma(call));
        double to = square(plan.sigma(call + 1));
        double up = to * (from - to) / from;
        float[] down = EulerSolver.step(plan, call, Math.sqrt(to - up), output, sample);
        return Mix.of(1, down, Math.sqrt(up), noise.get());
    }

    private static double square(double x) {
        return x * x;
    }
}
