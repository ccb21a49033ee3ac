package io.github.cones4j.weights.model;

import java.nio.file.Path;

/** Where a model's vocabulary is. */
public sealed interface TokenizerFiles {
    /**
     * A folder with {@code vocab.json}, {@code merges.txt} and, where it has them, {@code tokenizer_config.json} and
     * {@code special_tokens_map.json}.
     */
    record Folder(Path path) implements TokenizerFiles {}

    /**
     * CLIP's own vocabulary, which a single-file checkpoint takes for granted.
     *
     * @param padToken fills a text up to 77 tokens: {@code <|endoftext|>} (SD 1.x) or {@code !} (SD 2.x)
     */
    record Clip(String padToken) implements TokenizerFiles {}
}
