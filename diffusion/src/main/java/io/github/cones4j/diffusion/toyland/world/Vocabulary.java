package io.github.cones4j.diffusion.toyland.world;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Toyland's tokenizer in the format of CLIP (Radford et al. 2021, arXiv:2103.00020): byte-pair encoding (Sennrich et al.
 * 2016, arXiv:1508.07909) trained on Toyland's few words until each is one token. Everything else is spelled in bytes.
 */
public final class Vocabulary {
    /** Tokens of a prompt, start, end and padding included: the longest caption's {@value Captions#LONGEST} words, start, end, 2 to spare. */
    public static final int LENGTH = 24;

    /** Words that no caption uses, each one token: names to give to subjects. */
    public static final List<String> NAMES = List.of("sks", "ohwx", "zwx", "qiv", "vuk", "plim", "jorb", "yex");

    /** Words that no caption uses but a person may type. */
    private static final List<String> SPARE = List.of(
            "animal",
            "apple",
            "at",
            "ball",
            "behind",
            "beside",
            "bicycle",
            "bus",
            "by",
            "checked",
            "city",
            "cow",
            "cup",
            "cute",
            "day",
            "drawing",
            "front",
            "garden",
            "grass",
            "happy",
            "horse",
            "house",
            "image",
            "is",
            "large",
            "left",
            "little",
            "mountain",
            "near",
            "nice",
            "one",
            "painting",
            "park",
            "plane",
            "red",
            "right",
            "river",
            "sand",
            "sea",
            "sitting",
            "sofa",
            "spotted",
            "standing",
            "street",
            "striped",
            "sun",
            "sunny",
            "table",
            "that",
            "this",
            "three",
            "tiny",
            "toy",
            "truck",
            "two",
            "white",
            "window",
            "winter",
            "without");

    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    private static final String WORD_END = "</w>";

    private Vocabulary() {}

    /** The four files: name to content. The same on every call. */
    public static SortedMap<String, String> contents() {
        List<Pair> merges = merges();
        SortedMap<String, String> files = new TreeMap<>();
        files.put("vocab.json", vocabulary(merges));
        files.put("merges.txt", mergesText(merges));
        files.put("special_tokens_map.json", specialTokens());
        files.put("tokenizer_config.json", config());
        return files;
    }

    /** Writes the four files into a folder, which is made if it is not there. */
    public static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> file : contents().entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue(), StandardCharsets.UTF_8);
        }
    }

    /** Writes the four files into the folder that the one argument names. */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("vocabulary: expected one argument, the folder, found " + args.length);
        }
        write(Path.of(args[0]));
    }

    private record Pair(String left, String right) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            int order = left.compareTo(other.left);
            return order != 0 ? order : right.compareTo(other.right);
        }

        String merged() {
            return left + right;
        }
    }

    /** Byte-pair encoding's training: merge the most frequent pair (among equals the first by code unit) until words are tokens. */
    private static List<Pair> merges() {
        Set<String> words = new TreeSet<>(Captions.words());
        words.addAll(NAMES);
        words.addAll(SPARE);
        List<List<String>> spelled = new ArrayList<>();
        for (String word : words) {
            List<String> symbols = new ArrayList<>();
            for (int i = 0; i < word.length(); i++) {
                symbols.add(word.charAt(i) + (i == word.length() - 1 ? WORD_END : ""));
            }
            spelled.add(symbols);
        }
        List<Pair> merges = new ArrayList<>();
        while (true) {
            SortedMap<Pair, Integer> counts = new TreeMap<>();
            for (List<String> symbols : spelled) {
                for (int i = 0; i + 1 < symbols.size(); i++) {
                    counts.merge(new Pair(symbols.get(i), symbols.get(i + 1)), 1, Integer::sum);
                }
            }
            if (counts.isEmpty()) {
                return merges;
            }
            int most = Collections.max(counts.values());
            Pair best = counts.entrySet().stream()
                    .filter(entry -> entry.getValue() == most)
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            merges.add(best);
            spelled.replaceAll(symbols -> merge(symbols, best));
        }
    }

    private static List<String> merge(List<String> symbols, Pair pair) {
        List<String> merged = new ArrayList<>();
        for (int i = 0; i < symbols.size(); i++) {
            boolean both = i + 1 < symbols.size()
                    && symbols.get(i).equals(pair.left())
                    && symbols.get(i + 1).equals(pair.right());
            merged.add(both ? pair.merged() : symbols.get(i));
            if (both) {
                i++;
            }
        }
        return merged;
    }

    private static String vocabulary(List<Pair> merges) {
        List<String> bytes = byteSymbols();
        Map<String, Integer> ids = new LinkedHashMap<>();
        bytes.forEach(symbol -> ids.put(symbol, ids.size()));
        bytes.forEach(symbol -> ids.put(symbol + WORD_END, ids.size()));
        merges.forEach(pair -> ids.putIfAbsent(pair.merged(), ids.size()));
        ids.put(START, ids.size());
        ids.put(END, ids.size());
        StringBuilder json = new StringBuilder("{");
        ids.forEach((token, id) -> {
            json.append(id == 0 ? "\n  \"" : ",\n  \"");
            json.append(token.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append("\": ")
                    .append(id);
        });
        return json.append("\n}\n").toString();
    }

    /** CLIP's stand-ins for the 256 bytes: printable ones stand for themselves, the others for code points from 256 up. */
    private static List<String> byteSymbols() {
        List<String> symbols = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value != 0xAD);
            if (printable) {
                symbols.add(Character.toString(value));
            } else {
                others.add(Character.toString(256 + others.size()));
            }
        }
        symbols.addAll(others);
        return symbols;
    }

    private static String mergesText(List<Pair> merges) {
        StringBuilder text = new StringBuilder("#version: 0.2\n");
        for (Pair pair : merges) {
            text.append(pair.left()).append(' ').append(pair.right()).append('\n');
        }
        return text.toString();
    }

    private static String specialTokens() {
        return """
                {
                  "bos_token": {
                    "content": "<|startoftext|>",
                    "lstrip": false,
                    "normalized": true,
                    "rstrip": false,
                    "single_word": false
                  },
                  "eos_token": {
                    "content": "<|endoftext|>",
                    "lstrip": false,
                    "normalized": true,
                    "rstrip": false,
                    "single_word": false
                  },
                  "pad_token": "<|endoftext|>",
                  "unk_token": {
                    "content": "<|endoftext|>",
                    "lstrip": false,
                    "normalized": true,
                    "rstrip": false,
                    "single_word": false
                  }
                }
                """;
    }

    private static String config() {
        return """
                {
                  "add_prefix_space": false,
                  "bos_token": {
                    "__type": "AddedToken",
                    "content": "<|startoftext|>",
                    "lstrip": false,
                    "normalized": true,
                    "rstrip": false,
                    "single_word": false
                  },
                  "do_lower_case": true,
                  "eos_token": {
                    "__type": "AddedToken",
                    "content": "<|endoftext|>",
                    "lstrip": false,
                    "normalized": true,
                    "rstrip": false,
                    "single_word": false
                  },
                  "errors": "replace",
                  "model_max_length": %d,
                  "pad_token": "<|endoftext|>",
                  "tokenizer_class": "CLIPTokenizer",
                  "unk_token": {
                    "__type": "AddedToken",
                    "content": "<|endoftext|>",
                    "lstrip": false,
                    "normalized": true,
                    "rstrip": false,
                    "single_word": false
                  }
                }
                """.formatted(LENGTH);
    }
}
