package io.github.cones4j.concepts.cli;

import static io.github.cones4j.concepts.cli.CommandRun.reference;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class ParityCommandTest {
    private static final String TEXT = "cases/micro-sd15/text.safetensors";

    @TempDir
    private Path folder;

    @Test
    void aCaseThatHolds_exitsWithZeroAndPrintsEveryOutput() {
        CommandRun run = CommandRun.of(
                "parity", "--device", "cpu", "--model", reference("pipelines/micro-sd15"), "--case", reference(TEXT));

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("(text): 16 outputs, all within tolerance", "  0.last_hidden_state ", "  tokgrad.grad ")
                .contains("largest single deviation", " s; memory planned ");
    }

    @Test
    void verbose_saysHowEachLayerIsComputedWithWhatMemoryAndWhereTheTimeWent() {
        CommandRun run = CommandRun.of(
                "parity",
                "--verbose",
                "--device",
                "cpu",
                "--model",
                reference("pipelines/micro-sd15"),
                "--case",
                reference("cases/micro-sd15/vae.safetensors"));

        assertThat(run.code()).isZero();
        assertThat(run.err())
                .contains(", prepared in ", "  memory ", " MiB of activations in ", ": first run ")
                .containsPattern("(?m)^  decoder\\.\\S+: Conv2d \\[.*\\] -> \\[.*\\]: conv2d")
                .containsPattern("(?m)runs?, seconds by kernel:\\n  \\d+\\.\\d+  \\w+");
    }

    @Test
    void programBeyondTheMemory_isOneError() {
        String file = "cases/micro-sd15/text.safetensors";
        CommandRun run = CommandRun.of(
                "parity", "--memory", "1m", "--model", reference("pipelines/micro-sd15"), "--case", reference(file));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("the CPU device may use 1 MiB of memory, and the program needs ");
        assertThat(CommandRun.of("parity", "--memory", "much", "--case", "x").err())
                .contains("expected a size such as 6g or 3500m, found 'much'");
        assertThat(CommandRun.of("parity", "--memory", "6g", "--device", "ptx", "--case", "x")
                        .err())
                .contains("--memory is of the CPU, and --device asks for ptx");
    }

    @Test
    void picturesOf8Bits_areComparedInLevelsAndNotAmongTheDeviations() {
        CommandRun run = CommandRun.of(
                "parity",
                "--model",
                reference("pipelines/micro-sd15"),
                "--case",
                reference("cases/micro-sd15/vae.safetensors"));

        assertThat(run.code()).isZero();
        assertThat(run.out()).containsPattern("0\\.decoded_u8 +levels [01] of 1");
        assertThat(run.out().lines().filter(line -> line.contains("largest single deviation")))
                .singleElement()
                .asString()
                .doesNotContain("u8");
    }

    @Test
    void singleFileWithConfig_holds() {
        CommandRun run = CommandRun.of(
                "parity",
                "--device",
                "cpu",
                "--model",
                reference("pipelines/micro-sd15-ldm.safetensors"),
                "--config",
                reference("pipelines/micro-sd15"),
                "--case",
                reference(TEXT));

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    @Test
    void onlySamplers_needNoModel() {
        CommandRun samplers = CommandRun.of(
                "parity", "--device", "cpu", "--case", reference("cases/schedulers/sched_add_noise.safetensors"));
        CommandRun text = CommandRun.of("parity", "--case", reference(TEXT));

        assertThat(samplers.err()).isEmpty();
        assertThat(samplers.code()).isZero();
        assertThat(text.code()).isEqualTo(2);
        assertThat(text.err()).contains("this case needs a model: name it (--model)");
    }

    @Test
    void aToleranceThatNothingKeeps_exitsWithOne() {
        CommandRun run = CommandRun.of(
                "parity",
                "--model",
                reference("pipelines/micro-sd15"),
                "--case",
                reference(TEXT),
                "--rtol",
                "1e-12",
                "--threads",
                1);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("beyond tolerance", "BEYOND");
    }

    @Test
    void aFileThatIsNoCase_exitsWithTwoAndTheOthersAreStillCompared() throws IOException {
        Path other = folder.resolve("other.safetensors");
        Safetensors.write(other, Map.of("weight", HostTensor.scalar(1)), Map.of());

        CommandRun run = CommandRun.of(
                "parity",
                "--json",
                "--threads",
                2,
                "--model",
                reference("pipelines/micro-sd15"),
                "--case",
                other,
                reference(TEXT));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).singleElement().asString().contains(other.toString(), "not a stored case");
        JsonNode bad = run.json().getFirst();
        assertThat(bad.get("ok").booleanValue()).isFalse();
        assertThat(bad.get("error").stringValue()).contains("not a stored case");
        JsonNode good = run.json().get(1);
        assertThat(good.get("ok").booleanValue()).isTrue();
        assertThat(good.get("kind").stringValue()).isEqualTo("text");
        assertThat(good.get("outputs")).hasSize(16);
        assertThat(good.get("outputs").get(0).get("error").doubleValue()).isBetween(1e-9, 1e-5);
        assertThat(good.get("plannedBytes").longValue()).isPositive();
    }

    @Test
    void aToleranceThatIsNone_exitsWithTwo() {
        CommandRun run = CommandRun.of(
                "parity", "--model", reference("pipelines/micro-sd15"), "--case", reference(TEXT), "--rtol", "-1");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--rtol: expected a positive number");
    }
}
