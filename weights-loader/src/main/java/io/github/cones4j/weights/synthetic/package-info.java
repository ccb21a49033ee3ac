/** Weights by formula, for tests of full-size models without their files. */
@NullMarked
package io.github.cones4j.weights.synthetic;

import org.jspecify.annotations.NullMarked;
