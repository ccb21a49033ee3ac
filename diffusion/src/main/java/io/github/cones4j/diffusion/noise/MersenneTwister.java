package io.github.cones4j.diffusion.noise;

import java.util.Arrays;

/**
 * MT19937, 32-bit words (Matsumoto and Nishimura 1998, "Mersenne Twister", ACM TOMACS 8(1), 3-30; seeding of 2002).
 *
 * <p>x[k+624] = x[k+397] ^ (upper bit of x[k] | lower 31 bits of x[k+1]) A, each word tempered on its way out.
 */
final class MersenneTwister {
    static final int WORDS = 624;
    private static final int SHIFT = 397;

    private final int[] words;
    private int next;

    /** Seeded with the low 32 bits, as {@code init_genrand}. */
    MersenneTwister(int seed) {
        words = new int[WORDS];
        words[0] = seed;
        for (int i = 1; i < WORDS; i++) {
            words[i] = 1812433253 * (words[i - 1] ^ (words[i - 1] >>> 30)) + i;
        }
        next = WORDS;
    }

    private MersenneTwister(int[] words, int next) {
        this.words = words;
        this.next = next;
    }

    /** Continues from {@link #words()} and {@link #position()}. */
    static MersenneTwister at(int[] words, int position) {
        return new MersenneTwister(words.clone(), position);
    }

    /** The next 32 random bits. */
    int nextWord() {
        if (next == WORDS) {
            twist();
        }
        int y = words[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    /** The next 64 random bits: the first word is the high half. */
    long nextLong() {
        long high = nextWord();
        return (high << 32) | (nextWord() & 0xffffffffL);
    }

    int[] words() {
        return Arrays.copyOf(words, WORDS);
    }

    /** How many of the {@link #words()} are used up, 0..624. */
    int position() {
        return next;
    }

    private void twist() {
        for (int k = 0; k < WORDS; k++) {
            int y = (words[k] & 0x80000000) | (words[(k + 1) % WORDS] & 0x7fffffff);
            words[k] = words[(k + SHIFT) % WORDS] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        next = 0;
    }
}
