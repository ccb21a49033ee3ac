package io.github.cones4j.diffusion.parity;

import io.github.cones4j.engine.exec.HostTensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Stored noise [n, ...], given out piece by piece. */
final class NoiseQueue implements Supplier<float[]> {
    private final @Nullable HostTensor noise;
    private final int size;
    private int given;

    /** Pieces of {@code size} elements; null where the case has no noise because the sampler draws none. */
    NoiseQueue(@Nullable HostTensor noise, int size) {
        this.noise = noise;
        this.size = size;
    }

    @Override
    public float[] get() {
        long from = (long) given * size;
        if (noise == null || from >= noise.size()) {
            throw new IllegalStateException("the sampler draws more noise than the case holds: " + given + " times");
        }
        float[] piece = new float[size];
        noise.copyTo(from, piece, 0, size);
        given++;
        return piece;
    }
}
