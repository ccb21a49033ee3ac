package io.github.cones4j.diffusion.clip;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Byte-pair encoding of one word (Sennrich et al. 2016, arXiv:1508.07909) over bytes (Radford et al. 2019), the last symbol of a word
 * marked with {@code </w>}.
 *
 * <p>A word's bytes are its first symbols; then, again and again, the pair of neighbours with the lowest rank in the list of
 * merges, the leftmost of equals, becomes one symbol.
 */
final class BytePairs {
    /** The mark of a word's last symbol. */
    static final String END_OF_WORD = "</w>";

    private static final int CACHED_WORDS = 10_000;
    private static final int LONGEST_CACHED = 256;
    private static final char[] BYTE_SYMBOLS = byteSymbols();

    private final Map<String, Integer> vocabulary;
    private final int unknown;
    private final List<Merge> merges;
    private final Map<Long, Integer> ranks;
    private final int[] products;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    /**
     * An encoder.
     *
     * @param vocabulary ids by token
     * @param merges pairs of tokens, the most wanted first; both and their concatenation are in the vocabulary
     * @param unknown the id of a byte that is not in the vocabulary
     */
    BytePairs(Map<String, Integer> vocabulary, List<Merge> merges, int unknown) {
        this.vocabulary = Collections.unmodifiableMap(new LinkedHashMap<>(vocabulary));
        this.unknown = unknown;
        this.merges = List.copyOf(merges);
        this.ranks = HashMap.newHashMap(merges.size());
        this.products = new int[merges.size()];
        for (int rank = 0; rank < products.length; rank++) {
            Merge merge = merges.get(rank);
            ranks.put(pair(id(merge.left()), id(merge.right())), rank);
            products[rank] = id(merge.product());
        }
    }

    /**
     * Two neighbours that become one token.
     *
     * @param place where it was read, for messages
     */
    record Merge(String left, String right, String place) {
        String product() {
            return left + right;
        }
    }

    /**
     * The vocabulary that a list of merges stands for, as OpenAI numbers it: the 256 bytes, the same at the end of a word, the
     * products of the merges.
     */
    static Map<String, Integer> vocabularyOf(List<Merge> merges) {
        List<String> tokens = new ArrayList<>();
        bytesInOrder().forEach(b -> tokens.add(String.valueOf(BYTE_SYMBOLS[b])));
        for (int i = 0; i < 256; i++) {
            tokens.add(tokens.get(i) + END_OF_WORD);
        }
        merges.forEach(merge -> tokens.add(merge.product()));
        Map<String, Integer> vocabulary = LinkedHashMap.newLinkedHashMap(tokens.size());
        tokens.forEach(token -> vocabulary.putIfAbsent(token, vocabulary.size()));
        return vocabulary;
    }

    /** Ids by token, in the order of the vocabulary file. */
    Map<String, Integer> vocabulary() {
        return vocabulary;
    }

    /** The merges, the most wanted first. */
    List<Merge> merges() {
        return merges;
    }

    /** The ids of a word that is not empty. */
    int[] encode(String word) {
        int[] known = cache.get(word);
        if (known != null) {
            return known;
        }
        int[] ids = merge(symbols(word));
        if (word.length() <= LONGEST_CACHED && cache.size() < CACHED_WORDS) {
            cache.put(word, ids);
        }
        return ids;
    }

    /** The bytes of UTF-8 that a token stands for, without the mark of a word's end. */
    static byte[] bytesOf(String token) {
        String symbols =
                token.endsWith(END_OF_WORD) ? token.substring(0, token.length() - END_OF_WORD.length()) : token;
        byte[] bytes = new byte[symbols.length()];
        for (int i = 0; i < bytes.length; i++) {
            for (int b = 0; b < 256; b++) {
                if (BYTE_SYMBOLS[b] == symbols.charAt(i)) {
                    bytes[i] = (byte) b;
                }
            }
        }
        return bytes;
    }

    private int[] symbols(String word) {
        byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
        int[] symbols = new int[utf8.length];
        for (int i = 0; i < utf8.length; i++) {
            String symbol = String.valueOf(BYTE_SYMBOLS[utf8[i] & 0xff]);
            symbols[i] = vocabulary.getOrDefault(i == utf8.length - 1 ? symbol + END_OF_WORD : symbol, unknown);
        }
        return symbols;
    }

    private int[] merge(int[] symbols) {
        int n = symbols.length;
        int[] before = new int[n];
        int[] after = new int[n];
        PriorityQueue<Long> candidates = new PriorityQueue<>(); // rank in the upper half, position in the lower
        for (int i = 0; i < n; i++) {
            before[i] = i - 1;
            after[i] = i + 1;
        }
        for (int i = 0; i + 1 < n; i++) {
            offer(candidates, symbols, i, i + 1);
        }
        boolean[] gone = new boolean[n];
        int left = n;
        for (Long next = candidates.poll(); next != null; next = candidates.poll()) {
            int rank = (int) (next >>> 32);
            int at = next.intValue();
            int right = after[at];
            if (gone[at] || right == n || rank(symbols[at], symbols[right]) != rank) {
                continue; // one of the two was merged with another in the meantime
            }
            symbols[at] = products[rank];
            gone[right] = true;
            left--;
            after[at] = after[right];
            if (after[at] < n) {
                before[after[at]] = at;
                offer(candidates, symbols, at, after[at]);
            }
            if (before[at] >= 0) {
                offer(candidates, symbols, before[at], at);
            }
        }
        int[] ids = new int[left];
        for (int i = 0, at = 0; at < n; at = after[at]) {
            ids[i++] = symbols[at];
        }
        return ids;
    }

    private void offer(PriorityQueue<Long> candidates, int[] symbols, int left, int right) {
        int rank = rank(symbols[left], symbols[right]);
        if (rank >= 0) {
            candidates.add((long) rank << 32 | left);
        }
    }

    private int rank(int left, int right) {
        return ranks.getOrDefault(pair(left, right), -1);
    }

    private int id(String token) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new IllegalArgumentException("token '" + token + "' is not in the vocabulary");
        }
        return id;
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    /** The bytes in the order of their ids: first those that print as themselves in Latin-1, then the others. */
    private static List<Integer> bytesInOrder() {
        List<Integer> printing = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            boolean prints = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae);
            (prints ? printing : others).add(b);
        }
        printing.addAll(others);
        return printing;
    }

    /** A printable character for each byte: itself, or the characters from U+0100 on for those that do not print. */
    private static char[] byteSymbols() {
        char[] symbols = new char[256];
        List<Integer> inOrder = bytesInOrder();
        int printing = 188;
        for (int i = 0; i < 256; i++) {
            int b = inOrder.get(i);
            symbols[b] = (char) (i < printing ? b : 256 + i - printing);
        }
        return symbols;
    }
}
