package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.cpu.CpuDevice;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says how many threads compute; results do not depend on it. */
final class ThreadsOption {
    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to compute with; results do not depend on it. Default: all processors.")
    private @Nullable Integer threads;

    /** A device with so many threads. */
    CpuDevice device() {
        if (threads == null) {
            return new CpuDevice();
        }
        int most = 16 * Runtime.getRuntime().availableProcessors();
        if (threads < 1 || threads > most) {
            throw new IllegalArgumentException("--threads: expected 1 to " + most + ", found " + threads);
        }
        return new CpuDevice(threads);
    }
}
