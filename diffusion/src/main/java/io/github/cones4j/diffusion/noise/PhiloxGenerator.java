package io.github.cones4j.diffusion.noise;

/**
 * Normal numbers of Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), as GPU front ends draw them.
 *
 * <p>Element i of draw d encrypts the counter (d, 0, i, 0) with the seed as key; the first two words x, y give
 * z = sqrt(-2 ln u) sin v with u = (x + 1/2) 2^-32 and v = (y + 1/2) 2 pi 2^-32, in double, rounded once to float32. A draw is
 * one call of {@link #randn}, whatever its shape.
 */
public final class PhiloxGenerator implements NoiseGenerator {
    private static final double UNIT = 0x1p-32;

    private final long seed;
    private int draw;

    /** At draw 0 of the stream of {@code seed}, whose low and high 32 bits are the key words. */
    public PhiloxGenerator(long seed) {
        this(seed, 0);
    }

    private PhiloxGenerator(long seed, int draw) {
        this.seed = seed;
        this.draw = draw;
    }

    /**
     * Continues where the generator that gave this {@link #state()} stood.
     *
     * @throws IllegalArgumentException if it is not such a state
     */
    public static PhiloxGenerator restore(long[] state) {
        if (state.length != 2) {
            throw new IllegalArgumentException(
                    "philox state: found " + state.length + " numbers, expected 2 (seed, draw)");
        }
        return new PhiloxGenerator(state[0], (int) state[1]);
    }

    @Override
    public Kind kind() {
        return Kind.PHILOX;
    }

    @Override
    public float[] randn(int... shape) {
        float[] out = new float[Shapes.numel(shape)];
        for (int i = 0; i < out.length; i++) {
            out[i] = normal(i);
        }
        draw++;
        return out;
    }

    @Override
    public long[] state() {
        return new long[] {seed, draw};
    }

    private float normal(int element) {
        int[] words = encrypt(new int[] {draw, 0, element, 0}, (int) seed, (int) (seed >>> 32));
        double u = (words[0] & 0xffffffffL) * UNIT + UNIT / 2;
        double v = (words[1] & 0xffffffffL) * (2 * Math.PI * UNIT) + Math.PI * UNIT;
        return (float) (Math.sqrt(-2 * StrictMath.log(u)) * StrictMath.sin(v));
    }

    /** Ten rounds over four counter words, in place, under two key words. */
    static int[] encrypt(int[] counter, int key0, int key1) {
        for (int round = 0; round < 10; round++) {
            long p0 = 0xD2511F53L * (counter[0] & 0xffffffffL);
            long p1 = 0xCD9E8D57L * (counter[2] & 0xffffffffL);
            counter[0] = (int) (p1 >>> 32) ^ counter[1] ^ key0;
            counter[1] = (int) p1;
            counter[2] = (int) (p0 >>> 32) ^ counter[3] ^ key1;
            counter[3] = (int) p0;
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
        return counter;
    }
}
