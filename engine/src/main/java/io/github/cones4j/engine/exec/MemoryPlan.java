package io.github.cones4j.engine.exec;

import java.util.List;
import java.util.Locale;

/**
 * What an executable holds in memory, known before it is allocated. Sizes are in bytes.
 *
 * @param activations the slab that all intermediate results share; before the first run the weights pass through it
 *     one by one to be packed, so it is no shorter than the largest of them
 * @param weights copies of weights, packed for the kernels; those shared with other executables included
 * @param state weights and optimiser states that the program replaces
 * @param scratch working memory of the kernels, all threads together
 * @param transfer inputs and outputs of a run
 * @param segments live activations at the fullest moment inside each segment, in order of computation
 */
public record MemoryPlan(
        long activations, long weights, long state, long scratch, long transfer, List<SegmentPeak> segments) {
    /**
     * The fullest moment inside one segment.
     *
     * @param path module path, empty outside all segments
     * @param bytes live activations
     */
    public record SegmentPeak(String path, long bytes) {}

    /** Everything together. */
    public long total() {
        return activations + weights + state + scratch + transfer;
    }

    /** One line: the total and its parts in MiB. */
    public String summary() {
        return String.format(
                Locale.ROOT,
                "%,d MiB: activations %,d, packed weights %,d, state %,d, scratch %,d, inputs and outputs %,d",
                mib(total()),
                mib(activations),
                mib(weights),
                mib(state),
                mib(scratch),
                mib(transfer));
    }

    /**
     * Does nothing if everything has room in so many bytes.
     *
     * @param place what has them, for the message: {@code cuda (NVIDIA H200)}
     * @throws IllegalStateException naming both and the remedy, if it has not
     */
    public void requireWithin(String place, long bytes) {
        requireWithin(place, bytes, total());
    }

    /**
     * Does nothing if the largest piece has room in so many bytes; else as above.
     *
     * @param largest bytes of the plan that must lie in one piece
     */
    public void requireWithin(String place, long bytes, long largest) {
        if (largest > bytes) {
            throw new IllegalStateException(place + " has room for " + String.format(Locale.ROOT, "%,d", mib(bytes))
                    + " MiB in one piece, and the program needs " + summary()
                    + "; use a smaller batch or picture, recompute segments, or compute on another device");
        }
    }

    private static long mib(long bytes) {
        return (bytes + (1 << 19)) >> 20;
    }
}
