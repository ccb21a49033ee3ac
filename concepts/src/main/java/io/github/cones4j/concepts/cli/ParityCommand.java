package io.github.cones4j.concepts.cli;

import io.github.cones4j.diffusion.parity.Comparison;
import io.github.cones4j.diffusion.parity.Parity;
import io.github.cones4j.diffusion.parity.ParityReport;
import io.github.cones4j.diffusion.parity.Tolerances;
import io.github.cones4j.engine.exec.Device;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cones parity}: a model beside what PyTorch computed with it. */
@Command(
        name = "parity",
        description = "Runs a model on stored inputs of PyTorch and compares what comes out.",
        footer = {
            "",
            "Error of an output = ||a - b|| / ||b||. Exit code 1 if one is beyond its tolerance or nothing was compared.",
            "Anonymous memory is that of the whole process and does not shrink: for a figure of one case, run it alone."
        })
final class ParityCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--model",
            paramLabel = "PATH",
            description =
                    "A diffusers folder, a single .safetensors file or a CLIP pair's folder; not for samplers alone.")
    private @Nullable Path model;

    @Option(
            names = "--config",
            paramLabel = "DIR",
            description = "For a single file of no published shape: a diffusers folder with its settings.")
    private @Nullable Path config;

    @Mixin
    private DeviceOption deviceOption = new DeviceOption();

    @Option(
            names = "--case",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Stored cases (safetensors); others of the same folder are read where they are needed.")
    private List<Path> cases = List.of();

    @Option(
            names = "--rtol",
            paramLabel = "R",
            description =
                    "Largest relative error. Default: 1e-5, beside float64 5e-6, of gradients and pipelines 1e-4.")
    private @Nullable Double rtol;

    @Option(names = "--json", description = "Prints one JSON object per case; memory in bytes.")
    private boolean json;

    ParityCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (rtol != null && !(rtol > 0)) {
            throw new IllegalArgumentException("--rtol: expected a positive number, found " + rtol);
        }
        Tolerances tolerances = rtol == null ? Tolerances.usual() : Tolerances.all(rtol);
        int worst = 0;
        try (Device device = deviceOption.open(console)) {
            Parity parity = new Parity(device, model, config, tolerances);
            for (Path file : cases) {
                worst = Math.max(worst, compare(parity, file));
            }
        }
        return worst;
    }

    /** One case; an unusable one does not keep the others from being compared. */
    private int compare(Parity parity, Path file) {
        PeakMemory memory = new PeakMemory();
        ParityReport report;
        try (memory) {
            report = parity.run(file);
        } catch (IllegalArgumentException e) {
            console.err().println("cones parity: " + e.getMessage());
            if (json) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("case", file.toString());
                fields.put("ok", false);
                fields.put("error", e.getMessage());
                console.out().println(Json.line(fields));
            }
            return Cones.BAD;
        }
        if (json) {
            console.out().println(Json.line(fields(report, memory)));
        } else {
            print(report, memory, console.out());
        }
        return report.passes() ? 0 : Cones.DOES_NOT_HOLD;
    }

    private static void print(ParityReport report, PeakMemory memory, PrintStream out) {
        List<Comparison> all = report.comparisons();
        long failed = all.stream().filter(comparison -> !comparison.passes()).count();
        out.println(report.file() + " (" + report.kind() + "): "
                + (all.isEmpty()
                        ? "nothing was compared"
                        : all.size() + " outputs, "
                                + (failed == 0 ? "all within tolerance" : failed + " beyond tolerance")));
        int width = all.stream().mapToInt(c -> c.name().length()).max().orElse(0);
        for (Comparison c : all) {
            String format = c.inLevels()
                    ? "  %-" + width + "s  levels %.0f of %.0f%s%n"
                    : "  %-" + width + "s  error %.2e of %.0e  largest deviation %.2e%s%n";
            String beyond = c.passes() ? "" : "  BEYOND";
            out.printf(
                    Locale.ROOT,
                    format,
                    c.inLevels()
                            ? new Object[] {c.name(), c.error(), c.tolerance(), beyond}
                            : new Object[] {c.name(), c.error(), c.tolerance(), c.largest(), beyond});
        }
        relative(all)
                .max(Comparator.comparingDouble(c -> c.error() / c.tolerance()))
                .ifPresent(c -> out.printf(
                        Locale.ROOT, "  worst: %s, error %.2e of %.0e%n", c.name(), c.error(), c.tolerance()));
        relative(all)
                .max(Comparator.comparingDouble(Comparison::largest))
                .ifPresent(c ->
                        out.printf(Locale.ROOT, "  largest single deviation: %.3e, in %s%n", c.largest(), c.name()));
        if (!report.leftOut().isEmpty()) {
            out.println("  left out (" + report.leftOut().size() + "): " + String.join(", ", report.leftOut()));
        }
        out.printf(
                Locale.ROOT,
                "  %.2f s; memory planned %s, peak anonymous %s, mapped files %s%n",
                report.seconds(),
                Machine.mib(report.plannedBytes()),
                mib(memory.anonymous()),
                mib(memory.mapped()));
    }

    /** All but pictures in levels of 8 bits, whose figures are of another kind. */
    private static Stream<Comparison> relative(List<Comparison> all) {
        return all.stream().filter(comparison -> !comparison.inLevels());
    }

    private static String mib(OptionalLong bytes) {
        return bytes.isPresent() ? Machine.mib(bytes.getAsLong()) : "not told by this system";
    }

    private static Map<String, Object> fields(ParityReport report, PeakMemory memory) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("case", report.file().toString());
        fields.put("kind", report.kind());
        fields.put("ok", report.passes());
        fields.put(
                "outputs",
                report.comparisons().stream().map(ParityCommand::fields).toList());
        relative(report.comparisons())
                .mapToDouble(Comparison::largest)
                .max()
                .ifPresent(largest -> fields.put("largest", largest));
        fields.put("leftOut", report.leftOut());
        fields.put("seconds", report.seconds());
        fields.put("plannedBytes", report.plannedBytes());
        memory.anonymous().ifPresent(bytes -> fields.put("peakAnonymousBytes", bytes));
        memory.mapped().ifPresent(bytes -> fields.put("peakMappedBytes", bytes));
        return fields;
    }

    private static Map<String, Object> fields(Comparison comparison) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", comparison.name());
        fields.put("error", comparison.error());
        fields.put("tolerance", comparison.tolerance());
        fields.put("largest", comparison.largest());
        fields.put("levels", comparison.inLevels());
        fields.put("ok", comparison.passes());
        return fields;
    }
}
