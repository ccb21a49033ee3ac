package io.github.cones4j.weights.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    @TempDir
    Path temp;

    private Path folder = Path.of("");
    private Checkpoints run = new Checkpoints(folder, "none", 1);

    @BeforeEach
    void open() {
        folder = temp.resolve("runs/unet");
        run = new Checkpoints(folder, "unet", 2);
    }

    private Path write(long step) throws IOException {
        return run.write(step, Map.of("w", HostTensor.scalar((float) step)), Map.of("seed", "7"));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void openLatest_ofANewRun_isNull() throws IOException {
        assertThat(run.latest()).isNull();
        assertThat(run.openLatest()).isNull();
    }

    @Test
    void openLatest_givesTensorsStepAndValues() throws IOException {
        String rng = "mt19937 1 2 3 \"\u00e4\"\n";
        Map<String, HostTensor> tensors = Map.of(
                "unet.w", HostTensor.of(new float[] {1.5f, -0f}, 2), "adam.count", HostTensor.of(new long[] {9}, 1));
        run.write(1200, tensors, Map.of("seed", "7", "rng", rng));
        Checkpoint checkpoint = Objects.requireNonNull(run.openLatest());
        try (Weights weights = checkpoint.weights()) {
            assertThat(checkpoint.step()).isEqualTo(1200);
            assertThat(checkpoint.values()).isEqualTo(Map.of("seed", "7", "rng", rng));
            assertThat(weights.get("unet.w").toFloats()).containsExactly(1.5f, -0f);
            assertThat(weights.get("adam.count").toInts()).containsExactly(9);
        }
    }

    @Test
    void write_keepsTheLastFew() throws IOException {
        for (long step : new long[] {0, 5, 999_999_999, 1_000_000_000}) {
            write(step);
        }
        assertThat(names()).containsExactly("step-1000000000.safetensors", "step-999999999.safetensors");
        assertThat(run.latest()).isEqualTo(folder.resolve("step-1000000000.safetensors"));
    }

    @Test
    void write_ofTheSameStateTwice_givesTheSameBytes() throws IOException {
        byte[] first = Files.readAllBytes(write(3));
        byte[] second = Files.readAllBytes(write(3));
        assertThat(second).isEqualTo(first);
        assertThat(names()).containsExactly("step-000000003.safetensors");
    }

    @Test
    void write_removesWhatAKilledRunLeftAndNothingElse() throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(".step-000000002.safetensors.4711.tmp"), "half");
        Files.writeString(folder.resolve("loss.csv"), "step,loss");
        assertThat(run.latest()).isNull();
        write(3);
        assertThat(names()).containsExactly("loss.csv", "step-000000003.safetensors");
    }

    @Test
    void write_beforeALaterCheckpoint_isRefused() throws IOException {
        write(10);
        assertThatIllegalStateException()
                .isThrownBy(() -> write(9))
                .withMessageContaining("step-000000010.safetensors is later than step 9");
        assertThat(names()).containsExactly("step-000000010.safetensors");
    }

    @Test
    void write_withBadArguments_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> write(-1)).withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run.write(1, Map.of(), Map.of("cones4j.step", "2")))
                .withMessageContaining("cones4j.step is reserved");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Checkpoints(folder, "unet", 0))
                .withMessageContaining("keep");
    }

    @Test
    void openLatest_ofADamagedFile_saysHowToGoOn() throws IOException {
        write(1);
        Path last = write(2);
        byte[] whole = Files.readAllBytes(last);
        Files.write(last, Arrays.copyOf(whole, whole.length - 1));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(run::openLatest)
                .withMessageStartingWith(last + ": a damaged checkpoint: truncated")
                .withMessageContaining("delete it to go on from the one before");
    }

    @Test
    void open_ofAnotherRunOrAForeignFile_saysSo() throws IOException {
        Path file = write(1);
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> new Checkpoints(folder, "vae", 1).open(file))
                .withMessageContaining("a checkpoint of the run unet, not of vae");
        Safetensors.write(file, Map.of("w", HostTensor.scalar(1)), Map.of("format", "pt"));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> run.open(file))
                .withMessageContaining("not a checkpoint of a training run");
        Safetensors.write(
                file, Map.of(), Map.of("cones4j.format", "run 1", "cones4j.run", "unet", "cones4j.step", "x"));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> run.open(file))
                .withMessageContaining("cones4j.step should be a number, is x");
        Path notAFolder = Files.writeString(temp.resolve("file"), "");
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> new Checkpoints(notAFolder, "unet", 1).latest())
                .withMessageContaining("should be a folder of checkpoints");
    }
}
