package io.github.cones4j.diffusion.noise;

import java.util.OptionalDouble;

/**
 * The generator of {@code torch.Generator("cpu").manual_seed(seed)}: the same draws in the same order give the same bits.
 *
 * <p>As PyTorch 2.13 draws on x86 processors with AVX2 or AVX-512. Only the low 32 bits of the seed count. Words come from
 * MT19937; normals of 16 elements and more from Box-Muller on blocks of 16, in float32 (float16 and bfloat16 are rounded from it)
 * or float64; fewer one by one in double, the second of each pair kept for the next draw. The functions of double are correctly
 * rounded here; of the C library's about one value in a thousand is not, which can show in the last bit of a float64 draw only.
 */
public final class TorchCpuGenerator implements NoiseGenerator {
    private static final int BLOCK = 16;
    private static final int STATE_LENGTH = MersenneTwister.WORDS + 3;
    private static final double TWO_PI = 2 * Math.PI;

    private final MersenneTwister twister;
    private OptionalDouble kept;

    /** At the beginning of the stream of {@code seed}; -1 and 2^32 - 1, say, are the same stream. */
    public TorchCpuGenerator(long seed) {
        this(new MersenneTwister((int) seed), OptionalDouble.empty());
    }

    private TorchCpuGenerator(MersenneTwister twister, OptionalDouble kept) {
        this.twister = twister;
        this.kept = kept;
    }

    /**
     * Continues where the generator that gave this {@link #state()} stood.
     *
     * @throws IllegalArgumentException if it is not such a state
     */
    public static TorchCpuGenerator restore(long[] state) {
        if (state.length != STATE_LENGTH) {
            throw new IllegalArgumentException(
                    "torch-cpu state: found " + state.length + " numbers, expected " + STATE_LENGTH);
        }
        int position = (int) state[MersenneTwister.WORDS];
        if (position < 0 || position > MersenneTwister.WORDS) {
            throw new IllegalArgumentException(
                    "torch-cpu state: found position " + position + ", expected 0.." + MersenneTwister.WORDS);
        }
        int[] words = new int[MersenneTwister.WORDS];
        for (int i = 0; i < words.length; i++) {
            words[i] = (int) state[i];
        }
        boolean hasKept = state[MersenneTwister.WORDS + 1] != 0;
        double kept = Double.longBitsToDouble(state[MersenneTwister.WORDS + 2]);
        return new TorchCpuGenerator(
                MersenneTwister.at(words, position), hasKept ? OptionalDouble.of(kept) : OptionalDouble.empty());
    }

    @Override
    public Kind kind() {
        return Kind.TORCH_CPU;
    }

