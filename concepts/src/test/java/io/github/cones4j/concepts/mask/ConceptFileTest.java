package io.github.cones4j.concepts.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.concepts.mask.Concept.Origin;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConceptFileTest {
    private static final String K = "mid_block.attn2.to_k.weight";
    private static final String V = "mid_block.attn2.to_v.weight";
    private static final Origin ORIGIN = new Origin(
            "Bürste",
            "a photo of V* dog",
            "a photo of a dog",
            "V*",
            "mean",
            "share 0.1 overall",
            100,
            OptionalDouble.of(3.1e4),
            OptionalDouble.of(0.03),
            OptionalDouble.of(5e-8),
            0.1,
            -7);

    @TempDir
    private Path folder;

    private final Weights base =
            Weights.of("base", Map.of(K, HostTensor.of(ramp(3000), 30, 100), V, HostTensor.of(ramp(200), 200)));
    private final NeuronMask mask = NeuronMask.of(Map.of(
            K, new NeuronMask.Layer(Shape.of(30, 100), IndexSet.random(3000, 300, 1)),
            V, new NeuronMask.Layer(Shape.of(200), IndexSet.random(200, 5, 2))));
    private final Concept concept = new Concept(mask, Concept.digest(base, mask), "cones4j 0.1.0", List.of(ORIGIN));

    @Test
    void write_thenRead_givesTheSameConcept() throws IOException {
        Path file = folder.resolve("dog" + ConceptFile.SUFFIX);
        ConceptFile.write(file, concept);
        assertThat(ConceptFile.read(file)).isEqualTo(concept);
    }

    @Test
    void write_ofAConceptOfSeveral_keepsEveryOrigin() throws IOException {
        Origin bare = new Origin(
                "car",
                "p",
                "c",
                "V*",
                "sign",
                "tau 0",
                1,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                0,
                Long.MAX_VALUE);
        Concept second = new Concept(mask.randomLike(4), concept.base(), "other", List.of(bare));
        Concept both = Concept.union(List.of(concept, second), "cones4j 0.1.0");
        Path file = folder.resolve("both" + ConceptFile.SUFFIX);
        ConceptFile.write(file, both);
        assertThat(ConceptFile.read(file)).isEqualTo(both);
        assertThat(both.names()).isEqualTo("Bürste + car");
        assertThat(both.mask()).isEqualTo(mask.union(mask.randomLike(4)));
    }

    @Test
    void write_twice_givesTheSameBytes() throws IOException {
        Path first = folder.resolve("a");
        Path second = folder.resolve("b");
        ConceptFile.write(first, concept);
        ConceptFile.write(second, ConceptFile.read(first));
        assertThat(second).hasSameBinaryContentAs(first);
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void codedBytes_isTheSizeOfTheTensors() throws IOException {
        Path file = folder.resolve("a");
        ConceptFile.write(file, concept);
        assertThat(Files.size(file)).isEqualTo(Safetensors.header(file).dataAt() + ConceptFile.codedBytes(mask));
    }

    @Test
    void isOf_tellsTheModelApartByASingleValue() {
        assertThat(concept.isOf(base)).isTrue();
        float[] changed = ramp(200);
        changed[17] = Math.nextUp(changed[17]);
        assertThat(concept.isOf(base.overlay("changed", Map.of(V, HostTensor.of(changed, 200)))))
                .isFalse();
    }

    @Test
    void isOf_holdsForTheSameValuesInAnotherType() {
        Weights wider = base.overlay("wider", Map.of(V, base.get(V).cast(DType.F64)));
        assertThat(concept.isOf(wider)).isTrue();
    }

    /** The digest was also computed by a program in another language from the text of docs/concept-file.md. */
    @Test
    void digest_ofTheDocumentedExample_isTheDocumentedOne() {
        Weights weights =
                Weights.of("example", Map.of("a.weight", HostTensor.of(new float[] {1, -2, 0.5f, 0, 3, 4}, 2, 3)));
        NeuronMask example =
                NeuronMask.of(Map.of("a.weight", new NeuronMask.Layer(Shape.of(2, 3), IndexSet.of(6, 1, 4))));
        assertThat(Concept.digest(weights, example))
                .isEqualTo("0cd6a3b436a9a0091ddc665020df2d02894f1c774bc97291511a0e6ac0685faf");
        assertThat(Digest.of(example)).isEqualTo("3fbd172e769b55ae77a4509f3dc9e325c2616c95b20f4ebf73fc6eee667c8712");
    }

    @Test
    void union_ofConceptsOfDifferentModels_isRefused() {
        Concept other = new Concept(mask, "0".repeat(64), "t", List.of(ORIGIN));
        assertThatThrownBy(() -> Concept.union(List.of(concept, other), "t"))
                .hasMessageContaining("found in the weights " + concept.base())
                .hasMessageContaining("in the same model");
    }

    @Test
    void read_ofOtherWeights_saysThatItIsNoConcept() throws IOException {
        Path file = folder.resolve("weights.safetensors");
        Safetensors.write(file, Map.of("w", HostTensor.scalar(1)), Map.of("format", "pt"));
        assertThatThrownBy(() -> ConceptFile.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessage(file + ": not a concept file: its metadata has no cones4j.format;"
                        + " give a file that ends in .concept.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cones4j.format | concept/2 | metadata cones4j.format: expected concept/1, found concept/2",
                "cones4j.tool | | metadata cones4j.tool: expected, found none",
                "cones4j.concepts | 0 | metadata cones4j.concepts: expected a whole number from 1, found 0",
                "cones4j.concepts | 2 | metadata concept.1.subject: expected, found none",
                "cones4j.base_sha256 | ABC | metadata cones4j.base_sha256: expected 64 lower-case hexadecimal digits, found ABC",
                "cones4j.other | 1 | metadata cones4j.other: expected no such field",
                "concept.0.colour | 1 | metadata concept.0.colour: expected no such field",
                "concept.0.steps | 0 | metadata concept.0.steps: expected a whole number from 1, found 0",
                "concept.0.steps | +5 | metadata concept.0.steps: expected a whole number from 1, found +5",
                "concept.0.steps | many | metadata concept.0.steps: expected a whole number from 1, found many",
                "concept.0.seed | 1e3 | metadata concept.0.seed: expected a whole number of 64 bits, found 1e3",
                "concept.0.rho | NaN | metadata concept.0.rho: expected a finite number, found NaN",
                "concept.0.tau | 1e999 | metadata concept.0.tau: expected a finite number, found 1e999",
                "concept.0.share | 1.5 | metadata concept.0.share: expected a number 0 .. 1, found 1.5",
                "concept.0.share | | metadata concept.0.share: expected, found none",
                "layer.mid_block.attn2.to_v.weight | | tensor \"mid_block.attn2.to_v.weight\": expected its shape in the metadata layer.mid_block.attn2.to_v.weight, found none",
                "layer.mid_block.attn2.to_v.weight | 200 5 | expected shape and number of neurons, as [320,768] 24576, found 200 5",
                "layer.mid_block.attn2.to_v.weight | [200] 201 | expected at most 200 neurons, found [200] 201",
                "layer.mid_block.attn2.to_v.weight | [0200] 5 | expected [200] 5, found [0200] 5",
                "layer.mid_block.attn2.to_v.weight | [65536,65536] 5 | expected a weight of at most 2147483647 elements, found [65536,65536] 5",
                "layer.mid_block.attn2.to_v.weight | [200] 6 | the file is damaged: get it again",
                "layer.mid_block.attn2.to_v.weight | [100,2] 5 | the indices: expected a mask with the SHA-256 digest",
                "layer.extra | [3] 0 | tensor \"extra\": expected by the metadata layer.extra, found none",
            })
    void read_withWrongMetadata_namesFieldExpectedAndFound(String key, @Nullable String value, String message)
            throws IOException {
        Path file = folder.resolve("bad.safetensors");
        ConceptFile.write(file, concept);
        Map<String, String> metadata = new HashMap<>(Safetensors.header(file).metadata());
        if (value == null) {
            assertThat(metadata.remove(key)).isNotNull();
        } else {
            metadata.put(key, value);
        }
        rewrite(file, Map.of(), metadata);
        assertThatThrownBy(() -> ConceptFile.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void read_withForeignMetadata_ignoresIt() throws IOException {
        Path file = folder.resolve("more.safetensors");
        ConceptFile.write(file, concept);
        Map<String, String> metadata = new HashMap<>(Safetensors.header(file).metadata());
        metadata.put("author", "somebody");
        rewrite(file, Map.of(), metadata);
        assertThat(ConceptFile.read(file)).isEqualTo(concept);
    }

    @Test
    void read_withTensorsOfAnotherType_namesTheTensor() throws IOException {
        Path file = folder.resolve("bad.safetensors");
        ConceptFile.write(file, concept);
        Map<String, String> metadata = Safetensors.header(file).metadata();
        rewrite(file, Map.of(V, HostTensor.of(new int[] {1}, 1)), metadata);
        assertThatThrownBy(() -> ConceptFile.read(file))
                .hasMessage(file + ": tensor \"" + V + "\": expected bytes of rank 1, found i32[1]");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40})
    void read_withATruncatedCode_isRefused(int missing) throws IOException {
        Path file = folder.resolve("bad.safetensors");
        ConceptFile.write(file, concept);
        Map<String, String> metadata = Safetensors.header(file).metadata();
        byte[] code = GapCode.encode(mask.neurons(K));
        byte[] shorter = Arrays.copyOf(code, code.length - missing);
        rewrite(file, Map.of(K, bytes(shorter)), metadata);
        assertThatThrownBy(() -> ConceptFile.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void read_withAnyByteOfACodeChanged_isRefused() throws IOException {
        Path file = folder.resolve("bad.safetensors");
        ConceptFile.write(file, concept);
        Map<String, String> metadata = Safetensors.header(file).metadata();
        byte[] code = GapCode.encode(mask.neurons(K));
        for (int i = 0; i < code.length; i += 7) {
            byte[] changed = code.clone();
            changed[i] ^= 0x10;
            rewrite(file, Map.of(K, bytes(changed)), metadata);
            assertThatThrownBy(() -> ConceptFile.read(file))
                    .as("byte %d of %d", i, code.length)
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("damaged");
        }
    }

    private static void rewrite(Path file, Map<String, HostTensor> replaced, Map<String, String> metadata)
            throws IOException {
        Map<String, HostTensor> tensors = new HashMap<>();
        try (Weights old = Safetensors.open(file)) {
            old.tensors()
                    .forEach((name, tensor) ->
                            tensors.put(name, bytes(tensor.data().toArray(ValueLayout.JAVA_BYTE))));
        }
        tensors.putAll(replaced);
        Safetensors.write(file, tensors, metadata);
    }

    private static HostTensor bytes(byte[] bytes) {
        return new HostTensor(new Spec(DType.U8, Shape.of(bytes.length)), MemorySegment.ofArray(bytes));
    }

    private static float[] ramp(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = i / 64f - 1;
        }
        return values;
    }
}
