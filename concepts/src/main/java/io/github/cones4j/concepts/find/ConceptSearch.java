package io.github.cones4j.concepts.find;

import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.diffusion.pipeline.Photos;
import io.github.cones4j.diffusion.pipeline.PictureCodec;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.OptionalInt;

/**
 * Searches for concept neurons in a Stable Diffusion model: brings pictures and captions into the form the UNet sees, runs
 * a {@link ConceptFinder}, and judges what it found by the loss on fixed noise. One of these serves any number of subjects,
 * and compiles once. The model's weights are not changed.
 */
public final class ConceptSearch implements AutoCloseable {
    private static final int POINTS = 4096; // of the latents of one run: 16 of 16x16, 1 of 64x64
    private static final long LARGE = 100_000_000; // weights of a UNet whose activations are computed again
    private static final int NOISES = 4; // a photo, for the loss on fixed noise

    private final StableDiffusion model;
    private final int side;
    private final List<String> searched;
    private final FindSettings settings;
    private final ImplantingLoss loss;

    /**
     * The subject's loss on noise that is always the same: the cheapest judge of a mask.
     *
     * @param unmasked of the original model
     * @param shut with the neurons shut
     * @param random with as many random weights of every layer shut
     */
    public record FixedNoise(double unmasked, double shut, double random) {
        /** Whether the neurons lower the loss, and random weights raise it. */
        public boolean ordered() {
            return shut < unmasked && unmasked < random;
        }
    }

    /**
     * Describes the search; the gradient is compiled when it is first needed.
     *
     * @param device computes; that of the model
     * @param model stays the caller's, to be closed after this
     * @param side of the pictures in pixels, which are cut to a square
     * @param searched keys of the UNet's weights, as {@link Search#crossAttention} gives them
     * @param atOnce pictures computed at once, from 1; if absent, 16 to 1 by their size
     */
    public ConceptSearch(
            Device device,
            StableDiffusion model,
            int side,
            List<String> searched,
            FindSettings settings,
            OptionalInt atOnce) {
        this.model = model;
        this.side = side;
        this.searched = List.copyOf(searched);
        this.settings = settings;
        Shape latent = Shape.of(model.codec(side, side).latentDims());
        int samples = settings.subjectBatch() + (settings.prior() > 0 ? settings.classBatch() : 0);
        int fit = Math.max(1, POINTS / (latent.dim(2) * latent.dim(3)));
        long weights = model.unet().tensors().values().stream()
                .mapToLong(tensor -> tensor.shape().size())
                .sum();
        loss = new ImplantingLoss(
                device,
                model.unetConfig(),
                model.unet(),
                NoiseSchedule.of(model.scheduler()),
                model.scheduler().predictionType(),
                latent.with(0, Math.min(samples, Math.max(1, atOnce.orElse(fit)))),
                Shape.of(model.tokenizer().maxLength(), model.textConfig().hiddenSize()),
                searched,
                weights > LARGE ? Activations.RECOMPUTED : Activations.KEPT);
    }

    /** What a gradient holds in memory, planned without allocating it. */
    public MemoryPlan memory() {
        return loss.memory();
    }

    /** A picture and its caption as the UNet sees them: the middle square, encoded as the mean of its latents. */
    public Example example(BufferedImage picture, String caption) {
        PictureCodec codec = model.codec(side, side);
        int size = Math.toIntExact(Shape.of(codec.latentDims()).size());
        float[] latent = codec.encode(Photos.fit(picture, side, side), new float[size]);
        return new Example(latent, model.prompts().encode(List.of(caption)));
    }

    /**
     * Searches.
     *
     * @param photos of the subject
     * @param classImages of its class; may be empty if the prior has no weight
     * @throws java.util.concurrent.CancellationException if the listener said to stop
     */
    public Search.Result find(List<Example> photos, List<Example> classImages, ConceptFinder.Listener listener) {
        return new ConceptFinder(loss, photos, classImages).find(model.unet(), searched, settings, listener);
    }

    /**
     * What was found, with the digest of the model it belongs to.
     *
     * @param tool name and version of the program
     * @param origin how it was found, from {@link Search.Result#origin}
     */
    public Concept concept(Search.Result result, String tool, Concept.Origin origin) {
        NeuronMask mask = result.selected().mask();
        return new Concept(mask, Concept.digest(model.unet(), mask), tool, List.of(origin));
    }

    /** The loss on fixed noise of the photos, without the mask, with it, and with a random one of the same size. */
    public FixedNoise fixedNoise(List<Example> photos, NeuronMask mask) {
        Weights unet = model.unet();
        return new FixedNoise(
                fixedNoise(photos, unet),
                fixedNoise(photos, mask.shut(unet)),
                fixedNoise(photos, mask.randomLike(settings.seed()).shut(unet)));
    }

    private double fixedNoise(List<Example> photos, Weights at) {
        return new ConceptFinder(loss, photos, List.of())
                .fixedNoiseLoss(PerWeight.of(at, searched), NOISES, settings.seed());
    }

    @Override
    public void close() {
        loss.close();
    }
}
