package io.github.cones4j.diffusion.noise;

import java.util.Arrays;

/**
 * A seeded stream of standard normal numbers: each draw continues where the one before ended.
 *
 * <p>A generator has state and belongs to one thread at a time.
 */
public sealed interface NoiseGenerator permits TorchCpuGenerator, PhiloxGenerator {

    /** Which stream a seed stands for. */
    enum Kind {
        /** {@code torch.randn} with a generator on the CPU, what diffusers users share seeds of. */
        TORCH_CPU("torch-cpu"),
        /** Philox4x32-10, what GPU front ends draw. */
        PHILOX("philox");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** The name on the command line and in a picture's recipe. */
        public String label() {
            return label;
        }

        /**
         * The kind with this label.
         *
         * @throws IllegalArgumentException if there is none, naming those there are
         */
        public static Kind of(String label) {
            for (Kind kind : values()) {
                if (kind.label.equals(label)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("noise kind: found '" + label + "', expected one of "
                    + Arrays.stream(values()).map(Kind::label).toList());
        }
    }

    /** A generator at the beginning of the stream of {@code seed}; the seed's 64 bits may be read as signed or unsigned. */
    static NoiseGenerator of(Kind kind, long seed) {
        return switch (kind) {
            case TORCH_CPU -> new TorchCpuGenerator(seed);
            case PHILOX -> new PhiloxGenerator(seed);
        };
    }

    /** A generator that continues where the one that gave this {@link #state()} stood. */
    static NoiseGenerator restore(Kind kind, long[] state) {
        return switch (kind) {
            case TORCH_CPU -> TorchCpuGenerator.restore(state);
            case PHILOX -> PhiloxGenerator.restore(state);
        };
    }

    /** The stream this generator follows. */
    Kind kind();

    /**
     * The next normal numbers, mean 0 and variance 1, in row-major order.
     *
     * @param shape the extents, none negative; no extents mean one number
     * @throws IllegalArgumentException if an extent is negative or the shape has more than 2^31 - 1 elements
     */
    float[] randn(int... shape);

    /** Everything that decides the draws to come, as numbers a checkpoint can hold; {@link #restore} reads it. */
    long[] state();
}
