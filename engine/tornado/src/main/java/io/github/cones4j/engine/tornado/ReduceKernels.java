package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Sums and maxima over some axes of a strided operand. The axes come in two lists, each from the outermost in memory to the
 * innermost: the kept ones, which tell the results apart, and the reduced ones.
 *
 * <p>A group of {@link Grid#GROUP} threads computes {@code GROUP / lanes} results; the {@code lanes} threads of a result take
 * every lanes-th of its elements, and a tree in local memory joins what they found. Neighbouring threads are the lanes of one
 * result where the reduced axes lie innermost, and one lane of neighbouring results where the kept axes do, so that neighbours
 * read neighbours in both cases. The second dimension of the grid cuts the reduced elements into pieces; the pieces' results lie
 * one block after the other and are reduced by a second launch. The order of additions depends on the shape alone.
 *
 * <p>One loop counts the reduced elements of all shapes: TornadoVM 5.2.0 mixes up what two loops leave behind if they are the two
 * branches of a condition.
 *
 * <p>Numbers of both kernels: 0; results; reduced elements; lanes, a power of two; 1 if the lanes of a result are neighbours, else
 * 0; reduced elements per piece; start in; start out; distance of the pieces' results; kept axes; reduced axes; then for each
 * of {@link #AXES} kept axes extent, stride in, stride out, and for each reduced axis extent, stride in. Several sums in one launch
 * ({@link Batch}): the number of groups; for each group where the numbers of its sum begin (with the results), which group of
 * that sum it is, and which piece; then the numbers of each sum, without the 0.
 */
@SuppressWarnings("IdentityBinaryExpression") // v != v where it is NaN
final class ReduceKernels {
    /** The most axes of either kind. */
    static final int AXES = 6;

    /** Where the list of kept axes begins among the numbers. */
    static final int KEPT = 10;

    /** Where the list of reduced axes begins among the numbers. */
    static final int REDUCED = KEPT + 3 * AXES;

    /** Elements that a thread adds before it adds their sum to that of the blocks before. */
    private static final int BLOCK = 32;

    private static final int GROUP = Grid.GROUP;

    private ReduceKernels() {}

    /** Where the first element of a result lies, less the start. */
    private static int source(IntArray p, int base, int result) {
        int rest = result;
        int at = 0;
        for (int axis = p.get(base + 8) - 1; axis > 0; axis--) {
            int extent = p.get(base + KEPT + 3 * axis);
            int outer = rest / extent;
            at += (rest - outer * extent) * p.get(base + KEPT + 3 * axis + 1);
            rest = outer;
        }
        return at + rest * p.get(base + KEPT + 1);
    }

    /** Where a result goes, less the start. */
    private static int target(IntArray p, int base, int result) {
        int rest = result;
        int at = 0;
        for (int axis = p.get(base + 8) - 1; axis > 0; axis--) {
            int extent = p.get(base + KEPT + 3 * axis);
            int outer = rest / extent;
            at += (rest - outer * extent) * p.get(base + KEPT + 3 * axis + 2);
            rest = outer;
        }
        return at + rest * p.get(base + KEPT + 2);
    }

    /** Where a reduced element lies from the first one of its result. */
    private static int element(IntArray p, int base, int axes, int number) {
        int rest = number;
        int at = 0;
        for (int axis = axes - 1; axis > 0; axis--) {
            int extent = p.get(base + REDUCED + 2 * axis);
            int outer = rest / extent;
            at += (rest - outer * extent) * p.get(base + REDUCED + 2 * axis + 1);
            rest = outer;
        }
        return at + rest * p.get(base + REDUCED + 1);
    }

    /** y = sum of x: in blocks of {@link #BLOCK} per thread, then over the blocks, then as a tree over the lanes. */
    static void reduceSum(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int base = 1;
        int group = c.groupIdx;
        int piece = c.groupIdy;
        if (p.get(0) > 0) { // several reductions: which one, and what of it
            int row = 1 + 3 * group;
            base = p.get(row);
            group = p.get(row + 1);
            piece = p.get(row + 2);
        }
        int l = c.localIdx;
        int lanes = p.get(base + 2);
        int perGroup = GROUP / lanes;
        int lane = l / perGroup;
        int column = l - lane * perGroup;
        int step = perGroup;
        if (p.get(base + 3) == 1) {
            column = l / lanes;
            lane = l - column * lanes;
            step = 1;
        }
        int result = group * perGroup + column;
        int from = piece * p.get(base + 4);
        int to = from + p.get(base + 4);
        if (to > p.get(base + 1)) {
            to = p.get(base + 1);
        }
        if (result >= p.get(base + 0)) {
            to = from;
        }
        int axes = p.get(base + 9);
        int start = p.get(base + 5) + source(p, base, result);
        float sum = 0f;
        int i = from + lane;
        while (i < to) {
            int stop = i + BLOCK * lanes;
            if (stop > to) {
                stop = to;
            }
            float block = 0f;
            while (i < stop) {
                block += m.get(start + element(p, base, axes, i));
                i += lanes;
            }
            sum += block;
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half * step];
            }
            c.localBarrier();
        }
        if (lane == 0 && result < p.get(base + 0)) {
            m.set(p.get(base + 6) + piece * p.get(base + 7) + target(p, base, result), found[l]);
        }
    }

    /** y = largest x; NaN if there is one. */
    static void reduceMax(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int base = 1;
        int group = c.groupIdx;
        int piece = c.groupIdy;
        if (p.get(0) > 0) { // several reductions: which one, and what of it
            int row = 1 + 3 * group;
            base = p.get(row);
            group = p.get(row + 1);
            piece = p.get(row + 2);
        }
        int l = c.localIdx;
        int lanes = p.get(base + 2);
        int perGroup = GROUP / lanes;
        int lane = l / perGroup;
        int column = l - lane * perGroup;
        int step = perGroup;
        if (p.get(base + 3) == 1) {
            column = l / lanes;
            lane = l - column * lanes;
            step = 1;
        }
        int result = group * perGroup + column;
        int from = piece * p.get(base + 4);
        int to = from + p.get(base + 4);
        if (to > p.get(base + 1)) {
            to = p.get(base + 1);
        }
        if (result >= p.get(base + 0)) {
            to = from;
        }
        int axes = p.get(base + 9);
        float best = Float.NEGATIVE_INFINITY;
        int start = p.get(base + 5) + source(p, base, result);
        for (int i = from + lane; i < to; i += lanes) {
            float v = m.get(start + element(p, base, axes, i));
            if (v > best || v != v) {
                best = v;
            }
        }
        found[l] = best;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                float v = found[l + half * step];
                if (v > found[l] || v != v) {
                    found[l] = v;
                }
            }
            c.localBarrier();
        }
        if (lane == 0 && result < p.get(base + 0)) {
            m.set(p.get(base + 6) + piece * p.get(base + 7) + target(p, base, result), found[l]);
        }
    }
}
