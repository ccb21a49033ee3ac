/** CLIP: byte-pair tokenizer, text encoder, vision encoder. */
@NullMarked
package io.github.cones4j.diffusion.clip;

import org.jspecify.annotations.NullMarked;
