package io.github.cones4j.bench.gpu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes one JSON and one table of all measurements, each line of which is one.
 *
 * <pre>GpuTable table results.jsonl DIR      writes DIR/results.json and DIR/table.md, and prints the table
 * GpuTable parity < lines                one readable line for each JSON object of `cones parity --json`</pre>
 */
public final class GpuTable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final List<String> CORRECTNESS = List.of("operations", "micro", "full", "check");
    private static final List<String> COLUMNS = List.of(
            "cones4j float32",
            "cones4j float16",
            "cones4j bfloat16",
            "pytorch float32",
            "pytorch tf32",
            "pytorch float16",
            "pytorch bfloat16");
    private static final List<String> RATIOS = List.of("float32", "float16", "bfloat16");

    /** At the end of the name of what was run with every kernel timed. */
    static final String TIMED = ", each kernel timed";

    private final List<JsonNode> rows;

    private GpuTable(List<JsonNode> rows) {
        this.rows = rows;
    }

    /** Writes the table, or puts lines into words. */
    public static void main(String[] args) throws IOException {
        PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (args.length == 1 && args[0].equals("parity")) {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                console.println(line.startsWith("{") ? words(JSON.readTree(line)) : line);
            }
            return;
        }
        Path out = Path.of(args[2]);
        List<JsonNode> rows = Files.readAllLines(Path.of(args[1])).stream()
                .filter(line -> line.startsWith("{"))
                .map(JSON::readTree)
                .toList();
        String table = new GpuTable(rows).text();
        Files.writeString(
                out.resolve("results.json"),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(Map.of("measurements", rows)));
        Files.writeString(out.resolve("table.md"), table);
        console.print(table);
    }

    private static String words(JsonNode parity) {
        String name = parity.path("case").asString("");
        String file = name.substring(name.lastIndexOf('/') + 1);
        if (parity.has("error")) {
            return file + ": " + parity.path("error").asString("");
        }
        return String.format(
                Locale.ROOT,
                "%-28s %-16s %4d outputs %s, worst %s, %.1f s",
                file,
                parity.path("kind").asString(""),
                parity.path("outputs").size(),
                parity.path("ok").asBoolean(false) ? "hold" : "DO NOT HOLD",
                worst(parity),
                parity.path("seconds").asDouble(0));
    }

    private static String worst(JsonNode parity) {
        String worst = "none";
        double most = -1;
        for (JsonNode output : parity.path("outputs")) {
            double error = output.path("error").asDouble(Double.POSITIVE_INFINITY);
            double share = error / output.path("tolerance").asDouble(1);
            if (!output.path("levels").asBoolean(false) && share > most) {
                most = share;
                worst = String.format(
                        Locale.ROOT,
                        "%.2e of %.0e (%s)",
                        error,
                        output.path("tolerance").asDouble(0),
                        output.path("name").asString(""));
            }
        }
        return worst;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        Set<String> devices = new LinkedHashSet<>();
        rows.forEach(row -> devices.add(row.path("device").asString("")));
        devices.remove("");
        text.append("Devices: ").append(String.join("; ", devices)).append("\n\n");
        correctness(text);
        text.append("| milliseconds | ")
                .append(String.join(" | ", COLUMNS))
                .append(" | ")
                .append(String.join(" ratio | ", RATIOS))
                .append(" ratio |\n");
        text.append("| --- ".repeat(1 + COLUMNS.size() + RATIOS.size())).append("|\n");
        table().forEach((name, cells) -> {
            text.append("| ").append(name);
            for (String column : COLUMNS) {
                JsonNode row = cells.get(column);
                text.append(" | ").append(row == null ? "" : cell(row));
            }
            RATIOS.forEach(dtype -> text.append(" | ").append(ratio(cells, dtype)));
            text.append(" |\n");
        });
        memory(text);
        profiles(text);
        return text.toString();
    }

    /** What the device's driver says was taken, beside the plan. */
    private void memory(StringBuilder text) {
        text.append('\n');
        for (JsonNode row : rows) {
            if (row.has("taken_bytes")) {
                double planned = row.path("planned_bytes").asDouble(0);
                text.append(String.format(
                        Locale.ROOT,
                        "- memory, %s, %s: planned %.0f MiB, taken %.0f MiB (%.3f)%n",
                        row.path("name").asString(""),
                        row.path("dtype").asString(""),
                        planned / (1 << 20),
                        row.path("taken_bytes").asDouble(0) / (1 << 20),
                        row.path("taken_bytes").asDouble(0) / planned));
            }
        }
    }

    /** What the kernels take, and how much of a run without timing each is not theirs: the host's, and what lies between them. */
    private void profiles(StringBuilder text) {
        Map<String, Map<String, JsonNode>> table = table();
        table.forEach((name, cells) -> cells.forEach((column, row) -> {
            if (!name.endsWith(TIMED) || !row.has("kernel_milliseconds")) {
                return;
            }
            String plain = name.substring(0, name.length() - TIMED.length());
            double run = seconds(table.getOrDefault(plain, Map.of()).get(column)) * 1e3;
            Map<String, Double> kernels = new TreeMap<>();
            row.path("kernel_milliseconds")
                    .properties()
                    .forEach(kernel ->
                            kernels.put(kernel.getKey(), kernel.getValue().asDouble()));
            double sum =
                    kernels.values().stream().mapToDouble(Double::doubleValue).sum();
            text.append(String.format(Locale.ROOT, "- kernels, %s, %s: %.1f ms", plain, column, sum));
            if (run > 0) {
                text.append(String.format(
                        Locale.ROOT, " of a run's %.1f; the rest is %.1f %%", run, 100 * (run - sum) / run));
            }
            kernels.entrySet().stream()
                    .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                    .limit(12)
                    .forEach(kernel ->
                            text.append(String.format(Locale.ROOT, ", %s %.2f", kernel.getKey(), kernel.getValue())));
            text.append('\n');
        }));
    }

    private void correctness(StringBuilder text) {
        int operations = 0;
        List<String> wrong = new ArrayList<>();
        for (JsonNode row : rows) {
            String section = row.path("section").asString("");
            if (section.equals("operations")) {
                operations++;
                if (!row.path("wrong").isEmpty()) {
                    wrong.add(row.path("name").asString(""));
                }
            } else if (section.equals("check")) {
                text.append("- PyTorch's UNet as timed: error ")
                        .append(row.path("error").asString(""))
                        .append('\n');
            } else if (CORRECTNESS.contains(section)) {
                text.append("- ")
                        .append(section)
                        .append(": ")
                        .append(words(row))
                        .append('\n');
            }
        }
        if (operations > 0) {
            text.append("- operations: ")
                    .append(operations)
                    .append(" rows, ")
                    .append(wrong.size())
                    .append(" wrong ");
            text.append(wrong.isEmpty() ? "" : wrong.toString()).append('\n');
        }
        text.append('\n');
    }

    /** By name the last measurement of each column. */
    private Map<String, Map<String, JsonNode>> table() {
        Map<String, Map<String, JsonNode>> table = new LinkedHashMap<>();
        for (JsonNode row : rows) {
            if (row.has("name") && (row.has("seconds") || row.has("error"))) {
                if (!CORRECTNESS.contains(row.path("section").asString(""))) {
                    String column = row.path("by").asString("") + " "
                            + row.path("dtype").asString("");
                    table.computeIfAbsent(row.path("name").asString(""), _ -> new LinkedHashMap<>())
                            .put(column, row);
                }
            }
        }
        return table;
    }

    private static String cell(JsonNode row) {
        if (row.has("error")) {
            return "failed";
        }
        double seconds = row.path("seconds").asDouble(0);
        String time = String.format(Locale.ROOT, seconds < 0.01 ? "%.3f" : "%.1f", seconds * 1e3);
        if (row.has("tflops")) {
            return time
                    + String.format(
                            Locale.ROOT, " (%.1f TFLOP/s)", row.path("tflops").asDouble(0));
        }
        if (row.has("bytes")) {
            return time
                    + String.format(
                            Locale.ROOT, " (%.0f GB/s)", row.path("bytes").asDouble(0) / seconds / 1e9);
        }
        return time;
    }

    /** Our time divided by PyTorch's: below 1 we are faster. */
    private static String ratio(Map<String, JsonNode> cells, String dtype) {
        double ours = seconds(cells.get("cones4j " + dtype));
        double theirs = seconds(cells.get("pytorch " + dtype));
        return ours > 0 && theirs > 0 ? String.format(Locale.ROOT, "%.2f", ours / theirs) : "";
    }

    private static double seconds(@Nullable JsonNode row) {
        return row == null ? 0 : row.path("seconds").asDouble(0);
    }
}
