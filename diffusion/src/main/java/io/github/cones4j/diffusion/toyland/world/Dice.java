package io.github.cones4j.diffusion.toyland.world;

import java.util.List;

/**
 * A small random generator whose sequence is fixed by its seed for ever: SplitMix64 (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014). Neighbouring seeds give unrelated sequences.
 */
final class Dice {
    private long state;

    Dice(long seed) {
        state = mix(seed + 0x9E3779B97F4A7C15L);
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }

    /** 64 random bits. */
    long bits() {
        state += 0x9E3779B97F4A7C15L;
        return mix(state);
    }

    /** Uniform in [0, 1). */
    double unit() {
        return (bits() >>> 11) * 0x1p-53;
    }

    /** Uniform in [low, high). */
    double between(double low, double high) {
        return low + (high - low) * unit();
    }

    /** Uniform in 0 .. count - 1. */
    int below(int count) {
        return (int) (unit() * count);
    }

    /** True with this probability. */
    boolean chance(double probability) {
        return unit() < probability;
    }

    <T> T pick(List<T> choices) {
        return choices.get(below(choices.size()));
    }
}
