package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.Concept.Origin;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.engine.graph.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands on concept files: inspect and combine. */
final class InspectCommandTest {
    @TempDir
    private Path folder;

    private Path concept(String subject, String base, int... neurons) throws IOException {
        Origin origin = new Origin(
                subject,
                "a photo of V* " + subject,
                "a photo of a " + subject,
                "V*",
                "mean",
                "share 0.5 overall",
                100,
                OptionalDouble.of(3e4),
                OptionalDouble.of(0.03),
                OptionalDouble.of(5e-8),
                0.5,
                7);
        NeuronMask mask = NeuronMask.of(Map.of(
                "attn2.to_k.weight", new NeuronMask.Layer(Shape.of(2, 4), IndexSet.of(8, neurons)),
                "attn2.to_v.weight", new NeuronMask.Layer(Shape.of(2, 4), IndexSet.of(8))));
        Path file = folder.resolve(subject + ConceptFile.SUFFIX);
        ConceptFile.write(file, new Concept(mask, base.repeat(64), "cones test", List.of(origin)));
        return file;
    }

    @Test
    void inspect_showsLayersStorageAndOrigin() throws IOException {
        Path dog = concept("dog", "a", 0, 3, 5);
        Path cat = concept("cat", "a", 3, 5, 6);

        CommandRun run = CommandRun.of("inspect", dog, cat);

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("dog: \"a photo of V* dog\", the word is V*")
                .contains("mean, share 0.5 overall; 100 steps, rho 30000.0, relative step 0.03, tau 5.0E-8, seed 7")
                .contains("3 of 16 weights in 2 layers, 18.75 %")
                .contains("attn2.to_k.weight  [2,4]")
                .contains("0.500 (0.231)"); // 2 of 4; by chance 3 * 3 / 8 of 6 - 3 * 3 / 8
    }

    @Test
    void inspect_asJson_isOneObjectPerFile() throws IOException {
        CommandRun run = CommandRun.of("inspect", "--json", concept("dog", "a", 0, 3, 5), concept("cat", "a"));

        assertThat(run.json()).hasSize(2);
        JsonNode dog = run.json().getFirst();
        assertThat(dog.get("neurons").intValue()).isEqualTo(3);
        assertThat(dog.get("origins").get(0).get("rho").doubleValue()).isEqualTo(3e4);
        assertThat(dog.get("layers").get(0).get("shape").get(1).intValue()).isEqualTo(4);
        assertThat(run.json().get(1).get("density").doubleValue()).isZero();
    }

    @Test
    void inspect_aFileThatIsNoConcept_exitsWithTwo() throws IOException {
        Path file = Files.writeString(folder.resolve("x" + ConceptFile.SUFFIX), "hello");

        CommandRun run = CommandRun.of("inspect", file);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).singleElement().asString().startsWith("cones inspect: " + file + ": ");
    }

    @Test
    void doctor_namesTheSubject() throws IOException {
        CommandRun run = CommandRun.of("doctor", concept("dog", "a", 0, 3, 5));

        assertThat(run.out()).contains("a concept file: dog, 3 of 16 weights in 2 layers");
        assertThat(run.code()).isZero();
    }

    @Test
    void combine_unitesIntersectsOrSubtracts() throws IOException {
        Path dog = concept("dog", "a", 0, 3, 5);
        Path cat = concept("cat", "a", 3, 5, 6);
        Path out = folder.resolve("both/both" + ConceptFile.SUFFIX);

        assertThat(CommandRun.of("combine", dog, cat, "--out", out).code()).isZero();
        Concept union = ConceptFile.read(out);
        assertThat(union.mask().neurons("attn2.to_k.weight")).isEqualTo(IndexSet.of(8, 0, 3, 5, 6));
        assertThat(union.names()).isEqualTo("dog + cat");

        assertThat(CommandRun.of("combine", "--intersect", dog, cat, "--out", out)
                        .code())
                .isZero();
        assertThat(ConceptFile.read(out).mask().neurons("attn2.to_k.weight")).isEqualTo(IndexSet.of(8, 3, 5));

        assertThat(CommandRun.of("combine", "--minus", dog, cat, "--out", out).code())
                .isZero();
        Concept difference = ConceptFile.read(out);
        assertThat(difference.mask().neurons("attn2.to_k.weight")).isEqualTo(IndexSet.of(8, 0));
        assertThat(difference.names()).isEqualTo("dog");
        assertThat(difference.tool()).endsWith("combine --minus dog.concept.safetensors cat.concept.safetensors");
    }

    @Test
    void combine_ofDifferentModels_exitsWithTwoAndWritesNothing() throws IOException {
        Path out = folder.resolve("both" + ConceptFile.SUFFIX);

        CommandRun run = CommandRun.of("combine", concept("dog", "a", 0), concept("cat", "b", 0), "--out", out);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("union of concepts", "search them in the same model");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void combine_byTwoOperations_exitsWithTwo() throws IOException {
        CommandRun run = CommandRun.of(
                "combine", "--intersect", "--minus", concept("dog", "a", 0), "--out", folder.resolve("x"));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("mutually exclusive");
    }
}
