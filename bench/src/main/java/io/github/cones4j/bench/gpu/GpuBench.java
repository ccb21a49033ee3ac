package io.github.cones4j.bench.gpu;

import io.github.cones4j.bench.Clock;
import io.github.cones4j.bench.ModelProgram;
import io.github.cones4j.diffusion.pipeline.Request;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.weights.model.ModelSource;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Times Stable Diffusion 1.5 with synthetic weights on a device, under the names that {@code bench/gpu/torch_reference.py} uses, and adds
 * one JSON object per measurement to a file.
 *
 * <pre>GpuBench --device cuda --out results.jsonl [--precision float16] [--model DIR] [--batches 1,2,8] [--side 64]
 *     [--grads 32,64,64r] [--seconds 1] [--weights float16] SECTION...</pre>
 *
 * <p>Sections: {@code rates kernels overhead unet profile vae grad image}; {@code image} needs a whole model, as {@code cones synthesize} writes it.
 * {@code --weights}: how the UNet's weights are stored, default float32. {@code --grads}: sides of the latents of gradients, default that of {@code --side}; with an r, activations are computed a second time.
 */
public final class GpuBench implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int STEPS = 50;
    private static final int MANY = 400;
    private static final int COPIES = 9; // of a kernel in one program, to take its time without what surrounds it

    private final Map<String, String> options;
    private final PrintStream console;
    private final String precision;
    private final Device device;
    private final Clock clock;
    private static final String PROFILE = "cones4j.tornado.profile";

    private final int side;
    private final List<Integer> batches;
    private @Nullable Weights unetWeights;

    private GpuBench(Map<String, String> options, PrintStream console) {
        this.options = options;
        this.console = console;
        clock = new Clock(Double.parseDouble(options.getOrDefault("--seconds", "1")));
        side = Integer.parseInt(options.getOrDefault("--side", "64"));
        batches = Arrays.stream(options.getOrDefault("--batches", "1,2,8").split(",", -1))
                .map(Integer::valueOf)
                .toList();
        precision = options.getOrDefault("--precision", "float32");
        Devices devices = Devices.find();
        device = devices.open(
                devices.choose(options.getOrDefault("--device", Devices.AUTO)).device(),
                Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
    }

    /** Runs the sections that are named; one that fails does not keep the others from running. */
    public static void main(String[] args) {
        Map<String, String> options = new LinkedHashMap<>();
        List<String> sections = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--")) {
                options.put(args[i], args[++i]);
            } else {
                sections.add(args[i]);
            }
        }
        boolean good = true;
        PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (GpuBench bench = new GpuBench(options, console)) {
            for (String section : sections) {
                good &= bench.tried(section);
            }
        }
        System.exit(good ? 0 : 1);
    }

    private boolean tried(String section) {
        try {
            switch (section) {
                case "rates" -> rates();
                case "kernels" -> kernels();
                case "overhead" -> overhead();
                case "unet" -> unet("");
                case "profile" -> profile();
                case "vae" -> vae();
                case "grad" -> grad();
                case "image" -> image();
                default -> throw new IllegalArgumentException("no section " + section);
            }
            return true;
        } catch (RuntimeException | OutOfMemoryError e) {
            e.printStackTrace(console);
            record(section, section, Map.of("error", e.toString()));
            return false;
        }
    }

    private void record(String section, String name, Map<String, ?> figures) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("by", "cones4j");
        row.put("section", section);
        row.put("name", name);
        row.put("dtype", precision);
        row.put("device", device.name());
        row.putAll(figures);
        String line = JSON.writeValueAsString(row);
        console.println(line);
        String out = options.get("--out");
        if (out != null) {
            try {
                Files.writeString(Path.of(out), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                console.println("not written to " + out + ": " + e);
            }
        }
    }

    private void time(String section, String name, ModelProgram model, Weights weights) {
        time(section, name, model.program(), weights, model.inputs());
    }

    /** Compiles, times and closes. */
    private void time(String section, String name, Program program, Weights weights, Map<String, HostTensor> inputs) {
        Map<String, Object> figures = new LinkedHashMap<>();
        OptionalLong before = DeviceMemoryInUse.bytes();
        Executable[] made = new Executable[1];
        double compile = Clock.once(() -> made[0] = device.compile(program, weights));
        try (Executable executable = made[0]) {
            int[] runs = {0};
            figures.putAll(clock.time(() -> {
                executable.run(inputs);
                runs[0]++;
            }));
            figures.put("compile", compile);
            figures.put("planned_bytes", executable.memory().total());
            OptionalLong after = DeviceMemoryInUse.bytes();
            if (before.isPresent() && after.isPresent()) {
                figures.put("taken_bytes", after.getAsLong() - before.getAsLong());
            }
            Map<String, Double> kernels = new TreeMap<>();
            executable.profile().forEach((label, nanoseconds) -> kernels.put(label, nanoseconds * 1e-6 / runs[0]));
            if (!kernels.isEmpty()) {
                figures.put("kernel_milliseconds", kernels);
            }
        }
        record(section, name, figures);
    }

    // What the card does at best

    private void rates() {
        int n = 1 << 26;
        Tensor w = Tensor.weight("w", n);
        try (Weights weights = Weights.of("rates", Map.of("w", HostTensor.zeros(w.shape())));
                Executable executable =
                        device.compile(Program.of(Map.of("first", w.slice(0, 0, 1)), Map.of("w", w.add(1))), weights)) {
            Map<String, Object> figures = new LinkedHashMap<>(clock.time(() -> executable.run(Map.of())));
            figures.put("bytes", 8L * n);
            record("rates", "read and write " + ((4L * n) >> 20) + " MiB", figures);
        }
    }

    // Kernels

    /** A kernel on weights, which lie on the device. */
    private record Kernel(String name, double flop, List<int[]> operands, Function<List<Tensor>, Tensor> on) {}

    private static List<Kernel> allKernels() {
        List<Kernel> all = new ArrayList<>();
        for (int[] s : new int[][] {
            {4096, 320, 320}, {4096, 2560, 320}, {4096, 320, 1280}, {1024, 640, 640}, {256, 1280, 1280}, {77, 320, 768}
        }) {
            all.add(new Kernel(
                    "linear " + s[0] + " x " + s[2] + " -> " + s[1],
                    2.0 * s[0] * s[1] * s[2],
                    List.of(new int[] {s[0], s[2]}, new int[] {s[1], s[2]}),
                    x -> x.get(0).linear(x.get(1), null)));
        }
        for (int[] s : new int[][] {
            {64, 320, 320}, {32, 640, 640}, {16, 1280, 1280}, {8, 1280, 1280}, {64, 640, 320}, {512, 128, 128}
        }) {
            all.add(new Kernel(
                    "conv3x3 " + s[0] + " x " + s[0] + ", " + s[1] + " -> " + s[2],
                    18.0 * s[1] * s[2] * s[0] * s[0],
                    List.of(new int[] {1, s[1], s[0], s[0]}, new int[] {s[2], s[1], 3, 3}),
                    x -> x.get(0).conv2d(x.get(1), null, 1, Conv.Padding.same(1))));
        }
        for (int[] s : new int[][] {
            {4096, 4096, 8, 40}, {1024, 1024, 8, 80}, {256, 256, 8, 160}, {4096, 77, 8, 40}, {4096, 4096, 1, 512}
        }) {
            int[] keys = {1, s[1], s[2] * s[3]};
            all.add(new Kernel(
                    "attention " + s[0] + " x " + s[1] + ", " + s[2] + " heads of " + s[3],
                    4.0 * s[0] * s[1] * s[2] * s[3],
                    List.of(new int[] {1, s[0], s[2] * s[3]}, keys, keys),
                    x -> x.get(0).attention(x.get(1), x.get(2), s[2], false)));
        }
        all.add(new Kernel(
                "group norm and silu 64 x 64, 320",
                0,
                List.of(new int[] {1, 320, 64, 64}, new int[] {320}, new int[] {320}),
                x -> x.get(0).groupNorm(32, x.get(1), x.get(2), 1e-5).silu()));
        all.add(new Kernel(
                "layer norm 4096 x 320",
                0,
                List.of(new int[] {4096, 320}, new int[] {320}, new int[] {320}),
                x -> x.get(0).layerNorm(x.get(1), x.get(2), 1e-5)));
        return all;
    }

    /** The time that eight more of a kernel in one program take, divided by eight: launches and copies are left out. */
    private void kernels() {
        for (Kernel kernel : allKernels()) {
            try {
                Map<String, Object> one = copies(kernel, 1);
                Map<String, Object> several = copies(kernel, COPIES);
                double seconds = (number(several, "least") - number(one, "least")) / (COPIES - 1);
                Map<String, Object> figures = new LinkedHashMap<>();
                figures.put("seconds", seconds);
                if (kernel.flop() > 0) {
                    figures.put("tflops", kernel.flop() / seconds / 1e12);
                }
                record("kernels", kernel.name(), figures);
            } catch (RuntimeException e) {
                record("kernels", kernel.name(), Map.of("error", e.toString()));
            }
        }
    }

    private static double number(Map<String, Object> figures, String name) {
        return figures.get(name) instanceof Double value ? value : Double.NaN;
    }

    private Map<String, Object> copies(Kernel kernel, int copies) {
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        Tensor sum = Tensor.scalar(0);
        for (int i = 0; i < copies; i++) {
            List<Tensor> operands = new ArrayList<>();
            for (int j = 0; j < kernel.operands().size(); j++) {
                int[] dims = kernel.operands().get(j);
                String name = j == 0 ? "x" : "w" + j + " of " + i; // the same picture, other weights
                weights.computeIfAbsent(name, _ -> ModelProgram.normal(7, 0.05, dims));
                operands.add(Tensor.weight(name, dims));
            }
            Tensor first = kernel.on().apply(operands);
            for (int axis = 0; axis < first.shape().rank(); axis++) {
                first = first.slice(axis, 0, 1);
            }
            sum = sum.add(first.reshape());
        }
        try (Weights all = Weights.of("operands of " + kernel.name(), weights);
                Executable executable = device.compile(Program.of(sum), all)) {
            return clock.time(() -> executable.run(Map.of()));
        }
    }

    /** What a run costs whatever it computes: of one kernel, and of many that cannot be joined. */
    private void overhead() {
        Tensor x = Tensor.input("x", 64, 64);
        Map<String, HostTensor> inputs = Map.of("x", ModelProgram.random(64, 64));
        time("overhead", "one small kernel", Program.of(x.add(1)), Weights.none(), inputs);
        Tensor y = x;
        for (int i = 0; i < MANY; i++) {
            y = y.softmax();
        }
        time("overhead", MANY + " small kernels", Program.of(y), Weights.none(), inputs);
    }

    // Models

    private Weights unetWeights(ModelProgram unet) {
        if (unetWeights == null) {
            DType stored = options.getOrDefault("--weights", "float32").equals("float16") ? DType.F16 : DType.F32;
            Map<String, Spec> specs = new LinkedHashMap<>();
            unet.parameters().forEach((key, spec) -> specs.put(key, new Spec(stored, spec.shape())));
            unetWeights = SyntheticWeights.of("synthetic UNet", "", specs);
        }
        return unetWeights;
    }

    private void unet(String how) {
        for (int batch : batches) {
            ModelProgram unet = ModelProgram.unet(batch, side);
            time("unet", "UNet " + side + " x " + side + ", batch " + batch + how, unet, unetWeights(unet));
        }
    }

    /** The UNet with every kernel timed, which makes it slower: what the kernels take of the time that it takes without. */
    private void profile() {
        if (!Boolean.getBoolean(PROFILE)) {
            throw new IllegalArgumentException("the section profile needs a JVM with -D" + PROFILE + "=true");
        }
        unet(GpuTable.TIMED);
    }

    private void vae() {
        ModelProgram decoder = ModelProgram.vaeDecode(side);
        try (Weights weights = SyntheticWeights.of("synthetic VAE", "", decoder.parameters())) {
            time("vae", "VAE decode " + side + " x " + side, decoder, weights);
        }
    }

    private void grad() {
        for (String wish :
                options.getOrDefault("--grads", Integer.toString(side)).split(",", -1)) {
            Activations activations = wish.endsWith("r") ? Activations.RECOMPUTED : Activations.KEPT;
            int at = Integer.parseInt(wish.replace("r", ""));
            String kept = activations == Activations.KEPT ? "" : ", activations recomputed";
            ModelProgram step = ModelProgram.gradientStep(at, activations, ModelProgram::keyValue);
            time("grad", "K/V gradient " + at + " x " + at + kept, step, unetWeights(step));
        }
    }

    /** From a text to a picture: the second of two, when everything is compiled, and the first. */
    private void image() {
        String model = options.get("--model");
        if (model == null) {
            throw new IllegalArgumentException("image needs --model, a folder that `cones synthesize` wrote");
        }
        try (StableDiffusion diffusion = new StableDiffusion(device, ModelSource.open(Path.of(model), null))) {
            Request request = diffusion
                    .request("a photo of a cat", 1)
                    .withSteps(STEPS)
                    .withScheduler(diffusion.scheduler().with(SamplerKind.DDIM));
            Map<String, Object> figures = new LinkedHashMap<>();
            Runnable run = () -> diffusion.generate(request, _ -> {});
            figures.put("first", Clock.once(run));
            List<Double> seconds = List.of(Clock.once(run), Clock.once(run));
            figures.put("seconds", seconds.stream().collect(Collectors.averagingDouble(s -> s)));
            figures.put("runs", seconds.size());
            record(
                    "image",
                    STEPS + " steps and decode " + request.height() / 8 + " x " + request.width() / 8 + ", guidance",
                    figures);
        }
    }

    @Override
    public void close() {
        device.close();
        if (unetWeights != null) {
            unetWeights.close();
        }
    }
}
