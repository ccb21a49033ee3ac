package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.schedule.Plan;
import io.github.cones4j.diffusion.schedule.Sampler;
import java.util.function.Supplier;

/** The way from noise to latents: model and sampler in turn. */
public final class Denoiser {
    private Denoiser() {}

    /** What the model says of noisy latents. */
    @FunctionalInterface
    public interface Predictor {
        /** The prediction for a batch at one timestep, of the batch's shape. */
        float[] predict(float[] latents, double timestep);
    }

    /**
     * Goes through a plan.
     *
     * @param plan which timesteps, by which sampler
     * @param batch how many samples the arrays hold
     * @param start what the plan begins from, {@link Plan#start}
     * @param predictor the model
     * @param noise standard normal numbers of the size of {@code start}, for samplers that add noise
     * @return the finished latents
     */
    public static float[] run(
            Plan plan, int batch, float[] start, Predictor predictor, Supplier<float[]> noise, StepListener listener) {
        Sampler sampler = plan.sampler(batch);
        float[] latents = start;
        while (!sampler.done()) {
            double timestep = sampler.timestep();
            float[] prediction = predictor.predict(sampler.input(latents), timestep);
            latents = sampler.step(prediction, latents, noise);
            listener.done(new Step(sampler.call(), plan.calls(), timestep, latents));
        }
        return latents;
    }
}
