package io.github.cones4j.diffusion.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParityTest {
    @TempDir
    private Path folder;

    private static ParityReport run(Path model, Path file) {
        try (CpuDevice device = new CpuDevice()) {
            return new Parity(device, model, null, Tolerances.usual()).run(file);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "micro-sd15, text, 16",
        "micro-sd15, unet, 6",
        "micro-sd15, unet_trace, 114",
        "micro-sd15, grad_kv, 37",
        "micro-sd15, grad_all, 684",
        "micro-sd15, vae, 12",
        "micro-sd15, train, 33",
        "micro-sd15, pipe, 28",
        "micro-sd21, text, 16",
        "micro-sd21, unet, 6",
        "micro-sd21, unet_trace, 114",
        "micro-sd21, grad_kv, 37",
        "micro-sd21, grad_all, 684",
        "micro-sd21, vae, 12",
        "micro-sd21, train, 33",
        "micro-sd21, pipe, 28"
    })
    void microCase_isRecognisedAndPasses(String model, String name, int outputs) {
        ParityReport report = run(
                Reference.path("pipelines/" + model), Reference.path("cases/" + model + "/" + name + ".safetensors"));

        assertThat(report.kind()).isEqualTo(name);
        assertThat(report.comparisons())
                .hasSize(outputs)
                .allSatisfy(comparison -> assertThat(comparison.passes())
                        .as(comparison.toString())
                        .isTrue());
        assertThat(report.passes()).isTrue();
        assertThat(report.leftOut()).isEmpty();
    }

    @Test
    void clipCase_isRecognisedAndPasses() {
        ParityReport report =
                run(Reference.path("cases/micro-clip"), Reference.path("cases/micro-clip/clip.safetensors"));

        assertThat(report.kind()).isEqualTo("clip");
        assertThat(report.comparisons()).hasSize(84);
        assertThat(report.passes()).as(report.worst().toString()).isTrue();
    }

    @Test
    void schedulers_areRecognisedAndPass_withoutAModel() {
        Path none = Path.of("no such model");
        ParityReport trajectories = run(none, Reference.path("cases/schedulers/sched.safetensors"));
        ParityReport noise = run(none, Reference.path("cases/schedulers/sched_add_noise.safetensors"));

        assertThat(trajectories.comparisons()).hasSize(381);
        assertThat(trajectories.passes()).as(trajectories.worst().toString()).isTrue();
        assertThat(noise.comparisons()).hasSize(4);
        assertThat(noise.passes()).as(noise.worst().toString()).isTrue();
    }

    @Test
    void anotherModel_fails() {
        ParityReport report =
                run(Reference.path("pipelines/micro-sd21"), Reference.path("cases/micro-sd15/vae.safetensors"));

        assertThat(report.passes()).isFalse();
        assertThat(report.worst().orElseThrow().error()).isGreaterThan(0.1);
    }

    @Test
    void fileThatIsNoCase_saysWhatWasFound() throws IOException {
        Path file = folder.resolve("other.safetensors");
        Safetensors.write(file, Map.of("weight", HostTensor.scalar(1)), Map.of());

        assertThatThrownBy(() -> run(Reference.path("pipelines/micro-sd15"), file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other.safetensors: not a stored case")
                .hasMessageContaining("[weight]");
    }

    @Test
    void nothingCompared_fails() {
        ParityReport report = new ParityReport(Path.of("x"), "sched", List.of(), List.of("dpm"), 0, 0);

        assertThat(report.passes()).isFalse();
    }

    @Test
    void gradientsOfRoundingNoise_areMeasuredByTheLargest() {
        Comparisons comparisons = new Comparisons(Tolerances.usual());
        HostTensor large = HostTensor.of(new float[] {3, 4}, 2);
        HostTensor noise = HostTensor.of(new float[] {1e-6f, 0}, 2);

        comparisons.gradients(
                Map.of("a", large, "b", HostTensor.of(new float[] {0, 1e-6f}, 2)), Map.of("a", large, "b", noise));

        assertThat(comparisons.all()).allMatch(Comparison::passes);
    }

    @Test
    void nan_neverPasses() {
        Comparisons comparisons = new Comparisons(Tolerances.usual());

        comparisons.add("y", HostTensor.scalar(Float.NaN), HostTensor.scalar(1), 1e-5);

        assertThat(comparisons.all()).noneMatch(Comparison::passes);
        assertThat(comparisons.all().getFirst().largest()).isNaN();
    }
}
