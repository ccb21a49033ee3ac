/** The autoencoder between pictures and latents. */
@NullMarked
package io.github.cones4j.diffusion.vae;

import org.jspecify.annotations.NullMarked;
