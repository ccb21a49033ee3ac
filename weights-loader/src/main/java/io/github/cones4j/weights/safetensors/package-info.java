/** The safetensors format: mapped files, sharded indexes, a strict reader and a writer. */
@NullMarked
package io.github.cones4j.weights.safetensors;

import org.jspecify.annotations.NullMarked;
