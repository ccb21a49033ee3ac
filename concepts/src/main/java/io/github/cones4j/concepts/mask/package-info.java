/** Neuron masks: sparse sets of weight indices, their algebra and their file format. */
@NullMarked
package io.github.cones4j.concepts.mask;

import org.jspecify.annotations.NullMarked;
