package io.github.cones4j.concepts.find;

import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All weights of some layers in the order of a score, with a second score and then the position for those that are
 * equal. Finds exactly the n highest in four passes and without a copy of the scores: the n-th highest key is found
 * digit by digit, 16 bits at a time, by counting (radix selection).
 */
final class Ranking {
    private static final int DIGIT = 16;

    private final List<PerWeight.Layer> score;
    private final List<PerWeight.Layer> next;

    /** A ranking by {@code score}, then {@code next}; both free of NaN. */
    Ranking(List<PerWeight.Layer> score, List<PerWeight.Layer> next) {
        this.score = score;
        this.next = next;
    }

    /**
     * The highest of a ranking.
     *
     * @param neurons by layer
     * @param highestLeft the highest score that is not among them, if one is left and it is finite
     */
    record Cut(Map<String, NeuronMask.Layer> neurons, OptionalDouble highestLeft) {}

    /**
     * Cuts the ranking after the {@code count} highest.
     *
     * @param count 0 .. number of weights
     */
    Cut cut(long count) {
        Threshold threshold = count == 0 ? new Threshold(-1L, 0) : threshold(count); // -1 is the highest key of all
        Map<String, NeuronMask.Layer> neurons = new LinkedHashMap<>();
        float[] highestLeft = {Float.NEGATIVE_INFINITY};
        long[] room = {threshold.equal()};
        long taken = 0;
        long size = 0;
        for (int l = 0; l < score.size(); l++) {
            PerWeight.Layer layer = score.get(l);
            float[] values = layer.values();
            float[] others = next.get(l).values();
            IndexSet chosen = IndexSet.where(values.length, i -> {
                int order = Long.compareUnsigned(key(values[i], others[i]), threshold.key());
                boolean take = order > 0 || (order == 0 && room[0]-- > 0);
                if (!take) {
                    highestLeft[0] = Math.max(highestLeft[0], values[i]);
                }
                return take;
            });
            neurons.put(layer.name(), new NeuronMask.Layer(layer.shape(), chosen));
            taken += chosen.size();
            size += values.length;
        }
        boolean isNumber = taken < size && Float.isFinite(highestLeft[0]);
        return new Cut(neurons, isNumber ? OptionalDouble.of(highestLeft[0]) : OptionalDouble.empty());
    }

    /**
     * The lowest key among the highest.
     *
     * @param key all greater keys are among the highest
     * @param equal so many of those with this key are, too
     */
    private record Threshold(long key, long equal) {}

    private Threshold threshold(long count) {
        long prefix = 0;
        long left = count;
        for (int shift = Long.SIZE - DIGIT; shift >= 0; shift -= DIGIT) {
            long[] counts = counts(prefix, shift);
            int digit = counts.length - 1;
            while (counts[digit] < left) {
                left -= counts[digit--];
            }
            prefix |= (long) digit << shift;
        }
        return new Threshold(prefix, left);
    }

    /**
     * How many keys have each value of the digit at {@code shift}, of those that agree with {@code prefix} above it.
     */
    private long[] counts(long prefix, int shift) {
        long[] counts = new long[1 << DIGIT];
        long above = shift + DIGIT == Long.SIZE ? 0 : -1L << (shift + DIGIT);
        for (int l = 0; l < score.size(); l++) {
            float[] values = score.get(l).values();
            float[] others = next.get(l).values();
            for (int i = 0; i < values.length; i++) {
                long key = key(values[i], others[i]);
                if ((key & above) == prefix) {
                    counts[(int) (key >>> shift) & ((1 << DIGIT) - 1)]++;
                }
            }
        }
        return counts;
    }

    /** Both scores as one number without sign that is ordered as they are. */
    private static long key(float value, float other) {
        return (long) ordered(value) << Integer.SIZE | Integer.toUnsignedLong(ordered(other));
    }

    /**
     * The bits of a float, changed so that they order as the floats do when they are read without sign; -0 becomes 0.
     */
    private static int ordered(float value) {
        int bits = Float.floatToRawIntBits(value + 0f);
        return bits ^ (bits >> 31 | Integer.MIN_VALUE);
    }
}
