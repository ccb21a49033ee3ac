package io.github.cones4j.bench.reference;

import io.github.cones4j.bench.reference.Measurements.Setting;
import io.github.cones4j.bench.reference.Measurements.Spread;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Makes a table in Markdown of what both sides measured.
 *
 * <pre>ReferenceTable results.jsonl</pre>
 */
public final class ReferenceTable {
    private static final String NOTHING = "–";
    private static final String AS_IT_COMES = "contiguous";
    private static final double GB = 1e9;

    private final Measurements measured;

    ReferenceTable(Measurements measured) {
        this.measured = measured;
    }

    /** Prints the table of a file. */
    public static void main(String[] args) throws IOException {
        PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        console.print(new ReferenceTable(Measurements.parse(Files.readAllLines(Path.of(args[0])))).text());
    }

    /** The whole table. */
    String text() {
        StringBuilder text = new StringBuilder();
        machine(text);
        cases(text);
        startUp(text);
        threads(text);
        stored(text);
        return text.toString();
    }

    private void machine(StringBuilder text) {
        measured.by("machine")
                .forEach(row -> text.append("Machine: ")
                        .append(Measurements.text(row, "name"))
                        .append(", ")
                        .append(row.path("processors").asString("?"))
                        .append(" processors, ")
                        .append(Measurements.text(row, "system"))
                        .append(".\n"));
        measured.by(Measurements.OURS)
                .findFirst()
                .ifPresent(row -> text.append("Cones4J: Java ")
                        .append(Measurements.text(row, "version"))
                        .append(", ")
                        .append(row.path("vector").asString("?"))
                        .append("-bit vectors.\n"));
        measured.by(Measurements.THEIRS)
                .filter(row -> row.has("version"))
                .findFirst()
                .ifPresentOrElse(
                        row -> text.append("PyTorch: ")
                                .append(Measurements.text(row, "version"))
                                .append(", ")
                                .append(Measurements.text(row, "vector"))
                                .append(", weights ")
                                .append(Measurements.text(row, "load"))
                                .append(".\n"),
                        () -> text.append("PyTorch was not run.\n"));
        text.append('\n');
    }

    private void cases(StringBuilder text) {
        header(
                text,
                "float32",
                "threads",
                "Cones4J, s",
                "PyTorch, s",
                "time ratio (least to greatest)",
                "error",
                "Cones4J, GB",
                "PyTorch, GB",
                "memory ratio",
                "planned, GB",
                "anonymous + mapped: Cones4J, GB",
                "PyTorch, GB");
        for (Setting setting : measured.settings()) {
            row(
                    text,
                    setting.which().title(),
                    Integer.toString(setting.threads()),
                    cell(measured.figure(Measurements.OURS, setting, "seconds"), ReferenceTable::seconds),
                    cell(measured.figure(Measurements.THEIRS, setting, "seconds"), s -> seconds(s) + way(setting)),
                    cell(measured.ratio(setting, "seconds"), ReferenceTable::ratio),
                    error(setting),
                    gigabytes(Measurements.OURS, setting, "needed_bytes"),
                    gigabytes(Measurements.THEIRS, setting, "needed_bytes"),
                    cell(measured.ratio(setting, "needed_bytes"), s -> number("%.2f", s.median())),
                    gigabytes(Measurements.OURS, setting, "planned_bytes"),
                    gigabytes(Measurements.OURS, setting, "anonymous_bytes") + " + "
                            + gigabytes(Measurements.OURS, setting, "mapped_bytes"),
                    gigabytes(Measurements.THEIRS, setting, "anonymous_bytes") + " + "
                            + gigabytes(Measurements.THEIRS, setting, "mapped_bytes"));
        }
        text.append('\n');
    }

