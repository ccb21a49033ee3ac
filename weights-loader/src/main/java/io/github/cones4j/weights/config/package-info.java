/** The {@code config.json} of each part of a model, as records; what Cones4J does not compute is an error. */
@NullMarked
package io.github.cones4j.weights.config;

import org.jspecify.annotations.NullMarked;
