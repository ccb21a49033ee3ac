/** Layers of models: each declares the keys and shapes of its parameters and builds nodes. Uses the graph only. */
@NullMarked
package io.github.cones4j.engine.nn;

import org.jspecify.annotations.NullMarked;
