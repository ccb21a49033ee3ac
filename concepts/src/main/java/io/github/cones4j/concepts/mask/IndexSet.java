package io.github.cones4j.concepts.mask;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * A set of positions in one flat, row-major weight, held as sorted indices: 4 bytes per element, whatever the size of
 * the weight. Immutable.
 */
public final class IndexSet {
    private final int universe;
    private final int[] sorted;

    /** Takes the array over; callers of this package vouch for its order. */
    private IndexSet(int universe, int[] sorted) {
        this.universe = universe;
        this.sorted = sorted;
    }

    /**
     * A set of the given indices.
     *
     * @param universe number of positions there are
     * @param indices strictly increasing, each 0 .. universe-1
     * @throws IllegalArgumentException naming the first index that is out of range or out of order
     */
    public static IndexSet of(int universe, int... indices) {
        if (universe < 0) {
            throw new IllegalArgumentException("index set: universe must not be negative, but is " + universe);
        }
        int last = -1;
        for (int i = 0; i < indices.length; i++) {
            int index = indices[i];
            if (index < 0 || index >= universe) {
                throw new IllegalArgumentException(
                        "index set: index " + index + " (number " + i + ") is outside 0 .. " + (universe - 1));
            }
            if (index <= last) {
                throw new IllegalArgumentException("index set: indices must increase, but " + last + " is followed by "
                        + index + " (number " + i + ")");
            }
            last = index;
        }
        return new IndexSet(universe, indices.clone());
    }

    /** No position. */
    public static IndexSet empty(int universe) {
        return of(universe);
    }

    /** Every position that passes the test. */
    public static IndexSet where(int universe, IntPredicate test) {
        int[] found = new int[16];
        int size = 0;
        for (int i = 0; i < universe; i++) {
            if (test.test(i)) {
                if (size == found.length) {
                    found = Arrays.copyOf(found, (int) Math.min(universe, size * 2L));
                }
                found[size++] = i;
            }
        }
        return new IndexSet(universe, Arrays.copyOf(found, size));
    }

    /**
     * A set drawn uniformly from all sets of that size (selection sampling: Knuth, TAOCP volume 2, 3.4.2, algorithm S).
     *
     * @param size number of positions, 0 .. universe
     * @param seed the same seed gives the same set
     */
    public static IndexSet random(int universe, int size, long seed) {
        if (size < 0 || size > universe) {
            throw new IllegalArgumentException("index set: cannot draw " + size + " of " + universe + " positions");
        }
        SplitMix64 draws = new SplitMix64(seed);
        int[] chosen = new int[size];
        int taken = 0;
        for (int i = 0; taken < size; i++) {
            if (draws.below(universe - i) < size - taken) {
                chosen[taken++] = i;
            }
        }
        return new IndexSet(universe, chosen);
    }

    /** The number of positions there are. */
    public int universe() {
        return universe;
    }

    /** The number of positions in the set. */
    public int size() {
        return sorted.length;
    }

    /** Whether the set has no position. */
    public boolean isEmpty() {
        return sorted.length == 0;
    }

    /** The share of positions in the set, 0 .. 1; 0 where there are no positions. */
    public double density() {
        return universe == 0 ? 0 : (double) sorted.length / universe;
    }

    /** The index at a rank 0 .. size-1 in increasing order. */
    public int get(int rank) {
        return sorted[rank];
    }

    /** Whether a position is in the set. */
    public boolean contains(int index) {
        return Arrays.binarySearch(sorted, index) >= 0;
    }

    /** A copy of the indices, increasing. */
    public int[] toArray() {
        return sorted.clone();
    }

    /** Visits the indices in increasing order. */
    public void forEach(IntConsumer visitor) {
        for (int index : sorted) {
            visitor.accept(index);
        }
    }

    /** Positions in either set. */
    public IndexSet union(IndexSet other) {
        return merge(other, true, true, true);
    }

    /** Positions in both sets. */
    public IndexSet intersection(IndexSet other) {
        return merge(other, false, true, false);
    }

    /** Positions in this set and not in the other. */
    public IndexSet difference(IndexSet other) {
        return merge(other, true, false, false);
    }

    /** Positions not in this set. */
    public IndexSet complement() {
        int[] rest = new int[universe - sorted.length];
        int size = 0;
        int next = 0;
        for (int index : sorted) {
            while (next < index) {
                rest[size++] = next++;
            }
            next = index + 1;
        }
        while (next < universe) {
            rest[size++] = next++;
        }
        return new IndexSet(universe, rest);
    }

    /** The number of positions in both sets, without building the intersection. */
    public int overlap(IndexSet other) {
        checkUniverse(other);
        int i = 0;
        int j = 0;
        int both = 0;
        while (i < sorted.length && j < other.sorted.length) {
            int a = sorted[i];
            int b = other.sorted[j];
            both += a == b ? 1 : 0;
            i += a <= b ? 1 : 0;
            j += b <= a ? 1 : 0;
        }
        return both;
    }

    private IndexSet merge(IndexSet other, boolean onlyThis, boolean both, boolean onlyOther) {
        checkUniverse(other);
        int[] merged = new int[(int) Math.min(universe, (long) sorted.length + other.sorted.length)];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < sorted.length || j < other.sorted.length) {
            int a = i < sorted.length ? sorted[i] : Integer.MAX_VALUE;
            int b = j < other.sorted.length ? other.sorted[j] : Integer.MAX_VALUE;
            if (a < b ? onlyThis : a == b ? both : onlyOther) {
                merged[size++] = Math.min(a, b);
            }
            i += a <= b ? 1 : 0;
            j += b <= a ? 1 : 0;
        }
        return new IndexSet(universe, size == merged.length ? merged : Arrays.copyOf(merged, size));
    }

    private void checkUniverse(IndexSet other) {
        if (universe != other.universe) {
            throw new IllegalArgumentException(
                    "index sets over different numbers of positions: " + universe + " and " + other.universe);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IndexSet set && universe == set.universe && Arrays.equals(sorted, set.sorted);
    }

    @Override
    public int hashCode() {
        return 31 * universe + Arrays.hashCode(sorted);
    }

    /** Size and universe, as {@code 24576 of 245760}. */
    @Override
    public String toString() {
        return sorted.length + " of " + universe;
    }
}
