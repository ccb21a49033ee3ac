package io.github.cones4j.diffusion.pipeline;

/** Hears of every step; a listener that throws (usually {@link java.util.concurrent.CancellationException}) ends the run. */
@FunctionalInterface
public interface StepListener {
    /** Called after each step, on the thread that computes. */
    void done(Step step);

    /** A listener that does nothing. */
    static StepListener none() {
        return step -> {};
    }
}
