package io.github.cones4j.engine.cpu;

import java.util.Arrays;

/** Loops over strided elements: copies and the common iteration space of several operands. */
final class StridedKernels {
    /** About how many elements one task of a memory-bound kernel handles. */
    static final int TASK = 1 << 15;

    private StridedKernels() {}

    /**
     * The iteration space of operands of equal dimensions: axes in the memory order of the first operand, those of size 1
     * dropped, neighbours joined where every operand allows it.
     */
    static final class Space {
        private final int[] dims;
        private final int[][] strides;

        private Space(int[] dims, int[][] strides) {
            this.dims = dims;
            this.strides = strides;
        }

        static Space of(int[] order, View... operands) {
            int rank = order.length;
            int[] dims = new int[Math.max(rank, 1)];
            int[][] strides = new int[operands.length][Math.max(rank, 1)];
            int axes = 0;
            for (int axis : order) {
                int dim = operands[0].dim(axis);
                if (dim == 1) {
                    continue;
                }
                boolean joins = axes > 0;
                for (int k = 0; k < operands.length && joins; k++) {
                    joins = strides[k][axes - 1] == operands[k].stride(axis) * dim;
                }
                int at = joins ? axes - 1 : axes++;
                dims[at] = joins ? dims[at] * dim : dim;
                for (int k = 0; k < operands.length; k++) {
                    strides[k][at] = operands[k].stride(axis);
                }
            }
            if (axes == 0) {
                dims[axes++] = 1;
                for (int[] s : strides) {
                    s[0] = 1;
                }
            }
            for (int k = 0; k < operands.length; k++) {
                strides[k] = Arrays.copyOf(strides[k], axes);
            }
            return new Space(Arrays.copyOf(dims, axes), strides);
        }

        /** The number of axes, at least 1. */
        int rank() {
            return dims.length;
        }

        int dim(int axis) {
            return dims[axis];
        }

        int stride(int operand, int axis) {
            return strides[operand][axis];
        }

        int inner() {
            return dims[dims.length - 1];
        }

        /** The number of innermost rows. */
        int rows() {
            int rows = 1;
            for (int i = 0; i + 1 < dims.length; i++) {
                rows *= dims[i];
            }
            return rows;
        }

        int innerStride(int operand) {
            return strides[operand][dims.length - 1];
        }

        /** Where an operand's row begins, relative to its first element. */
        int row(int operand, int row) {
            int at = 0;
            int rest = row;
            for (int axis = dims.length - 2; axis >= 0; axis--) {
                at += rest % dims[axis] * strides[operand][axis];
                rest /= dims[axis];
            }
            return at;
        }
    }

    /** Copies elements between views of equal dimensions. */
    static void copy(Workers workers, View from, View to) {
        if (to.size() == 0) {
            return;
        }
        Space space = Space.of(to.memoryOrder(), to, from);
        int inner = space.inner();
        int step = space.innerStride(1);
        if (space.innerStride(0) == 1 && step != 1 && step != 0 && transposed(workers, space, from, to)) {
            return;
        }
        int rows = space.rows();
        int chunks = Math.ceilDiv(inner, TASK);
        int rowsPerTask = Math.max(1, TASK / inner);
        float[] x = from.array();
        float[] y = to.array();
        workers.run(Math.ceilDiv(rows, rowsPerTask) * chunks, (task, worker) -> {
            int first = task / chunks * rowsPerTask;
            int begin = task % chunks * TASK;
            int n = Math.min(inner - begin, TASK);
            for (int row = first; row < Math.min(rows, first + rowsPerTask); row++) {
                copyRow(
                        x,
                        from.start() + space.row(1, row) + begin * step,
                        step,
                        y,
                        to.start() + space.row(0, row) + begin * space.innerStride(0),
                        space.innerStride(0),
                        n);
            }
        });
    }

    static void copyRow(float[] x, int x0, int xStep, float[] y, int y0, int yStep, int n) {
        if (yStep == 1 && xStep == 1) {
            System.arraycopy(x, x0, y, y0, n);
        } else if (yStep == 1 && xStep == 0) {
            Arrays.fill(y, y0, y0 + n, x[x0]);
        } else {
            for (int i = 0; i < n; i++) {
                y[y0 + i * yStep] = x[x0 + i * xStep];
            }
        }
    }

    /** Exchanges the innermost axes in square tiles, if the source is dense along another axis. */
    private static boolean transposed(Workers workers, Space space, View from, View to) {
        int rank = space.rank();
        int other = -1;
        for (int axis = 0; axis < rank - 1; axis++) {
            if (space.stride(1, axis) == 1 && space.dim(axis) >= 4) {
                other = axis;
            }
        }
        if (other < 0) {
            return false;
        }
        int columns = other;
        int tile = 32;
        int n = space.inner();
        int m = space.dim(columns);
        int outer = space.rows() / m;
        int tilesN = Math.ceilDiv(n, tile);
        int tilesM = Math.ceilDiv(m, tile);
        float[] x = from.array();
        float[] y = to.array();
        int step = space.innerStride(1);
        int jump = space.stride(0, columns);
        int stripes = tilesM; // a task is one stripe of tiles: all n, up to 32 of m
        workers.run(outer * stripes, (task, worker) -> {
            int x0 = from.start();
            int y0 = to.start();
            int rest = task / stripes;
            for (int axis = rank - 2; axis >= 0; axis--) {
                if (axis != columns) {
                    x0 += rest % space.dim(axis) * space.stride(1, axis);
                    y0 += rest % space.dim(axis) * space.stride(0, axis);
                    rest /= space.dim(axis);
                }
            }
            int j0 = task % stripes * tile;
            int j1 = Math.min(m, j0 + tile);
            for (int t = 0; t < tilesN; t++) {
                int i1 = Math.min(n, (t + 1) * tile);
                for (int j = j0; j < j1; j++) {
                    for (int i = t * tile; i < i1; i++) {
                        y[y0 + j * jump + i] = x[x0 + i * step + j];
                    }
                }
            }
        });
        return true;
    }

    /** Sets all elements of a dense view to zero. */
    static void zero(Workers workers, View to) {
        int size = to.size();
        workers.run(Math.ceilDiv(size, TASK), (task, worker) -> {
            int from = to.start() + task * TASK;
            Arrays.fill(to.array(), from, Math.min(to.start() + size, from + TASK), 0f);
        });
    }
}
