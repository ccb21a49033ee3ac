/**
 * Every family of kernels of the CPU device at Stable Diffusion's sizes, and whole models, by JMH, beside the machine's peak, ND4J and
 * PyTorch. {@code bench/kernels/run} builds, measures and prints the table; {@link io.github.cones4j.bench.kernels.Kernel} lists the rows.
 */
@NullMarked
package io.github.cones4j.bench.kernels;

import org.jspecify.annotations.NullMarked;
