package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Gather;

/** Rows chosen by index, and rows added up by index, in the order of the indices. */
final class GatherKernels {
    private GatherKernels() {}

    /** y[i, :] = table[ids[i], :]. */
    static void rows(Gather op, View table, View ids, View y) {
        int width = table.dim(1);
        for (int i = 0; i < ids.size(); i++) {
            int row = Gather.index(op, ids.array()[ids.start() + i], table.dim(0));
            System.arraycopy(table.array(), table.start() + row * width, y.array(), y.start() + i * width, width);
        }
    }

    /** The same from {@code rows} rows that lie in a file: of an embedding's many few are asked for. */
    static void rows(Gather op, HostTensor table, int rows, View ids, View y) {
        int width = y.dim(-1);
        for (int i = 0; i < ids.size(); i++) {
            int row = Gather.index(op, ids.array()[ids.start() + i], rows);
            table.copyTo((long) row * width, y.array(), y.start() + i * width, width);
        }
    }

    /** y[ids[i], :] += dy[i, :]; y holds zeros on entry. */
    static void scatterAdd(Gather op, View ids, View dy, View y) {
        int width = y.dim(1);
        for (int i = 0; i < ids.size(); i++) {
            int row = Gather.index(op, ids.array()[ids.start() + i], y.dim(0));
            int into = y.start() + row * width;
            ElementwiseKernels.add(y.array(), into, dy.array(), dy.start() + i * width, y.array(), into, width);
        }
    }
}
