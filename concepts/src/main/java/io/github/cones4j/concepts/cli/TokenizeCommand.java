package io.github.cones4j.concepts.cli;

import static java.util.Objects.requireNonNull;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.clip.TokenizedText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code cones tokenize}: texts as the ids that the text encoder reads. */
@Command(
        name = "tokenize",
        description = "Turns texts into the token ids that the model's text encoder reads.",
        footer = {
            "",
            "A JSON line {\"text\": \"a photo of a cat\"} in gives a line {\"ids\": [49406, 320, ...]} out, padded to the",
            "model's length (77 for Stable Diffusion). Only the tokenizer of the model has to be there."
        })
final class TokenizeCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ModelOption model = new ModelOption();

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "Texts to show with their tokens.")
    private List<String> texts = List.of();

    @Option(names = "--json", description = "Reads JSON lines from the standard input, writes JSON lines.")
    private boolean json;

    TokenizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (json == !texts.isEmpty()) {
            throw new ParameterException(
                    requireNonNull(spec).commandLine(),
                    json
                            ? "--json reads texts from the standard input, not from the command line"
                            : "give a TEXT, or --json and JSON lines on the standard input");
        }
        ClipTokenizer tokenizer = model.tokenizer();
        if (json) {
            lines(tokenizer);
        } else {
            texts.forEach(text -> show(tokenizer, tokenizer.tokenize(text)));
        }
        return 0;
    }

    private void lines(ClipTokenizer tokenizer) throws IOException {
        // not the Charset but its decoder: it refuses malformed bytes instead of replacing them
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8.newDecoder()));
        int number = 0;
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    TokenizedText text = tokenizer.tokenize(text(number, line));
                    console.out().println(Json.line(Map.of("ids", text.ids())));
                    console.out().flush();
                }
            }
        } catch (CharacterCodingException _) {
            throw new IllegalArgumentException("standard input: after line " + number + ": not UTF-8");
        }
    }

    private static String text(int number, String line) {
        JsonNode value;
        try {
            value = Json.MAPPER.readTree(line).path("text");
        } catch (JacksonException e) {
            throw new IllegalArgumentException(expected(number, line) + " (" + e.getOriginalMessage() + ")");
        }
        if (!value.isString()) {
            throw new IllegalArgumentException(expected(number, line));
        }
        return value.stringValue();
    }

    private static String expected(int number, String line) {
        String found = line.length() <= 60 ? line : line.substring(0, 60) + "...";
        return "standard input: line " + number + ": expected an object {\"text\": \"...\"}, found " + found;
    }

    private void show(ClipTokenizer tokenizer, TokenizedText text) {
        StringBuilder tokens = new StringBuilder();
        for (int id : text.unpadded()) {
            tokens.append("  ").append(id).append(' ').append(tokenizer.token(id));
        }
        String dropped = text.dropped() == 0 ? "" : ", " + text.dropped() + " more had no place";
        console.out()
                .println('"' + text.text() + "\": " + text.length() + " of " + tokenizer.maxLength() + " tokens"
                        + dropped);
        console.out().println(tokens.substring(1));
    }
}
