/** Alignment, overlap, storage and significance. */
@NullMarked
package io.github.cones4j.concepts.measure;

import org.jspecify.annotations.NullMarked;
