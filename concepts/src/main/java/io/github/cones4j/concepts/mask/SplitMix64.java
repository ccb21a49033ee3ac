package io.github.cones4j.concepts.mask;

/**
 * The SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014):
 * small, and the same numbers on every Java version, which a control that is to be repeated needs.
 */
final class SplitMix64 {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    SplitMix64(long seed) {
        state = seed;
    }

    /** 64 uniform bits. */
    long next() {
        state += GAMMA;
        return mix(state);
    }

    /** A number 0 .. bound-1, by multiplication; no value is off its share by more than 2^-33 of the bound's range. */
    int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(next(), bound);
    }

    /** A bijection of 64 bits in which every input bit reaches every output bit. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
