/** Every family of kernels of the CPU device at Stable Diffusion's sizes, by JMH, beside the machine's peak, ND4J and PyTorch. */
@NullMarked
package io.github.cones4j.bench.kernels;

import org.jspecify.annotations.NullMarked;
