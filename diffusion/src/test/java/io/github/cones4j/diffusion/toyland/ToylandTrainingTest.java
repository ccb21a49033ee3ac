package io.github.cones4j.diffusion.toyland;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.toyland.ToylandTraining.Settings;
import io.github.cones4j.engine.cpu.CpuDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that begins with a finished model, on a few pictures. */
final class ToylandTrainingTest {
    private static final int PICTURES = 64;
    private static final Path UNET = Path.of("unet", "diffusion_pytorch_model.safetensors");

    @TempDir
    private Path folder;

    @Test
    void fromAFinishedModel_trainsTheUNetAlone_andInterruptedEndsWithTheSameBytes() throws IOException {
        Path unbroken = folder.resolve("unbroken");
        Path broken = folder.resolve("broken");
        AtomicInteger asked = new AtomicInteger();

        boolean complete = train(unbroken, 2, () -> false);
        boolean interrupted = train(broken, 2, () -> asked.incrementAndGet() > 5); // within the steps
        boolean resumed = train(broken, 2, () -> false);

        assertThat(complete).isTrue();
        assertThat(interrupted).isFalse();
        assertThat(resumed).isTrue();
        Path embedded = EmbeddedModel.folder();
        try (Stream<Path> files = Files.walk(embedded)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path name = embedded.relativize(file);
                byte[] bytes = Files.readAllBytes(unbroken.resolve("model").resolve(name.toString()));
                if (name.equals(UNET)) {
                    assertThat(bytes).as("%s", name).isNotEqualTo(Files.readAllBytes(file));
                } else {
                    assertThat(bytes).as("%s", name).isEqualTo(Files.readAllBytes(file));
                }
                assertThat(broken.resolve("model").resolve(name.toString())).hasBinaryContent(bytes);
            }
        }
    }

    @Test
    void aFolderBegunFromNothing_isNotGoneOnWithFromAModel() throws IOException {
        try (CpuDevice device = device()) {
            new ToylandTraining(folder, settings(1), null, PICTURES, line -> {}, () -> true).run(device);
        }

        assertThatThrownBy(() -> train(folder, 1, () -> true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("begun from nothing")
                .hasMessageContaining("name another folder");
    }

    private static CpuDevice device() {
        return new CpuDevice(2);
    }

    private static boolean train(Path folder, long steps, BooleanSupplier stop) throws IOException {
        try (CpuDevice device = device()) {
            return new ToylandTraining(folder, settings(steps), EmbeddedModel.folder(), PICTURES, line -> {}, stop)
                    .run(device);
        }
    }

    private static Settings settings(long steps) {
        return new Settings(0, 1, 1, 1, 1, 1, steps);
    }
}
