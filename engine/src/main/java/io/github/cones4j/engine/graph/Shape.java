package io.github.cones4j.engine.graph;

import java.util.Arrays;

/** The dimensions of a tensor, outermost first; rank 0 is a scalar. Immutable. */
public final class Shape {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape();

    private final int[] dims;

    private Shape(int... dims) {
        this.dims = dims;
    }

    /**
     * A shape of the given dimensions.
     *
     * @throws IllegalArgumentException if a dimension is negative
     */
    public static Shape of(int... dims) {
        for (int dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
            }
        }
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** The number of dimensions. */
    public int rank() {
        return dims.length;
    }

    /**
     * One dimension.
     *
     * @param axis 0 .. rank-1, or -rank .. -1 counted from the last
     */
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    /**
     * A possibly negative axis as an index 0 .. rank-1.
     *
     * @throws ShapeException if there is no such axis
     */
    public int axis(int axis) {
        int index = axis < 0 ? axis + dims.length : axis;
        if (index < 0 || index >= dims.length) {
            throw new ShapeException("axis " + axis + " does not exist in " + this);
        }
        return index;
    }

    /** A copy of the dimensions. */
    public int[] dims() {
        return dims.clone();
    }

    /** The number of elements: the product of the dimensions, 1 for a scalar. */
    public long size() {
        long size = 1;
        for (int dim : dims) {
            size = Math.multiplyExact(size, (long) dim);
        }
        return size;
    }

    /** The distance in elements between neighbours along each axis of a dense row-major array. */
    public int[] strides() {
        int[] strides = new int[dims.length];
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(dims[i], 1);
        }
        return strides;
    }

    /** This shape with one dimension replaced. */
    public Shape with(int axis, int dim) {
        int[] changed = dims.clone();
        changed[axis(axis)] = dim;
        return of(changed);
    }

    /** Whether a tensor of this shape can be broadcast (NumPy rules) to {@code target}. */
    public boolean broadcastsTo(Shape target) {
        if (rank() > target.rank()) {
            return false;
        }
        for (int i = 1; i <= rank(); i++) {
            if (dim(-i) != 1 && dim(-i) != target.dim(-i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The shape to which both broadcast (NumPy rules: aligned at the last axis, a dimension of 1 repeats).
     *
     * @throws ShapeException naming the dimension at fault
     */
    public static Shape broadcast(Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        int[] out = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int x = i <= a.rank() ? a.dim(-i) : 1;
            int y = i <= b.rank() ? b.dim(-i) : 1;
            if (x != y && x != 1 && y != 1) {
                throw new ShapeException(
                        a + " and " + b + " do not broadcast: " + x + " against " + y + " in dimension -" + i);
            }
            out[rank - i] = x == 1 ? y : x;
        }
        return of(out);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** The dimensions as {@code [4096,320]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < dims.length; i++) {
            text.append(i == 0 ? "" : ",").append(dims[i]);
        }
        return text.append(']').toString();
    }
}
