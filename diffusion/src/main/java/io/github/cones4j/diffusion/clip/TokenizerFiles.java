package io.github.cones4j.diffusion.clip;

import io.github.cones4j.diffusion.clip.BytePairs.Merge;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tokenizer folders as transformers writes and reads them. */
final class TokenizerFiles {
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String WHOLE = "tokenizer.json";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String SPECIALS = "special_tokens_map.json";
    private static final String ADDED = "added_tokens.json";
    private static final String BUNDLED = "openai-clip-merges.txt";
    private static final String VERSION = "#version: 0.2";
    private static final int LONGEST = 1 << 16;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private TokenizerFiles() {}

    /** OpenAI's list of merges, from which the vocabulary follows. */
    static ClipTokenizer bundled(TokenizerConfig config) {
        try (InputStream in = TokenizerFiles.class.getResourceAsStream(BUNDLED)) {
            if (in == null) {
                throw new IllegalStateException("resource " + BUNDLED + " is missing from the class path");
            }
            List<Merge> merges = merges(BUNDLED, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            Map<String, Integer> vocabulary = BytePairs.vocabularyOf(merges);
            vocabulary.put(TokenizerConfig.START, vocabulary.size());
            vocabulary.put(TokenizerConfig.END, vocabulary.size());
            return tokenizer(BUNDLED, vocabulary, merges, config);
        } catch (IOException e) {
            throw new UncheckedIOException(BUNDLED, e);
        }
    }

    static ClipTokenizer read(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw error(folder, "no such folder", "a tokenizer folder holds " + VOCABULARY + " and " + MERGES);
        }
        Path whole = folder.resolve(WHOLE);
        if (!Files.exists(folder.resolve(VOCABULARY)) && Files.exists(whole)) {
            JsonNode json = json(whole);
            JsonNode model = json.path("model");
            List<Merge> merges = new ArrayList<>();
            for (JsonNode merge : model.path("merges")) {
                String text = merge.isArray()
                        ? merge.path(0).asString("") + " " + merge.path(1).asString("")
                        : merge.asString("");
                merges.add(merge(whole.toString(), "merge " + merges.size(), text));
            }
            List<SpecialToken> added = new ArrayList<>();
            json.path("added_tokens").forEach(token -> added.add(special(whole, "added_tokens", token)));
            return tokenizer(whole.toString(), vocabulary(whole, model.path("vocab")), merges, config(folder, added));
        }
        Map<String, Integer> vocabulary = vocabulary(folder.resolve(VOCABULARY), json(folder.resolve(VOCABULARY)));
        String mergesFile = folder.resolve(MERGES).toString();
        List<Merge> merges = merges(mergesFile, text(folder.resolve(MERGES)));
        return tokenizer(mergesFile, vocabulary, merges, config(folder, List.of()));
    }

