package io.github.cones4j.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    /** Two tensors, correct in every respect: a of 8 bytes, b of 4. */
    private static final String GOOD = "{'__metadata__':{'k':'v'},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
            + "'b':{'dtype':'U8','shape':[2,2],'data_offsets':[8,12]}}";

    @TempDir
    Path folder;

    private Path put(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    @Test
    void open_ofAFileByPyTorch_givesEveryTensor() {
        Path file = TestFiles.reference("pipelines/micro-sd15/text_encoder/model.safetensors");
        try (Weights weights = Safetensors.open(file)) {
            assertThat(weights.keys()).hasSize(37);
            HostTensor ids = weights.get("text_model.embeddings.position_ids");
            assertThat(ids.spec()).isEqualTo(new Spec(DType.I64, Shape.of(1, 77)));
            assertThat(ids.get(76)).isEqualTo(76);
            assertThat(weights.get("text_model.embeddings.token_embedding.weight")
                            .shape())
                    .isEqualTo(Shape.of(1000, 16));
        }
        assertThat(Safetensors.header(file).metadata()).containsExactly(Map.entry("format", "pt"));
    }

    @Test
    void open_ofAHeaderWrittenByHand_givesOffsetsMetadataAndValues() throws IOException {
        Path file = put("good.safetensors", TestFiles.file(json(GOOD) + "   ", 12));
        Header header = Safetensors.header(file);
        assertThat(header.metadata()).containsExactly(Map.entry("k", "v"));
        assertThat(header.tensors())
                .containsExactly(
                        Map.entry("a", new Header.Entry(Spec.f32(2), 0, 8)),
                        Map.entry("b", new Header.Entry(new Spec(DType.U8, Shape.of(2, 2)), 8, 12)));
        try (Weights weights = Safetensors.open(file)) {
            assertThat(weights.get("b").toInts()).containsExactly(8, 9, 10, 11);
        }
    }

    @Test
    void open_listsTensorsInTheOrderOfTheData() throws IOException {
        String header = "{'b':{'dtype':'U8','shape':[1],'data_offsets':[1,2]},'z':{'dtype':'U8','shape':[0],"
                + "'data_offsets':[1,1]},'a':{'dtype':'U8','shape':[],'data_offsets':[0,1]}}";
        try (Weights weights = Safetensors.open(put("x", TestFiles.file(json(header), 2)))) {
            assertThat(weights.keys()).containsExactly("a", "z", "b");
            assertThat(weights.get("a").shape()).isEqualTo(Shape.SCALAR);
            assertThat(weights.get("z").size()).isZero();
        }
    }

    @Test
    void open_ofAFileWithoutTensors_isEmpty() throws IOException {
        try (Weights weights = Safetensors.open(put("none.safetensors", TestFiles.file("{}", 0)))) {
            assertThat(weights.keys()).isEmpty();
        }
    }

    @Test
    void get_afterClose_saysSo() throws IOException {
        Weights weights = Safetensors.open(put("good.safetensors", TestFiles.file(json(GOOD), 12)));
        HostTensor kept = weights.get("a");
        weights.close();
        weights.close();
        assertThatIllegalStateException().isThrownBy(() -> weights.get("a")).withMessageContaining("good.safetensors");
        assertThatIllegalStateException().isThrownBy(() -> kept.get(0));
    }

    @Test
    void open_ofALink_readsWhatItLeadsTo() throws IOException {
        put("good.safetensors", TestFiles.file(json(GOOD), 12));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("good.safetensors"));
        try (Weights weights = Safetensors.open(link)) {
            assertThat(weights.keys()).containsExactly("a", "b");
        }
    }

    static Stream<Arguments> malformedHeaders() {
        String a = "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}";
        return Stream.of(
                Arguments.of("{" + a + "," + a + "}", 8, "Duplicate"),
                Arguments.of("{" + a + ",'\\u0061':{'dtype':'F32','shape':[0],'data_offsets':[8,8]}}", 8, "Duplicate"),
                Arguments.of("{'a':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 8, "Duplicate"),
                Arguments.of("{'__metadata__':{'k':'1','k':'2'}," + a + "}", 8, "Duplicate"),
                Arguments.of("{'__metadata__':{},'__metadata__':{}," + a + "}", 8, "Duplicate"),
                Arguments.of("{'__metadata__':{'k':1}," + a + "}", 8, "__metadata__ \"k\" should be a string"),
                Arguments.of("{'__metadata__':null," + a + "}", 8, "__metadata__ should be an object, is null"),
                Arguments.of("{'__metadata__':[]," + a + "}", 8, "__metadata__ should be an object, is a list"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'extra':1}}",
                        8,
                        "tensor \"a\": unknown field \"extra\""),
                Arguments.of("{'a':{'shape':[2],'data_offsets':[0,8]}}", 8, "the field dtype is missing"),
                Arguments.of("{'a':{'dtype':'F32','data_offsets':[0,8]}}", 8, "the field shape is missing"),
                Arguments.of("{'a':{'dtype':'F32','shape':[2]}}", 8, "the field data_offsets is missing"),
                Arguments.of("{'a':7}", 0, "tensor \"a\" should be an object, is a whole number"),
                Arguments.of("{'a':{'dtype':4,'shape':[2],'data_offsets':[0,8]}}", 8, "dtype should be a string"),
                Arguments.of("{'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}", 8, "shape should be a list"),
                Arguments.of("{'a':{'dtype':'F32','shape':[[2]],'data_offsets':[0,8]}}", 8, "is a list"),
                Arguments.of("{'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}}", 8, "is \"2.0\""),
                Arguments.of("{'a':{'dtype':'F32','shape':[2e0],'data_offsets':[0,8]}}", 8, "is \"2e0\""),
                Arguments.of("{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}", 8, "is \"-2\""),
                Arguments.of("{'a':{'dtype':'F32','shape':[-0],'data_offsets':[0,0]}}", 0, "is \"-0\""),
                Arguments.of("{'a':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}}", 8, "whole number"),
                Arguments.of("{'a':{'dtype':'F32','shape':[true],'data_offsets':[0,8]}}", 8, "whole number"),
                Arguments.of("{'a':{'dtype':'F32','shape':[02],'data_offsets':[0,8]}}", 8, "eading zero"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}}", 8, "too large"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2147483648],'data_offsets':[0,8589934592]}}", 8, "2147483647"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2147483647,2147483647,2147483647],'data_offsets':[0,8]}}",
                        8,
                        "shape [2147483647, 2147483647, 2147483647] is too large"),
                Arguments.of(
                        "{'a':{'dtype':'F64','shape':[1073741824,1073741824,2],'data_offsets':[0,0]}}", 0, "too large"),
                Arguments.of("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}", 8, "should be two numbers, are 1"),
                Arguments.of("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8,8]}}", 8, "two numbers, are 3"),
                Arguments.of("{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}", 8, "end before they begin"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}",
                        8,
                        "tensor \"a\": f32[3] needs 12 bytes, data_offsets hold 8"),
                Arguments.of(
                        "{'a':{'dtype':'F16','shape':[2],'data_offsets':[0,8]}}",
                        8,
                        "f16[2] needs 4 bytes, data_offsets hold 8"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                                + "'b':{'dtype':'F32','shape':[1],'data_offsets':[2,6]}}",
                        6,
                        "tensor \"b\" begins at 2, inside that of tensor \"a\", which ends at 4"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                                + "'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
                        4,
                        "inside that of tensor \"a\""),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                                + "'b':{'dtype':'F32','shape':[0],'data_offsets':[2,2]}}",
                        4,
                        "inside that of tensor \"a\""),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                                + "'b':{'dtype':'F32','shape':[1],'data_offsets':[6,10]}}",
                        10,
                        "a hole of 2 bytes between tensor \"a\" and tensor \"b\""),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}",
                        8,
                        "a hole of 4 bytes between the header and tensor \"a\""),
                Arguments.of("{" + a + "}", 9, "1 bytes too many"),
                Arguments.of("{}", 3, "3 bytes too many"),
                Arguments.of("{" + a + "}", 7, "truncated: the header describes "),
                Arguments.of("{" + a + "} {}", 8, "goes on after its closing brace"),
                Arguments.of("{" + a + "}x", 8, "not strict JSON"),
                Arguments.of("{" + a + "}\0\0", 8, "not strict JSON"),
                Arguments.of("{" + a + ",}", 8, "not strict JSON"),
                Arguments.of("{" + a, 8, "not strict JSON"),
                Arguments.of("{" + a + "/* why */}", 8, "not strict JSON"),
                Arguments.of("{'a':{'dtype':'F32','shape':[NaN],'data_offsets':[0,8]}}", 8, "not strict JSON"),
                Arguments.of("{'\\ud800':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 8, "lone surrogate"),
                Arguments.of("{'a':{'dtype':'f32','shape':[2],'data_offsets':[0,8]}}", 8, "no such type: \"f32\""),
                Arguments.of("{'a':{'dtype':'Q4_0','shape':[2],'data_offsets':[0,8]}}", 8, "no such type: \"Q4_0\""),
                Arguments.of("{'a':" + "[".repeat(500) + "]".repeat(500) + "}", 0, "should be an object, is a list"),
                Arguments.of(" {" + a + "}", 8, "should begin with '{', begins with the byte 0x20"));
    }

    @ParameterizedTest
    @MethodSource("malformedHeaders")
    void open_ofAMalformedHeader_namesTheRule(String header, int data, String expected) throws IOException {
        Path file = put("bad.safetensors", TestFiles.file(json(header), data));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(file))
                .withMessageStartingWith(file + ": ")
                .withMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource({"I8", "I16", "U16", "U32", "U64", "C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F6_E2M3"})
    void open_ofATypeThatIsNotRead_namesItAndThoseThatAre(String dtype) throws IOException {
        String header = "{'w':{'dtype':'" + dtype + "','shape':[2],'data_offsets':[0,8]}}";
        Path file = put("bad.safetensors", TestFiles.file(json(header), 8));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(file))
                .withMessageContaining("tensor \"w\" has the type " + dtype)
                .withMessageContaining("it reads F64, F32, F16, BF16, I64, I32, U8, BOOL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"C328", "FF", "C080", "EDA080", "F4908080", "E282"})
    void open_ofAHeaderThatIsNotUtf8_namesTheByte(String hex) throws IOException {
        byte[] header = ByteBuffer.allocate(64)
                .put((byte) '{')
                .put(HexFormat.of().parseHex(hex))
                .array();
        Path file = put("bad.safetensors", TestFiles.file(header, 0));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(file))
                .withMessageContaining("header is not UTF-8 at its byte 1");
    }

    static Stream<Arguments> foreignFiles() {
        byte[] lfs = bytes("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3438167540\n");
        byte[] torchZip = new byte[200];
        ByteBuffer.wrap(torchZip)
                .put("PK\3\4".getBytes(StandardCharsets.ISO_8859_1))
                .put(30, "archive/data.pkl".getBytes(StandardCharsets.US_ASCII));
        byte[] zip = new byte[200];
        ByteBuffer.wrap(zip).put("PK\3\4".getBytes(StandardCharsets.ISO_8859_1));
        byte[] huge = TestFiles.file("{}", 0);
        ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
        byte[] negative = TestFiles.file("{}", 0);
        ByteBuffer.wrap(negative).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
        byte[] early = TestFiles.file(json(GOOD), 0);
        return Stream.of(
                Arguments.of(new byte[0], "an empty file, not a safetensors file; download it again"),
                Arguments.of(lfs, "a Git LFS pointer for a file of 3438167540 bytes"),
                Arguments.of(lfs, "git lfs pull"),
                Arguments.of(bytes("<!DOCTYPE html>\n<html lang=en>"), "an HTML page"),
                Arguments.of(bytes("\n <HTML><head>"), "an HTML page"),
                Arguments.of(bytes("<?xml version='1.0'?><Error><Code>AccessDenied"), "XML text: \"<?xml"),
                Arguments.of(bytes("Entry not found"), "a text: \"Entry not found\""),
                Arguments.of(bytes("{\"error\":\"Repository not found\"}"), "a JSON text: \"{\"error\""),
                Arguments.of(torchZip, "a PyTorch checkpoint (pickle in a zip)"),
                Arguments.of(torchZip, "save_file"),
                Arguments.of(zip, "a zip archive"),
                Arguments.of(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc, 1, 2, 3, 4}, "(pickle)"),
                Arguments.of(new byte[] {(byte) 0x80, 4, (byte) 0x95, 0, 0, 0, 0, 0, 0, 0}, "(pickle)"),
                Arguments.of(bytes("GGUF\3\0\0\0\0\0\0\0"), "a GGUF file"),
                Arguments.of(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}, "an archive"),
                Arguments.of(new byte[4096], "zeros only"),
                Arguments.of(new byte[] {1, 2, 3}, "its 3 bytes cannot even hold the 8-byte length"),
                Arguments.of(TestFiles.file(new byte[0], 1), "a header of 0 bytes"),
                Arguments.of(huge, "a header of 100000001 bytes, the limit is 100000000"),
                Arguments.of(negative, "a header of 18446744073709551615 bytes"),
                Arguments.of(Arrays.copyOf(early, 8), "truncated"),
                Arguments.of(
                        Arrays.copyOf(early, 50),
                        "truncated: the header alone ends at byte " + early.length + ", the file has 50 bytes"),
                Arguments.of(
                        early,
                        "truncated: the header describes " + (early.length + 12) + " bytes, the file has "
                                + early.length + " bytes; download it again"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("foreignFiles")
    void open_ofWhatPeopleReallyHave_recognisesIt(byte[] content, String expected) throws IOException {
        Path file = put("model.safetensors", content);
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(file))
                .withMessageStartingWith(file + ": ")
                .withMessageContaining(expected);
    }

    @Test
    void open_ofAHeaderWhoseLengthLooksLikeAPickle_readsIt() throws IOException {
        String header = json(GOOD);
        header += " ".repeat(0x0280 - header.length()); // little-endian 80 02: the first bytes of a pickle
        try (Weights weights = Safetensors.open(put("x.safetensors", TestFiles.file(header, 12)))) {
            assertThat(weights.keys()).hasSize(2);
        }
    }

    @Test
    void open_ofAFolderADeviceOrNothing_saysSo() throws IOException {
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(folder))
                .withMessageContaining("a folder");
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(folder.resolve("none")))
                .withMessageContaining("no such file");
        Path link = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("none"));
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(link))
                .withMessageContaining("a link to nowhere");
        Path device = Path.of("/dev/zero");
        if (Files.exists(device)) {
            assertThatExceptionOfType(WeightsFormatException.class)
                    .isThrownBy(() -> Safetensors.open(device))
                    .withMessageContaining("not a regular file");
        }
    }

    @Test
    void open_ofSeededMutations_throwsNothingButFormatErrors() {
        byte[] good = TestFiles.file(json(GOOD) + "    ", 12);
        long seed = 20250101;
        SplittableRandom random = new SplittableRandom(seed);
        byte[] interesting = "{}[]\",:0129-eE.\\u\0\u007f ".getBytes(StandardCharsets.US_ASCII);
        int accepted = 0;
        int rounds = 20_000;
        for (int round = 0; round < rounds; round++) {
            byte[] mutated = good.clone();
            for (int n = random.nextInt(1, 5); n > 0; n--) {
                int at = random.nextInt(mutated.length);
                mutated[at] = random.nextBoolean()
                        ? interesting[random.nextInt(interesting.length)]
                        : (byte) random.nextInt(256);
            }
            if (random.nextInt(8) == 0) {
                mutated = Arrays.copyOf(mutated, random.nextInt(mutated.length + 8));
            }
            try {
                Weights weights = Safetensors.read("mutation", MemorySegment.ofArray(mutated));
                weights.tensors()
                        .forEach((key, tensor) -> assertThat(tensor.toFloats()).hasSize((int) tensor.size()));
                accepted++;
            } catch (WeightsFormatException e) {
                assertThat(e).hasMessageStartingWith("mutation: ");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
        // Changes of data, padding and names are harmless, so some are accepted; most hit the header.
        assertThat(accepted).isBetween(rounds / 100, rounds / 2);
    }

    @Test
    void open_ofMoreThan2GiB_readsTheLastElement() throws IOException {
        long elements = (1L << 31) + 4; // bytes; more than an int can count
        String header = json("{'big':{'dtype':'U8','shape':[2,1073741826],'data_offsets':[0," + elements + "]}}");
        Path file = put("big.safetensors", TestFiles.file(header, 0));
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.seek(8 + header.length() + elements - 1);
            sparse.write(42);
        }
        try (Weights weights = Safetensors.open(file)) {
            HostTensor big = weights.get("big");
            assertThat(big.size()).isEqualTo(elements);
            assertThat(big.get(elements - 1)).isEqualTo(42);
            assertThat(big.get(elements - 2)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "micro-sd15/unet/diffusion_pytorch_model.safetensors",
        "micro-sd15/vae/diffusion_pytorch_model.safetensors",
        "micro-sd15/text_encoder/model.safetensors",
        "micro-sd15-ldm.safetensors"
    })
    void write_ofWhatWasRead_givesTheSameBytesAsTheFormatsOwnWriter(String name) throws IOException {
        Path original = TestFiles.reference("pipelines/" + name);
        Path copy = folder.resolve("copy.safetensors");
        try (Weights weights = Safetensors.open(original)) {
            Safetensors.write(
                    copy, weights.tensors(), Safetensors.header(original).metadata());
        }
        assertThat(copy).hasSameBinaryContentAs(original);
    }

    @Test
    void write_ofEveryType_isReadBack() throws IOException {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("zwölf", HostTensor.of(new float[] {1.5f, -2, Float.NaN}, 3));
        for (DType dtype : DType.values()) {
            byte[] data = new byte[6 * dtype.bytes()];
            Arrays.fill(data, (byte) 1);
            tensors.put(dtype.name(), new HostTensor(new Spec(dtype, Shape.of(2, 3)), MemorySegment.ofArray(data)));
        }
        tensors.put("scalar", new HostTensor(Spec.f32(), MemorySegment.ofArray(new float[] {7})));
        tensors.put("nothing", HostTensor.zeros(Shape.of(0, 4)));
        tensors.put("quote\" \\ \n \u0001 \uD83D\uDC31", HostTensor.scalar(3));
        Path file = folder.resolve("all.safetensors");
        Map<String, String> metadata = Map.of("b", "2", "a", "eins\n\"zwei\" \uD83D\uDC31", "c", "");
        Safetensors.write(file, tensors, metadata);
        Header header = Safetensors.header(file);
        assertThat(header.dataAt() % 8).isZero();
        assertThat(header.metadata()).isEqualTo(metadata);
        try (Weights weights = Safetensors.open(file)) {
            assertThat(weights.keys()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
            tensors.forEach((key, tensor) -> {
                HostTensor found = weights.get(key);
                assertThat(found.spec()).isEqualTo(tensor.spec());
                assertThat(found.data().mismatch(tensor.data())).isEqualTo(-1);
            });
        }
    }

    @Test
    void write_doesNotDependOnTheOrderOfItsMaps() throws IOException {
        HostTensor one = HostTensor.scalar(1);
        HostTensor two = HostTensor.of(new int[] {2}, 1);
        Map<String, HostTensor> backwards = new LinkedHashMap<>();
        backwards.put("b", two);
        backwards.put("a", one);
        Safetensors.write(folder.resolve("1"), Map.of("a", one, "b", two), Map.of("x", "1", "y", "2"));
        Safetensors.write(folder.resolve("2"), backwards, new LinkedHashMap<>(Map.of("y", "2", "x", "1")));
        assertThat(folder.resolve("1")).hasSameBinaryContentAs(folder.resolve("2"));
    }

    @Test
    void write_overAMappedFile_leavesTheMappingAndNoOtherFile() throws IOException {
        Path file = folder.resolve("w.safetensors");
        Safetensors.write(file, Map.of("a", HostTensor.scalar(1)), Map.of());
        try (Weights old = Safetensors.open(file)) {
            Safetensors.write(file, Map.of("a", HostTensor.scalar(2)), Map.of());
            assertThat(old.get("a").get(0)).isEqualTo(1);
        }
        try (Weights now = Safetensors.open(file);
                Stream<Path> files = Files.list(folder)) {
            assertThat(now.get("a").get(0)).isEqualTo(2);
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void write_ofANameThatTheFormatForbids_failsAndWritesNothing() throws IOException {
        Path file = folder.resolve("w.safetensors");
        for (String name : List.of("__metadata__", "\uD800")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Safetensors.write(file, Map.of(name, HostTensor.scalar(1)), Map.of()));
        }
        assertThat(folder).isEmptyDirectory();
    }
}
