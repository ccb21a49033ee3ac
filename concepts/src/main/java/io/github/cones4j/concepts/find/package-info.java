/** The search for concept neurons: statistics over the key and value weights of cross-attention. */
@NullMarked
package io.github.cones4j.concepts.find;

import org.jspecify.annotations.NullMarked;
