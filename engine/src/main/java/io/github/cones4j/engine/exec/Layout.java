package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.graph.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a tensor's elements lie within a buffer: element [i, j, ...] is at {@code offset + i * strides[0] + j *
 * strides[1] ...}, all counted in elements. Reshaping, permuting, slicing and broadcasting give further layouts of the same
 * buffer and move nothing; a stride of 0 repeats.
 */
public final class Layout {
    private final int offset;
    private final int[] dims;
    private final int[] strides;

    private Layout(int offset, int[] dims, int[] strides) {
        this.offset = offset;
        this.dims = dims;
        this.strides = strides;
    }

    /** Without gaps from element 0 on; {@code order} lists the axes from the outermost in memory to the innermost. */
    public static Layout dense(Shape shape, int... order) {
        return new Layout(0, shape.dims(), strides(shape.dims(), order));
    }

    /** The axes 0, 1, ...: row-major order. */
    public static int[] rowMajor(int rank) {
        return IntStream.range(0, rank).toArray();
    }

    /** Batch, positions, channels: the order in which convolutions and norms compute on [b, c, ...]. */
    public static int[] channelsLast(int rank) {
        int[] order = rowMajor(rank);
        for (int i = 1; i + 1 < rank; i++) {
            order[i] = i + 1;
        }
        if (rank > 1) {
            order[rank - 1] = 1;
        }
        return order;
    }

    private static int[] strides(int[] dims, int... order) {
        int[] strides = new int[dims.length];
        int step = 1;
        for (int i = order.length - 1; i >= 0; i--) {
            strides[order[i]] = step;
            step *= Math.max(dims[order[i]], 1);
        }
        return strides;
    }

    /** Where the first element lies. */
    public int offset() {
        return offset;
    }

    /** Number of axes. */
    public int rank() {
        return dims.length;
    }

    /** Extent of an axis; negative axes count from the end. */
    public int dim(int axis) {
        return dims[axis < 0 ? axis + dims.length : axis];
    }

    /** Distance between neighbours along an axis; negative axes count from the end. */
    public int stride(int axis) {
        return strides[axis < 0 ? axis + dims.length : axis];
    }

    /** Extents of all axes. */
    public int[] dims() {
        return dims.clone();
    }

    /** Distances between neighbours along all axes. */
    public int[] strides() {
        return strides.clone();
    }

    /** Number of elements. */
    public int size() {
        int size = 1;
        for (int dim : dims) {
            size *= dim;
        }
        return size;
    }

    /** Whether the elements lie without gaps in the given order of axes. */
    public boolean isDense(int... order) {
        int step = 1;
        for (int i = order.length - 1; i >= 0; i--) {
            int axis = order[i];
            if (dims[axis] != 1 && strides[axis] != step) {
                return false;
            }
            step *= dims[axis];
        }
        return true;
    }

    /** Whether it is dense in row-major order and the whole of a buffer of that size. */
    public boolean isWholeRowMajor(long size) {
        return offset == 0 && size() == size && isDense(rowMajor(dims.length));
    }

    /** The axes from the largest stride to the smallest; axes that repeat keep their place beside their neighbour. */
    public int[] memoryOrder() {
        int[] effective = strides.clone();
        for (int i = dims.length - 1; i >= 0; i--) {
            if (dims[i] == 1 || strides[i] == 0) {
                effective[i] = i + 1 < dims.length ? effective[i + 1] : 0;
            }
        }
        return IntStream.range(0, dims.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer axis) -> -effective[axis]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Axes in another order: axis i of the result is axis {@code order[i]} of this. */
    public Layout permute(int... order) {
        int[] d = new int[order.length];
        int[] s = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            d[i] = dims[order[i]];
            s[i] = strides[order[i]];
        }
        return new Layout(offset, d, s);
    }

    /** Elements {@code from} (included) to {@code to} (excluded) along one axis. */
    public Layout slice(int axis, int from, int to) {
        int[] d = dims.clone();
        d[axis] = to - from;
        return new Layout(offset + from * strides[axis], d, strides);
    }

    /** Repeats axes of extent 1 (NumPy rules). */
    public Layout broadcast(Shape shape) {
        int extra = shape.rank() - dims.length;
        int[] s = new int[shape.rank()];
        for (int i = extra; i < s.length; i++) {
            s[i] = dims[i - extra] == 1 ? 0 : strides[i - extra];
        }
        return new Layout(offset, shape.dims(), s);
    }

    /** The same elements in row-major order under another shape, or null if that is no layout of the same buffer. */
    public @Nullable Layout reshape(Shape shape) {
        if (size() == 0) {
            return dense(shape, rowMajor(shape.rank()));
        }
        int[] to = shape.dims();
        int[] s = new int[to.length];
        int i = 0;
        int j = 0;
        while (i < dims.length || j < to.length) {
            // the shortest groups of axes that hold equally many elements
            int from = i;
            int first = j;
            long a = i < dims.length ? dims[i++] : 1;
            long b = j < to.length ? to[j++] : 1;
            while (a != b) {
                if (a < b) {
                    a *= dims[i++];
                } else {
                    b *= to[j++];
                }
            }
            int step = groupStride(from, i);
            if (step < 0) {
                return null;
            }
            for (int axis = j - 1; axis >= first; axis--) {
                s[axis] = step;
                step *= to[axis];
            }
        }
        return new Layout(offset, to, s);
    }

    /** The stride of axes from .. to-1 seen as one, or -1 if they do not lie so. */
    private int groupStride(int from, int to) {
        int inner = -1;
        long expected = 0;
        for (int axis = to - 1; axis >= from; axis--) {
            if (dims[axis] == 1) {
                continue;
            }
            if (inner < 0) {
                inner = strides[axis];
            } else if (strides[axis] != expected) {
                return -1;
            }
            expected = (long) strides[axis] * dims[axis];
        }
        return inner < 0 ? 1 : inner;
    }

    /** Whether both lay their elements in the same places. */
    public boolean liesAs(Layout other) {
        if (offset != other.offset || !Arrays.equals(dims, other.dims)) {
            return false;
        }
        for (int axis = 0; axis < dims.length; axis++) {
            if (dims[axis] != 1 && strides[axis] != other.strides[axis]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Layout layout
                && offset == layout.offset
                && Arrays.equals(dims, layout.dims)
                && Arrays.equals(strides, layout.strides);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * offset + Arrays.hashCode(dims)) + Arrays.hashCode(strides);
    }

    @Override
    public String toString() {
        return Arrays.toString(dims) + " strides " + Arrays.toString(strides) + " from " + offset;
    }
}
