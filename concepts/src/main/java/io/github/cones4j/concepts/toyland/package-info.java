/** The embedded model put to the test: its own figures, and what concept neurons do in it, by a protocol that was fixed before. */
@NullMarked
package io.github.cones4j.concepts.toyland;

import org.jspecify.annotations.NullMarked;
