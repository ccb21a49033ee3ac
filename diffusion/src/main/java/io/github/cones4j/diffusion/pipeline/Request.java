package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.noise.NoiseGenerator;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import java.awt.image.BufferedImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures that are asked for, and how they are to be made. {@link StableDiffusion#request} gives one with the model's own
 * settings.
 *
 * @param shots prompt and seed of each picture
 * @param negativePrompt what they should not show; may be empty
 * @param width in pixels
 * @param height in pixels
 * @param steps of the sampler
 * @param guidance scale of classifier-free guidance; 1 or less for none
 * @param scheduler sampler and noise schedule
 * @param noise how a seed becomes noise
 * @param clipSkip layers of the text encoder left out at its end, 0 usually
 * @param batch how many pictures are computed at once
 * @param start what to begin from instead of noise, or null
 */
public record Request(
        List<Shot> shots,
        String negativePrompt,
        int width,
        int height,
        int steps,
        double guidance,
        SchedulerConfig scheduler,
        NoiseGenerator.Kind noise,
        int clipSkip,
        int batch,
        @Nullable Start start) {
    /**
     * A picture to begin from.
     *
     * @param picture of the size of the request
     * @param strength share of the steps that is taken, above 0, at most 1: how much is made anew
     */
    public record Start(BufferedImage picture, double strength) {}

    /** Checks what does not depend on the model. */
    public Request {
        shots = List.copyOf(shots);
        if (batch < 1) {
            throw new IllegalArgumentException("batch: expected at least 1, found " + batch);
        }
        if (!Double.isFinite(guidance)) {
            throw new IllegalArgumentException("guidance: expected a number, found " + guidance);
        }
    }

    /** Whether the negative prompt is used. */
    public boolean guided() {
        return guidance > 1;
    }

    /** With other pictures. */
    public Request withShots(List<Shot> others) {
        return new Request(
                others, negativePrompt, width, height, steps, guidance, scheduler, noise, clipSkip, batch, start);
    }

    /** With another negative prompt. */
    public Request withNegativePrompt(String other) {
        return new Request(shots, other, width, height, steps, guidance, scheduler, noise, clipSkip, batch, start);
    }

    /** With another size in pixels. */
    public Request withSize(int otherWidth, int otherHeight) {
        return new Request(
                shots,
                negativePrompt,
                otherWidth,
                otherHeight,
                steps,
                guidance,
                scheduler,
                noise,
                clipSkip,
                batch,
                start);
    }

    /** With another number of steps. */
    public Request withSteps(int other) {
        return new Request(
                shots, negativePrompt, width, height, other, guidance, scheduler, noise, clipSkip, batch, start);
    }

    /** With another scale of guidance. */
    public Request withGuidance(double other) {
        return new Request(
                shots, negativePrompt, width, height, steps, other, scheduler, noise, clipSkip, batch, start);
    }

    /** With another sampler. */
    public Request withScheduler(SchedulerConfig other) {
        return new Request(shots, negativePrompt, width, height, steps, guidance, other, noise, clipSkip, batch, start);
    }

    /** With another way from seeds to noise. */
    public Request withNoise(NoiseGenerator.Kind other) {
        return new Request(
                shots, negativePrompt, width, height, steps, guidance, scheduler, other, clipSkip, batch, start);
    }

    /** With more or fewer layers of the text encoder left out. */
    public Request withClipSkip(int other) {
        return new Request(
                shots, negativePrompt, width, height, steps, guidance, scheduler, noise, other, batch, start);
    }

    /** With more or fewer pictures computed at once. */
    public Request withBatch(int other) {
        return new Request(
                shots, negativePrompt, width, height, steps, guidance, scheduler, noise, clipSkip, other, start);
    }

    /** Beginning from a picture, at its size. */
    public Request from(BufferedImage picture, double strength) {
        return new Request(
                shots,
                negativePrompt,
                picture.getWidth(),
                picture.getHeight(),
                steps,
                guidance,
                scheduler,
                noise,
                clipSkip,
                batch,
                new Start(picture, strength));
    }
}
