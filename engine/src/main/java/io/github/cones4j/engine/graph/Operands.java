package io.github.cones4j.engine.graph;

import java.util.List;

/**
 * Inputs and output of one {@link Op#reference} call: dense row-major doubles.
 *
 * @param specs types and shapes of the inputs
 * @param values values of the inputs
 * @param outSpec type and shape of the result
 * @param out zeros on entry; receives the result
 */
@SuppressWarnings("ArrayRecordComponent") // one call sees it; it is never compared
public record Operands(List<Spec> specs, List<double[]> values, Spec outSpec, double[] out) {
    /** The values of input {@code i}. */
    public double[] in(int i) {
        return values.get(i);
    }

    /** The shape of input {@code i}. */
    public Shape shape(int i) {
        return specs.get(i).shape();
    }

    /** The number of inputs. */
    public int count() {
        return values.size();
    }

    /** The values of input {@code i} repeated to the shape of the result (NumPy rules). */
    public double[] broadcast(int i) {
        Shape from = shape(i);
        Shape to = outSpec.shape();
        if (from.equals(to)) {
            return in(i);
        }
        int[] strides = from.strides();
        double[] repeated = new double[out.length];
        int[] index = new int[to.rank()];
        for (int flat = 0; flat < repeated.length; flat++) {
            int at = 0;
            for (int axis = to.rank() - from.rank(); axis < to.rank(); axis++) {
                int own = axis - (to.rank() - from.rank());
                at += from.dim(own) == 1 ? 0 : index[axis] * strides[own];
            }
            repeated[flat] = in(i)[at];
            next(index, to);
        }
        return repeated;
    }

    /** Advances a row-major index by one element. */
    public static void next(int[] index, Shape shape) {
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            if (++index[axis] < shape.dim(axis)) {
                return;
            }
            index[axis] = 0;
        }
    }
}
