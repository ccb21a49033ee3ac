package io.github.cones4j.engine.graph;

import java.util.List;

/** Operations that move elements without computing: any element type. */
public sealed interface Movement extends Op {

    /** The same elements in row-major order under another shape of the same size. */
    record Reshape(Shape shape) implements Movement {
        @Override
        public String label() {
            return "reshape";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            Shape from = in.getFirst().shape();
            if (from.size() != shape.size()) {
                throw new ShapeException(
                        "reshape: " + from + " has " + from.size() + " elements, " + shape + " has " + shape.size());
            }
            return in.getFirst().with(shape);
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.reshape(out.input(0).shape()));
        }

        @Override
        public void reference(Operands x) {
            System.arraycopy(x.in(0), 0, x.out(), 0, x.out().length);
        }
    }

    /** Axes in another order: axis i of the result is axis {@code order[i]} of the input. */
    record Permute(List<Integer> order) implements Movement {
        @Override
        public String label() {
            return "permute";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            Shape from = in.getFirst().shape();
            if (order.size() != from.rank()
                    || order.stream().distinct().count() != order.size()
                    || order.stream().anyMatch(axis -> axis < 0 || axis >= from.rank())) {
                throw new ShapeException("permute: " + order + " is not an order of the axes of " + from);
            }
            return in.getFirst()
                    .with(Shape.of(order.stream().mapToInt(from::dim).toArray()));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> {
                int[] inverse = new int[order.size()];
                for (int i = 0; i < inverse.length; i++) {
                    inverse[order.get(i)] = i;
                }
                return dy.permute(inverse);
            });
        }

        @Override
        public void reference(Operands x) {
            int[] strides = x.shape(0).strides();
            int[] index = new int[order.size()];
            for (int i = 0; i < x.out().length; i++) {
                int from = 0;
                for (int axis = 0; axis < index.length; axis++) {
                    from += index[axis] * strides[order.get(axis)];
                }
                x.out()[i] = x.in(0)[from];
                Operands.next(index, x.outSpec().shape());
            }
        }
    }

    /** Elements {@code from} (included) to {@code to} (excluded) along one axis. */
    record Slice(int axis, int from, int to) implements Movement {
        @Override
        public String label() {
            return "slice";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            Shape shape = in.getFirst().shape();
            if (axis < 0 || axis >= shape.rank() || from < 0 || to < from || to > shape.dim(axis)) {
                throw new ShapeException(
                        "slice: " + from + ".." + to + " of axis " + axis + " does not lie in " + shape);
            }
            return in.getFirst().with(shape.with(axis, to - from));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            int before = from;
            int after = out.input(0).shape().dim(axis) - this.to;
            to.add(0, () -> dy.pad(axis, before, after));
        }

        @Override
        public void reference(Operands x) {
            int inner = inner(x.outSpec().shape(), axis);
            int rows = x.out().length / Math.max(inner, 1);
            int step = inner(x.shape(0), axis);
            int unit = to == from ? 0 : inner / (to - from);
            for (int row = 0; row < rows; row++) {
                System.arraycopy(x.in(0), row * step + from * unit, x.out(), row * inner, inner);
            }
        }
    }

    /** Zeros before and after along one axis. */
    record Pad(int axis, int before, int after) implements Movement {
        @Override
        public String label() {
            return "pad";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            Shape shape = in.getFirst().shape();
            if (axis < 0 || axis >= shape.rank() || before < 0 || after < 0) {
                throw new ShapeException("pad: " + before + " before and " + after + " after axis " + axis + " of "
                        + shape + ": amounts must not be negative and the axis must exist");
            }
            return in.getFirst().with(shape.with(axis, before + shape.dim(axis) + after));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.slice(axis, before, before + out.input(0).shape().dim(axis)));
        }

        @Override
        public void reference(Operands x) {
            int inner = inner(x.shape(0), axis);
            int rows = x.in(0).length / Math.max(inner, 1);
            int step = inner(x.outSpec().shape(), axis);
            int unit = step / Math.max(x.outSpec().shape().dim(axis), 1);
            for (int row = 0; row < rows; row++) {
                System.arraycopy(x.in(0), row * inner, x.out(), row * step + before * unit, inner);
            }
        }
    }

    /** The inputs one after the other along one axis. */
    record Concat(int axis) implements Movement {
        @Override
        public String label() {
            return "concat";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, Integer.MAX_VALUE);
            Spec first = in.getFirst();
            if (axis < 0 || axis >= first.shape().rank()) {
                throw new ShapeException("concat: " + in + " have no axis " + axis);
            }
            int total = 0;
            for (Spec spec : in) {
                if (spec.dtype() != first.dtype()
                        || spec.shape().rank() != first.shape().rank()
                        || !spec.shape().with(axis, 0).equals(first.shape().with(axis, 0))) {
                    throw new ShapeException("concat: " + in + " differ in type or beside axis " + axis);
                }
                total += spec.shape().dim(axis);
            }
            return first.with(first.shape().with(axis, total));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            int at = 0;
            for (int i = 0; i < out.inputs().size(); i++) {
                int from = at;
                int until = from + out.input(i).shape().dim(axis);
                to.add(i, () -> dy.slice(axis, from, until));
                at = until;
            }
        }

        @Override
        public void reference(Operands x) {
            int step = inner(x.outSpec().shape(), axis);
            int at = 0;
            for (int k = 0; k < x.count(); k++) {
                int inner = inner(x.shape(k), axis);
                for (int row = 0; row < x.in(k).length / Math.max(inner, 1); row++) {
                    System.arraycopy(x.in(k), row * inner, x.out(), row * step + at, inner);
                }
                at += inner;
            }
        }
    }

    /** Repeats dimensions of size 1 (NumPy rules). */
    record Broadcast(Shape shape) implements Movement {
        @Override
        public String label() {
            return "broadcast";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            if (!in.getFirst().shape().broadcastsTo(shape)) {
                throw new ShapeException("broadcast: " + in.getFirst().shape() + " does not broadcast to " + shape);
            }
            return in.getFirst().with(shape);
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy);
        }

        @Override
        public void reference(Operands x) {
            System.arraycopy(x.broadcast(0), 0, x.out(), 0, x.out().length);
        }
    }

    /**
     * Nearest-neighbour resizing of the last two axes: y[i, j] = x[floor(i * h / height), floor(j * w / width)], as
     * PyTorch's {@code interpolate(mode="nearest")}.
     */
    record UpsampleNearest(int height, int width) implements Movement {
        @Override
        public String label() {
            return "upsample_nearest";
        }

        @Override
        public Spec infer(List<Spec> in) {
            return resized(this, "x", in, height, width);
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Shape s = out.input(0).shape();
            to.add(0, () -> Tensor.of(new UpsampleNearestGrad(s.dim(2), s.dim(3)), dy));
        }

        @Override
        public void reference(Operands x) {
            int h = x.shape(0).dim(2);
            int w = x.shape(0).dim(3);
            for (int i = 0; i < x.out().length; i++) {
                int plane = i / (height * width);
                int row = source(i / width % height, h, height);
                int column = source(i % width, w, width);
                x.out()[i] = x.in(0)[(plane * h + row) * w + column];
            }
        }

        /** The source position of an output position. */
        public static int source(int position, int in, int out) {
            return (int) ((long) position * in / out);
        }
    }

    /** The transpose of {@link UpsampleNearest}: sums the cotangents of all copies of an element. */
    record UpsampleNearestGrad(int height, int width) implements Movement {
        @Override
        public String label() {
            return "upsample_nearest_grad";
        }

        @Override
        public Spec infer(List<Spec> in) {
            return resized(this, "dy", in, height, width);
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Shape s = out.input(0).shape();
            to.add(0, () -> Tensor.of(new UpsampleNearest(s.dim(2), s.dim(3)), dy));
        }

        @Override
        public void reference(Operands x) {
            int h = x.shape(0).dim(2);
            int w = x.shape(0).dim(3);
            for (int i = 0; i < x.in(0).length; i++) {
                int plane = i / (h * w);
                int row = UpsampleNearest.source(i / w % h, height, h);
                int column = UpsampleNearest.source(i % w, width, w);
                x.out()[(plane * height + row) * width + column] += x.in(0)[i];
            }
        }
    }

    /** The input [b, c, h, w] with other extents: positive ones, and not from nothing. */
    private static Spec resized(Op op, String name, List<Spec> in, int height, int width) {
        Op.arity(op, in, 1, 1);
        Op.rank(op, name, in.getFirst(), 4);
        Shape from = in.getFirst().shape();
        if (height < 1 || width < 1 || from.dim(2) < 1 || from.dim(3) < 1) {
            throw new ShapeException(op.label() + ": " + name + from + " cannot be resized to " + height + " x " + width
                    + ": both sides need at least one row and column");
        }
        return in.getFirst().with(Shape.of(from.dim(0), from.dim(1), height, width));
    }

    /** The number of elements from one index before {@code axis} to the next. */
    private static int inner(Shape shape, int axis) {
        int size = 1;
        for (int i = axis; i < shape.rank(); i++) {
            size *= shape.dim(i);
        }
        return size;
    }
}
