/** The command cones. */
@NullMarked
package io.github.cones4j.concepts.cli;

import org.jspecify.annotations.NullMarked;
