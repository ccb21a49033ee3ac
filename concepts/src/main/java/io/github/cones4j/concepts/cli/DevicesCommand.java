package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.FoundDevice.Obstacle;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cones devices}: what computes here. */
@Command(
        name = "devices",
        description = "Says what this machine computes with, and what is left out and why.",
        footer = {
            "",
            "One backend of TornadoVM (opencl, ptx, cuda) is looked into at a time: --device names another than the usual one."
        })
final class DevicesCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = Devices.AUTO,
            description = "The backend to look into. Default: the one that --device auto would take.")
    @SuppressWarnings("UnusedVariable") // the launcher acts on it
    private String device = Devices.AUTO;

    @Option(names = "--json", description = "Prints one JSON object per device; memory in bytes.")
    private boolean json;

    DevicesCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (CpuDevice cpu = new CpuDevice()) {
            cpu(cpu.threads(), cpu.vectorBits());
        }
        Devices.find().all().stream()
                .filter(found -> !found.kind().equals("cpu"))
                .forEach(this::other);
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

    private void other(FoundDevice found) {
        Obstacle obstacle = found.obstacle();
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("device", found.id());
            fields.put("available", found.usable());
            fields.put("name", found.name());
            fields.put("gpu", found.gpu());
            found.memory().ifPresent(bytes -> fields.put("memoryBytes", bytes));
            if (obstacle == null) {
                fields.put("features", found.features());
            } else {
                fields.put("reason", obstacle.reason());
                fields.put("remedy", obstacle.remedy());
            }
            console.out().println(Json.line(fields));
        } else if (obstacle == null) {
            console.out()
                    .println(found.id() + ": " + found.name() + "; " + String.join(", ", found.features())
                            + (found.memory().isPresent()
                                    ? "; memory " + Machine.mib(found.memory().getAsLong())
                                    : "")
                            + (found.gpu() ? "" : "; no GPU, so only when asked for"));
        } else {
            console.out().println(found.id() + ": left out: " + obstacle.reason());
            console.out().println(" ".repeat(found.id().length() + 2) + "to have it: " + obstacle.remedy());
        }
    }
}
