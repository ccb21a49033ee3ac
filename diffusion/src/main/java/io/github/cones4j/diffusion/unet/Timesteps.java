package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;

/**
 * The position of a timestep in sines and cosines of falling frequency: with half = width / 2 and angle i =
 * t * 10000^(-i / (half - shift)), the vector [sin, cos], or [cos, sin] if flipped (Vaswani et al. 2017,
 * arXiv:1706.03762; Ho et al. 2020, arXiv:2006.11239). No parameters.
 */
public final class Timesteps {
    private static final double LONGEST_PERIOD = 10_000;

    private final int width;
    private final boolean flipSinToCos;
    private final int frequencyShift;

    /** Vectors of {@code width}, an even number. */
    public Timesteps(int width, boolean flipSinToCos, int frequencyShift) {
        this.width = width;
        this.flipSinToCos = flipSinToCos;
        this.frequencyShift = frequencyShift;
    }

    /** Shapes: timestep [b] (0..999, 999 is pure noise; need not be whole), result [b, width]. */
    public Tensor apply(Tensor timestep) {
        return Segment.named("time_proj", () -> {
            Tensor angles = timestep.reshape(-1, 1).mul(Tensor.constant(frequencies(), 1, width / 2));
            return flipSinToCos
                    ? Tensor.concat(1, angles.cos(), angles.sin())
                    : Tensor.concat(1, angles.sin(), angles.cos());
        });
    }

    /**
     * The angular frequencies, rounded to float32 after every operation as PyTorch rounds them: an angle reaches 1000
     * radians, so that another rounding would show in the fifth digit.
     */
    private double[] frequencies() {
        float count = width / 2 - frequencyShift;
        double[] frequencies = new double[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) -Math.log(LONGEST_PERIOD) * i / count;
            frequencies[i] = (float) Math.exp(exponent);
        }
        return frequencies;
    }
}
