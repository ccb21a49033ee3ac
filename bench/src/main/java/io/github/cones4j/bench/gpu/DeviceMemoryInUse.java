package io.github.cones4j.bench.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** What an NVIDIA GPU's driver says that all processes hold of its memory, by {@code nvidia-smi}. */
final class DeviceMemoryInUse {
    private DeviceMemoryInUse() {}

    /** Bytes on the first GPU, in steps of a MiB; none without the driver's program. */
    static OptionalLong bytes() {
        try {
            Process process = new ProcessBuilder(
                            "nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? OptionalLong.of(Long.parseLong(said) << 20) : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty(); // no such program, or of another kind
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }
}
