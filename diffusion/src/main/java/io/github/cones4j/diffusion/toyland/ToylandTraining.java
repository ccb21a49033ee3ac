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

/**
 * Trains Toyland's models from nothing but a seed: the CLIP pair, the autoencoder and the UNet, one after the other. All of
 * it can be stopped and taken up again at any time.
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
     * @param vaeSteps optimisation steps of the autoencoder, 16 pictures each
     * @param unetSteps optimisation steps of the UNet, 32 pictures each
     */
    public record Settings(long seed, long clipSteps, long vaeSteps, long unetSteps) {
        /** What the embedded model was trained with. */
        public static Settings defaults() {
            return new Settings(0, 2_000, 4_000, 40_000);
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
     * Trains what is not yet trained.
     *
     * @return whether all stages are complete
     * @throws IOException if a file cannot be written
     */
    public boolean run(Device device) throws IOException {
        Files.createDirectories(folder);
        Path vocabulary = folder.resolve("tokenizer");
        Vocabulary.write(vocabulary);
        ClipTokenizer tokenizer = ClipTokenizer.load(vocabulary);
        PicturePool pool = new PicturePool(0, POOL);
        ClipStage clip = new ClipStage(settings.seed(), settings.clipSteps(), pool, tokenizer);
        VaeStage vae = new VaeStage(settings.seed(), settings.vaeSteps(), pool);
        if (!run(clip, device) || !run(vae, device)) {
            return false;
        }
        Map<String, HostTensor> vaeWeights = StageRun.averages(folder, vae);
        LatentPool latents = LatentPool.encode(device, vaeWeights, pool, progress, stop);
        if (stop.getAsBoolean()) {
            return false;
        }
        UNetStage unet = new UNetStage(
                settings.seed(), settings.unetSteps(), pool, latents, tokenizer, StageRun.averages(folder, clip));
        return run(unet, device);
    }

    private boolean run(Stage stage, Device device) throws IOException {
        return new StageRun(stage, folder, progress, stop).run(device);
    }
}
