package io.github.cones4j.engine.exec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Places buffers of known lifetime in one slab so that those alive together do not overlap: largest first, each at the
 * lowest place that is free during its whole life (Pisarchyk and Lee 2020, arXiv:2001.03288, "greedy by size").
 */
public final class Slots {
    /**
     * A buffer to be placed.
     *
     * @param size in elements
     * @param first the step that first writes it
     * @param last the step that last reads it
     */
    public record Lifetime(long size, int first, int last) {}

    private final long[] offsets;
    private final long total;

    private Slots(long[] offsets, long total) {
        this.offsets = offsets;
        this.total = total;
    }

    /**
     * Places buffers.
     *
     * @param buffers sizes and lifetimes
     * @param alignment every offset is a multiple of it, in elements
     */
    public static Slots of(List<Lifetime> buffers, int alignment) {
        long[] offsets = new long[buffers.size()];
        List<Integer> bySize = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
            bySize.add(i);
        }
        bySize.sort(Comparator.comparingLong((Integer i) -> -buffers.get(i).size()));
        List<Integer> placed = new ArrayList<>(); // by offset
        long total = 0;
        for (int i : bySize) {
            Lifetime buffer = buffers.get(i);
            long size = (buffer.size() + alignment - 1) / alignment * alignment;
            long at = 0;
            for (int other : placed) {
                Lifetime o = buffers.get(other);
                if (o.first() <= buffer.last() && buffer.first() <= o.last()) {
                    if (offsets[other] - at >= size) {
                        break;
                    }
                    at = Math.max(at, offsets[other] + (o.size() + alignment - 1) / alignment * alignment);
                }
            }
            offsets[i] = at;
            int position = 0;
            while (position < placed.size() && offsets[placed.get(position)] <= at) {
                position++;
            }
            placed.add(position, i);
            total = Math.max(total, at + size);
        }
        return new Slots(offsets, total);
    }

    /** Where buffer {@code i} begins, in elements. */
    public long offset(int i) {
        return offsets[i];
    }

    /** The size of the slab in elements. */
    public long total() {
        return total;
    }
}
