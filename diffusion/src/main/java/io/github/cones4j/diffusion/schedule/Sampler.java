package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/**
 * One run through a {@link Plan}, for one batch of samples: keeps what the sampler remembers of earlier calls. The arrays given to
 * it must not change until the run is over.
 *
 * <pre>{@code
 * float[] x = plan.start(noise);
 * for (Sampler sampler = plan.sampler(1); !sampler.done(); ) {
 *     float[] output = model(sampler.input(x), sampler.timestep());
 *     x = sampler.step(output, x, () -> generator.randn(shape));
 * }
 * }</pre>
 */
public final class Sampler {
    private final Plan plan;
    private final Solver solver;
    private int call;

    Sampler(Plan plan, Solver solver, int call) {
        this.plan = plan;
        this.solver = solver;
        this.call = call;
    }

    /** Whether the sample is finished. */
    public boolean done() {
        return call == plan.end();
    }

    /** How many calls are done. */
    public int call() {
        return call - plan.from();
    }

    /** The timestep of the coming call. */
    public double timestep() {
        return plan.timestep(coming());
    }

    /** The model's input of the coming call: the sample scaled to unit variance where the sampler keeps it otherwise. */
    public float[] input(float[] sample) {
        double scale = plan.inputScale(coming());
        return scale == 1 ? sample.clone() : Mix.of(1 / scale, sample);
    }

    /**
     * Uses the model's output of the coming call.
     *
     * @param output what the model answered to {@link #input} at {@link #timestep}
     * @param sample the sample that {@link #input} was given
     * @param noise standard normal numbers, as many as the sample has elements; asked for once by the samplers that add noise, not at
     *     all by the others
     * @return the sample before the next call, or the finished one
     */
    public float[] step(float[] output, float[] sample, Supplier<float[]> noise) {
        if (output.length != sample.length) {
            throw new IllegalArgumentException(
                    "model output of " + output.length + " elements does not fit a sample of " + sample.length);
        }
        float[] next = solver.step(coming(), output, sample, noise);
        call++;
        return next;
    }

    private int coming() {
        if (done()) {
            throw new IllegalStateException("all " + plan.calls() + " calls of the plan are done");
        }
        return call;
    }
}