    /** From the start of the process to the first result. */
    private void startUp(StringBuilder text) {
        header(text, "start of the process to the first result", "Cones4J, s", "PyTorch, s", "ratio");
        for (Setting setting : measured.settings()) {
            row(
                    text,
                    setting.which().title() + ", " + threads(setting),
                    cell(measured.figure(Measurements.OURS, setting, "startup"), ReferenceTable::seconds),
                    cell(measured.figure(Measurements.THEIRS, setting, "startup"), ReferenceTable::seconds),
                    cell(measured.ratio(setting, "startup"), ReferenceTable::ratio));
        }
        text.append('\n');
    }

    /** How many times as fast several threads are as one. */
    private void threads(StringBuilder text) {
        List<Setting> several = measured.settings().stream()
                .filter(setting ->
                        setting.threads() > 1 && measured.settings().contains(new Setting(setting.which(), 1)))
                .toList();
        if (!several.isEmpty()) {
            header(text, "times as fast as one thread", "Cones4J", "PyTorch");
            for (Setting setting : several) {
                row(
                        text,
                        setting.which().title() + ", " + threads(setting),
                        faster(Measurements.OURS, setting),
                        faster(Measurements.THEIRS, setting));
            }
            text.append('\n');
        }
    }

    private String faster(String by, Setting setting) {
        Optional<Spread> one = measured.figure(by, new Setting(setting.which(), 1), "seconds");
        return cell(
                measured.figure(by, setting, "seconds"),
                many -> one.map(s -> number("%.2f", s.median() / many.median())).orElse(NOTHING));
    }

    /** What `cones parity --json` found. */
    private void stored(StringBuilder text) {
        List<JsonNode> cases =
                measured.rows().stream().filter(row -> row.has("outputs")).toList();
        if (!cases.isEmpty()) {
            header(text, "Cones4J beside stored outputs", "error");
            for (JsonNode row : cases) {
                String file = Measurements.text(row, "case");
                row(text, file.substring(file.lastIndexOf('/') + 1), outputs(row));
            }
            text.append('\n');
        }
    }

    private static String outputs(JsonNode row) {
        List<JsonNode> outputs = row.path("outputs").valueStream().toList();
        if (outputs.size() <= 3) {
            return outputs.stream()
                    .map(output -> Measurements.text(output, "name") + " "
                            + number("%.1e", output.path("error").asDouble()))
                    .collect(Collectors.joining(", "));
        }
        double greatest = outputs.stream()
                .mapToDouble(output -> output.path("error").asDouble())
                .max()
                .orElseThrow();
        return number("%.1e", greatest) + ", the greatest of " + outputs.size();
    }

    /** How PyTorch was fastest, and its time as it comes. */
    private String way(Setting setting) {
        String how = measured.how(setting, "seconds");
        return how.equals(AS_IT_COMES)
                ? ""
                : " " + how.replace(",", ", ").replace('_', ' ')
                        + measured.theirs(setting, "seconds", AS_IT_COMES)
                                .map(s -> " (as it comes: " + seconds(s) + ")")
                                .orElse("");
    }

    private String error(Setting setting) {
        return measured.by("comparison")
                .filter(row ->
                        Measurements.text(row, "case").equals(setting.which().id()))
                .findFirst()
                .map(row -> number("%.1e", row.path("error").asDouble()))
                .orElse(NOTHING);
    }

    private String gigabytes(String by, Setting setting, String name) {
        return cell(measured.figure(by, setting, name), s -> number("%.2f", s.median() / GB));
    }

    private static String threads(Setting setting) {
        return setting.threads() == 1 ? "1 thread" : setting.threads() + " threads";
    }

    private static String seconds(Spread s) {
        return number(s.median() < 1 ? "%.3f" : "%.2f", s.median());
    }

    private static String ratio(Spread s) {
        return s.least() == s.greatest()
                ? number("%.2f", s.median())
                : String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", s.median(), s.least(), s.greatest());
    }

    private static String cell(Optional<Spread> spread, Function<Spread, String> words) {
        return spread.map(words).orElse(NOTHING);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static void header(StringBuilder text, String... cells) {
        row(text, cells);
        text.append("| --- ".repeat(cells.length)).append("|\n");
    }

    private static void row(StringBuilder text, String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
