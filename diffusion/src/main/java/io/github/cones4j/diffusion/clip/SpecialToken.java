package io.github.cones4j.diffusion.clip;

/**
 * A token that is found in the text as it stands, before any word is looked for.
 *
 * @param content its text
 * @param normalized whether it is looked for in the normalised text, where capitals are small, or in the text as typed
 */
record SpecialToken(String content, boolean normalized) {
    SpecialToken {
        if (content.isEmpty()) {
            throw new IllegalArgumentException("a special token must not be empty");
        }
    }
}
