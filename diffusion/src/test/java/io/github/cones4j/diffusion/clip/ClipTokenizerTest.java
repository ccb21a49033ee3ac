package io.github.cones4j.diffusion.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.diffusion.clip.ClipTokenizer.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Against transformers 5.17: {@code reference/tokenizer_cases.jsonl}, 380 texts; {@code ids} with the end token as pad token, {@code
 * ids_sd2} with {@code !}.
 */
class ClipTokenizerTest {
    private static final ClipTokenizer CLIP = ClipTokenizer.bundled();
    private static final ClipTokenizer SD2 = ClipTokenizer.bundled("!");

    record Case(String text, List<Integer> ids, List<Integer> idsSd2) {
        @Override
        public String toString() {
            return text.length() > 60 ? text.substring(0, 60) + "..." : text;
        }
    }

    static Stream<Case> cases() throws IOException {
        JsonMapper json = new JsonMapper();
        return Files.readAllLines(Reference.path("tokenizer_cases.jsonl")).stream()
                .map(line -> {
                    JsonNode row = json.readTree(line);
                    return new Case(row.get("text").asString(), ints(row.get("ids")), ints(row.get("ids_sd2")));
                });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyStoredText_hasTheIdsOfTransformers(Case stored) {
        assertThat(CLIP.tokenize(stored.text()).unpadded()).containsExactly(array(stored.ids()));
        assertThat(SD2.tokenize(stored.text()).unpadded()).containsExactly(array(stored.idsSd2()));
    }

    @Test
    void bundledVocabulary_isNumberedAsPublished() {
        assertThat(CLIP.vocabularySize()).isEqualTo(49408);
        assertThat(CLIP.startId()).isEqualTo(49406);
        assertThat(CLIP.endId()).isEqualTo(49407);
        assertThat(CLIP.token(49405)).isEqualTo("jekyll</w>");
        assertThat(CLIP.id("cat</w>")).contains(2368);
        assertThat(CLIP.id("catt</w>")).isEmpty();
        assertThat(CLIP.maxLength()).isEqualTo(77);
    }

    @Test
    void padding_followsTheModel() {
        assertThat(CLIP.tokenize("a cat").ids())
                .hasSize(77)
                .startsWith(49406, 320, 2368, 49407, 49407)
                .endsWith(49407);
        assertThat(SD2.tokenize("a cat").ids())
                .hasSize(77)
                .startsWith(49406, 320, 2368, 49407, 0)
                .endsWith(0);
    }

    @Test
    void tokenize_ofALongText_keepsTheEndTokenAndCountsWhatItDropped() {
        TokenizedText text = CLIP.tokenize("cat ".repeat(100));

        assertThat(text.length()).isEqualTo(77);
        assertThat(text.ids()).endsWith(2368, 49407);
        assertThat(text.dropped()).isEqualTo(25);
    }

    @Test
    void microTokenizer_readsItsFolderAndItsThousandTokens() {
        ClipTokenizer micro = ClipTokenizer.load(Reference.path("pipelines/micro-sd15/tokenizer"));

        assertThat(micro.vocabularySize()).isEqualTo(1000);
        // 0.ids and 1.ids of the text case of the micro pipeline
        assertThat(micro.tokenize("a photo of a cat").unpadded())
                .containsExactly(998, 320, 816, 531, 539, 320, 66, 536, 999);
        assertThat(micro.tokenize("a high-resolution 8k photo of <new1> dog, it's sitting; café")
                        .unpadded())
                .containsExactly(
                        998, 320, 677, 790, 268, 515, 82, 562, 84, 740, 279, 330, 816, 531, 539, 283, 686, 272, 285,
                        639, 326, 267, 585, 568, 82, 529, 694, 282, 66, 702, 127, 358, 999);
        assertThat(micro.decode(micro.tokenize("a photo of a cat").unpadded()))
                .isEqualTo("<|startoftext|> a photo of a cat <|endoftext|>");
    }

    @Test
    void save_thenLoad_givesTheSameTokenizer(@TempDir Path folder) {
        ClipTokenizer saved = SD2.withToken("<new1>");
        saved.save(folder);

        ClipTokenizer loaded = ClipTokenizer.load(folder);

        assertThat(loaded.vocabularySize()).isEqualTo(49409);
        String text = "<|ENDOFTEXT|> a <new1>! Cat's café";
        assertThat(loaded.tokenize(text).ids())
                .containsExactly(saved.tokenize(text).ids());
    }

    @Test
    void load_ofASingleTokenizerFile_readsVocabularyMergesAndAddedTokens(@TempDir Path folder) throws IOException {
        String json = """
                {"added_tokens": [{"id": 5, "content": "<s>", "normalized": false, "special": true},
                                  {"id": 6, "content": "</s>", "normalized": false, "special": true}],
                 "model": {"vocab": {"a": 0, "b": 1, "b</w>": 2, "ab</w>": 3, "a</w>": 4, "<s>": 5, "</s>": 6},
                           "merges": [["a", "b</w>"]]}}
                """;
        Files.writeString(folder.resolve("tokenizer.json"), json);
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "</s>", "model_max_length": 8}
                """);

        ClipTokenizer tokenizer = ClipTokenizer.load(folder);

        assertThat(tokenizer.tokenize("AB a</s>?").ids()).containsExactly(5, 3, 4, 6, 6, 6, 6, 6);
    }

    @Test
    void withToken_takesTheNextId_andIsFoundInsideWordsAndInCapitals() {
        ClipTokenizer with = CLIP.withToken("<new1>");

        assertThat(with.vocabularySize()).isEqualTo(49409);
        assertThat(with.tokenize("a photo of <NEW1>dog").unpadded())
                .containsExactly(49406, 320, 1125, 539, 49408, 1929, 49407);
        assertThat(with.token(49408)).isEqualTo("<new1>");
        assertThat(with.id("<new1>")).contains(49408);
        assertThat(CLIP.vocabularySize()).as("the one before").isEqualTo(49408);
        assertThat(with.withToken("<new2>").tokenize("<new2><new1>").unpadded())
                .containsExactly(49406, 49409, 49408, 49407);
    }

    @Test
    void withToken_thatExists_namesItsId() {
        assertThatThrownBy(() -> CLIP.withToken("cat</w>"))
                .hasMessageContaining("token 2368")
                .hasMessageContaining("another name");
        assertThatThrownBy(() -> CLIP.withToken("<v>").withToken("<V>")).hasMessageContaining("token 49408");
        assertThatThrownBy(() -> CLIP.withToken(" \t")).hasMessageContaining("' \t'");
    }

    @Test
    void find_givesEachOccurrenceOfAPhrase_wholeWordsOnly() {
        TokenizedText text = CLIP.tokenize("A caterpillar, a black Cat and another cat");

        assertThat(CLIP.find(text, "cat")).containsExactly(new Span(6, 7), new Span(9, 10));
        assertThat(CLIP.find(text, "black cat")).containsExactly(new Span(5, 7));
        assertThat(CLIP.find(text, "dog")).isEmpty();
        assertThat(CLIP.find(text, "")).isEmpty();
    }

    @Test
    void encode_ofAVeryLongWord_staysFast() {
        assertThat(CLIP.encode("a".repeat(200_000))).hasSizeBetween(20_000, 200_000);
    }

    @Test
    void decode_givesWordsBack() {
        assertThat(CLIP.decode(CLIP.encode("It's a café, 42 猫"))).isEqualTo("it 's a café , 4 2 猫");
    }

    @Test
    void token_ofAnImpossibleId_namesTheRange() {
        assertThatThrownBy(() -> CLIP.token(49408)).hasMessage("token id 49408 is not in 0..49407");
    }

    @Test
    void bytesThatTheVocabularyLacks_becomeTheUnknownToken(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("vocab.json"), "{\"a\": 0, \"a</w>\": 1, \"<|startoftext|>\": 2, \"<|endoftext|>\": 3}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");

        assertThat(ClipTokenizer.load(folder).encode("aba")).containsExactly(0, 3, 1);
    }

    @Test
    void load_ofMissingFiles_namesThem(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> ClipTokenizer.load(folder.resolve("nowhere")))
                .hasMessageContaining("nowhere: no such folder");
        assertThatThrownBy(() -> ClipTokenizer.load(folder)).hasMessageContaining("vocab.json: no such file");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder)).hasMessageContaining("merges.txt: no such file");
    }

    @Test
    void load_ofAMalformedMergesLine_namesFileLineAndWhatItFound(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0, \"b\": 1, \"ab\": 2}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b\na b c\n");

        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .hasMessageEndingWith("merges.txt: line 3: expected two tokens with a space between, found 'a b c'");
    }

    @Test
    void load_ofAMergeWithoutItsToken_namesFileLineAndToken(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0, \"b\": 1}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b\n");

        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .hasMessageContaining("merges.txt: line 2: token 'ab' of the merge 'a b' is not in the vocabulary");
    }

    @Test
    void load_ofAMalformedVocabulary_namesFileAndPlace(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("vocab.json");
        Files.writeString(file, "{\"a\": 0,\n\"b\" 1}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder)).hasMessageContaining("vocab.json: line 2");
        Files.writeString(file, "{\"a\": 0, \"b\": 0}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .hasMessageContaining("expected each id once, found 'a' and 'b': 0");
        Files.writeString(file, "{\"a\": 0, \"b\": 7}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .hasMessageContaining("expected ids 0..1, each once, found 'b': 7");
        Files.writeString(file, "[1]");
        assertThatThrownBy(() -> ClipTokenizer.load(folder)).hasMessageContaining("expected an object of ids by token");
    }

    private static List<Integer> ints(JsonNode ids) {
        return ids.valueStream().map(JsonNode::asInt).toList();
    }

    private static int[] array(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
