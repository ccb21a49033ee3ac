package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.toyland.world.Vocabulary;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Trains Toyland's models from nothing but a seed, one after the other: the autoencoder, the CLIP pair, the classifier that
 * judges pictures, and the UNet. All of it can be stopped and taken up again at any time.
 */
public final class ToylandTraining {
    private static final int POOL = 40_000;

    private static final String SEED = "seed.txt";
    private static final String ORIGIN = "from.txt";
    private static final String NOTHING = "nothing";

    private final Path folder;
    private final @Nullable Path from;
    private final int pictures;
    private final Settings settings;
    private final Consumer<String> progress;
    private final BooleanSupplier stop;

    /**
     * How long to train.
     *
     * @param seed of weights, noise and the order of the pictures
     * @param clipSteps optimisation steps of the CLIP pair, 128 pictures each
     * @param vaeSteps optimisation steps of the autoencoder's first stage, 16 pictures each
     * @param vaeMseSteps optimisation steps of its second stage, 16 pictures each
     * @param classifierSteps optimisation steps of the classifier that judges the pictures, 64 pictures each
     * @param unetSteps optimisation steps of the UNet's first stage, 32 pictures each
     * @param unetSecondSteps optimisation steps of its second stage, 32 pictures each
     */
    public record Settings(
            long seed,
            long clipSteps,
            long vaeSteps,
            long vaeMseSteps,
            long classifierSteps,
            long unetSteps,
            long unetSecondSteps) {
        /** What the embedded model was trained with; its last stage was then run once more. */
        public static Settings defaults() {
            return new Settings(0, 2_000, 3_000, 1_000, 3_000, 5_000, 11_500);
        }
    }

    /**
     * Prepares a training run.
     *
     * @param folder where its files lie: for each stage the whole state, and the losses as CSV
     * @param from a finished model of Toyland, of which all is taken over but the second stage of the UNet; null trains
     *     everything
     * @param progress receives a line now and then
     * @param stop asked after every step whether to save and end
     */
    public ToylandTraining(
            Path folder, Settings settings, @Nullable Path from, Consumer<String> progress, BooleanSupplier stop) {
        this(folder, settings, from, POOL, progress, stop);
    }

