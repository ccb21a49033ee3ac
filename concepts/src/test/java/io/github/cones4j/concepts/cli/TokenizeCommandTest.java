package io.github.cones4j.concepts.cli;

import static io.github.cones4j.concepts.cli.CommandRun.reference;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class TokenizeCommandTest {
    @TempDir
    private Path folder;

    private static int[] ids(JsonNode line) {
        return Json.MAPPER.treeToValue(line.get("ids"), int[].class);
    }

    @Test
    void json_givesALineOfPaddedIdsForEveryLine() {
        ClipTokenizer.bundled().save(folder);

        CommandRun run = CommandRun.reading(
                "{\"text\": \"a photo of a cat\"}\n{\"text\": \"\\u00e9\", \"n\": 2}\n{\"text\": \"\"}",
                "tokenize",
                "--model",
                folder,
                "--json");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.json())
                .hasSize(3)
                .allSatisfy(line -> assertThat(ids(line)).hasSize(77));
        // of CLIPTokenizer, transformers 5.17
        assertThat(ids(run.json().getFirst())).startsWith(49406, 320, 1125, 539, 320, 2368, 49407, 49407);
        assertThat(ids(run.json().getLast())).startsWith(49406, 49407, 49407);
    }

    /** Tier A of the cases, in which five reference tokenizers agree. */
    @Test
    void json_givesTheIdsOfTransformers() throws IOException {
        ClipTokenizer.bundled().save(folder);
        List<JsonNode> cases = Files.readAllLines(reference("tokenizer_cases.jsonl")).stream()
                .map(line -> Json.MAPPER.readTree(line))
                .filter(line -> line.get("tier").stringValue().equals("A"))
                .toList();
        StringBuilder in = new StringBuilder();
        cases.forEach(line -> in.append("{\"text\":").append(line.get("text")).append("}\n"));

        CommandRun run = CommandRun.reading(in.toString(), "tokenize", "--model", folder, "--json");

        assertThat(run.code()).isZero();
        assertThat(run.json()).hasSameSizeAs(cases);
        for (int i = 0; i < cases.size(); i++) {
            int[] expected = Arrays.copyOf(ids(cases.get(i)), 77);
            Arrays.fill(expected, cases.get(i).get("ids").size(), 77, 49407);
            assertThat(ids(run.json().get(i)))
                    .as(cases.get(i).get("text").toString())
                    .isEqualTo(expected);
        }
    }

    @Test
    void aModelOfWhichOnlyTheTokenizerIsThere_suffices() throws IOException {
        Path from = reference("pipelines/micro-sd21/tokenizer");
        Path to = Files.createDirectories(folder.resolve("tokenizer"));
        for (String file : List.of("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")) {
            if (Files.exists(from.resolve(file))) {
                Files.copy(from.resolve(file), to.resolve(file));
            }
        }

        CommandRun run = CommandRun.reading("{\"text\": \"a cat\"}", "tokenize", "--model", folder, "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(ids(run.json().getFirst())).hasSize(77);
    }

    @Test
    void lineWithoutAText_exitsWithTwoAndNamesIt() {
        Path tokenizer = reference("pipelines/micro-sd15/tokenizer");

        CommandRun missing =
                CommandRun.reading("{\"text\": \"a\"}\n{\"txt\": \"a\"}\n", "tokenize", "--model", tokenizer, "--json");
        CommandRun broken = CommandRun.reading("a cat\n", "tokenize", "--model", tokenizer, "--json");

        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.json()).hasSize(1);
        assertThat(missing.err()).contains("line 2: expected an object {\"text\": \"...\"}, found {\"txt\": \"a\"}");
        assertThat(broken.code()).isEqualTo(2);
        assertThat(broken.err()).contains("line 1: expected an object").contains("found a cat");
    }

    @Test
    void bytesThatAreNotUtf8_areRefused() {
        byte[] bytes = {'{', '"', 't', 'e', 'x', 't', '"', ':', '"', (byte) 0xC3, '(', '"', '}', '\n'};

        CommandRun run = CommandRun.reading(
                new ByteArrayInputStream(bytes), "tokenize", "--model", reference("pipelines/micro-sd15"), "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("not UTF-8");
    }

    @Test
    void text_isShownWithItsTokens() {
        ClipTokenizer.bundled().save(folder);

        CommandRun run = CommandRun.of("tokenize", "--model", folder, "a cat");

        assertThat(run.out()).contains("4 of 77 tokens", "2368 cat</w>", "49407 <|endoftext|>");
    }

    @Test
    void neitherTextNorJson_exitsWithTwo() {
        CommandRun run = CommandRun.of("tokenize", "--model", reference("pipelines/micro-sd15"));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--json").contains("TEXT");
    }
}
