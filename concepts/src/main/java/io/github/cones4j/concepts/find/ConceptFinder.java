package io.github.cones4j.concepts.find;

import io.github.cones4j.concepts.find.ImplantingLoss.Sample;
import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import io.github.cones4j.engine.exec.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Finds the concept neurons of a subject: draws pictures, timesteps and noise for each step, and lets a {@link Search}
 * follow the gradient of the {@link ImplantingLoss}.
 */
public final class ConceptFinder {
    private static final int TIMESTEPS = 1000;
    private static final long NOISE_STREAM = 0x9E3779B97F4A7C15L;

    private final ImplantingLoss loss;
    private final List<Example> subject;
    private final List<Example> classImages;

    /** Hears of the progress of a search. */
    @FunctionalInterface
    public interface Listener {
        /**
         * One gradient was taken.
         *
         * @param remaining gradients still to come
         * @param loss the loss at it
         * @return whether to go on
         */
        boolean step(int remaining, double loss);
    }

    /**
     * A finder for one subject.
     *
     * @param subject its photos, captioned with the placeholder
     * @param classImages pictures of its class, captioned without; may be empty if the prior has no weight
     */
    public ConceptFinder(ImplantingLoss loss, List<Example> subject, List<Example> classImages) {
        if (subject.isEmpty()) {
            throw new IllegalArgumentException("find: no photo of the subject");
        }
        this.loss = loss;
        this.subject = List.copyOf(subject);
        this.classImages = List.copyOf(classImages);
    }

    /**
     * Searches. Everything that is drawn follows from the seed of the settings.
     *
     * @param unet the model's weights; not changed
     * @param searched keys of the weights to search
     * @throws java.util.concurrent.CancellationException if the listener said to stop
     */
    public Search.Result find(Weights unet, List<String> searched, FindSettings settings, Listener listener) {
        if (settings.prior() > 0 && classImages.isEmpty()) {
            throw new IllegalArgumentException("find: the prior has weight " + settings.prior()
                    + " but there are no class images (--prior 0 to go without)");
        }
        Search search = new Search(PerWeight.of(unet, searched), settings);
        PerWeight gradient = search.weights().zeros();
        for (int step = 0; !search.isDone(); step++) {
            double value = loss.gradient(search.weights(), samples(settings, step), gradient);
            search.accept(gradient);
            if (!listener.step(search.remaining(), value)) {
                throw new java.util.concurrent.CancellationException("find: stopped after " + (step + 1) + " steps");
            }
        }
        return search.result();
    }

    /** The samples of a step: photos in a shuffled round, class images at random, fresh noise and timesteps. */
    private List<Sample> samples(FindSettings settings, int step) {
        SplittableRandom random = new SplittableRandom(settings.seed() + step * NOISE_STREAM);
        TorchCpuGenerator noise = new TorchCpuGenerator(settings.seed() * TIMESTEPS + step);
        List<Sample> samples = new ArrayList<>();
        int offset = random.nextInt(subject.size());
        for (int i = 0; i < settings.subjectBatch(); i++) {
            samples.add(
                    sample(subject.get((offset + i) % subject.size()), random, noise, 1.0 / settings.subjectBatch()));
        }
        for (int i = 0; settings.prior() > 0 && i < settings.classBatch(); i++) {
            Example example = classImages.get(random.nextInt(classImages.size()));
            samples.add(sample(example, random, noise, settings.prior() / settings.classBatch()));
        }
        return samples;
    }

    private Sample sample(Example example, SplittableRandom random, TorchCpuGenerator noise, double weight) {
        return new Sample(example, noise.randn(loss.latentSize()), random.nextInt(TIMESTEPS), weight);
    }

    /**
     * The subject's loss on noise that is always the same: the cheapest judge of a mask. Each photo is taken at evenly
     * spread timesteps.
     *
     * @param at values of the searched weights
     * @param perPhoto number of noises for each photo, from 1
     */
    public double fixedNoiseLoss(PerWeight at, int perPhoto, long seed) {
        TorchCpuGenerator noise = new TorchCpuGenerator(seed);
        List<Sample> samples = new ArrayList<>();
        double weight = 1.0 / (subject.size() * (double) perPhoto);
        for (Example photo : subject) {
            for (int i = 0; i < perPhoto; i++) {
                int timestep = (int) ((i + 0.5) * TIMESTEPS / perPhoto);
                samples.add(new Sample(photo, noise.randn(loss.latentSize()), timestep, weight));
            }
        }
        return loss.value(at, samples);
    }
}
