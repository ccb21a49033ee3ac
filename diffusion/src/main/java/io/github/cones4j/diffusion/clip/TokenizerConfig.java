package io.github.cones4j.diffusion.clip;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a tokenizer folder says beside its vocabulary.
 *
 * @param start the token before the text
 * @param end the token after the text
 * @param unknown the token of bytes that the vocabulary lacks
 * @param pad the token that fills up to {@code maxLength}
 * @param added further tokens to be found in the text
 * @param maxLength the length of a text in tokens, start and end included
 */
record TokenizerConfig(
        SpecialToken start,
        SpecialToken end,
        SpecialToken unknown,
        SpecialToken pad,
        List<SpecialToken> added,
        int maxLength) {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";
    static final int CLIP_LENGTH = 77;

    TokenizerConfig {
        added = List.copyOf(added);
        if (maxLength < 2) {
            throw new IllegalArgumentException("maxLength must hold the start and the end token, found " + maxLength);
        }
    }

    /** As published with CLIP ViT-L/14, with another pad token. */
    static TokenizerConfig clip(String pad) {
        SpecialToken end = new SpecialToken(END, true);
        return new TokenizerConfig(
                new SpecialToken(START, true), end, end, new SpecialToken(pad, false), List.of(), CLIP_LENGTH);
    }

    /** All tokens to be found in a text; of two with the same content the later one counts. */
    Collection<SpecialToken> found() {
        Map<String, SpecialToken> byContent = new LinkedHashMap<>();
        for (SpecialToken token : List.of(start, end, unknown, pad)) {
            byContent.put(token.content(), token);
        }
        added.forEach(token -> byContent.put(token.content(), token));
        return byContent.values();
    }

    /** The ids of all tokens to be found: as in the vocabulary, or else new ones after it. */
    Map<String, Integer> ids(Map<String, Integer> vocabulary) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        int next = vocabulary.size();
        for (SpecialToken token : found()) {
            Integer id = vocabulary.get(token.content());
            ids.put(token.content(), id == null ? next++ : id);
        }
        return ids;
    }

    /** With one more token to be found in the text. */
    TokenizerConfig with(SpecialToken token) {
        List<SpecialToken> more = new ArrayList<>(added);
        more.add(token);
        return new TokenizerConfig(start, end, unknown, pad, more, maxLength);
    }
}
