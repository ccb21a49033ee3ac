package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainToylandCommandTest {
    @TempDir
    private Path folder;

    /** So short a time ends before the first step: the state is saved all the same. */
    @Test
    void afterItsMinutes_savesSaysHowToGoOnAndExitsWithOne() {
        CommandRun run = CommandRun.of("train-toyland", "--out", folder, "--minutes", "1e-9");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("vae: from step 0 of", "the same command goes on from there");
        assertThat(folder.resolve("vae")).isDirectoryContaining("glob:**.safetensors");
        assertThat(Files.exists(folder.resolve("tokenizer/vocab.json"))).isTrue();

        CommandRun other = CommandRun.of("train-toyland", "--out", folder, "--seed", "5", "--minutes", "1e-9");

        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("begun with the seed 0, not 5").contains("--seed 0");
    }

    @Test
    void fromTheEmbeddedModel_takesItOverAndNothingElse() {
        CommandRun run = CommandRun.of("train-toyland", "--out", folder, "--from", "embedded", "--minutes", "1e-9");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("the same command goes on from there").doesNotContain("vae: from step");

        CommandRun other = CommandRun.of("train-toyland", "--out", folder, "--minutes", "1e-9");

        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("--from it was begun with");
    }

    @Test
    void fromAFolderThatHoldsNoModel_exitsWithTwo() {
        CommandRun run = CommandRun.of("train-toyland", "--out", folder, "--from", folder.resolve("none"));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("none");
    }

    @Test
    void numbersOutOfRange_exitWithTwo() {
        CommandRun minutes = CommandRun.of("train-toyland", "--out", folder, "--minutes", "0");
        CommandRun steps = CommandRun.of("train-toyland", "--out", folder, "--unet-steps", "0");

        assertThat(minutes.code()).isEqualTo(2);
        assertThat(minutes.err()).contains("--minutes: expected a positive number");
        assertThat(steps.code()).isEqualTo(2);
        assertThat(steps.err()).contains("expected at least 1");
    }
}
