package io.github.cones4j.diffusion.clip;

import java.util.Arrays;

/**
 * A text as token ids: start token, text, end token, padding.
 */
public final class TokenizedText {
    private final String text;
    private final int[] ids;
    private final int length;
    private final int dropped;

    TokenizedText(String text, int[] ids, int length, int dropped) {
        this.text = text;
        this.ids = ids;
        this.length = length;
        this.dropped = dropped;
    }

    /** The text as typed. */
    public String text() {
        return text;
    }

    /** All ids, as many as the text encoder has positions. */
    public int[] ids() {
        return ids.clone();
    }

    /** The ids without the padding: from the start token to the first end token that the tokenizer added. */
    public int[] unpadded() {
        return Arrays.copyOf(ids, length);
    }

    /** How many ids come before the padding, start and end token included. */
    public int length() {
        return length;
    }

    /** How many tokens at the end of the text had no place. */
    public int dropped() {
        return dropped;
    }

    @Override
    public String toString() {
        return "'" + text + "' as " + Arrays.toString(unpadded());
    }
}
