package io.github.cones4j.engine;

import io.github.cones4j.engine.OpAgreement.From;
import io.github.cones4j.engine.OpSpecs.Row;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table of operations on any device, where there is no test framework: prints what is wrong, exit code 1 if anything is.
 *
 * <pre>OpTable [--device DEVICE] [--examples N] [--special N] [--out FILE.jsonl] [--minutes M] [ROW...]</pre>
 *
 * <p>{@code --examples}: of each row, 0 for none; {@code --special}: likewise with special values. {@code ROW} is part of a row's name.
 * Rows that no time is left for are counted.
 */
final class OpTable {
    private final Map<String, String> options = new LinkedHashMap<>();
    private final List<String> wanted = new ArrayList<>();
    private final PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private int wrong;

    private OpTable(String... args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--")) {
                options.put(args[i], args[++i]);
            } else {
                wanted.add(args[i]);
            }
        }
    }

    /** Runs the table. */
    public static void main(String[] args) throws IOException {
        System.exit(new OpTable(args).run());
    }

    private int number(String option, int otherwise) {
        return Integer.parseInt(options.getOrDefault(option, Integer.toString(otherwise)));
    }

    private int run() throws IOException {
        Devices devices = Devices.find();
        long end = System.nanoTime() + number("--minutes", 1000) * 60_000_000_000L;
        List<String> left = new ArrayList<>();
        int rows = 0;
        try (Device device = devices.open(devices.choose(options.getOrDefault("--device", Devices.AUTO))
                        .device());
                ReferenceDevice reference = new ReferenceDevice()) {
            for (Row row : OpSpecs.rows()) {
                if (!wanted.isEmpty() && wanted.stream().noneMatch(row.toString()::contains)) {
                    continue;
                }
                if (System.nanoTime() > end) {
                    left.add(row.toString());
                    continue;
                }
                rows++;
                check(row, reference, device);
            }
        }
        console.println(rows + " rows of the table, " + wrong + " wrong"
                + (left.isEmpty() ? "" : ", " + left.size() + " left for want of time: " + left));
        return wrong == 0 ? 0 : 1;
    }

    private void check(Row row, Device reference, Device device) throws IOException {
        long start = System.nanoTime();
        List<String> problems = new ArrayList<>();
        int examples = Math.min(row.draws().size(), number("--examples", 1000));
        int special = Math.min(row.draws().size(), number("--special", 1));
        try {
            for (From from : examples == 0 ? new From[0] : From.values()) {
                OpAgreement all = new OpAgreement(row.seed(0));
                OpSpecs.numbers(row).limit(examples).forEach(i -> all.with(row, i, from));
                Map<String, HostTensor> right = all.on(reference, false);
                problems.addAll(all.differences(right, all.on(device, true)));
            }
            if (special > 0) {
                if (Elementwise.class.isAssignableFrom(row.type())) {
                    problems.addAll(SpecialValues.ofFunction(row, reference, device));
                } else {
                    for (int i = 0; i < special; i++) {
                        problems.addAll(SpecialValues.ofExample(row, i, reference, device));
                    }
                }
            }
        } catch (RuntimeException | AssertionError | OutOfMemoryError e) {
            problems.add(e.toString());
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        wrong += problems.isEmpty() ? 0 : 1;
        console.printf(
                Locale.ROOT,
                "%-34s %3d examples  %6.2f s  %s%n",
                row,
                examples,
                seconds,
                problems.isEmpty() ? "ok" : "WRONG");
        problems.forEach(problem -> console.println("    " + problem));
        record(row, device, examples, seconds, problems);
    }

    private void record(Row row, Device device, int examples, double seconds, List<String> problems)
            throws IOException {
        String out = options.get("--out");
        if (out == null) {
            return;
        }
        String line = String.format(
                Locale.ROOT,
                "{\"by\":\"cones4j\",\"section\":\"operations\",\"name\":%s,\"dtype\":\"float32\",\"device\":%s,"
                        + "\"examples\":%d,\"took\":%.3f,\"wrong\":[%s]}%n",
                quoted(row.toString()),
                quoted(device.name()),
                examples,
                seconds,
                String.join(",", problems.stream().map(OpTable::quoted).toList()));
        Files.writeString(Path.of(out), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\t", "\\t")
                + '"';
    }
}
