/** Speed of whole models on a device, to be set beside PyTorch's on the same machine (bench/gpu/run). */
@NullMarked
package io.github.cones4j.bench.gpu;

import org.jspecify.annotations.NullMarked;
