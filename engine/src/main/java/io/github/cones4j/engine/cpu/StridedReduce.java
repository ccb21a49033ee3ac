package io.github.cones4j.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sums and maxima over some axes of a view. The additions are grouped by fixed blocks of {@value #ROWS} rows, whatever
 * the number of threads.
 */
final class StridedReduce {
    private static final int ROWS = 256;
    private static final int COLUMNS = 4096;

    private StridedReduce() {}

    /** The axes of a view split into kept and reduced ones, outermost in memory first. */
    private static final class Axes {
        private final int[] dims;
        private final int[] strides;

        private Axes(int[] dims, int... strides) {
            this.dims = dims;
            this.strides = strides;
        }

        static Axes of(View view, List<Integer> chosen) {
            List<Integer> order = new ArrayList<>();
            for (int axis : view.memoryOrder()) {
                if (chosen.contains(axis) && view.dim(axis) != 1) {
                    order.add(axis);
                }
            }
            return new Axes(
                    order.stream().mapToInt(view::dim).toArray(),
                    order.stream().mapToInt(view::stride).toArray());
        }

        int count() {
            return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        }

        int innerStride() {
            return strides.length == 0 ? -1 : strides[strides.length - 1];
        }

        /** The distance of combination {@code index} from the first, with the last {@code skip} axes left out. */
        int at(int index, int skip) {
            int at = 0;
            int rest = index;
            for (int i = dims.length - 1 - skip; i >= 0; i--) {
                at += rest % dims[i] * strides[i];
                rest /= dims[i];
            }
            return at;
        }

        int inner() {
            return dims.length == 0 ? 1 : dims[dims.length - 1];
        }
    }

    /**
     * Whether {@link #sum} can read the view as it lies: its innermost axis in memory has stride 1.
     */
    static boolean readable(View x) {
        return x.size() <= 1
                || Arrays.stream(x.memoryOrder()).anyMatch(axis -> x.dim(axis) != 1 && x.stride(axis) == 1);
    }

    /** The working memory of {@link #sum} in floats. */
    static int partials(View x, List<Integer> reduced) {
        Axes over = Axes.of(x, reduced);
        Axes kept = Axes.of(x, others(x, reduced));
        return kept.innerStride() == 1 ? Math.ceilDiv(over.count(), ROWS) * kept.count() : 0;
    }

    private static List<Integer> others(View x, List<Integer> reduced) {
        List<Integer> others = new ArrayList<>();
        for (int axis = 0; axis < x.rank(); axis++) {
            if (!reduced.contains(axis)) {
                others.add(axis);
            }
        }
        return others;
    }

    /**
     * y = sum of x over the reduced axes.
     *
     * @param y view with the kept axes of x, any strides
     * @param partials {@link #partials} floats
     */
    static void sum(Workers workers, View x, List<Integer> reduced, View y, View partials) {
        Axes over = Axes.of(x, reduced);
        List<Integer> others = others(x, reduced);
        Axes kept = Axes.of(x, others);
        if (x.size() == 0) {
            StridedKernels.zero(workers, y);
            return;
        }
        int[] target = targets(x, others, y);
        if (kept.innerStride() == 1) {
            columns(workers, x, over, kept, y, target, partials);
        } else {
            rows(workers, x, over, kept, y, target);
        }
    }

    /** The strides of y along the kept axes, in their memory order in x. */
    private static int[] targets(View x, List<Integer> kept, View y) {
        return Arrays.stream(x.memoryOrder())
                .filter(axis -> kept.contains(axis) && x.dim(axis) != 1)
                .map(y::stride)
                .toArray();
    }

    /** Reduced axes innermost: each result is a sum of contiguous runs. */
    private static void rows(Workers workers, View x, Axes over, Axes kept, View y, int... target) {
        int results = kept.count();
        int runs = over.count() / over.inner();
        int perTask = Math.max(1, StridedKernels.TASK / Math.max(1, over.count()));
        Axes to = new Axes(kept.dims, target);
        workers.run(Math.ceilDiv(results, perTask), (task, worker) -> {
            for (int k = task * perTask; k < Math.min(results, (task + 1) * perTask); k++) {
                int from = x.start() + kept.at(k, 0);
                double sum = 0;
                for (int r = 0; r < runs; r++) {
                    sum += over.innerStride() == 1
                            ? ReduceKernels.sum(x.array(), from + over.at(r, 1), over.inner())
                            : strided(x.array(), from + over.at(r, 1), over.innerStride(), over.inner());
                }
                y.array()[y.start() + to.at(k, 0)] = (float) sum;
            }
        });
    }

    private static double strided(float[] x, int x0, int step, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += x[x0 + i * step];
        }
        return sum;
    }

    /** Kept axes innermost: rows of results are added up, first within blocks of rows, then the blocks. */
    private static void columns(Workers workers, View x, Axes over, Axes kept, View y, int[] target, View partials) {
        int n = kept.inner();
        int outer = kept.count() / n;
        int rows = over.count();
        int blocks = Math.ceilDiv(rows, ROWS);
        int stripes = Math.ceilDiv(n, COLUMNS);
        float[] p = partials.array();
        workers.run(outer * blocks * stripes, (task, worker) -> {
            int stripe = task % stripes * COLUMNS;
            int block = task / stripes % blocks;
            int k = task / stripes / blocks;
            int width = Math.min(COLUMNS, n - stripe);
            int into = partials.start() + (k * blocks + block) * n + stripe;
            Arrays.fill(p, into, into + width, 0f);
            int from = x.start() + kept.at(k, 1) + stripe;
            for (int r = block * ROWS; r < Math.min(rows, (block + 1) * ROWS); r++) {
                ElementwiseKernels.add(p, into, x.array(), from + over.at(r, 0), p, into, width);
            }
        });
        Axes to = new Axes(kept.dims, target);
        int step = target[target.length - 1];
        workers.run(outer * stripes, (task, worker) -> {
            int stripe = task % stripes * COLUMNS;
            int k = task / stripes;
            int width = Math.min(COLUMNS, n - stripe);
            int first = partials.start() + k * blocks * n + stripe;
            for (int block = 1; block < blocks; block++) {
                ElementwiseKernels.add(p, first, p, first + block * n, p, first, width);
            }
            StridedKernels.copyRow(p, first, 1, y.array(), y.start() + to.at(k, 1) + stripe * step, step, width);
        });
    }

    /** y = largest x over the reduced axes; NaN if there is one. */
    static void max(Workers workers, View x, List<Integer> reduced, View y) {
        Axes over = Axes.of(x, reduced);
        List<Integer> others = others(x, reduced);
        Axes kept = Axes.of(x, others);
        Axes to = new Axes(kept.dims, targets(x, others, y));
        int results = kept.count();
        int n = x.size() == 0 ? 0 : over.count();
        int perTask = Math.max(1, StridedKernels.TASK / Math.max(1, n));
        workers.run(Math.ceilDiv(results, perTask), (task, worker) -> {
            for (int k = task * perTask; k < Math.min(results, (task + 1) * perTask); k++) {
                int from = x.start() + kept.at(k, 0);
                float max = Float.NEGATIVE_INFINITY;
                for (int i = 0; i < n; i++) {
                    max = Math.max(max, x.array()[from + over.at(i, 0)]);
                }
                y.array()[y.start() + to.at(k, 0)] = max;
            }
        });
    }
}
