package io.github.cones4j.concepts.toyland;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.diffusion.toyland.EmbeddedModel;
import io.github.cones4j.engine.cpu.CpuDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A study in small, by the embedded model: two subjects, two prompts, two seeds, few steps. */
final class StudyTest {
    private static final List<Unconditional> MODES = List.of(Unconditional.ORIGINAL, Unconditional.SHUT);

    @TempDir
    private Path folder;

    private final List<String> steps = new ArrayList<>();

    private static Protocol small() {
        Protocol frozen = Protocol.frozen();
        Protocol.SearchPlan search = new Protocol.SearchPlan(
                "mean",
                0.03,
                0.5,
                0.1,
                false,
                0.7,
                4,
                2,
                4,
                4,
                1,
                frozen.search().seed());
        Map<String, List<String>> subjects = Map.of(
                "dev-fish", Protocol.subject("dev-fish").evaluationPrompts().subList(0, 2));
        Protocol one = new Protocol(frozen.judge(), "sks", subjects, List.of(5L, 6L), 4, 4, 1, search);
        return one.withSubjects(List.of("dev-fish", "dev-mug"));
    }

    private StudyResult run(Path where, int threads, List<Unconditional> modes) throws IOException {
        try (CpuDevice device = new CpuDevice(threads);
                Study study = new Study(
                        device, EmbeddedModel.folder(), small(), where, "test", (what, _, _) -> steps.add(what))) {
            return study.run(modes);
        }
    }

    @Test
    void figures_followFromTheProtocolAlone_atAnyNumberOfThreadsAndAfterAnInterruption() throws IOException {
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        Map<String, Object> first = new StudyReport(run(one, 2, MODES)).metrics();
        Path concept = one.resolve("dev-mug" + ConceptFile.SUFFIX);
        Path picture = one.resolve("pictures/dev-fish/original-own-2-6.png");
        byte[] conceptBytes = Files.readAllBytes(concept);
        byte[] pictureBytes = Files.readAllBytes(picture);

        assertThat(new StudyReport(run(two, 1, MODES)).metrics())
                .usingRecursiveComparison()
                .isEqualTo(first);
        assertThat(two.resolve("dev-mug" + ConceptFile.SUFFIX)).hasBinaryContent(conceptBytes);

        Files.delete(picture);
        Files.delete(concept);
        steps.clear();
        assertThat(new StudyReport(run(one, 2, MODES)).metrics())
                .usingRecursiveComparison()
                .isEqualTo(first);
        assertThat(steps).allMatch(step -> step.startsWith("dev-mug: ") || step.contains("steps of 1 pictures"));
        assertThat(concept).hasBinaryContent(conceptBytes);
        assertThat(picture).hasBinaryContent(pictureBytes);
    }

    @Test
    void aFolderOfAnotherStudy_isRefused() throws IOException {
        run(folder, 2, List.of(Unconditional.ORIGINAL));

        try (CpuDevice device = new CpuDevice(2)) {
            assertThatThrownBy(() -> new Study(
                            device,
                            EmbeddedModel.folder(),
                            small().withSeeds(List.of(8L, 9L)),
                            folder,
                            "test",
                            (_, _, _) -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("holds a study of another model or protocol")
                    .hasMessageContaining("name another folder");
            assertThatThrownBy(() -> new Study(
                            device,
                            EmbeddedModel.folder(),
                            small().withJudge("1".repeat(64)),
                            folder,
                            "test",
                            (_, _, _) -> {}))
                    .hasMessageContaining("the protocol is for the judge 1111");
        }
    }
}
