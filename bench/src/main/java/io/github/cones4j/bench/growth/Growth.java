package io.github.cones4j.bench.growth;

import io.github.cones4j.bench.Clock;
import io.github.cones4j.bench.ModelProgram;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import tools.jackson.databind.json.JsonMapper;

/**
 * Times the UNet of Stable Diffusion 1.5 with synthetic weights at several sizes of the latent, batches and numbers of threads, asks the
 * device for its memory plans, and draws both.
 *
 * <pre>Growth measure FILE    adds a line of JSON per measurement
 * Growth draw FILE DIR    growth-time.svg, growth-batch.svg and growth-memory.svg, and a table on the console</pre>
 */
public final class Growth {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int[] SIDES = {16, 24, 32, 48, 64, 96};
    private static final int[] BATCHES = {1, 2, 4, 8};
    private static final int BATCHED_SIDE = 32;
    private static final int[] PLANNED_SIDES = {16, 32, 48, 64, 96, 128};
    private static final double WARM_UP = 1; // seconds
    private static final int RUNS = 3;
    private static final double MEBIBYTE = 1 << 20;

    private Growth() {}

    /** Does what the arguments ask for. */
    public static void main(String[] args) throws IOException {
        PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (args[0].equals("measure")) {
            measure(Path.of(args[1]), console);
        } else {
            draw(Path.of(args[1]), Path.of(args[2]), console);
        }
    }

    // Measuring

    private static void measure(Path file, PrintStream console) throws IOException {
        int all = Runtime.getRuntime().availableProcessors();
        try (CpuDevice device = new CpuDevice(all)) {
            for (int side : PLANNED_SIDES) {
                plan(device, "UNet", ModelProgram.unet(1, side), side, file, console);
                for (Activations activations : Activations.values()) {
                    String kept = activations == Activations.KEPT ? "" : ", activations recomputed";
                    ModelProgram step = ModelProgram.gradientStep(side, activations, ModelProgram::keyValue);
                    plan(device, "K / V gradient step" + kept, step, side, file, console);
                }
                plan(device, "VAE decode", ModelProgram.vaeDecode(side), side, file, console);
            }
        }
        for (int threads = all; threads >= 1; threads = threads > 1 ? threads / 2 : 0) {
            try (CpuDevice device = new CpuDevice(threads)) {
                for (int side : SIDES) {
                    time(device, side, 1, file, console);
                }
                if (threads == all) {
                    for (int batch : BATCHES) {
                        time(device, BATCHED_SIDE, batch, file, console);
                    }
                }
            }
        }
    }

    private static void time(CpuDevice device, int side, int batch, Path file, PrintStream console) throws IOException {
        ModelProgram model = ModelProgram.unet(batch, side);
        try (Weights weights = SyntheticWeights.of("synthetic UNet", "", model.parameters());
                Executable executable = device.compile(model.program(), weights)) {
            Map<String, Object> row = row("time", "UNet", side);
            row.put("batch", batch);
            row.put("threads", device.threads());
            row.putAll(new Clock(WARM_UP, RUNS, 0).time(() -> executable.run(model.inputs())));
            write(row, file, console);
        }
    }

    private static void plan(
            CpuDevice device, String what, ModelProgram model, int side, Path file, PrintStream console)
            throws IOException {
        Map<String, Object> row = row("plan", what, side);
        row.put("bytes", device.plan(model.program()).total());
        write(row, file, console);
    }

    private static Map<String, Object> row(String kind, String what, int side) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("kind", kind);
        row.put("what", what);
        row.put("side", side);
        return row;
    }

    private static void write(Map<String, Object> row, Path file, PrintStream console) throws IOException {
        String line = JSON.writeValueAsString(row);
        console.println(line);
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    // Drawing

    private static void draw(Path file, Path folder, PrintStream console) throws IOException {
        Map<String, Map<Double, Double>> bySize = new TreeMap<>();
        Map<String, Map<Double, Double>> byBatch = new TreeMap<>();
        Map<String, Map<Double, Double>> memory = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            Map<?, ?> row = JSON.readValue(line, Map.class);
            double pixels = 8 * number(row, "side");
            if ("plan".equals(row.get("kind"))) {
                add(memory, String.valueOf(row.get("what")), pixels, number(row, "bytes") / MEBIBYTE);
            } else {
                int threads = (int) number(row, "threads");
                String series = threads == 1 ? "1 thread" : threads + " threads";
                double seconds = number(row, "seconds");
                if (number(row, "batch") == 1) {
                    add(bySize, series, pixels, seconds);
                }
                if (number(row, "side") == BATCHED_SIDE) {
                    add(byBatch, series, number(row, "batch"), seconds / number(row, "batch"));
                }
            }
        }
        byBatch.values().removeIf(points -> points.size() < 2);
        save("UNet, batch 1", "side of the picture, pixels", "seconds", true, bySize, folder.resolve("growth-time"));
        save("UNet, 256 x 256", "batch", "seconds per picture", false, byBatch, folder.resolve("growth-batch"));
        save("Planned memory", "side of the picture, pixels", "MiB", true, memory, folder.resolve("growth-memory"));
        bySize.forEach((series, points) -> console.println("UNet, " + series + ", seconds by side: " + points));
        byBatch.forEach((series, points) -> console.println("UNet, " + series + ", seconds each by batch: " + points));
        memory.forEach((series, points) -> console.println(series + ", MiB by side: " + points));
    }

    private static double number(Map<?, ?> row, String name) {
        if (row.get(name) instanceof Number value) {
            return value.doubleValue();
        }
        throw new IllegalArgumentException("growth: no number " + name + " in " + row);
    }

    private static void add(Map<String, Map<Double, Double>> all, String series, double x, double y) {
        all.computeIfAbsent(series, _ -> new TreeMap<>()).put(x, y);
    }

    private static void save(
            String title, String x, String y, boolean logarithmic, Map<String, Map<Double, Double>> all, Path file)
            throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(560)
                .height(360)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setTheme(new org.knowm.xchart.style.theme.MatlabTheme());
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        chart.getStyler().setYAxisLogarithmic(logarithmic);
        chart.getStyler().setYAxisMin(logarithmic ? null : 0.0);
        all.forEach((series, points) ->
                chart.addSeries(series, new ArrayList<>(points.keySet()), new ArrayList<>(points.values())));
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
    }
}
