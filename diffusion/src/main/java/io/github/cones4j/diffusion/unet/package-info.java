/** The conditional UNet, with its blocks named as in diffusers. */
@NullMarked
package io.github.cones4j.diffusion.unet;

import org.jspecify.annotations.NullMarked;
