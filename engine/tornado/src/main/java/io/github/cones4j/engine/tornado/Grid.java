package io.github.cones4j.engine.tornado;

/**
 * How many threads a kernel runs on, and in groups of how many; the second dimension is 1 for kernels of one dimension. A
 * global extent is a multiple of the local one.
 */
record Grid(int globalX, int localX, int globalY, int localY) {
    /** The threads of a group where a kernel has no wish of its own. */
    static final int GROUP = 256;

    /** Groups of {@code local} threads in one dimension: as many as {@code groups}, at least one. */
    static Grid groups(int groups, int local) {
        return new Grid(Math.multiplyExact(Math.max(groups, 1), local), local, 1, 1);
    }

    /** At least {@code threads} threads in groups of {@link #GROUP}. */
    static Grid threads(int threads) {
        return groups(Math.ceilDiv(threads, GROUP), GROUP);
    }

    /** Groups in two dimensions. */
    static Grid groups(int groupsX, int localX, int groupsY, int localY) {
        return new Grid(
                Math.multiplyExact(Math.max(groupsX, 1), localX),
                localX,
                Math.multiplyExact(Math.max(groupsY, 1), localY),
                localY);
    }
}
