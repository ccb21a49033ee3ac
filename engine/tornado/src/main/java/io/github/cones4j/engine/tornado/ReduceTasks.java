package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Reduce;
import io.github.cones4j.engine.graph.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Launches {@link ReduceKernels}: how the axes of a reduction are seen, and how it is cut into groups, lanes and pieces. */
final class ReduceTasks {
    private static final int GROUP = Grid.GROUP;

    /** Neighbouring results that one lane of a group reads: 128 bytes. */
    private static final int COLUMNS = 32;

    /** Elements that keep a lane busy. */
    private static final int PER_LANE = 16;

    /** Groups that keep a large GPU busy. */
    private static final int GROUPS = 1024;

    private ReduceTasks() {}

    /** An axis that is left: the distance of its neighbours in the operand and in the result (0 if it is reduced). */
    private record Axis(int extent, int in, int out) {}

    /** Which axes are kept and which reduced, each from the outermost in the operand's memory to the innermost. */
    private record Plan(List<Axis> kept, List<Axis> reduced) {
        int results() {
            return size(kept);
        }

        int elements() {
            return size(reduced);
        }

        private static int size(List<Axis> axes) {
            int size = 1;
            for (Axis axis : axes) {
                size = Math.multiplyExact(size, axis.extent);
            }
            return size;
        }
    }

    /**
     * Sum or maximum over axes.
     *
     * @param x any layout
     * @return fresh, in row-major order, reduced axes with extent 1
     */
    static Operand reduce(Emitter e, Reduce op, Operand x) {
        return switch (op) {
            case Reduce.Sum(List<Integer> axes) -> reduce(e, "sum", ReduceKernels::reduceSum, axes, x);
            case Reduce.Max(List<Integer> axes) -> reduce(e, "max", ReduceKernels::reduceMax, axes, x);
        };
    }

    private static Operand reduce(Emitter e, String label, Kernel kernel, List<Integer> axes, Operand x) {
        Shape shape = x.shape();
        for (int axis : axes) {
            shape = shape.with(axis, 1);
        }
        Operand out = e.fresh(shape, Layout.rowMajor(shape.rank()));
        reduce(e, label, kernel, axes, x, out);
        return out;
    }

    /** The sum over axes, into an operand of any layout in which they have extent 1. */
    static void sum(Emitter e, List<Integer> axes, Operand x, Operand out) {
        reduce(e, "sum", ReduceKernels::reduceSum, axes, x, out);
    }

    private static void reduce(Emitter e, String label, Kernel kernel, List<Integer> axes, Operand x, Operand out) {
        List<Axis> kept = new ArrayList<>();
        List<Axis> reduced = new ArrayList<>();
        for (int axis = 0; axis < x.rank(); axis++) {
            if (axes.contains(axis)) {
                reduced.add(new Axis(x.dim(axis), x.stride(axis), 0));
            } else {
                kept.add(new Axis(x.dim(axis), x.stride(axis), out.stride(axis)));
            }
        }
        Plan plan = new Plan(collapse(kept), collapse(reduced));
        int results = plan.results();
        int elements = plan.elements();
        if (results == 0) {
            return;
        }
        boolean lanesAreNeighbours = stride(plan.reduced) <= stride(plan.kept) || results == 1;
        int lanes = lanes(results, elements, lanesAreNeighbours);
        int groups = Math.ceilDiv(results, GROUP / lanes);
        int perPiece = perPiece(groups, elements, lanes);
        int pieces = Math.max(Math.ceilDiv(elements, perPiece), 1);
        if (pieces == 1) {
            emit(e, label, kernel, plan, lanes, lanesAreNeighbours, perPiece, x, out, 0);
            return;
        }
        // the results of each piece lie in the order in which the kept axes are counted
        Operand partials = e.fresh(Shape.of(Math.multiplyExact(pieces, results)), 0);
        List<Axis> first = new ArrayList<>();
        List<Axis> second = new ArrayList<>();
        int step = results;
        for (Axis axis : plan.kept) {
            step /= axis.extent;
            first.add(new Axis(axis.extent, axis.in, step));
            second.add(new Axis(axis.extent, step, axis.out));
        }
        emit(
                e,
                label + "_pieces",
                kernel,
                new Plan(first, plan.reduced),
                lanes,
                lanesAreNeighbours,
                perPiece,
                x,
                partials,
                results);
        boolean one = results == 1;
        emit(
                e,
                label + "_of_pieces",
                kernel,
                new Plan(second, List.of(new Axis(pieces, results, 0))),
                lanes(results, pieces, one),
                one,
                pieces,
                partials,
                out,
                0);
    }

