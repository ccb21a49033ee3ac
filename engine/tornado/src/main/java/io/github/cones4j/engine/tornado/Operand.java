package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's elements within a slot.
 *
 * @param slot whose elements they are
 * @param layout where in it they lie
 */
record Operand(Slot slot, Layout layout) {
    /** A dense operand over a whole slot; {@code order} lists the axes from the outermost in memory to the innermost. */
    static Operand dense(Slot slot, Shape shape, int... order) {
        return new Operand(slot, Layout.dense(shape, order));
    }

    /** The index of the first element in the device's memory; only after planning. */
    int start() {
        return Math.addExact(slot.base(), layout.offset());
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

    Shape shape() {
        return Shape.of(layout.dims());
    }

    int size() {
        return layout.size();
    }

    /** Whether the elements lie without gaps in the given order of axes. */
    boolean isDense(int... order) {
        return layout.isDense(order);
    }

    /** Whether it is dense in row-major order and the whole of its slot. */
    boolean isWholeRowMajor() {
        return layout.isWholeRowMajor(slot.size());
    }

    Operand permute(int... order) {
        return new Operand(slot, layout.permute(order));
    }

    Operand slice(int axis, int from, int to) {
        return new Operand(slot, layout.slice(axis, from, to));
    }

    Operand broadcast(Shape shape) {
        return new Operand(slot, layout.broadcast(shape));
    }

    /** The same elements in row-major order under another shape, or null if they do not lie so. */
    @Nullable
    Operand reshape(Shape shape) {
        Layout reshaped = layout.reshape(shape);
        return reshaped == null ? null : new Operand(slot, reshaped);
    }

    /** What identifies the elements: for caches. */
    Object key() {
        return List.of(slot, layout); // slots equal only themselves
    }

    @Override
    public String toString() {
        return layout.toString();
    }
}
