package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class RehearsalTest {

    @Test
    void rehearsal_inThisJvm_endsWhenTheKernelsAreCompiled() {
        try (CpuDevice device = new CpuDevice(1)) {
            assertThat(device.rehearse()).succeedsWithin(Duration.ofMinutes(5)).isEqualTo(true);
        }
    }

    @Test
    void rehearsal_inAJvmWithoutC2_findsVectorsAsObjects() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutC2.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains("vectorised: false");
    }

    /** A JVM of its own, for the test above. */
    static final class WithoutC2 {
        private WithoutC2() {}

        public static void main(String[] args) {
            boolean vectorised =
                    new Rehearsal(Duration.ofMillis(100)).vectorised().join();
            System.out.println("vectorised: " + vectorised);
        }
    }

    @Test
    void closingTheDevice_cancelsWhatIsNotYetKnown() {
        CompletableFuture<Boolean> vectorised;
        try (CpuDevice device = new CpuDevice(1)) {
            vectorised = device.rehearse();
        }

        assertThat(vectorised).isDone();
        if (vectorised.isCancelled()) { // else it was quicker
            assertThatThrownBy(vectorised::join).isInstanceOf(CancellationException.class);
        }
    }
}
