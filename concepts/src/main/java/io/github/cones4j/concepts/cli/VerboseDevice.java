package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.exec.Choice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A device that says of every program how each layer is computed and why, its memory, and when it is closed where the time
 * went.
 */
final class VerboseDevice implements Device {
    private final Device device;
    private final Console console;

    VerboseDevice(Device device, Console console) {
        this.device = device;
        this.console = console;
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public MemoryPlan plan(Program program) {
        return device.plan(program);
    }

    @Override
    public MemoryPlan plan(Program program, Weights weights) {
        return device.plan(program, weights);
    }

    @Override
    public Executable compile(Program program, Weights weights) {
        long start = System.nanoTime();
        Executable executable = device.compile(program, weights);
        String name =
                "program of " + weights.name() + " for " + program.outputs().keySet();
        console.progress(name + ", prepared in " + seconds(System.nanoTime() - start) + " s");
        console.progress("  memory " + executable.memory().summary());
        for (MemoryPlan.SegmentPeak peak : fullest(executable.memory())) {
            console.progress("    " + Machine.mib(peak.bytes()) + " of activations in " + place(peak.path()));
        }
        executable.choices().forEach(choice -> console.progress("  " + line(choice)));
        return new Watched(executable, name, console);
    }

    /** The segments with the most activations, not those inside them. */
    private static List<MemoryPlan.SegmentPeak> fullest(MemoryPlan memory) {
        return memory.segments().stream()
                .sorted(Comparator.comparingLong(MemoryPlan.SegmentPeak::bytes).reversed())
                .limit(3)
                .toList();
    }

    private static String line(Choice choice) {
        StringBuilder line = new StringBuilder(place(choice.path()))
                .append(": ")
                .append(choice.work())
                .append(": ")
                .append(choice.algorithm());
        if (choice.weights() >= 1 << 20) {
            line.append(", weights ").append(Machine.mib(choice.weights()));
        }
        if (choice.scratch() >= 1 << 20) {
            line.append(", scratch ").append(Machine.mib(choice.scratch()));
        }
        if (!choice.reason().isEmpty()) {
            line.append(" (").append(choice.reason()).append(')');
        }
        return line.toString();
    }

    private static String place(String path) {
        return path.isEmpty() ? "(outside all layers)" : path;
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f", 1e-9 * nanos);
    }

    @Override
    public void close() {
        device.close();
    }

    /** An executable that counts its runs. */
    private static final class Watched implements Executable {
        private final Executable executable;
        private final String name;
        private final Console console;
        private int runs;
        private boolean closed;

        Watched(Executable executable, String name, Console console) {
            this.executable = executable;
            this.name = name;
            this.console = console;
        }

        @Override
        public Results run(Map<String, HostTensor> inputs) {
            long start = System.nanoTime();
            Results results = executable.run(inputs);
            if (runs++ == 0) {
                console.progress(name + ": first run " + seconds(System.nanoTime() - start) + " s");
            }
            return results;
        }

        @Override
        public Map<String, HostTensor> state() {
            return executable.state();
        }

        @Override
        public MemoryPlan memory() {
            return executable.memory();
        }

        @Override
        public List<Choice> choices() {
            return executable.choices();
        }

        @Override
        public Map<String, Long> profile() {
            return executable.profile();
        }

        @Override
        public void close() {
            if (!closed && runs > 0) {
                Map<String, Long> profile = executable.profile();
                console.progress(name + ": " + runs + (runs == 1 ? " run" : " runs")
                        + (profile.isEmpty() ? "" : ", seconds by kernel:"));
                profile.entrySet().stream()
                        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                        .forEach(entry -> console.progress("  " + seconds(entry.getValue()) + "  " + entry.getKey()));
            }
            closed = true;
            executable.close();
        }
    }
}