    /** Drops axes of one element, sorts the others by their stride, and takes as one those that can be counted as one. */
    private static List<Axis> collapse(List<Axis> axes) {
        List<Axis> sorted = new ArrayList<>(axes);
        sorted.removeIf(axis -> axis.extent == 1);
        sorted.sort(Comparator.comparingInt((Axis axis) -> -axis.in)); // stable
        List<Axis> merged = new ArrayList<>();
        for (Axis axis : sorted) {
            Axis last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && last.in == axis.in * axis.extent && last.out == axis.out * axis.extent) {
                merged.set(
                        merged.size() - 1, new Axis(Math.multiplyExact(last.extent, axis.extent), axis.in, axis.out));
            } else {
                merged.add(axis);
            }
        }
        return merged;
    }

    /** The distance of two neighbours along the innermost axis that does not repeat. */
    private static int stride(List<Axis> axes) {
        for (Axis axis : axes.reversed()) {
            if (axis.in != 0) {
                return axis.in;
            }
        }
        return Integer.MAX_VALUE;
    }

    /** The smallest power of two that is at least n. */
    private static int powerOfTwo(int n) {
        return n <= 1 ? 1 : Integer.highestOneBit(n - 1) * 2;
    }

    /** Threads per result. */
    private static int lanes(int results, int elements, boolean neighbours) {
        int most = Math.clamp(powerOfTwo(elements), 1, GROUP);
        if (!neighbours && results >= GROUPS * GROUP) {
            return 1;
        }
        int least = neighbours ? Math.min(most, COLUMNS) : GROUP / Math.min(powerOfTwo(results), COLUMNS);
        int busy = powerOfTwo(Math.ceilDiv(elements, PER_LANE));
        return Math.min(most, Math.max(least, neighbours ? busy : 1));
    }

    /** Reduced elements per piece: all, unless the results alone keep few groups busy and each lane has much to do. */
    private static int perPiece(int groups, int elements, int lanes) {
        int pieces = Math.min(GROUPS / groups, elements / (lanes * PER_LANE * 2));
        return Math.max(Math.ceilDiv(elements, Math.max(pieces, 1)), 1);
    }

    private static void emit(
            Emitter e,
            String label,
            Kernel kernel,
            Plan plan,
            int lanes,
            boolean lanesAreNeighbours,
            int perPiece,
            Operand x,
            Operand out,
            int pieceDistance) {
        int results = plan.results();
        int elements = plan.elements();
        int pieces = Math.max(Math.ceilDiv(elements, perPiece), 1);
        e.emit(
                label,
                kernel,
                Grid.groups(Math.ceilDiv(results, GROUP / lanes), GROUP, pieces, 1),
                List.of(x),
                List.of(out),
                label.startsWith("sum") ? Batch.OF_SUMS : null,
                () -> {
                    int[] p = new int[1 + ReduceKernels.REDUCED + 2 * ReduceKernels.AXES];
                    p[1] = results;
                    p[2] = elements;
                    p[3] = lanes;
                    p[4] = lanesAreNeighbours ? 1 : 0;
                    p[5] = perPiece;
                    p[6] = elements == 0 ? 0 : x.start();
                    p[7] = out.start();
                    p[8] = pieceDistance;
                    p[9] = plan.kept.size();
                    p[10] = Math.max(plan.reduced.size(), 1);
                    for (int i = 0; i < plan.kept.size(); i++) {
                        p[1 + ReduceKernels.KEPT + 3 * i] = plan.kept.get(i).extent;
                        p[1 + ReduceKernels.KEPT + 3 * i + 1] = plan.kept.get(i).in;
                        p[1 + ReduceKernels.KEPT + 3 * i + 2] = plan.kept.get(i).out;
                    }
                    for (int i = 0; i < plan.reduced.size(); i++) {
                        p[1 + ReduceKernels.REDUCED + 2 * i] = plan.reduced.get(i).extent;
                        p[1 + ReduceKernels.REDUCED + 2 * i + 1] = plan.reduced.get(i).in;
                    }
                    return p;
                });
    }
}
