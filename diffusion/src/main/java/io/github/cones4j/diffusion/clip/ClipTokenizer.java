package io.github.cones4j.diffusion.clip;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of CLIP's text encoder (Radford et al. 2021, arXiv:2103.00020), id for id as transformers 5 has it.
 *
 * <p>A text is taken apart at the special tokens that are written in it; the rest goes to Unicode normal form C, runs of white
 * space become one space and capitals small letters, code point by code point; words, single digits and runs of other signs are
 * encoded by {@link BytePairs}. The result is cut to what fits between start and end token, and padded.
 *
 * <p>Immutable; any number of threads may use one.
 */
public final class ClipTokenizer {
    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}+");

    /** CLIP's pattern; the first group is the name of a special token that was spelled in a way which is not recognised. */
    private static final Pattern WORD = Pattern.compile("<\\|(startoftext|endoftext)\\|>|'s|'t|'re|'ve|'m|'ll|'d"
            + "|\\p{L}+|\\p{N}|[^\\p{IsWhite_Space}\\p{L}\\p{N}]+");

    private final BytePairs bytePairs;
    private final TokenizerConfig config;
    private final Map<String, Integer> specialIds; // by content
    private final Map<String, Integer> foundIds; // by the text that is looked for
    private final List<String> tokens; // by id
    private final @Nullable Pattern typed;
    private final @Nullable Pattern normalized;
    private final int startId;
    private final int endId;
    private final int padId;

    ClipTokenizer(BytePairs bytePairs, TokenizerConfig config) {
        this.bytePairs = bytePairs;
        this.config = config;
        this.specialIds = config.ids(bytePairs.vocabulary());
        this.startId = requireNonNull(specialIds.get(config.start().content()));
        this.endId = requireNonNull(specialIds.get(config.end().content()));
        this.padId = requireNonNull(specialIds.get(config.pad().content()));
        this.tokens = byId(bytePairs.vocabulary(), specialIds);
        this.foundIds = new HashMap<>();
        List<String> typed = new ArrayList<>();
        List<String> normalized = new ArrayList<>();
        for (SpecialToken token : config.found()) {
            String text = token.normalized() ? normalize(token.content()) : token.content();
            (token.normalized() ? normalized : typed).add(text);
            foundIds.put(text, requireNonNull(specialIds.get(token.content())));
        }
        this.typed = anyOf(typed);
        this.normalized = anyOf(normalized);
    }

    /**
     * Reads the {@code tokenizer} folder of a model: {@code vocab.json} and {@code merges.txt}, or {@code tokenizer.json}; and
     * {@code tokenizer_config.json} and {@code special_tokens_map.json} where they exist.
     *
     * @throws io.github.cones4j.weights.safetensors.WeightsFormatException if a file is missing or malformed, naming file and line, what was expected and found
     */
    public static ClipTokenizer load(Path folder) {
        return TokenizerFiles.read(folder);
    }

    /** OpenAI's vocabulary of 49,408 tokens, padded with the end token, as for Stable Diffusion 1.x. */
    public static ClipTokenizer bundled() {
        return bundled(TokenizerConfig.END);
    }

    /** OpenAI's vocabulary with another pad token; Stable Diffusion 2.x has {@code !}. */
    public static ClipTokenizer bundled(String pad) {
        return TokenizerFiles.bundled(TokenizerConfig.clip(pad));
    }

    /**
     * Writes a tokenizer folder that {@link #load} and transformers read: {@code vocab.json}, {@code merges.txt}, {@code
     * special_tokens_map.json}, {@code tokenizer_config.json}.
     *
     * @param folder created if it does not exist
     */
    public void save(Path folder) {
        TokenizerFiles.write(folder, bytePairs, config);
    }

    /**
     * This tokenizer with one more token, which is found wherever its text is written and whose id is {@link #vocabularySize()}:
     * a placeholder such as {@code <new1>} for a concept.
     *
     * @throws IllegalArgumentException if the vocabulary has it already
     */
    public ClipTokenizer withToken(String token) {
        String text = normalize(token);
        if (text.isBlank()) {
            throw new IllegalArgumentException("a token needs a sign that is no white space, found '" + token + "'");
        }
        Integer known = foundIds.getOrDefault(text, bytePairs.vocabulary().get(token));
        if (known != null) {
            throw new IllegalArgumentException(
                    "'" + token + "' is token " + known + " of this tokenizer already; choose another name");
        }
        return new ClipTokenizer(bytePairs, config.with(new SpecialToken(token, true)));
    }

    /** A text as ids, padded to {@link #maxLength()}. */
    public TokenizedText tokenize(String text) {
        int[] words = encode(text);
        int kept = Math.min(words.length, config.maxLength() - 2);
        int[] ids = new int[config.maxLength()];
        Arrays.fill(ids, padId);
        ids[0] = startId;
        System.arraycopy(words, 0, ids, 1, kept);
        ids[kept + 1] = endId;
        return new TokenizedText(text, ids, kept + 2, words.length - kept);
    }

    /** The ids of a text of any length, without start token, end token and padding. */
    public int[] encode(String text) {
        IntStream.Builder ids = IntStream.builder();
        split(typed, text, ids, part -> split(normalized, normalize(part), ids, words -> words(words, ids)));
        return ids.build().toArray();
    }

    /**
     * Where a word or phrase stands in a text: for each occurrence, the positions of its tokens among {@link TokenizedText#ids()}.
     *
     * <p>Whole words only: {@code cat} is not found in {@code caterpillar}.
     */
    public List<Span> find(TokenizedText text, String phrase) {
        int[] ids = text.unpadded();
        int[] wanted = encode(phrase);
        List<Span> found = new ArrayList<>();
        for (int from = 1; wanted.length > 0 && from + wanted.length < ids.length; from++) {
            if (Arrays.equals(ids, from, from + wanted.length, wanted, 0, wanted.length)) {
                found.add(new Span(from, from + wanted.length));
            }
        }
        return found;
    }

    /**
     * Consecutive positions.
     *
     * @param from the first
     * @param to the one after the last
     */
    public record Span(int from, int to) {}

    /** The id of a token as the vocabulary writes it ({@code cat</w>}), if there is such a token. */
    public Optional<Integer> id(String token) {
        return Optional.ofNullable(
                specialIds.getOrDefault(token, bytePairs.vocabulary().get(token)));
    }

    /** The token of an id as the vocabulary writes it: {@code cat</w>} ends a word, {@code cat} does not. */
    public String token(int id) {
        if (id < 0 || id >= tokens.size()) {
            throw new IllegalArgumentException("token id " + id + " is not in 0.." + (tokens.size() - 1));
        }
        return tokens.get(id);
    }

    /** A readable text of ids: special tokens as they are written, a space after each word's end. */
    public String decode(int... ids) {
        StringBuilder text = new StringBuilder();
        List<byte[]> word = new ArrayList<>();
        for (int id : ids) {
            String token = token(id);
            boolean special = specialIds.containsKey(token);
            word.add(special ? token.getBytes(StandardCharsets.UTF_8) : BytePairs.bytesOf(token));
            if (special || token.endsWith(BytePairs.END_OF_WORD)) {
                text.append(utf8(word)).append(' ');
                word.clear();
            }
        }
        return text.append(utf8(word)).toString().strip();
    }

    /** The number of ids: the rows that a text encoder's token embedding needs. */
    public int vocabularySize() {
        return tokens.size();
    }

    /** The number of ids of a padded text; 77 for CLIP. */
    public int maxLength() {
        return config.maxLength();
    }

    /** The id that begins each text. */
    public int startId() {
        return startId;
    }

    /** The id that ends each text. */
    public int endId() {
        return endId;
    }

    /** The id that fills up to {@link #maxLength()}. */
    public int padId() {
        return padId;
    }

    private void words(String text, IntStream.Builder ids) {
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            String name = word.group(1);
            for (String part : name == null ? List.of(word.group()) : List.of("<|", name, "|>")) {
                Arrays.stream(bytePairs.encode(part)).forEach(ids);
            }
        }
    }

    /** Adds the ids of the special tokens that the pattern finds, and hands over the texts between them, in order. */
    private void split(@Nullable Pattern special, String text, IntStream.Builder ids, Consumer<String> between) {
        int at = 0;
        if (special != null) {
            for (Matcher found = special.matcher(text); found.find(); at = found.end()) {
                between.accept(text.substring(at, found.start()));
                ids.add(requireNonNull(foundIds.get(found.group())));
            }
        }
        between.accept(text.substring(at));
    }

    private static List<String> byId(Map<String, Integer> vocabulary, Map<String, Integer> specialIds) {
        Map<Integer, String> byId = new TreeMap<>();
        vocabulary.forEach((token, id) -> byId.put(id, token));
        specialIds.forEach((token, id) -> byId.put(id, token));
        return List.copyOf(byId.values());
    }

    static String normalize(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        String spaced = WHITE_SPACE.matcher(composed).replaceAll(" ");
        StringBuilder small = new StringBuilder(spaced.length());
        spaced.codePoints().forEach(c -> {
            if (c == 0x130) {
                small.append("i\u0307"); // I with dot above: the only capital whose small form is two code points
            } else {
                small.appendCodePoint(Character.toLowerCase(c));
            }
        });
        return small.toString();
    }

    /** Finds the leftmost of the texts, the longest of those that begin there. */
    private static @Nullable Pattern anyOf(List<String> texts) {
        return texts.isEmpty()
                ? null
                : Pattern.compile(texts.stream()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|")));
    }

    private static String utf8(List<byte[]> parts) {
        byte[] all = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return new String(all, StandardCharsets.UTF_8);
    }
}
