/** Whole models as people have them: a folder in the diffusers layout, or one file in the original layout. */
@NullMarked
package io.github.cones4j.weights.model;

import org.jspecify.annotations.NullMarked;
