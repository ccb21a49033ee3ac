package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's elements within a buffer.
 *
 * @param buffer whose elements they are
 * @param layout where in it they lie
 */
record View(Buffer buffer, Layout layout) {
    /** A dense view of a whole buffer; {@code order} lists the axes from the outermost in memory to the innermost. */
    static View dense(Buffer buffer, Shape shape, int... order) {
        return new View(buffer, Layout.dense(shape, order));
    }

    float[] array() {
        return buffer.array();
    }

    /** The index of the first element in {@link #array}. */
    int start() {
        return buffer.base() + layout.offset();
    }

    int rank() {
        return layout.rank();
    }

    int dim(int axis) {
        return layout.dim(axis);
    }

    int stride(int axis) {
        return layout.stride(axis);
    }

    int[] dims() {
        return layout.dims();
    }

    int[] strides() {
        return layout.strides();
    }

    int size() {
        return layout.size();
    }

    /** Whether the elements lie without gaps in the given order of axes. */
    boolean isDense(int... order) {
        return layout.isDense(order);
    }

    /** Whether it is dense in row-major order and the whole of its buffer. */
    boolean isWholeRowMajor() {
        return layout.isWholeRowMajor(buffer.size());
    }

    /** The axes from the largest stride to the smallest. */
    int[] memoryOrder() {
        return layout.memoryOrder();
    }

    View permute(int... order) {
        return new View(buffer, layout.permute(order));
    }

    View slice(int axis, int from, int to) {
        return new View(buffer, layout.slice(axis, from, to));
    }

    View broadcast(Shape shape) {
        return new View(buffer, layout.broadcast(shape));
    }

    /** The same elements in row-major order under another shape, or null if that is no view. */
    @Nullable
    View reshape(Shape shape) {
        Layout reshaped = layout.reshape(shape);
        return reshaped == null ? null : new View(buffer, reshaped);
    }

    /** Whether both show their elements in the same places of their buffers. */
    boolean liesAs(View other) {
        return layout.liesAs(other.layout);
    }

    /** What identifies the elements: for caches. */
    Object key() {
        return List.of(buffer, layout); // buffers equal only themselves
    }

    @Override
    public String toString() {
        return layout.toString();
    }
}
