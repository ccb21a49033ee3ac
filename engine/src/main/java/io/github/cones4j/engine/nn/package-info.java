/** Layers and their parameters, built from graph nodes only. */
@NullMarked
package io.github.cones4j.engine.nn;

import org.jspecify.annotations.NullMarked;
