package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.cpu.CpuDevice;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cones devices}: what computes here. */
@Command(name = "devices", description = "Says what this machine computes with, and what is left out and why.")
final class DevicesCommand implements Callable<Integer> {
    private static final String NO_GPU = "this version computes on the CPU only";
    private static final String GPU_REMEDY =
            "nothing to install yet: a device for OpenCL and PTX through TornadoVM is planned; the CPU does everything";

    private final Console console;

    @Option(names = "--json", description = "Prints one JSON object per device; memory in bytes.")
    private boolean json;

    DevicesCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (CpuDevice device = new CpuDevice()) {
            cpu(device.threads(), device.vectorBits());
        }
        gpu();
        return 0;
    }

    private void cpu(int threads, int vectorBits) {
        long heap = Runtime.getRuntime().maxMemory();
        long memory = Machine.memory();
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("device", "cpu");
            fields.put("available", true);
            fields.put("threads", threads);
            fields.put("vectorBits", vectorBits);
            fields.put("heapBytes", heap);
            fields.put("machineBytes", memory);
            console.out().println(Json.line(fields));
        } else {
            console.out()
                    .println("cpu: " + threads + (threads == 1 ? " thread, " : " threads, ") + vectorBits
                            + "-bit vectors; heap up to " + Machine.mib(heap) + " of the machine's "
                            + Machine.mib(memory) + " (CONES_JAVA_OPTS=-Xmx... changes it)");
        }
    }

    private void gpu() {
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("device", "gpu");
            fields.put("available", false);
            fields.put("reason", NO_GPU);
            fields.put("remedy", GPU_REMEDY);
            console.out().println(Json.line(fields));
        } else {
            console.out().println("gpu: left out: " + NO_GPU);
            console.out().println("     to have it: " + GPU_REMEDY);
        }
    }
}
