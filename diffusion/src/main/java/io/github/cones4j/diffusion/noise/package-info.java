/**
 * Seeds: the normal numbers that PyTorch draws on the CPU, and those that GPU front ends draw with Philox, bit for bit.
 *
 * <p>A picture is a function of its prompt, its settings and its noise; a seed is only worth sharing when it means the same
 * noise everywhere.
 */
@NullMarked
package io.github.cones4j.diffusion.noise;

import org.jspecify.annotations.NullMarked;
