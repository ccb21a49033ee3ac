package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's elements within a buffer: element [i, j, ...] is at {@code offset + i * strides[0] + j * strides[1] ...}.
 * Reshaping, permuting, slicing and broadcasting make views and move nothing; a stride of 0 repeats.
 */
final class View {
    private final Buffer buffer;
    private final int offset;
    private final int[] dims;
    private final int[] strides;

    View(Buffer buffer, int offset, int[] dims, int[] strides) {
        this.buffer = buffer;
        this.offset = offset;
        this.dims = dims;
        this.strides = strides;
    }

    /** A dense view of a whole buffer; {@code order} lists the axes from the outermost in memory to the innermost. */
    static View dense(Buffer buffer, Shape shape, int... order) {
        return new View(buffer, 0, shape.dims(), strides(shape.dims(), order));
    }

    /** The axes 0, 1, ...: row-major order. */
    static int[] rowMajor(int rank) {
        return IntStream.range(0, rank).toArray();
    }

    /** Batch, positions, channels: the order in which convolutions and norms compute on [b, c, ...]. */
    static int[] channelsLast(int rank) {
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

    Buffer buffer() {
        return buffer;
    }

    float[] array() {
        return buffer.array();
    }

    /** The index of the first element in {@link #array}. */
    int start() {
        return buffer.base() + offset;
    }

    int offset() {
        return offset;
    }

    int rank() {
        return dims.length;
    }

    int dim(int axis) {
        return dims[axis < 0 ? axis + dims.length : axis];
    }

    int stride(int axis) {
        return strides[axis < 0 ? axis + dims.length : axis];
    }

    int[] dims() {
        return dims;
    }

    int[] strides() {
        return strides;
    }

    int size() {
        int size = 1;
        for (int dim : dims) {
            size *= dim;
        }
        return size;
    }

    /** Whether the elements lie without gaps in the given order of axes. */
    boolean isDense(int... order) {
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

    /** Whether it is dense in row-major order and the whole of its buffer. */
    boolean isWholeRowMajor() {
        return offset == 0 && size() == buffer.size() && isDense(rowMajor(dims.length));
    }

    /** The axes from the largest stride to the smallest; axes that repeat keep their place beside their neighbour. */
    int[] memoryOrder() {
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

    View permute(int... order) {
        int[] d = new int[order.length];
        int[] s = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            d[i] = dims[order[i]];
            s[i] = strides[order[i]];
        }
        return new View(buffer, offset, d, s);
    }

    View slice(int axis, int from, int to) {
        int[] d = dims.clone();
        d[axis] = to - from;
        return new View(buffer, offset + from * strides[axis], d, strides);
    }

    View broadcast(Shape shape) {
        int extra = shape.rank() - dims.length;
        int[] s = new int[shape.rank()];
        for (int i = extra; i < s.length; i++) {
            s[i] = dims[i - extra] == 1 ? 0 : strides[i - extra];
        }
        return new View(buffer, offset, shape.dims(), s);
    }

    /** The same elements in row-major order under another shape, or null if that is no view. */
    @Nullable
    View reshape(Shape shape) {
        if (size() == 0) {
            return dense(buffer, shape, rowMajor(shape.rank()));
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
        return new View(buffer, offset, to, s);
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

    /** Whether both show their elements in the same places of their buffers. */
    boolean liesAs(View other) {
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

    /** What identifies the elements: for caches. */
    Object key() {
        return List.of(
                buffer, offset, Arrays.toString(dims), Arrays.toString(strides)); // buffers equal only themselves
    }

    @Override
    public String toString() {
        return Arrays.toString(dims) + " strides " + Arrays.toString(strides) + " from " + offset;
    }
}
