package io.github.cones4j.diffusion.toyland.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TokenizerFilesTest {
    private static final String FOLDER = "/io/github/cones4j/toyland/tokenizer/";

    @Test
    void contents_areTheResources() throws IOException {
        for (Map.Entry<String, String> file : TokenizerFiles.contents().entrySet()) {
            try (InputStream stream = TokenizerFiles.class.getResourceAsStream(FOLDER + file.getKey())) {
                String stored = new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
                assertThat(stored)
                        .as("%s (TokenizerFiles.main writes it anew)", file.getKey())
                        .isEqualTo(file.getValue());
            }
        }
    }

    @Test
    void vocabulary_hasBytesMergesAndTheTwoMarks_numberedWithoutHoles() {
        List<String> tokens = tokens();
        int merges = ranks().size();
        assertThat(tokens).hasSize(512 + merges + 2).doesNotHaveDuplicates();
        assertThat(tokens.subList(0, 3)).containsExactly("!", "\"", "#");
        assertThat(tokens.get(188)).isEqualTo("\u0100"); // byte 0, the first that is not printable
        assertThat(tokens.get(256)).isEqualTo("!</w>");
        assertThat(tokens.subList(512 + merges, 514 + merges)).containsExactly("<|startoftext|>", "<|endoftext|>");
    }

    @Test
    void everyWordAndName_isOneToken() {
        Map<String, Integer> ranks = ranks();
        List<String> tokens = tokens();
        TreeSet<String> words = new TreeSet<>(Captions.words());
        words.addAll(TokenizerFiles.NAMES);
        for (String word : words) {
            List<String> pieces = encode(word, ranks);
            assertThat(pieces).as(word).containsExactly(word + "</w>");
            assertThat(tokens).contains(word + "</w>");
        }
    }

    @Test
    void names_occurInNoCaption() {
        assertThat(Captions.words()).doesNotContainAnyElementsOf(TokenizerFiles.NAMES);
        assertThat(TokenizerFiles.NAMES).hasSizeGreaterThanOrEqualTo(Subject.ALL.size());
    }

    @Test
    void everyPrompt_fitsWithStartAndEnd() {
        List<String> prompts = new ArrayList<>();
        for (Subject subject : Subject.ALL) {
            for (Scene scene : Scene.values()) {
                prompts.add(subject.prompt(scene).replace(Subject.PLACEHOLDER, TokenizerFiles.NAMES.getFirst()));
                prompts.add(subject.classPrompt(scene));
                prompts.add(subject.descriptionPrompt(scene));
            }
        }
        for (long seed = 0; seed < 2_000; seed++) {
            prompts.add(World.picture(seed).caption());
        }
        Map<String, Integer> ranks = ranks();
        for (String prompt : prompts) {
            int length = 2;
            for (String word : List.of(prompt.split(" "))) {
                length += encode(word, ranks).size();
            }
            assertThat(length).as(prompt).isLessThanOrEqualTo(TokenizerFiles.LENGTH);
        }
    }

    /** The pair of lowest rank is merged until none is left, as CLIP does. */
    private static List<String> encode(String word, Map<String, Integer> ranks) {
        List<String> symbols = new ArrayList<>();
        for (int i = 0; i < word.length(); i++) {
            symbols.add(word.charAt(i) + (i == word.length() - 1 ? "</w>" : ""));
        }
        while (true) {
            int best = -1;
            int least = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int rank = ranks.getOrDefault(symbols.get(i) + " " + symbols.get(i + 1), Integer.MAX_VALUE);
                if (rank < least) {
                    least = rank;
                    best = i;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    private static Map<String, Integer> ranks() {
        Map<String, Integer> ranks = new HashMap<>();
        Objects.requireNonNull(TokenizerFiles.contents().get("merges.txt"))
                .lines()
                .skip(1)
                .forEach(line -> ranks.put(line, ranks.size()));
        return ranks;
    }

    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>();
        Objects.requireNonNull(TokenizerFiles.contents().get("vocab.json"))
                .lines()
                .filter(line -> line.startsWith("  "))
                .forEach(line -> {
                    int colon = line.lastIndexOf("\": ");
                    int id = Integer.parseInt(line.substring(colon + 3).replace(",", ""));
                    assertThat(id).isEqualTo(tokens.size());
                    tokens.add(line.substring(3, colon).replace("\\\"", "\"").replace("\\\\", "\\"));
                });
        return tokens;
    }
}
