package io.github.cones4j.concepts.find;

import io.github.cones4j.engine.exec.HostTensor;

/**
 * A picture and its caption as the UNet sees them.
 *
 * @param latent scaled latent of the picture, [c, h, w] flat
 * @param text the encoded caption, [1, t, d]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Example(float[] latent, HostTensor text) {}
