package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.report.Html;
import io.github.cones4j.concepts.toyland.Protocol;
import io.github.cones4j.concepts.toyland.Study;
import io.github.cones4j.concepts.toyland.StudyReport;
import io.github.cones4j.concepts.toyland.StudyResult;
import io.github.cones4j.concepts.toyland.StudyResult.Criterion;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.weights.files.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cones demo}: from five photos to concept neurons, with pictures that show what they do. */
@Command(
        name = "demo",
        description = "Finds a subject's concept neurons in the embedded model and shows what they do, on a page.",
        footer = {
            "",
            "Takes a few minutes. The folder then holds index.html, the pictures, the concept file and metrics.json;",
            "the same command goes on where it was ended."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int SEEDS = 4;

    private final Console console;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of what it makes. Default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("cones-demo");

    @Option(
            names = "--subject",
            paramLabel = "NAME",
            description = "cat, dog, car, boat, teapot, mushroom, dev-fish or dev-mug. Default: ${DEFAULT-VALUE}.")
    private String subject = "cat";

    @Mixin
    private DeviceOption deviceOption = new DeviceOption();

    @Option(names = "--json", description = "Prints the figures as a JSON object.")
    private boolean json;

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Path model = new ModelOption().toyland();
        Protocol frozen = Protocol.frozen();
        Protocol protocol = frozen.withSubjects(List.of(subject))
                .withSeeds(
                        frozen.seeds().subList(0, Math.min(SEEDS, frozen.seeds().size())));
        long begin = System.nanoTime();
        StudyResult result;
        try (Device device = deviceOption.open(console);
                Study study = new Study(device, model, protocol, out, Cones.Version.name(), new StudySteps(console))) {
            result = study.run(List.of(Unconditional.ORIGINAL));
        }
        StudyReport report = new StudyReport(result);
        String command = "./cones demo" + (subject.equals("cat") ? "" : " --subject " + subject);
        Path page = out.resolve("index.html");
        Html.write(page, report.report(command, (System.nanoTime() - begin) * 1e-9));
        Map<String, Object> metrics = report.metrics();
        WholeFile.write(out.resolve("metrics.json"), Json.text(metrics));
        if (json) {
            console.out().println(Json.line(metrics));
        } else {
            for (Criterion criterion : result.criteria(Unconditional.ORIGINAL)) {
                console.out()
                        .println((criterion.holds() ? "yes  " : "no   ") + criterion.what() + " (" + criterion.found()
                                + ")");
            }
            console.out().println(page.toAbsolutePath().normalize() + ": open it in a browser");
        }
        return 0;
    }
}
