package io.github.cones4j.bench.reference;

import io.github.cones4j.bench.Clock;
import io.github.cones4j.bench.ModelProgram;
import io.github.cones4j.concepts.cli.PeakMemory;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.model.ModelSource;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs one case on the processor and prints what was measured as one line of JSON.
 *
 * <pre>ModelBench CASE --model DIR [--threads 2] [--runs 3] [--seconds 1] [--warm 1] [--round 1] [--outputs FILE] [--started T]
 * ModelBench inputs FILE             writes what all cases are run on, for PyTorch to read
 * ModelBench compare CASE A B        prints how far the results in A are from those in B</pre>
 */
public final class ModelBench {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Map<String, String> options;

    private ModelBench(Map<String, String> options) {
        this.options = options;
    }

    /** Runs what the arguments ask for. */
    public static void main(String[] args) throws IOException {
        PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        switch (args[0]) {
            case "inputs" -> writeInputs(Path.of(args[1]));
            case "compare" -> console.println(compare(args[1], Path.of(args[2]), Path.of(args[3])));
            default -> {
                Map<String, String> options = new LinkedHashMap<>();
                for (int i = 1; i < args.length; i += 2) {
                    options.put(args[i], args[i + 1]);
                }
                console.println(JSON.writeValueAsString(new ModelBench(options).measure(ModelCase.of(args[0]))));
            }
        }
    }

    private static void writeInputs(Path file) throws IOException {
        Map<String, HostTensor> all = new TreeMap<>();
        for (ModelCase each : ModelCase.values()) {
            each.timed().inputs().forEach((name, value) -> all.put(each.id() + "." + name, value));
        }
        Safetensors.write(file, all, Map.of());
    }

    private static String compare(String name, Path ours, Path theirs) {
        try (Weights a = Safetensors.open(ours);
                Weights b = Safetensors.open(theirs)) {
            Outputs.Worst worst = Outputs.compare(a, b);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("by", "comparison");
            row.put("case", name);
            row.put("error", worst.error());
            row.put("of", worst.of());
            return JSON.writeValueAsString(row);
        }
    }

    private int number(String option, int usual) {
        return Integer.parseInt(options.getOrDefault(option, Integer.toString(usual)));
    }

    private double seconds(String option, double usual) {
        return Double.parseDouble(options.getOrDefault(option, Double.toString(usual)));
    }

    /** Seconds since the process was started, where that is known. */
    private Map<String, Object> since(String name) {
        String started = options.get("--started");
        return started == null
                ? Map.of()
                : Map.of(name, System.currentTimeMillis() * 1e-3 - Double.parseDouble(started));
    }

    private Map<String, Object> measure(ModelCase which) throws IOException {
        PeakMemory memory = new PeakMemory();
        Map<String, Object> row = new LinkedHashMap<>();
        ModelSource model = ModelSource.open(Path.of(options.get("--model")), null);
        try (CpuDevice device =
                        new CpuDevice(number("--threads", Runtime.getRuntime().availableProcessors()));
                Weights weights = which.weights(model)) {
            var _ = device.rehearse(); // as the command does
            row.put("by", "cones4j");
            row.put("case", which.id());
            row.put("threads", device.threads());
            row.put("round", number("--round", 1));
            time(which, device, weights, row);
            memory.close();
            memory.anonymous().ifPresent(bytes -> {
                row.put("anonymous_bytes", bytes);
                row.put("needed_bytes", bytes); // weights are copied, and the pages of their file not read again
            });
            memory.mapped().ifPresent(bytes -> row.put("mapped_bytes", bytes));
            row.put("version", Runtime.version().toString());
            row.put("vector", device.vectorBits());
            String outputs = options.get("--outputs");
            if (outputs != null) {
                ModelProgram compared = which.compared();
                try (Executable executable = device.compile(compared.program(), weights)) {
                    Safetensors.write(
                            Path.of(outputs), executable.run(compared.inputs()).tensors(), Map.of());
                }
            }
        }
        return row;
    }

    private void time(ModelCase which, CpuDevice device, Weights weights, Map<String, Object> row) {
        ModelProgram timed = which.timed();
        Executable[] made = new Executable[1];
        double compile = Clock.once(() -> made[0] = device.compile(timed.program(), weights));
        try (Executable executable = made[0]) {
            Clock clock = new Clock(seconds("--warm", 1), number("--runs", 3), seconds("--seconds", 1));
            row.putAll(clock.time(() -> {
                executable.run(timed.inputs());
                if (!row.containsKey("startup")) {
                    row.putAll(since("startup"));
                }
            }));
            row.put("compile", compile);
            row.put("planned_bytes", executable.memory().total());
        }
    }
}