    static void write(Path folder, BytePairs bytePairs, TokenizerConfig config) {
        Map<String, JsonNode> specials = new LinkedHashMap<>();
        specials.put("bos_token", json(config.start()));
        specials.put("eos_token", json(config.end()));
        specials.put("unk_token", json(config.unknown()));
        specials.put("pad_token", json(config.pad()));
        ObjectNode settings = JSON.createObjectNode();
        settings.put("add_prefix_space", false);
        settings.put("do_lower_case", true);
        settings.put("model_max_length", config.maxLength());
        settings.put("tokenizer_class", "CLIPTokenizer");
        specials.forEach((key, token) -> settings.set(
                key, token instanceof ObjectNode object ? object.deepCopy().put("__type", "AddedToken") : token));
        Stream<String> merges = bytePairs.merges().stream().map(merge -> merge.left() + " " + merge.right());
        try {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve(MERGES),
                    Stream.concat(Stream.of(VERSION), merges).collect(Collectors.joining("\n", "", "\n")));
            write(folder.resolve(VOCABULARY), bytePairs.vocabulary());
            write(folder.resolve(SPECIALS), specials);
            write(folder.resolve(CONFIG), settings);
            if (!config.added().isEmpty()) {
                Map<String, Integer> ids = new LinkedHashMap<>(config.ids(bytePairs.vocabulary()));
                ids.keySet()
                        .retainAll(config.added().stream()
                                .map(SpecialToken::content)
                                .toList());
                write(folder.resolve(ADDED), ids);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder.toString(), e);
        }
    }

    private static void write(Path file, Object value) throws IOException {
        Files.writeString(file, JSON.writeValueAsString(value) + "\n");
    }

    private static ClipTokenizer tokenizer(
            String mergesFile, Map<String, Integer> vocabulary, List<Merge> merges, TokenizerConfig config) {
        for (Merge merge : merges) {
            for (String token : List.of(merge.left(), merge.right(), merge.product())) {
                if (!vocabulary.containsKey(token)) {
                    throw error(
                            mergesFile,
                            merge.place() + ": token '" + token + "' of the merge '" + merge.left() + " "
                                    + merge.right() + "' is not in the vocabulary",
                            "the files belong to different tokenizers or one is damaged");
                }
            }
        }
        int unknown = config.ids(vocabulary).getOrDefault(config.unknown().content(), 0);
        return new ClipTokenizer(new BytePairs(vocabulary, merges, unknown), config);
    }

    private static Map<String, Integer> vocabulary(Path file, JsonNode json) {
        if (!json.isObject() || json.isEmpty()) {
            throw error(file, "expected an object of ids by token, found " + json.getNodeType(), "");
        }
        Map<String, Integer> vocabulary = LinkedHashMap.newLinkedHashMap(json.size());
        Map<Integer, String> byId = new TreeMap<>();
        json.properties().forEach(entry -> {
            JsonNode id = entry.getValue();
            String found = "'" + entry.getKey() + "': " + id;
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= json.size()) {
                throw error(file, "expected ids 0.." + (json.size() - 1) + ", each once, found " + found, "");
            }
            String other = byId.put(id.intValue(), entry.getKey());
            if (other != null) {
                throw error(file, "expected each id once, found '" + other + "' and " + found, "");
            }
            vocabulary.put(entry.getKey(), id.intValue());
        });
        return vocabulary;
    }

    private static List<Merge> merges(String file, String text) {
        List<Merge> merges = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (!line.startsWith("#version")) {
                merges.add(merge(file, "line " + number, line));
            }
        }
        return merges;
    }

    private static Merge merge(String file, String place, String text) {
        String[] pair = text.split(" ", -1);
        if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
            throw error(file, place + ": expected two tokens with a space between, found '" + text + "'", "");
        }
        return new Merge(pair[0], pair[1], place);
    }

    /**
     * Start, end, unknown and pad token: from the special tokens map unless the configuration lists its added tokens (newer
     * versions), else from the configuration.
     */
    private static TokenizerConfig config(Path folder, List<SpecialToken> addedInFile) {
        Path configFile = folder.resolve(CONFIG);
        Path specialsFile = folder.resolve(SPECIALS);
        JsonNode config = Files.exists(configFile) ? json(configFile) : JSON.createObjectNode();
        JsonNode specials = Files.exists(specialsFile) ? json(specialsFile) : JSON.createObjectNode();
        Map<String, SpecialToken> added = new LinkedHashMap<>();
        addedInFile.forEach(token -> added.put(token.content(), token));
        JsonNode decoder = config.path("added_tokens_decoder");
        decoder.forEach(token -> {
            SpecialToken special = special(configFile, "added_tokens_decoder", token);
            added.put(special.content(), special);
        });
        Path addedFile = folder.resolve(ADDED);
        if (decoder.isMissingNode() && Files.exists(addedFile)) {
            json(addedFile).properties().stream()
                    .sorted((a, b) ->
                            Integer.compare(a.getValue().asInt(0), b.getValue().asInt(0)))
                    .forEach(entry -> added.put(entry.getKey(), new SpecialToken(entry.getKey(), true)));
        }
        Function<String, SpecialToken> named = key -> {
            boolean inMap = decoder.isMissingNode() && specials.hasNonNull(key);
            JsonNode token = inMap ? specials.path(key) : config.path(key);
            SpecialToken special = token.isMissingNode() || token.isNull()
                    ? new SpecialToken(key.equals("bos_token") ? TokenizerConfig.START : TokenizerConfig.END, false)
                    : special(inMap ? specialsFile : configFile, key, token);
            return added.getOrDefault(special.content(), special);
        };
        JsonNode length = config.path("model_max_length");
        boolean usable = length.isIntegralNumber() && length.canConvertToInt() && length.intValue() <= LONGEST;
        return new TokenizerConfig(
                named.apply("bos_token"),
                named.apply("eos_token"),
                named.apply("unk_token"),
                named.apply("pad_token"),
                List.copyOf(added.values()),
                usable ? length.intValue() : TokenizerConfig.CLIP_LENGTH);
    }

    private static SpecialToken special(Path file, String key, JsonNode token) {
        if (token.isString() && !token.stringValue().isEmpty()) {
            return new SpecialToken(token.stringValue(), false);
        }
        String content = token.path("content").asString("");
        if (content.isEmpty()) {
            throw error(file, key + ": expected a token or an object with its 'content', found " + token, "");
        }
        for (String flag : List.of("single_word", "lstrip", "rstrip")) {
            if (token.path(flag).asBoolean(false)) {
                throw error(file, key + ": token '" + content + "' has " + flag + " = true, expected false", "");
            }
        }
        return new SpecialToken(content, token.path("normalized").asBoolean(false));
    }

    private static JsonNode json(SpecialToken token) {
        return token.normalized()
                ? JSON.createObjectNode()
                        .put("content", token.content())
                        .put("lstrip", false)
                        .put("normalized", true)
                        .put("rstrip", false)
                        .put("single_word", false)
                : JSON.getNodeFactory().stringNode(token.content());
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(text(file));
        } catch (JacksonException e) {
            String place =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            throw error(file, place + e.getOriginalMessage(), "the file is damaged: download it again");
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw error(file, "expected UTF-8, found other bytes", "the file is damaged: download it again");
        } catch (IOException e) {
            throw error(file, Files.exists(file) ? "cannot be read: " + e.getMessage() : "no such file", "");
        }
    }

    private static WeightsFormatException error(Object file, String problem, String remedy) {
        return new WeightsFormatException(file.toString(), problem, remedy);
    }
}
