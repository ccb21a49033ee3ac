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
    /** What is said where vectors are objects. */
    static final String NOT_VECTORISED =
            "Warning: this JVM does not compile vector operations to machine instructions, so that everything takes 10 to 100"
                    + " times as long. Use a HotSpot JVM with its C2 compiler, without options such as -Xint or"
                    + " -XX:TieredStopAtLevel in CONES_JAVA_OPTS or JAVA_TOOL_OPTIONS, on a processor with AVX or NEON.";

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "What computes: cpu, opencl, ptx, cuda, with a number (opencl:1), or auto. Default: auto.")
    private String wish = Devices.AUTO;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "float32; or, on tensor cores, with cuda alone, float16 or bfloat16. Default: float32.")
    private String precision = "float32";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of the CPU; results do not depend on it. Default: all processors.")
    private @Nullable Integer threads;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "What all may take on the CPU: 6g, 3500m. Default: 60 %% of the machine's.")
    private @Nullable Long memory;

    /**
     * The device, to be closed by the caller. Where the choice is free, says what was chosen and why no GPU.
     *
     * @throws IllegalArgumentException if what was asked for cannot be used
     */
    Device open(Console console) {
        Device device = choose(console);
        if (device instanceof CpuDevice cpu) {
            var _ = cpu.rehearse().thenAccept(vectorised -> {
                if (!vectorised) {
                    console.progress(NOT_VECTORISED);
                }
            });
        }
        return console.isVerbose() ? new VerboseDevice(device, console) : device;
    }

    private Device choose(Console console) {
        Precision asked = precision();
        if ((threads != null || memory != null || wish.equals("cpu")) && asked == Precision.FLOAT32) {
            return processor(); // no driver is asked
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
            case "bfloat16" -> Precision.BFLOAT16;
            default ->
                throw new IllegalArgumentException(
                        "--precision: expected float32, float16 or bfloat16, found " + precision);
        };
    }

    private static String reasons(Devices.Choice choice) {
        return choice.left().stream().map(DeviceOption::reason).distinct().collect(Collectors.joining("; "));
    }

    private static String reason(FoundDevice device) {
        String reason = Objects.requireNonNull(device.obstacle()).reason();
        return device.kind().equals("gpu") ? reason : device.id() + ": " + reason;
    }

    private Device processor() {
        if (!wish.equals("cpu") && !wish.equals(Devices.AUTO)) {
            throw new IllegalArgumentException(
                    (threads != null ? "--threads" : "--memory") + " is of the CPU, and --device asks for " + wish);
        }
        int processors = Runtime.getRuntime().availableProcessors();
        int count = threads == null ? processors : threads;
        if (count < 1 || count > 16 * processors) {
            throw new IllegalArgumentException("--threads: expected 1 to " + 16 * processors + ", found " + count);
        }
        return memory == null ? new CpuDevice(count) : new CpuDevice(count, memory);
    }
}
