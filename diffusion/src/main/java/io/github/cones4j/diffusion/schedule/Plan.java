package io.github.cones4j.diffusion.schedule;

import java.util.Arrays;

/**
 * The calls of the model that turn noise into a sample: at which timesteps, at which levels of noise.
 *
 * <p>Immutable; {@link #sampler} goes through it once. A plan for image to image begins further down: {@link Scheduler#plan(int,
 * double)}.
 */
public final class Plan {
    private final SchedulerConfig config;
    private final NoiseSchedule noise;
    private final int steps;
    private final double[] timesteps;
    private final double[] sigmas;
    private final double initialSigma;
    private final int from;

    Plan(
            SchedulerConfig config,
            NoiseSchedule noise,
            int steps,
            double[] timesteps,
            double[] sigmas,
            double initialSigma,
            int from) {
        this.config = config;
        this.noise = noise;
        this.steps = steps;
        this.timesteps = timesteps;
        this.sigmas = sigmas;
        this.initialSigma = initialSigma;
        this.from = from;
    }

    /** The sampler and its settings. */
    public SchedulerConfig config() {
        return config;
    }

    /** The noise schedule of training. */
    public NoiseSchedule noise() {
        return noise;
    }

    /** The number of model calls. */
    public int calls() {
        return timesteps.length - from;
    }

    /** The timestep of each model call, 0..T; not always whole, and not always descending (PNDM and Heun repeat some). */
    public double[] timesteps() {
        return Arrays.copyOfRange(timesteps, from, timesteps.length);
    }

    /** The sigma / alpha before each call and after the last; empty for DDPM, DDIM and PNDM, which have none. */
    public double[] sigmas() {
        return sigmas.length == 0 ? sigmas : Arrays.copyOfRange(sigmas, from, sigmas.length);
    }

    /** What standard normal noise is multiplied with to begin from. */
    public double initialSigma() {
        return initialSigma;
    }

    /** Where a sample begins from noise alone: noise times {@link #initialSigma()}. */
    public float[] start(float[] noise) {
        return Mix.of(initialSigma, noise);
    }

    /** Where a sample begins from a given one, as noisy as the first call of this plan expects. */
    public float[] start(float[] x0, float[] noise) {
        NoiseLevel level = level(from);
        return Mix.of(level.alpha(), x0, level.sigma(), noise);
    }

    /**
     * A run through this plan.
     *
     * @param batch how many samples the arrays hold
     */
    public Sampler sampler(int batch) {
        Limit limit = Limit.of(config);
        Solver solver = switch (config.kind()) {
            case DDPM -> new DdpmSolver(this, limit, batch);
            case DDIM -> new DdimSolver(this, limit, batch);
            case PNDM -> new PndmSolver(this);
            case EULER -> new EulerSolver(this);
            case EULER_ANCESTRAL -> new EulerAncestralSolver(this);
            case HEUN -> new HeunSolver(this, limit, batch);
            case DPM_SOLVER -> new DpmSolver(this, limit, batch);
            case LMS -> new LmsSolver(this);
            case UNIPC -> new UniPcSolver(this, limit, batch);
        };
        return new Sampler(this, solver, from);
    }

    /** The number of steps that the whole plan has, before a beginning was left out. */
    int steps() {
        return steps;
    }

    /** The calls of the whole plan. */
    int end() {
        return timesteps.length;
    }

    /** The first call. */
    int from() {
        return from;
    }

    /** The timestep of a call of the whole plan. */
    double timestep(int call) {
        return timesteps[call];
    }

    /** The whole timestep of a call of the whole plan. */
    int wholeTimestep(int call) {
        return (int) timesteps[call];
    }

    /** The sigma / alpha before a call of the whole plan, or after its last. */
    double sigma(int call) {
        return sigmas[call];
    }

    /**
     * Whether a call is at the same level as the one before, so that the two say nothing of a slope; so it is with more steps than
     * there are timesteps to choose from.
     */
    boolean repeats(int call) {
        return call > from && sigmas[call] == sigmas[call - 1];
    }

    /** The level that the sample has before a call, in the scale in which this sampler keeps it. */
    NoiseLevel level(int call) {
        return switch (config.kind()) {
            case DDPM, DDIM, PNDM -> NoiseLevel.ofAlphaCumprod(noise.alphaCumprod(wholeTimestep(call)));
            case EULER, EULER_ANCESTRAL, HEUN, LMS -> new NoiseLevel(1, sigmas[call]);
            case DPM_SOLVER, UNIPC -> NoiseLevel.ofRatio(sigmas[call]);
        };
    }

    /** What the model's input is divided by: the standard deviation of the sample, were x_0 of variance 1. */
    double inputScale(int call) {
        return switch (config.kind()) {
            case DDPM, DDIM, PNDM, DPM_SOLVER, UNIPC -> 1;
            case EULER, EULER_ANCESTRAL, HEUN, LMS -> Math.sqrt(sigmas[call] * sigmas[call] + 1);
        };
    }
}