    /** A training on so many pictures. */
    ToylandTraining(
            Path folder,
            Settings settings,
            @Nullable Path from,
            int pictures,
            Consumer<String> progress,
            BooleanSupplier stop) {
        this.pictures = pictures;
        this.folder = folder;
        this.from = from;
        this.settings = settings;
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * Trains what is not yet trained, and writes the model, as far as it is, into the folder {@code model}.
     *
     * @return whether all stages are complete
     * @throws IOException if a file cannot be written
     * @throws IllegalArgumentException if the folder's training was begun with another seed or from another model
     */
    public boolean run(Device device) throws IOException {
        Files.createDirectories(folder);
        FinishedStages given = from == null ? null : FinishedStages.read(from);
        checkBeginning(given == null ? NOTHING : given.origin());
        Path vocabulary = folder.resolve("tokenizer");
        Vocabulary.write(vocabulary);
        ClipTokenizer tokenizer = ClipTokenizer.load(vocabulary);
        PicturePool pool = new PicturePool(0, pictures);
        return given == null ? fromNothing(device, tokenizer, pool) : fromGiven(device, tokenizer, pool, given);
    }

    private boolean fromNothing(Device device, ClipTokenizer tokenizer, PicturePool pool) throws IOException {
        ClassifierStage classifier = new ClassifierStage(settings.seed(), settings.classifierSteps(), pool);
        ClipStage clip = new ClipStage(settings.seed(), settings.clipSteps(), pool, tokenizer);
        VaeStage first = VaeStage.first(settings.seed(), settings.vaeSteps(), pool);
        if (!run(first, device)) {
            return false;
        }
        VaeStage vae = VaeStage.second(settings.seed(), settings.vaeMseSteps(), pool, StageRun.averages(folder, first));
        if (!run(vae, device) || !run(clip, device) || !run(classifier, device)) {
            return false;
        }
        Map<String, HostTensor> autoencoder = StageRun.averages(folder, vae);
        LatentPool latents = latents(
                device,
                autoencoder,
                "seed " + settings.seed() + ", " + settings.vaeSteps() + " + " + settings.vaeMseSteps() + " steps",
                pool);
        if (stop.getAsBoolean()) {
            return false;
        }
        Map<String, HostTensor> pair = StageRun.averages(folder, clip);
        UNetStage unet = UNetStage.first(settings.seed(), settings.unetSteps(), pool, latents, tokenizer, pair);
        boolean complete = run(unet, device);
        FinishedStages finished = new FinishedStages(
                NOTHING,
                latents.scalingFactor(),
                pair,
                autoencoder,
                StageRun.averages(folder, unet),
                StageRun.averages(folder, classifier));
        if (!complete) {
            write(tokenizer, finished, finished.unet());
            return false;
        }
        return second(device, tokenizer, pool, latents, finished);
    }

    private boolean fromGiven(Device device, ClipTokenizer tokenizer, PicturePool pool, FinishedStages given)
            throws IOException {
        LatentPool latents = latents(device, given.vae(), given.origin(), pool);
        if (stop.getAsBoolean()) {
            return false;
        }
        return second(device, tokenizer, pool, latents.withScalingFactor(given.scalingFactor()), given);
    }

    /** The second stage of the UNet, with which all is done. */
    private boolean second(
            Device device, ClipTokenizer tokenizer, PicturePool pool, LatentPool latents, FinishedStages finished)
            throws IOException {
        UNetStage unet = UNetStage.second(
                settings.seed(),
                settings.unetSecondSteps(),
                pool,
                latents,
                tokenizer,
                finished.clip(),
                finished.unet());
        boolean complete = run(unet, device);
        write(tokenizer, finished, StageRun.averages(folder, unet));
        return complete;
    }

    private void write(ClipTokenizer tokenizer, FinishedStages finished, Map<String, HostTensor> unet)
            throws IOException {
        Path model = folder.resolve("model");
        new ModelWriter(model)
                .write(
                        tokenizer.vocabularySize(),
                        finished.scalingFactor(),
                        finished.clip(),
                        finished.vae(),
                        unet,
                        finished.classifier());
        progress.accept("model: written to " + model);
    }

    /** A run that goes on with another seed, or from another model, would be neither the one nor the other. */
    private void checkBeginning(String origin) throws IOException {
        String seed = Long.toString(settings.seed());
        String begun = recorded(SEED, seed);
        if (!begun.equals(seed)) {
            throw new IllegalArgumentException(folder + ": the training in this folder was begun with the seed " + begun
                    + ", not " + seed + "; go on with --seed " + begun + " or name another folder");
        }
        String begunFrom = recorded(ORIGIN, Files.exists(folder.resolve(SEED)) ? NOTHING : origin);
        if (!begunFrom.equals(origin)) {
            throw new IllegalArgumentException(folder + ": the training in this folder was begun from " + begunFrom
                    + ", not from " + origin + "; go on with the --from it was begun with or name another folder");
        }
        Files.writeString(folder.resolve(SEED), seed + "\n");
        Files.writeString(folder.resolve(ORIGIN), origin + "\n");
    }

    private String recorded(String name, String otherwise) throws IOException {
        Path file = folder.resolve(name);
        return Files.exists(file) ? Files.readString(file).strip() : otherwise;
    }

    /** The latents of all pictures under the finished autoencoder; computed once and kept in a file. */
    private LatentPool latents(Device device, Map<String, HostTensor> vae, String madeFrom, PicturePool pool)
            throws IOException {
        Path file = folder.resolve("latents.safetensors");
        String mark = madeFrom + ", " + pool.size() + " pictures";
        LatentPool known = LatentPool.read(file, mark, pool.size());
        if (known != null) {
            return known;
        }
        LatentPool latents = LatentPool.encode(device, vae, pool, progress, stop);
        if (!stop.getAsBoolean()) {
            latents.write(file, mark);
        }
        return latents;
    }

    private boolean run(Stage stage, Device device) throws IOException {
        return new StageRun(stage, folder, progress, stop).run(device);
    }
}
