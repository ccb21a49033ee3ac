/** Concepts applied to a model: shut, scale, concatenate, as overlays that leave the base weights untouched. */
@NullMarked
package io.github.cones4j.concepts.edit;

import org.jspecify.annotations.NullMarked;
