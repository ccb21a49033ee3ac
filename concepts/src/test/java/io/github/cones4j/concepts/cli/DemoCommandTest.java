package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.ConceptFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class DemoCommandTest {
    @TempDir
    private Path folder;

    /** The whole way, as a user goes it first: what it shows must be so. */
    @Test
    void demo_findsNeuronsThatMakeTheSubjectAppear_andShowsThemOnAPage() throws IOException {
        CommandRun run = CommandRun.of("demo", "--out", folder);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("loss on fixed noise: own mask < unmasked < random mask", "index.html");

        JsonNode cat = Json.MAPPER
                .readTree(folder.resolve("metrics.json").toFile())
                .at("/unconditional_original/subjects/cat");
        assertThat(cat.at("/loss_own").doubleValue())
                .isLessThan(cat.at("/loss_unmasked").doubleValue());
        assertThat(cat.at("/own_over_random/difference").doubleValue()).isGreaterThan(0.1);

        Concept concept = ConceptFile.read(folder.resolve("cat" + ConceptFile.SUFFIX));
        assertThat(concept.mask().size())
                .isEqualTo(cat.at("/neurons").longValue())
                .isPositive();

        String page = Files.readString(folder.resolve("index.html"));
        assertThat(page).contains("Concept neurons of a blue cat", "data:image/png;base64,", "own mask", "random mask");
        assertThat(page).doesNotContain("http://", "https://", "<script");

        CommandRun generate = CommandRun.of(
                "generate",
                "a photo of sks cat on the beach",
                "--concept",
                folder.resolve("cat" + ConceptFile.SUFFIX),
                "--steps",
                2,
                "--out",
                folder.resolve("cat.png"));
        assertThat(generate.code()).isZero();
        assertThat(generate.err()).doesNotContain("Note");
    }

    @Test
    void demo_ofAnUnknownSubject_saysWhichThereAre() {
        CommandRun run = CommandRun.of("demo", "--subject", "unicorn", "--out", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("expected one of dev-fish, dev-mug, dog, cat", "found 'unicorn'");
    }
}
