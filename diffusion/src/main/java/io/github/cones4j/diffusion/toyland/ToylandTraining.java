package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.toyland.world.Vocabulary;
import io.github.cones4j.engine.exec.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Trains Toyland's models from nothing but a seed, one after the other: the autoencoder, the CLIP pair, the classifier that
 * judges pictures, and the UNet. All of it can be stopped and taken up again at any time.
 */
public final class ToylandTraining {
    private static final int POOL = 40_000;

    private final Path folder;
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
     * @param unetSteps optimisation steps of the UNet, 32 pictures each
     */
    public record Settings(
            long seed, long clipSteps, long vaeSteps, long vaeMseSteps, long classifierSteps, long unetSteps) {
        /** What the embedded model was trained with. */
        public static Settings defaults() {
            return new Settings(0, 2_000, 3_000, 1_000, 3_000, 5_000);
        }
    }

    /**
     * Prepares a training run.
     *
     * @param folder where its files lie: for each stage the whole state, and the losses as CSV
     * @param progress receives a line now and then
     * @param stop asked after every step whether to save and end
     */
    public ToylandTraining(Path folder, Settings settings, Consumer<String> progress, BooleanSupplier stop) {
        this.folder = folder;
        this.settings = settings;
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * Trains what is not yet trained, and writes the model, as far as it is, into the folder {@code model}.
     *
     * @return whether all stages are complete
     * @throws IOException if a file cannot be written
     * @throws IllegalArgumentException if the folder's training was begun with another seed
     */
    public boolean run(Device device) throws IOException {
        Files.createDirectories(folder);
        checkSeed();
        Path vocabulary = folder.resolve("tokenizer");
        Vocabulary.write(vocabulary);
        ClipTokenizer tokenizer = ClipTokenizer.load(vocabulary);
        PicturePool pool = new PicturePool(0, POOL);
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
        LatentPool latents = latents(device, vae, pool);
        if (stop.getAsBoolean()) {
            return false;
        }
        UNetStage unet = new UNetStage(
                settings.seed(), settings.unetSteps(), pool, latents, tokenizer, StageRun.averages(folder, clip));
        boolean complete = run(unet, device);
        new ModelWriter(folder.resolve("model"))
                .write(
                        tokenizer.vocabularySize(),
                        latents.scalingFactor(),
                        StageRun.averages(folder, clip),
                        StageRun.averages(folder, vae),
                        StageRun.averages(folder, unet),
                        StageRun.averages(folder, classifier));
        progress.accept("model: written to " + folder.resolve("model"));
        return complete;
    }

    /** A run that goes on with another seed would be neither the one nor the other. */
    private void checkSeed() throws IOException {
        Path file = folder.resolve("seed.txt");
        String seed = Long.toString(settings.seed());
        String begun = Files.exists(file) ? Files.readString(file).strip() : seed;
        if (!begun.equals(seed)) {
            throw new IllegalArgumentException(folder + ": the training in this folder was begun with the seed " + begun
                    + ", not " + seed + "; go on with --seed " + begun + " or name another folder");
        }
        Files.writeString(file, seed + "\n");
    }

    /** The latents of all pictures under the finished autoencoder; computed once and kept in a file. */
    private LatentPool latents(Device device, VaeStage vae, PicturePool pool) throws IOException {
        Path file = folder.resolve("latents.safetensors");
        String mark = "seed " + settings.seed() + ", " + settings.vaeSteps() + " + " + settings.vaeMseSteps()
                + " steps, " + pool.size() + " pictures";
        LatentPool known = LatentPool.read(file, mark, pool.size());
        if (known != null) {
            return known;
        }
        LatentPool latents = LatentPool.encode(device, StageRun.averages(folder, vae), pool, progress, stop);
        if (!stop.getAsBoolean()) {
            latents.write(file, mark);
        }
        return latents;
    }

    private boolean run(Stage stage, Device device) throws IOException {
        return new StageRun(stage, folder, progress, stop).run(device);
    }
}
