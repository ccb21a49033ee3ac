package io.github.cones4j.engine.tornado;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of a kernel's text, see {@link KernelCompiler}, and the place of the next one to be read. */
final class KernelWords {
    /** A number, a name, an operator of two characters or of one; before it white space and comments. */
    private static final Pattern WORD = Pattern.compile(
            "(?:\\s|//.*)*(\\d+f?|[A-Za-z_]\\w*|\\+\\+|[-+*/<>=!]=|&&|<<|[-+*/%<>=?:;,.(){}\\[\\]|^&])");

    private final String text;
    private final List<String> words = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>(); // in the text
    private int next;

    KernelWords(String text) {
        this.text = text;
        Matcher matcher = WORD.matcher(text);
        int end = 0;
        while (matcher.region(end, text.length()).lookingAt()) {
            end = matcher.end();
            words.add(matcher.group(1));
            ends.add(end);
        }
        if (!text.substring(end).isBlank()) {
            throw new IllegalArgumentException("no words: " + text.substring(end));
        }
    }

    boolean isAtEnd() {
        return next == words.size();
    }

    /** The next word, or nothing at the end. */
    String peek() {
        return isAtEnd() ? "" : words.get(next);
    }

    String next() {
        String word = peek();
        next++;
        return word;
    }

    /** Goes past the next word if it is this one. */
    boolean accept(String word) {
        boolean found = peek().equals(word);
        next += found ? 1 : 0;
        return found;
    }

    void expect(String word) {
        if (!accept(word)) {
            throw new IllegalArgumentException("expected " + word + ", found " + peek());
        }
    }

    /** Goes past the word that closes what was opened. */
    void skip(String open, String close) {
        for (int depth = 1; depth > 0; next++) {
            depth += peek().equals(open) ? 1 : 0;
            depth -= peek().equals(close) ? 1 : 0;
        }
    }

    int place() {
        return next;
    }

    void goTo(int place) {
        next = place;
    }

    /** Counted from 1. */
    int line() {
        int read = Math.min(next, words.size());
        return 1
                + (int) text.substring(0, read == 0 ? 0 : ends.get(read - 1))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }
}
