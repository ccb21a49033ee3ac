package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KernelBitsTest {

    /** Enough for the second compiler, which takes a method after 600 calls and 15,000 rounds of its loops. */
    private static final int RUNS = 700;

    @Test
    void everyKernel_givesTheSameBitsInterpretedAndCompiled() throws IOException, InterruptedException {
        Map<String, String> compiled = KernelBits.all();
        for (int i = 0; i < RUNS; i++) {
            compiled = KernelBits.all();
        }
        assertThat(compiled).hasSizeGreaterThan(20);
        assertThat(interpreted()).isEqualTo(compiled);
    }

    private static Map<String, String> interpreted() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xint",
                        "--add-modules=jdk.incubator.vector",
                        "-Dcones4j.vectorBits=" + Lanes.N * Float.SIZE,
                        "-cp",
                        System.getProperty("java.class.path"),
                        KernelBits.class.getName()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        Map<String, String> found = new LinkedHashMap<>();
        for (String line : printed.lines().toList()) {
            int equals = line.indexOf('=');
            found.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return found;
    }
}
