package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.Precision;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what computes. The launcher reads {@code --device} too: it starts the JVM for what is asked for. */
final class DeviceOption {
    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "What computes: cpu, opencl, ptx, cuda, with a number (opencl:1), or auto. Default: auto.")
    private String wish = Devices.AUTO;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "float32; or float16: large products on tensor cores, with cuda alone. Default: float32.")
    private String precision = "float32";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of the CPU; results do not depend on it. Default: all processors.")
    private @Nullable Integer threads;

    /**
     * The device, to be closed by the caller. Where the choice is free, says what was chosen and why no GPU.
     *
     * @throws IllegalArgumentException if what was asked for cannot be used
     */
    Device open(Console console) {
        Precision asked = precision();
        if (threads != null && asked == Precision.FLOAT32) {
            return processor(threads);
        }
        if (wish.equals("cpu") && asked == Precision.FLOAT32) {
            return new CpuDevice(); // no driver is asked
        }
        Devices devices = Devices.find();
        Devices.Choice choice;
        try {
            choice = devices.choose(wish);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--device: " + e.getMessage(), e);
        }
        if (wish.equals(Devices.AUTO)) {
            console.progress("device: " + choice.device()
                    + (choice.left().isEmpty() ? "" : "; no GPU: " + reasons(choice) + " (cones devices)"));
        }
        try {
            return devices.open(choice.device(), asked);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--device, --precision: " + e.getMessage(), e);
        }
    }

    private Precision precision() {
        return switch (precision) {
            case "float32" -> Precision.FLOAT32;
            case "float16" -> Precision.FLOAT16;
            default ->
                throw new IllegalArgumentException("--precision: expected float32 or float16, found " + precision);
        };
    }

    private static String reasons(Devices.Choice choice) {
        return choice.left().stream().map(DeviceOption::reason).distinct().collect(Collectors.joining("; "));
    }

    private static String reason(FoundDevice device) {
        String reason = Objects.requireNonNull(device.obstacle()).reason();
        return device.kind().equals("gpu") ? reason : device.id() + ": " + reason;
    }

    private Device processor(int count) {
        if (!wish.equals("cpu") && !wish.equals(Devices.AUTO)) {
            throw new IllegalArgumentException("--threads is of the CPU, and --device asks for " + wish);
        }
        int most = 16 * Runtime.getRuntime().availableProcessors();
        if (count < 1 || count > most) {
            throw new IllegalArgumentException("--threads: expected 1 to " + most + ", found " + count);
        }
        return new CpuDevice(count);
    }
}
