package io.github.cones4j.diffusion.toyland.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.clip.TokenizedText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyTest {
    private static final String RESOURCES = "/io/github/cones4j/toyland/tokenizer/";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        Vocabulary.write(folder);
    }

    @Test
    void contents_areTheResources() throws IOException {
        for (Map.Entry<String, String> file : Vocabulary.contents().entrySet()) {
            try (InputStream stream = Vocabulary.class.getResourceAsStream(RESOURCES + file.getKey())) {
                String stored = new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
                assertThat(stored)
                        .as("%s (Vocabulary.main writes it anew)", file.getKey())
                        .isEqualTo(file.getValue());
            }
        }
    }

    @Test
    void vocabulary_isThe512BytesTheMergesAndTheTwoMarks() {
        ClipTokenizer tokenizer = ClipTokenizer.load(folder);
        int merges = (int) Objects.requireNonNull(Vocabulary.contents().get("merges.txt"))
                        .lines()
                        .count()
                - 1;
        assertThat(tokenizer.vocabularySize()).isEqualTo(512 + merges + 2);
        assertThat(tokenizer.token(0)).isEqualTo("!");
        assertThat(tokenizer.token(188)).isEqualTo("\u0100"); // byte 0, the first that is not printable
        assertThat(tokenizer.token(256)).isEqualTo("!</w>");
        assertThat(tokenizer.startId()).isEqualTo(512 + merges);
        assertThat(tokenizer.endId()).isEqualTo(512 + merges + 1);
        assertThat(tokenizer.padId()).isEqualTo(tokenizer.endId());
        assertThat(tokenizer.maxLength()).isEqualTo(Vocabulary.LENGTH);
    }

    @Test
    void everyWordAndName_isOneToken() {
        ClipTokenizer tokenizer = ClipTokenizer.load(folder);
        TreeSet<String> words = new TreeSet<>(Captions.words());
        words.addAll(Vocabulary.NAMES);
        for (String word : words) {
            int[] ids = tokenizer.encode(word);
            assertThat(ids).as(word).hasSize(1);
            assertThat(tokenizer.token(ids[0])).isEqualTo(word + "</w>");
        }
    }

    @Test
    void names_occurInNoCaption() {
        assertThat(Captions.words()).doesNotContainAnyElementsOf(Vocabulary.NAMES);
        assertThat(Vocabulary.NAMES).hasSizeGreaterThanOrEqualTo(Subject.ALL.size());
    }

    @Test
    void everyPrompt_isAsManyTokensAsWords_andFits() {
        ClipTokenizer tokenizer = ClipTokenizer.load(folder);
        List<String> prompts = new ArrayList<>();
        for (Subject subject : Subject.ALL) {
            for (Scene scene : Scene.values()) {
                prompts.add(subject.prompt(scene).replace(Subject.PLACEHOLDER, Vocabulary.NAMES.getFirst()));
                prompts.add(subject.classPrompt(scene));
                prompts.add(subject.descriptionPrompt(scene));
            }
        }
        for (long seed = 0; seed < 5_000; seed++) {
            prompts.add(World.picture(seed).caption());
        }
        for (String prompt : prompts) {
            TokenizedText tokens = tokenizer.tokenize(prompt);
            assertThat(tokens.length()).as(prompt).isEqualTo(prompt.split(" ", -1).length + 2);
            assertThat(tokens.dropped()).as(prompt).isZero();
        }
    }
}
