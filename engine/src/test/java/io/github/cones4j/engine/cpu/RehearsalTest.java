package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RehearsalTest {
    /** Bytes that results and iterators of a run may take. */
    private static final long OF_RESULTS = 128 << 10;

    private static final String ALLOCATED = "allocated: ";

    @Test
    void rehearsal_inThisJvm_endsWhenTheKernelsAreCompiled() {
        try (CpuDevice device = new CpuDevice(1)) {
            assertThat(device.rehearse()).succeedsWithin(Duration.ofMinutes(5)).isEqualTo(true);
        }
    }

    @Test
    void rehearsal_inAJvmWithoutC2_findsVectorsAsObjects() throws IOException, InterruptedException {
        assertThat(said(WithoutC2.class, "-XX:TieredStopAtLevel=1")).contains("vectorised: false");
    }

    /**
     * The compiler compiles a kernel again with its callers, when these have become hot, and may then inline less of it. What it does
     * hangs a little on chance: a kernel that is too long for it shows in every JVM, so the best of three is asked.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 256}) // the machine's own width, and the one of most machines
    void kernels_whenAllHasBeenCompiled_stillKeepTheirVectorsInRegisters(int bits)
            throws IOException, InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3 && least > OF_RESULTS; i++) {
            String said = said(ForLong.class, bits == 0 ? "-Dcones4j.unset=" : "-Dcones4j.vectorBits=" + bits);
            assertThat(said).startsWith(ALLOCATED);
            least = Math.min(
                    least, Long.parseLong(said.substring(ALLOCATED.length()).strip()));
        }
        assertThat(least).isLessThanOrEqualTo(OF_RESULTS);
    }

    private static String said(Class<?> main, String option) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
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

    /** A JVM of its own, for the test above. */
    static final class ForLong {
        private static final int RUNS = 3000;

        private ForLong() {}

        public static void main(String[] args) {
            long[] allocated = new long[RUNS];
            int[] run = {0};
            Rehearsal.repeat(bytes -> {
                allocated[run[0]++] = bytes;
                return run[0] < RUNS;
            });
            long[] last = Arrays.copyOfRange(allocated, RUNS - 100, RUNS);
            Arrays.sort(last);
            System.out.println(ALLOCATED + last[50]);
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