    /** {@code torch.randn(shape)} in float32. */
    @Override
    public float[] randn(int... shape) {
        int n = Shapes.numel(shape);
        if (n < BLOCK) {
            return randnOneByOne(shape);
        }
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = uniform();
        }
        for (int at = 0; at <= n - BLOCK; at += BLOCK) {
            BoxMuller.block(x, at);
        }
        if (n % BLOCK != 0) {
            // the last 16 places once more, from new uniforms
            for (int i = n - BLOCK; i < n; i++) {
                x[i] = uniform();
            }
            BoxMuller.block(x, n - BLOCK);
        }
        return x;
    }

    /**
     * What PyTorch puts into a float32 tensor that is not contiguous, whatever its size, in the order of its memory: each number
     * drawn alone, in double.
     */
    public float[] randnOneByOne(int... shape) {
        float[] x = new float[Shapes.numel(shape)];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) nextNormal();
        }
        return x;
    }

    /** {@code torch.randn(shape, dtype=torch.float64)}. */
    public double[] randnFloat64(int... shape) {
        int n = Shapes.numel(shape);
        double[] x = new double[n];
        if (n < BLOCK) {
            for (int i = 0; i < n; i++) {
                x[i] = nextNormal();
            }
            return x;
        }
        for (int i = 0; i < n; i++) {
            x[i] = uniformFloat64();
        }
        for (int at = 0; at <= n - BLOCK; at += BLOCK) {
            float64Block(x, at);
        }
        if (n % BLOCK != 0) {
            for (int i = n - BLOCK; i < n; i++) {
                x[i] = uniformFloat64();
            }
            float64Block(x, n - BLOCK);
        }
        return x;
    }

    /** {@code torch.randn(shape, dtype=torch.float16)}, as bits: the float32 draw rounded. */
    public short[] randnFloat16(int... shape) {
        float[] x = randn(shape);
        short[] bits = new short[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = Float.floatToFloat16(x[i]);
        }
        return bits;
    }

    /** {@code torch.randn(shape, dtype=torch.bfloat16)}, as bits: the float32 draw rounded to its upper half, ties to even. */
    public short[] randnBfloat16(int... shape) {
        float[] x = randn(shape);
        short[] bits = new short[x.length];
        for (int i = 0; i < x.length; i++) {
            int wide = Float.floatToRawIntBits(x[i]);
            bits[i] = (short) ((wide + 0x7fff + ((wide >>> 16) & 1)) >>> 16);
        }
        return bits;
    }

    /** {@code torch.rand(shape)} in float32: [0, 1), multiples of 2^-24. */
    public float[] rand(int... shape) {
        float[] x = new float[Shapes.numel(shape)];
        for (int i = 0; i < x.length; i++) {
            x[i] = uniform();
        }
        return x;
    }

    /**
     * {@code torch.randint(low, high, shape)}: [low, high), a word modulo the width; from 2^28 on, a double word.
     *
     * @throws IllegalArgumentException if high is not greater than low
     */
    public long[] randint(long low, long high, int... shape) {
        if (high <= low) {
            throw new IllegalArgumentException(
                    "randint: high must be greater than low, found [" + low + ", " + high + ")");
        }
        long width = high - low; // unsigned
        boolean wide = Long.compareUnsigned(width, 1L << 28) >= 0;
        long[] x = new long[Shapes.numel(shape)];
        for (int i = 0; i < x.length; i++) {
            long bits = wide ? twister.nextLong() : twister.nextWord() & 0xffffffffL;
            x[i] = Long.remainderUnsigned(bits, width) + low;
        }
        return x;
    }

    /** {@code torch.randperm(n)}: 0..n-1 shuffled from the front. */
    public int[] randperm(int n) {
        int[] x = new int[Shapes.numel(n)];
        for (int i = 0; i < n; i++) {
            x[i] = i;
        }
        for (int i = 0; i < n - 1; i++) {
            int other = i + Integer.remainderUnsigned(twister.nextWord(), n - i);
            int swapped = x[i];
            x[i] = x[other];
            x[other] = swapped;
        }
        return x;
    }

    /** The twister's 624 words, its position, whether a normal is kept, and that normal's bits. */
    @Override
    public long[] state() {
        long[] state = new long[STATE_LENGTH];
        int[] words = twister.words();
        for (int i = 0; i < words.length; i++) {
            state[i] = words[i];
        }
        state[MersenneTwister.WORDS] = twister.position();
        state[MersenneTwister.WORDS + 1] = kept.isPresent() ? 1 : 0;
        state[MersenneTwister.WORDS + 2] = Double.doubleToRawLongBits(kept.orElse(0));
        return state;
    }

    private float uniform() {
        return (twister.nextWord() & 0xffffff) * 0x1p-24f;
    }

    private double uniformFloat64() {
        return (twister.nextLong() & 0x1fffffffffffffL) * 0x1p-53;
    }

    /** One normal in double: cosine first, the sine kept. */
    private double nextNormal() {
        if (kept.isPresent()) {
            double normal = kept.getAsDouble();
            kept = OptionalDouble.empty();
            return normal;
        }
        double u1 = uniformFloat64();
        double u2 = uniformFloat64();
        double radius = Math.sqrt(-2 * DoubleDouble.log(1 - u2)); // exact: u2 is a multiple of 2^-53
        double theta = TWO_PI * u1;
        kept = OptionalDouble.of(radius * DoubleDouble.sin(theta));
        return radius * DoubleDouble.cos(theta);
    }

    private static void float64Block(double[] x, int at) {
        for (int j = at; j < at + 8; j++) {
            double radius = Math.sqrt(-2 * DoubleDouble.log(1 - x[j]));
            double theta = TWO_PI * x[j + 8];
            x[j] = radius * DoubleDouble.cos(theta) + 0.0; // + 0 as in PyTorch (times std plus mean): no negative zeros
            x[j + 8] = radius * DoubleDouble.sin(theta) + 0.0;
        }
    }
}
