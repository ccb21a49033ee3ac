package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.diffusion.noise.PhiloxGenerator;
import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NoiseCommandTest {
    @TempDir
    private Path folder;

    @Test
    void torchCpu_isWrittenBitForBit() {
        Path file = folder.resolve("deep/noise.safetensors");

        CommandRun run = CommandRun.of("noise", "--seed", 42, "--shape", "2,4,8,8", "--out", file);

        assertThat(run.code()).isZero();
        try (Weights weights = Safetensors.open(file)) {
            assertThat(weights.keys()).containsExactly("noise");
            assertThat(weights.get("noise").shape()).isEqualTo(Shape.of(2, 4, 8, 8));
            assertThat(weights.get("noise").toFloats()).isEqualTo(new TorchCpuGenerator(42).randn(2, 4, 8, 8));
        }
    }

    @Test
    void philox_readsSeedsOf64Bits() {
        Path file = folder.resolve("noise.safetensors");
        long seed = -3;

        CommandRun run = CommandRun.of(
                "noise", "--seed", Long.toUnsignedString(seed), "--shape", 5, "--kind", "philox", "--out", file);

        assertThat(run.code()).isZero();
        try (Weights weights = Safetensors.open(file)) {
            assertThat(weights.get("noise").toFloats()).isEqualTo(new PhiloxGenerator(seed).randn(5));
        }
    }

    @Test
    void badSeedOrShape_exitsWithTwoAndWritesNothing() {
        Path file = folder.resolve("noise.safetensors");

        CommandRun seed = CommandRun.of("noise", "--seed", "1e3", "--shape", "4", "--out", file);
        CommandRun shape = CommandRun.of("noise", "--seed", "1", "--shape", "4,-1", "--out", file);

        assertThat(seed.code()).isEqualTo(2);
        assertThat(seed.err()).contains("--seed").contains("found '1e3'");
        assertThat(shape.code()).isEqualTo(2);
        assertThat(shape.err()).contains("-1");
        assertThat(Files.exists(file)).isFalse();
    }
}
