package io.github.cones4j.bench.kernels;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes one table of what {@link KernelRun} and {@code bench/reference/torch_kernels.py} measured.
 *
 * <pre>KernelTable FILE.jsonl DIR</pre>
 *
 * <p>Writes {@code kernels.md} and {@code kernels.json} into the folder, and prints the former. Of several measurements of the
 * same thing the median counts.
 */
public final class KernelTable {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Map<Integer, Map<String, Map<String, List<JsonNode>>>> measured =
            new LinkedHashMap<>(); // threads, by, name

    /** A table of measurements, one JSON object each. */
    KernelTable(List<JsonNode> measurements) {
        for (JsonNode row : measurements) {
            String name = row.path("name").asString("");
            if (row.has("mebibytes")) {
                name += " " + row.path("mebibytes").asInt(0);
            }
            measured.computeIfAbsent(row.path("threads").asInt(0), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(row.path("by").asString(""), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(name, _ -> new ArrayList<>())
                    .add(row);
        }
    }

    /** See the class. */
    public static void main(String[] args) throws IOException {
        List<JsonNode> rows = Files.readAllLines(Path.of(args[0])).stream()
                .filter(line -> line.startsWith("{"))
                .map(JSON::readTree)
                .toList();
        KernelTable table = new KernelTable(rows);
        Path out = Path.of(args[1]);
        Files.writeString(out.resolve("kernels.json"), table.json() + "\n");
        Files.writeString(out.resolve("kernels.md"), table.markdown());
        new PrintStream(System.out, true, StandardCharsets.UTF_8).print(table.markdown());
    }

    /**
     * A line of the table.
     *
     * @param threads of all three
     * @param ms milliseconds of ours
     * @param rate GFLOP/s, or GB/s of a kernel that memory bounds; null for a model
     * @param share of the machine's peak of multiply-adds, or of copying as many bytes
     * @param nd4j milliseconds
     * @param torch milliseconds of PyTorch
     */
    record Line(
            String name,
            int threads,
            double ms,
            @Nullable Double rate,
            @Nullable String unit,
            @Nullable Double share,
            @Nullable Double nd4j,
            @Nullable Double torch) {
        /** How many times our speed is theirs: above 1 we are faster. */
        @Nullable
        Double ratio(@Nullable Double theirs) {
            return theirs == null ? null : theirs / ms;
        }
    }

    /** All lines: by threads, then in the order in which they were measured. */
    List<Line> lines() {
        Map<String, Kernel> kernels = Kernel.all().stream().collect(Collectors.toMap(Kernel::name, kernel -> kernel));
        List<Line> lines = new ArrayList<>();
        measured.forEach((threads, by) -> by(threads, "cones4j").forEach((name, rows) -> {
            Double ms = median(rows, "ms");
            if (ms != null) {
                lines.add(line(threads, name, ms, kernels.get(name)));
            }
        }));
        return lines;
    }

    private Line line(int threads, String name, double ms, @Nullable Kernel kernel) {
        Double rate = null;
        String unit = null;
        Double peak = null;
        if (kernel != null) {
            boolean bound = kernel.flop() == 0;
            rate = (bound ? kernel.bytes() : kernel.flop()) / ms / 1e6;
            unit = bound ? "GB/s" : "GFLOP/s";
            peak = bound
                    ? copyRate(threads, kernel.bytes())
                    : median(by(threads, "machine").get("fma"), "gflops");
        }
        return new Line(
                name,
                threads,
                ms,
                rate,
                unit,
                rate == null || peak == null ? null : rate / peak,
                median(by(threads, "nd4j").get(name), "ms"),
                median(by(threads, "pytorch").get(name), "ms"));
    }

    private Map<String, List<JsonNode>> by(int threads, String by) {
        return measured.getOrDefault(threads, Map.of()).getOrDefault(by, Map.of());
    }

    /** Null if nothing has the field. */
    private static @Nullable Double median(@Nullable List<JsonNode> rows, String field) {
        if (rows == null) {
            return null;
        }
        double[] values = rows.stream()
                .filter(row -> row.has(field))
                .mapToDouble(row -> row.path(field).asDouble(0))
                .sorted()
                .toArray();
        int half = values.length / 2;
        return values.length == 0
                ? null
                : Double.valueOf(values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2);
    }

    private static int mebibytes(List<JsonNode> copies) {
        return copies.getFirst().path("mebibytes").asInt(0);
    }

    /** GB/s of the copy whose size is nearest. */
    private @Nullable Double copyRate(int threads, double bytes) {
        Double rate = null;
        double nearest = Double.POSITIVE_INFINITY;
        for (List<JsonNode> copies : by(threads, "machine").values()) {
            double distance = Math.abs(Math.log(mebibytes(copies) * 0x1p20 / bytes));
            if (distance < nearest) { // never of the multiply-adds, whose distance is infinite
                nearest = distance;
                rate = median(copies, "gbs");
            }
        }
        return rate;
    }

    /** What the machine does at best with so many threads, in words. */
    private String peak(int threads) {
        List<String> parts = new ArrayList<>();
        by(threads, "machine")
                .forEach((name, rows) -> parts.add(
                        name.equals("fma")
                                ? format("%.0f GFLOP/s of multiply-adds from registers", median(rows, "gflops"))
                                : format("%.0f", median(rows, "gbs")) + " GB/s copying " + mebibytes(rows) + " MiB"));
        return parts.isEmpty() ? "not measured" : String.join(", ", parts) + " (read and written)";
    }

    /** The table in Markdown. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        measured.keySet().forEach(threads -> {
            text.append(threads == 1 ? "1 thread" : threads + " threads").append("; the machine: ");
            text.append(peak(threads)).append(".\n\n");
            text.append("ND4J: ").append(version(threads, "nd4j", "left out (build with -Pnd4j)"));
            text.append("; PyTorch: ").append(version(threads, "pytorch", "left out (--python)"));
            text.append(". Speed: their time divided by ours, above 1 we are faster.\n\n");
            text.append("| kernel | ms | rate | of peak | ND4J ms | speed | PyTorch ms | speed |\n");
            text.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
            for (Line line : lines()) {
                if (line.threads() == threads) {
                    List<String> cells = List.of(
                            line.name(),
                            ms(line.ms()),
                            format("%.0f ", line.rate()) + (line.unit() == null ? "" : line.unit()),
                            line.share() == null ? "" : format("%.0f %%", 100 * line.share()),
                            ms(line.nd4j()),
                            format("%.2f", line.ratio(line.nd4j())),
                            ms(line.torch()),
                            format("%.2f", line.ratio(line.torch())));
                    text.append("| ")
                            .append(cells.stream().map(String::strip).collect(Collectors.joining(" | ")))
                            .append(" |\n");
                }
            }
            text.append('\n');
        });
        return text.toString();
    }

    private String version(int threads, String by, String without) {
        return by(threads, by).values().stream()
                .map(rows -> rows.getFirst().path("version").asString(""))
                .findFirst()
                .orElse(without);
    }

    private static String ms(@Nullable Double ms) {
        return ms == null ? "" : format(ms < 0.1 ? "%.4f" : ms < 10 ? "%.3f" : ms < 100 ? "%.1f" : "%.0f", ms);
    }

    private static String format(String pattern, @Nullable Double value) {
        return value == null ? "" : String.format(Locale.ROOT, pattern, value);
    }

    /** The lines as JSON, with the ratios. */
    String json() {
        List<Map<String, Object>> all = new ArrayList<>();
        for (Line line : lines()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", line.name());
            one.put("threads", line.threads());
            one.put("ms", line.ms());
            putIfThere(one, "rate", line.rate());
            putIfThere(one, "unit", line.unit());
            putIfThere(one, "share_of_peak", line.share());
            putIfThere(one, "nd4j_ms", line.nd4j());
            putIfThere(one, "speed_to_nd4j", line.ratio(line.nd4j()));
            putIfThere(one, "pytorch_ms", line.torch());
            putIfThere(one, "speed_to_pytorch", line.ratio(line.torch()));
            all.add(one);
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(Map.of("kernels", all));
    }

    private static void putIfThere(Map<String, Object> map, String key, @Nullable Object value) {
        if (value != null) {
            map.put(key, value);
        }
    }
}
