package io.github.cones4j.engine.graph;

import java.util.Arrays;
import java.util.List;

/** Reductions over a set of axes; a reduced axis is kept with dimension 1. */
public sealed interface Reduce extends Op {
    /** The reduced axes: distinct, ascending, 0 .. rank-1. */
    List<Integer> axes();

    @Override
    default Spec infer(List<Spec> in) {
        Op.arity(this, in, 1, 1);
        Op.floats(this, in);
        Shape shape = in.getFirst().shape();
        Shape reduced = shape;
        int previous = -1;
        for (int axis : axes()) {
            if (axis <= previous || axis >= shape.rank()) {
                throw new ShapeException(label() + ": axes " + axes() + " of " + shape
                        + " must be distinct, ascending and below the rank");
            }
            reduced = reduced.with(axis, 1);
            previous = axis;
        }
        return in.getFirst().with(reduced);
    }

    /** For each element of the input the flat index of the result it belongs to. */
    private static int[] targets(Operands x) {
        Shape in = x.shape(0);
        Shape out = x.outSpec().shape();
        int[] strides = out.strides();
        int[] targets = new int[x.in(0).length];
        int[] index = new int[in.rank()];
        for (int i = 0; i < targets.length; i++) {
            for (int axis = 0; axis < in.rank(); axis++) {
                targets[i] += out.dim(axis) == 1 ? 0 : index[axis] * strides[axis];
            }
            Operands.next(index, in);
        }
        return targets;
    }

    /** y = sum of x over the axes. */
    record Sum(List<Integer> axes) implements Reduce {
        @Override
        public String label() {
            return "sum";
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.broadcastTo(out.input(0).shape()));
        }

        @Override
        public void reference(Operands x) {
            int[] targets = targets(x);
            for (int i = 0; i < targets.length; i++) {
                x.out()[targets[i]] += x.in(0)[i];
            }
        }
    }

    /** y = largest x over the axes; NaN if there is one. The gradient is shared evenly between equal maxima. */
    record Max(List<Integer> axes) implements Reduce {
        @Override
        public String label() {
            return "max";
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> {
                Tensor chosen = out.input(0).equal(out);
                return dy.div(Tensor.of(new Sum(axes), chosen)).mul(chosen);
            });
        }

        @Override
        public void reference(Operands x) {
            Arrays.fill(x.out(), Double.NEGATIVE_INFINITY);
            int[] targets = targets(x);
            for (int i = 0; i < targets.length; i++) {
                x.out()[targets[i]] = Math.max(x.out()[targets[i]], x.in(0)[i]);
            }
        }
    }
}
