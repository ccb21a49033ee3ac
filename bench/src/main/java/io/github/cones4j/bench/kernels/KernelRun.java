package io.github.cones4j.bench.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the benchmarks by JMH, each in a JVM of its own with the options of this one, and adds one JSON object per measurement to a file.
 *
 * <pre>KernelRun [--out FILE] [--threads N] [--quick] [--list] [--verbose] [--no-peak] [PATTERN]</pre>
 *
 * <p>{@code PATTERN}: a regular expression; only rows whose names have it somewhere. {@code --list}: no measurements, but the rows that would be
 * measured, as {@code bench/reference/torch_kernels.py} reads them. {@code --verbose}: all that JMH says. {@code --no-peak}: without the
 * machine's peak.
 */
public final class KernelRun {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String ND4J = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

    private final PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final Path out;
    private final int threads;
    private final boolean quick;
    private final boolean verbose;
    private final @Nullable String nd4j;

    private KernelRun(Path out, int threads, boolean quick, boolean verbose) throws IOException {
        this.out = out;
        this.threads = threads;
        this.quick = quick;
        this.verbose = verbose;
        nd4j = nd4j();
    }

    /** See the class. */
    public static void main(String[] args) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        Set<String> flags = new HashSet<>();
        String pattern = "";
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--out", "--threads" -> values.put(args[i], args[++i]);
                case "--quick", "--list", "--verbose", "--no-peak" -> flags.add(args[i]);
                default -> pattern = args[i];
            }
        }
        int threads = Integer.parseInt(values.getOrDefault(
                "--threads", Integer.toString(Runtime.getRuntime().availableProcessors())));
        KernelRun run = new KernelRun(
                Path.of(values.getOrDefault("--out", "kernels.jsonl")),
                threads,
                flags.contains("--quick"),
                flags.contains("--verbose"));
        List<Kernel> kernels = run.kernels(Pattern.compile(pattern));
        if (flags.contains("--list")) {
            kernels.forEach(run::list);
            return;
        }
        if (!flags.contains("--no-peak")) {
            run.peak();
        }
        for (Kernel kernel : kernels) {
            run.kernel(kernel);
        }
        for (Model model : run.models(Pattern.compile(pattern))) {
            run.model(model);
        }
    }

    private List<Kernel> kernels(Pattern pattern) {
        return (quick ? Kernel.quick() : Kernel.all())
                .stream()
                        .filter(kernel -> pattern.matcher(kernel.name()).find())
                        .toList();
    }

    private List<Model> models(Pattern pattern) {
        return (quick ? List.of(Model.CLIP) : List.of(Model.values()))
                .stream().filter(model -> pattern.matcher(model.label()).find()).toList();
    }

    private void list(Kernel kernel) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", kernel.name());
        row.put("kind", kernel.kind().name());
        row.put("sizes", kernel.sizes());
        console.println(JSON.writeValueAsString(row));
    }

    private void peak() throws IOException {
        for (RunResult result : jmh(options("PeakBenchmark.fma").threads(threads))) {
            record("machine", "fma", Map.of("gflops", threads * PeakBenchmark.FLOP / median(result) / 1e6));
        }
        for (RunResult result : jmh(options("CopyBenchmark.copy").threads(threads))) {
            int mebibytes = Integer.parseInt(result.getParams().getParam("mebibytes"));
            double gbs = mebibytes * 0x1p20 / median(result) / 1e6;
            record("machine", "copy", Map.of("mebibytes", mebibytes, "gbs", gbs));
        }
    }

    private void kernel(Kernel kernel) throws IOException {
        String method = kernel.kind().isPacking() ? "compile" : "run";
        double ms = time("KernelBenchmark." + method, kernel);
        if (kernel.hasInputs()) {
            ms -= time("KernelBenchmark.copyIn", kernel);
        }
        record("cones4j", kernel.name(), figure(ms));
        if (nd4j != null && kernel.kind().isInNd4j()) {
            Map<String, Object> figures = new LinkedHashMap<>(figure(time("Nd4jBenchmark.run", kernel)));
            figures.put("version", nd4j);
            record("nd4j", kernel.name(), figures);
        }
    }

    private static Map<String, Object> figure(double ms) {
        return Double.isNaN(ms) ? Map.of("error", "failed") : Map.of("ms", ms);
    }

    /** The version of ND4J, or null if it was left out of the build. */
    private static @Nullable String nd4j() throws IOException {
        try (InputStream in = KernelRun.class.getResourceAsStream(ND4J)) {
            if (in == null) {
                return null;
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        }
    }

    private double time(String method, Kernel kernel) {
        Collection<RunResult> results = jmh(options(method).param("kernel", kernel.name()));
        return results.isEmpty() ? Double.NaN : median(results.iterator().next());
    }

    private void model(Model model) throws IOException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("\\.ModelBenchmark.run$")
                .param("model", model.name())
                .param("threads", Integer.toString(threads))
                .warmupIterations(2)
                .measurementIterations(3);
        for (RunResult result : jmh(options)) {
            record("cones4j", model.label(), figure(median(result)));
        }
    }

    private ChainedOptionsBuilder options(String method) {
        return new OptionsBuilder()
                .include("\\." + method + "$")
                .param("threads", Integer.toString(threads))
                .warmupIterations(2) // the set-up has warmed up
                .warmupTime(TimeValue.milliseconds(250))
                .measurementIterations(quick ? 3 : 5)
                .measurementTime(TimeValue.milliseconds(quick ? 200 : 150));
    }

    /** The results; none where the benchmark failed. */
    private Collection<RunResult> jmh(ChainedOptionsBuilder options) {
        try {
            VerboseMode mode = verbose ? VerboseMode.NORMAL : VerboseMode.SILENT;
            return new Runner(options.verbosity(mode).build()).run();
        } catch (RunnerException e) {
            console.println("failed: " + e.getMessage());
            return List.of();
        }
    }

    /** Milliseconds: the median of the iterations. */
    private static double median(RunResult result) {
        return result.getPrimaryResult().getStatistics().getPercentile(50);
    }

    private void record(String by, String name, Map<String, ?> figures) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("by", by);
        row.put("threads", threads);
        row.put("name", name);
        row.putAll(figures);
        String line = JSON.writeValueAsString(row);
        console.println(line);
        Files.writeString(out, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
