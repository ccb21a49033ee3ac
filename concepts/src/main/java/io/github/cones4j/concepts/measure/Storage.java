package io.github.cones4j.concepts.measure;

import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.concepts.mask.NeuronMask;

/**
 * What a concept takes to store.
 *
 * @param neurons number of indices
 * @param searched number of weights they were chosen from
 * @param codedBytes size of the indices in a concept file, without its header
 * @param entropyBytes n H(p) / 8 with n weights of density p overall: what indices without any structure need
 */
public record Storage(long neurons, long searched, long codedBytes, double entropyBytes) {

    /** The storage of a mask. */
    public static Storage of(NeuronMask mask) {
        return new Storage(
                mask.size(),
                mask.searched(),
                ConceptFile.codedBytes(mask),
                mask.searched() * entropy(mask.density()) / 8);
    }

    /** Coded bits for each index; NaN without any. */
    public double bitsPerIndex() {
        return neurons == 0 ? Double.NaN : 8.0 * codedBytes / neurons;
    }

    /** Coded size over the entropy of the density; NaN where that is zero. */
    public double overEntropy() {
        return entropyBytes == 0 ? Double.NaN : codedBytes / entropyBytes;
    }

    /** Coded size over that of the searched weights in float32, which a method that tunes them has to store. */
    public double overWeights() {
        return codedBytes / (4.0 * searched);
    }

    /** H(p) = -p log2 p - (1-p) log2 (1-p), in bits, 0 .. 1. */
    public static double entropy(double p) {
        return p <= 0 || p >= 1 ? 0 : -(p * Math.log(p) + (1 - p) * Math.log1p(-p)) / Math.log(2);
    }
}
