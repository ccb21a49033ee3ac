package io.github.cones4j.diffusion.schedule;

import java.util.Arrays;

/** A configured sampler: makes plans of any number of steps, and knows the noise schedule of training. */
public final class Scheduler {
    private static final double[] NONE = {};

    private final SchedulerConfig config;
    private final NoiseSchedule noise;

    private Scheduler(SchedulerConfig config) {
        this.config = config;
        this.noise = NoiseSchedule.of(config);
    }

    /** The scheduler of a configuration. */
    public static Scheduler of(SchedulerConfig config) {
        return new Scheduler(config);
    }

    /** The sampler and its settings. */
    public SchedulerConfig config() {
        return config;
    }

    /** The noise schedule of training. */
    public NoiseSchedule noise() {
        return noise;
    }

    /**
     * The plan that turns noise into a sample.
     *
     * @param steps 1..T; PNDM and Heun call the model more often
     * @throws IllegalArgumentException if there are none or more than the training has timesteps
     */
    public Plan plan(int steps) {
        return plan(steps, 1);
    }

    /**
     * The last part of a plan, to begin from a given sample with noise added to it.
     *
     * @param steps of the whole plan, 1..T
     * @param strength the share of the steps that is taken, above 0, at most 1: how much of the sample is made anew
     * @throws IllegalArgumentException if {@code steps} or {@code strength} is out of range
     */
    public Plan plan(int steps, double strength) {
        if (steps < 1 || steps > config.numTrainTimesteps()) {
            throw new IllegalArgumentException(
                    "steps: expected 1.." + config.numTrainTimesteps() + " (num_train_timesteps), found " + steps);
        }
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength: expected above 0, at most 1, found " + strength);
        }
        int skipped = steps - Math.max(1, (int) (steps * strength));
        return switch (config.kind()) {
            case DDPM, DDIM -> plan(steps, Spacing.whole(config, steps), NONE, skipped);
            case PNDM -> {
                double[] whole = Spacing.whole(config, steps);
                double[] taken = Arrays.copyOfRange(whole, Math.min(skipped, whole.length - 1), whole.length);
                yield plan(steps, PndmSolver.timesteps(config, taken, steps), NONE, 0);
            }
            case EULER, EULER_ANCESTRAL, LMS -> levels(steps, skipped);
            case HEUN -> twice(levels(steps, 0), skipped);
            case DPM_SOLVER, UNIPC -> solverLevels(steps, skipped);
        };
    }

    private Plan plan(int steps, double[] timesteps, double[] sigmas, int from) {
        return new Plan(
                config, noise, steps, timesteps, sigmas, initialSigma(sigmas), Math.min(from, timesteps.length - 1));
    }

    /** Timesteps and sigmas in float32, the sigmas between two whole timesteps by interpolation. */
    private Plan levels(int steps, int from) {
        float[] training = noise.sigmas();
        double[] timesteps = Spacing.fractional(config, steps);
        double[] sigmas = at(timesteps, training);
        if (config.sigmaSpacing() != SigmaSpacing.TIMESTEPS) {
            sigmas = respaced(sigmas[0], sigmas[sigmas.length - 1], steps);
            timesteps = timestepsOf(sigmas, training);
        }
        double last = finalSigma(config.kind() == SamplerKind.EULER ? training[0] : 0);
        return plan(steps, Spacing.float32(timesteps), withLast(sigmas, last), from);
    }

    /** Each level but the first and the last twice: Heun's second call looks at the level that its first step reached. */
    private Plan twice(Plan once, int from) {
        double[] t = once.timesteps();
        double[] s = once.sigmas();
        double[] timesteps = new double[2 * t.length - 1];
        double[] sigmas = new double[2 * t.length];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = t[(i + 1) / 2];
        }
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = s[(i + 1) / 2];
        }
        return plan(once.steps(), timesteps, sigmas, 2 * from);
    }

    /** Whole timesteps, without the last of one more; Karras sigmas over the whole range of training. */
    private Plan solverLevels(int steps, int from) {
        float[] training = noise.sigmas();
        int last = config.numTrainTimesteps();
        if (config.kind() == SamplerKind.DPM_SOLVER) {
            while (last > 1 && NoiseLevel.ofRatio(training[last - 1]).lambda() < config.lambdaMinClipped()) {
                last--;
            }
        }
        double[] timesteps = Spacing.withoutLast(config, last, steps);
        double[] sigmas = at(timesteps, training);
        double lowest = training[0];
        if (config.sigmaSpacing() != SigmaSpacing.TIMESTEPS) {
            sigmas = respaced(training[training.length - 1], training[0], steps);
            timesteps = timestepsOf(sigmas, training);
            boolean rounded =
                    config.kind() == SamplerKind.UNIPC || config.betaSchedule() != BetaSchedule.SQUAREDCOS_CAP_V2;
            if (config.sigmaSpacing() == SigmaSpacing.KARRAS && rounded) {
                timesteps = Spacing.rounded(timesteps);
            }
            timesteps = Arrays.stream(timesteps).map(Math::floor).toArray();
            lowest = config.kind() == SamplerKind.UNIPC ? sigmas[sigmas.length - 1] : lowest;
        }
        return plan(steps, timesteps, withLast(sigmas, finalSigma(lowest)), from);
    }

    private double[] respaced(double highest, double lowest, int steps) {
        boolean solver = config.kind() == SamplerKind.EULER || config.kind() == SamplerKind.UNIPC;
        double from = solver ? config.sigmaMax().orElse(highest) : highest;
        double to = solver ? config.sigmaMin().orElse(lowest) : lowest;
        return config.sigmaSpacing() == SigmaSpacing.KARRAS
                ? Spacing.karras(from, to, steps)
                : Spacing.exponential(from, to, steps);
    }

    private double finalSigma(double lowest) {
        return config.finalSigmaZero() ? 0 : lowest;
    }

    /** What noise is multiplied with at the first level; after {@code leading} spacing the sample there is not noise alone. */
    private double initialSigma(double[] sigmas) {
        return switch (config.kind()) {
            case DDPM, DDIM, PNDM, DPM_SOLVER, UNIPC -> 1;
            case EULER, EULER_ANCESTRAL, HEUN, LMS -> {
                float highest = (float) Arrays.stream(sigmas).max().orElse(1);
                yield config.timestepSpacing() == TimestepSpacing.LEADING
                        ? (float) Math.sqrt(highest * highest + 1f)
                        : highest;
            }
        };
    }

    private static double[] at(double[] timesteps, float[] sigmas) {
        return Arrays.stream(timesteps).map(t -> Spacing.sigmaAt(t, sigmas)).toArray();
    }

    private static double[] timestepsOf(double[] sigmas, float[] training) {
        return Arrays.stream(sigmas)
                .map(sigma -> Spacing.timestepOf(sigma, training))
                .toArray();
    }

    private static double[] withLast(double[] sigmas, double last) {
        double[] all = Arrays.copyOf(sigmas, sigmas.length + 1);
        all[sigmas.length] = last;
        return Spacing.float32(all);
    }
}
