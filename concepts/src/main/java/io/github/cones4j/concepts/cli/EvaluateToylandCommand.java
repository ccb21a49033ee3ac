package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.measure.Proportion;
import io.github.cones4j.concepts.report.Html;
import io.github.cones4j.concepts.toyland.ModelFigures;
import io.github.cones4j.concepts.toyland.Protocol;
import io.github.cones4j.concepts.toyland.Study;
import io.github.cones4j.concepts.toyland.StudyGrid;
import io.github.cones4j.concepts.toyland.StudyReport;
import io.github.cones4j.concepts.toyland.StudyResult;
import io.github.cones4j.concepts.toyland.StudyResult.Criterion;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.weights.files.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cones evaluate-toyland}: the published figures of the embedded model and of its concept neurons. */
@Command(
        name = "evaluate-toyland",
        description = "Measures a model of Toyland, and what concept neurons do in it, by the frozen protocol.",
        footer = {
            "",
            "Takes most of an hour; the same command goes on where it was ended.",
            "Exit code 1 if something was not reached."
        })
final class EvaluateToylandCommand implements Callable<Integer> {
    private static final double RETRIEVAL = 0.80;
    private static final double PSNR = 27;
    private static final double CLASS = 0.85;

    private final Console console;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of what it makes. Default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("cones-evaluation");

    @Option(names = "--part", paramLabel = "PART", description = "model, concepts or all. Default: ${DEFAULT-VALUE}.")
    private String part = "all";

    @Option(
            names = "--protocol",
            paramLabel = "FILE",
            description = "Another protocol than the frozen one, to choose settings with.")
    private @Nullable Path protocol;

    @Option(
            names = "--subject",
            paramLabel = "NAME",
            description = "Another subject than the protocol's; several times. dev-fish and dev-mug are for choosing.")
    private List<String> subjects = List.of();

    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private DeviceOption deviceOption = new DeviceOption();

    @Option(names = "--json", description = "Prints the figures as JSON objects, one for each part.")
    private boolean json;

    EvaluateToylandCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        boolean ofModel = part.equals("all") || part.equals("model");
        boolean ofConcepts = part.equals("all") || part.equals("concepts");
        if (!ofModel && !ofConcepts) {
            throw new IllegalArgumentException("--part: expected model, concepts or all, found '" + part + "'");
        }
        Protocol used = protocol == null ? Protocol.frozen() : Protocol.read(protocol);
        if (!subjects.isEmpty()) {
            used = used.withSubjects(subjects);
        }
        boolean holds = true;
        try (Device device = deviceOption.open(console)) {
            if (ofModel) {
                holds &= model(device, used);
            }
            if (ofConcepts) {
                holds &= concepts(device, used);
            }
        }
        return holds ? 0 : Cones.DOES_NOT_HOLD;
    }

    private boolean model(Device device, Protocol used) throws IOException {
        ModelFigures figures =
                ModelFigures.of(device, model.toyland(), used.samplerSteps(), used.guidance(), new StudySteps(console));
        Proportion classes = figures.right(ModelFigures.Question.CLASS);
        List<Criterion> criteria = List.of(
                new Criterion(
                        String.format(Locale.ROOT, "CLIP finds the caption among 100, at least %.2f", RETRIEVAL),
                        words(figures.retrieval().captionOfPicture()),
                        figures.retrieval().captionOfPicture().rate() >= RETRIEVAL),
                new Criterion(
                        String.format(Locale.ROOT, "CLIP finds the picture among 100, at least %.2f", RETRIEVAL),
                        words(figures.retrieval().pictureOfCaption()),
                        figures.retrieval().pictureOfCaption().rate() >= RETRIEVAL),
                new Criterion(
                        String.format(Locale.ROOT, "the autoencoder restores unseen pictures, at least %.0f dB", PSNR),
                        String.format(Locale.ROOT, "%.2f dB", figures.psnr()),
                        figures.psnr() >= PSNR),
                new Criterion(
                        String.format(Locale.ROOT, "drawn pictures show the class, at least %.2f", CLASS),
                        words(classes),
                        classes.rate() >= CLASS));
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("caption_of_picture", figures.retrieval().captionOfPicture().rate());
        metrics.put("picture_of_caption", figures.retrieval().pictureOfCaption().rate());
        metrics.put("psnr", figures.psnr());
        metrics.put("drawn", figures.drawn());
        metrics.put("right", rates(figures.right()));
        metrics.put("right_of_real_pictures", rates(figures.photos()));
        metrics.put("right_of_restored_pictures", rates(figures.restored()));
        WholeFile.write(OutputFile.prepare(out.resolve("model.json")), Json.text(metrics));
        if (json) {
            console.out().println(Json.line(metrics));
        } else {
            print(criteria);
            figures.right()
                    .forEach((question, proportion) -> console.out()
                            .println("     " + question.title() + " of drawn pictures right: " + words(proportion)
                                    + "; of real ones: " + words(figures.real(question))
                                    + "; of those restored: " + words(figures.restored(question))));
        }
        return criteria.stream().allMatch(Criterion::holds);
    }

    private static Map<String, Double> rates(Map<ModelFigures.Question, Proportion> right) {
        Map<String, Double> rates = new LinkedHashMap<>();
        right.forEach((question, proportion) -> rates.put(question.title(), proportion.rate()));
        return rates;
    }

    private boolean concepts(Device device, Protocol used) throws IOException {
        long begin = System.nanoTime();
        StudyResult result;
        try (Study study =
                new Study(device, model.toyland(), used, out, Cones.Version.name(), new StudySteps(console))) {
            result = study.run(List.of(Unconditional.ORIGINAL, Unconditional.SHUT));
        }
        StudyReport report = new StudyReport(result);
        Path page = out.resolve("index.html");
        Html.write(page, report.report(command(), (System.nanoTime() - begin) * 1e-9));
        WholeFile.write(
                out.resolve("grid.svg"), StudyGrid.svg(result, result.modes().getFirst()));
        Map<String, Object> metrics = report.metrics();
        WholeFile.write(out.resolve("metrics.json"), Json.text(metrics));
        if (json) {
            console.out().println(Json.line(metrics));
        } else {
            for (Unconditional mode : result.modes()) {
                console.out()
                        .println(
                                switch (mode) {
                                    case ORIGINAL -> "Unconditional branch from the original weights:";
                                    case SHUT -> "Neurons shut in both branches:";
                                });
                print(result.criteria(mode));
            }
            console.out().println(page.toAbsolutePath().normalize() + ": open it in a browser");
        }
        return result.criteria(result.modes().getFirst()).stream().allMatch(Criterion::holds);
    }

    private String command() {
        List<String> words = new ArrayList<>(List.of("./cones evaluate-toyland --part concepts"));
        if (protocol != null) {
            words.add("--protocol " + protocol);
        }
        subjects.forEach(subject -> words.add("--subject " + subject));
        return String.join(" ", words);
    }

    private void print(List<Criterion> criteria) {
        for (Criterion criterion : criteria) {
            console.out()
                    .println((criterion.holds() ? "yes  " : "no   ") + criterion.what() + " (" + criterion.found()
                            + ")");
        }
    }

    private static String words(Proportion proportion) {
        return String.format(Locale.ROOT, "%.3f of %d", proportion.rate(), proportion.total());
    }
}
