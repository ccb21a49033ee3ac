/** How time and memory grow with the size of the picture, the batch and the threads, measured and drawn. */
@NullMarked
package io.github.cones4j.bench.growth;

import org.jspecify.annotations.NullMarked;
