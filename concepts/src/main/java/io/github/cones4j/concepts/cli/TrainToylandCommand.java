package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.report.Html;
import io.github.cones4j.concepts.toyland.TrainingCurves;
import io.github.cones4j.diffusion.toyland.EmbeddedModel;
import io.github.cones4j.diffusion.toyland.ToylandTraining;
import io.github.cones4j.diffusion.toyland.ToylandTraining.Settings;
import io.github.cones4j.engine.exec.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cones train-toyland}: the embedded model from nothing but a seed. */
@Command(
        name = "train-toyland",
        description = "Trains the model of Toyland from a seed: autoencoder, CLIP pair, classifier, UNet.",
        footer = {
            "",
            "Takes hours. Ctrl-C lets the present step finish, saves and ends; the same command goes on from there.",
            "Exit code 1 while the training is not complete."
        })
final class TrainToylandCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder of states, losses and the model. Default: .cones4j/toyland in the home folder.")
    private @Nullable Path out;

    @Option(
            names = "--seed",
            paramLabel = "S",
            converter = Seed.class,
            description = "Seed of weights, noise and the order of the pictures. Default: ${DEFAULT-VALUE}.")
    private long seed = Settings.defaults().seed();

    @Option(
            names = "--vae-steps",
            paramLabel = "N",
            description = "Steps of the autoencoder, 16 pictures each. Default: ${DEFAULT-VALUE}.")
    private long vaeSteps = Settings.defaults().vaeSteps();

    @Option(
            names = "--vae-mse-steps",
            paramLabel = "N",
            description = "Steps of its second stage, on the squared error. Default: ${DEFAULT-VALUE}.")
    private long vaeMseSteps = Settings.defaults().vaeMseSteps();

    @Option(
            names = "--clip-steps",
            paramLabel = "N",
            description = "Steps of the CLIP pair, 128 pictures each. Default: ${DEFAULT-VALUE}.")
    private long clipSteps = Settings.defaults().clipSteps();

    @Option(
            names = "--classifier-steps",
            paramLabel = "N",
            description = "Steps of the classifier, 64 pictures each. Default: ${DEFAULT-VALUE}.")
    private long classifierSteps = Settings.defaults().classifierSteps();

    @Option(
            names = "--unet-steps",
            paramLabel = "N",
            description = "Steps of the UNet, 32 pictures each. Default: ${DEFAULT-VALUE}.")
    private long unetSteps = Settings.defaults().unetSteps();

    @Option(
            names = "--unet-second-steps",
            paramLabel = "N",
            description = "Steps of its second stage. Default: ${DEFAULT-VALUE}.")
    private long unetSecondSteps = Settings.defaults().unetSecondSteps();

    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "A model of Toyland, or 'embedded': takes it over, trains the UNet's second stage alone.")
    private @Nullable Path from;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "Saves and ends after so many minutes. Default: never.")
    private double minutes = Double.POSITIVE_INFINITY;

    @Mixin
    private DeviceOption deviceOption = new DeviceOption();

    TrainToylandCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (!(minutes > 0)) {
            throw new IllegalArgumentException("--minutes: expected a positive number, found " + minutes);
        }
        for (long steps : new long[] {vaeSteps, vaeMseSteps, clipSteps, classifierSteps, unetSteps, unetSecondSteps}) {
            if (steps < 1) {
                throw new IllegalArgumentException("--*-steps: expected at least 1, found " + steps);
            }
        }
        Path folder = out != null ? out : Path.of(System.getProperty("user.home"), ".cones4j", "toyland");
        Settings settings =
                new Settings(seed, clipSteps, vaeSteps, vaeMseSteps, classifierSteps, unetSteps, unetSecondSteps);
        Path model = from != null && from.toString().equals("embedded") ? EmbeddedModel.folder() : from;
        long begin = System.nanoTime();
        try (Interrupt interrupt = new Interrupt(() -> console.progress("Stopping after this step ..."));
                Device device = deviceOption.open(console)) {
            boolean complete = new ToylandTraining(
                            folder,
                            settings,
                            model,
                            console::progress,
                            () -> interrupt.asked() || (System.nanoTime() - begin) / 60e9 > minutes)
                    .run(device);
            Html.write(folder.resolve("losses.html"), TrainingCurves.report(folder));
            if (complete) {
                console.out().println(folder.resolve("model") + ": the trained model");
                return 0;
            }
            console.progress("Saved in " + folder + "; the same command goes on from there.");
            return Cones.DOES_NOT_HOLD;
        }
    }
}
