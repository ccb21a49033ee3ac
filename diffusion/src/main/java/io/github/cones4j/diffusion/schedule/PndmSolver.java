package io.github.cones4j.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * PNDM (Liu et al. 2022, arXiv:2202.09778): the transfer of equation 9 with the model's outputs combined over several calls.
 *
 * <p>Either linear multistep from the beginning (PLMS): the first step is taken twice, its second time with the mean of both
 * outputs. Or three steps of Runge-Kutta, four calls each, and then linear multistep.
 */
final class PndmSolver implements Solver {
    /** The calls of the three Runge-Kutta steps. */
    private static final int RUNGE_KUTTA_CALLS = 12;

    private final Plan plan;
    private final int stride;
    private final List<float[]> outputs = new ArrayList<>(); // the newest first, at most four
    private float[] stepStart = {};
    private float[] average = {};

    PndmSolver(Plan plan) {
        this.plan = plan;
        this.stride = plan.config().numTrainTimesteps() / plan.steps();
    }

    /** The timesteps of all calls of a plan whose steps fall on the given descending ones. */
    static double[] timesteps(SchedulerConfig config, double[] steps, int n) {
        int count = steps.length;
        if (config.skipPrkSteps()) {
            double[] calls = new double[count == 1 ? 1 : count + 1];
            for (int i = 0; i < calls.length; i++) {
                calls[i] = steps[i < 2 ? i : i - 1];
            }
            return calls;
        }
        if (count < 4) {
            throw new IllegalArgumentException(
                    "steps: pndm with Runge-Kutta (skip_prk_steps false) takes at least 4, found " + count);
        }
        int half = config.numTrainTimesteps() / n / 2;
        double[] calls = new double[RUNGE_KUTTA_CALLS + count - 3];
        for (int i = 0; i < 3; i++) {
            calls[4 * i] = steps[i];
            calls[4 * i + 1] = steps[i + 1] + half;
            calls[4 * i + 2] = steps[i + 1] + half;
            calls[4 * i + 3] = steps[i + 1];
        }
        System.arraycopy(steps, 3, calls, RUNGE_KUTTA_CALLS, count - 3);
        return calls;
    }

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        boolean rungeKutta = !plan.config().skipPrkSteps() && call < RUNGE_KUTTA_CALLS;
        return rungeKutta ? rungeKutta(call, output, sample) : multistep(call, output, sample);
    }

    private float[] rungeKutta(int call, float[] output, float[] sample) {
        int t = plan.wholeTimestep(call);
        int next = call % 2 == 0 ? t - stride / 2 : t;
        int from = plan.wholeTimestep(call / 4 * 4);
        switch (call % 4) {
            case 0 -> {
                remember(output);
                stepStart = sample;
                average = Mix.of(1 / 6.0, output);
            }
            case 1, 2 -> average = Mix.of(1, average, 1 / 3.0, output);
            default -> {
                return transfer(stepStart, from, next, Mix.of(1, average, 1 / 6.0, output));
            }
        }
        return transfer(stepStart, from, next, output);
    }

    private float[] multistep(int call, float[] output, float[] sample) {
        int t = plan.wholeTimestep(call);
        if (plan.config().skipPrkSteps() && call == 1) {
            // the first step once more, with the mean of its two ends
            return transfer(stepStart, t + stride, t, Mix.of(0.5, output, 0.5, outputs.getFirst()));
        }
        remember(output);
        stepStart = sample;
        float[] combined = switch (outputs.size()) {
            case 1 -> output;
            case 2 -> Mix.of(outputs, 3 / 2.0, -1 / 2.0);
            case 3 -> Mix.of(outputs, 23 / 12.0, -16 / 12.0, 5 / 12.0);
            default -> Mix.of(outputs, 55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0);
        };
        return transfer(sample, t, t - stride, combined);
    }

    private void remember(float[] output) {
        outputs.addFirst(output);
        if (outputs.size() > 4) {
            outputs.removeLast();
        }
    }

    /** Equation 9: from timestep t to another with one output for the whole way. */
    private float[] transfer(float[] x, int t, int next, float[] output) {
        NoiseSchedule schedule = plan.noise();
        double a = schedule.alphaCumprod(t);
        double b = next >= 0 ? schedule.alphaCumprod(next) : DdimSolver.finalAlphaBar(plan.config(), schedule);
        float[] eps = NoiseLevel.ofAlphaCumprod(a).noise(plan.config().predictionType(), x, output);
        double divisor = a * Math.sqrt(1 - b) + Math.sqrt(a * (1 - a) * b);
        return Mix.of(Math.sqrt(b / a), x, -(b - a) / divisor, eps);
    }
}
