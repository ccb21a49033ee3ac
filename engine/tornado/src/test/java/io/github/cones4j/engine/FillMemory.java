package io.github.cones4j.engine;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Takes more memory of the first device of TornadoVM, or of the JVM, than there is, in every order, and prints what comes of it, one a
 * line. Argument: the size in MiB of a program that fits one and a half times.
 */
final class FillMemory {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private FillMemory() {}

    /** Fills it. */
    public static void main(String[] args) {
        int mib = Integer.parseInt(args[0]);
        Devices devices = Devices.find();
        FoundDevice found = devices.all().stream()
                .filter(device -> device.usable() && !device.kind().equals("cpu"))
                .findFirst()
                .orElseThrow();
        try (Device device = devices.open(found)) {
            print("large", () -> compileAndRun(device, 4 * mib));
            try (Device other = devices.open(found)) { // neither knows what the other holds
                two(device, other, mib);
            }
            print("small", () -> compileAndRun(device, 1)); // TornadoVM keeps the twin of what it compiled last
            print("nearly all", () -> compileAndRun(device, mib + mib / 2));
        }
        OUT.println("all closed");
    }

    /** Tries to have two programs where there is room for one and a half. */
    private static void two(Device device, Device other, int mib) {
        try (Executable first = device.compile(sum(mib), Weights.none())) {
            print("first", () -> run(first));
            print("second", () -> compileAndRun(device, mib));
            print("first after it", () -> run(first));
            print("elsewhere", () -> {
                try (Executable second = other.compile(sum(mib), Weights.none())) {
                    print("second elsewhere", () -> run(second));
                    return run(second);
                }
            });
            print("first at last", () -> run(first));
        }
    }

    private static void print(String what, Callable<?> action) {
        try {
            OUT.println(what + ": " + action.call());
        } catch (Throwable e) { // what is thrown is the question
            OUT.println(what + ": " + e);
        }
    }

    /** A program that needs that much, half of it for its input. */
    private static Program sum(int mib) {
        return Program.of(Tensor.input("x", mib << 17).exp().sum());
    }

    private static double compileAndRun(Device device, int mib) {
        try (Executable executable = device.compile(sum(mib), Weights.none())) {
            return run(executable);
        }
    }

    /** The number of elements of the input, by e^0 for each. */
    private static double run(Executable executable) {
        int size = Math.toIntExact(executable.memory().transfer() / 4 - 1);
        return executable
                .run(Map.of("x", HostTensor.of(new float[size], size)))
                .get("out")
                .get(0);
    }
}
