package io.github.cones4j.engine.graph;

import java.util.List;

/** Rows chosen by index, and the transpose of that. Indices are int32 and must lie in 0 .. rows-1. */
public sealed interface Gather extends Op {

    /** y[i..., :] = table[ids[i...], :]. Inputs: table [rows, width], ids of any shape; result [ids..., width]. */
    record Rows() implements Gather {
        @Override
        public String label() {
            return "gather";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 2);
            Op.rank(this, "table", in.get(0), 2);
            indices(this, in.get(1));
            Shape ids = in.get(1).shape();
            int[] dims = java.util.Arrays.copyOf(ids.dims(), ids.rank() + 1);
            dims[ids.rank()] = in.get(0).shape().dim(1);
            return in.get(0).with(Shape.of(dims));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> Tensor.of(new ScatterAdd(out.input(0).shape().dim(0)), out.input(1), dy));
        }

        @Override
        public void reference(Operands x) {
            int width = x.shape(0).dim(1);
            for (int i = 0; i < x.in(1).length; i++) {
                int row = index(this, x.in(1)[i], x.shape(0).dim(0));
                System.arraycopy(x.in(0), row * width, x.out(), i * width, width);
            }
        }
    }

    /**
     * y[r, :] = sum of dy[i..., :] over all i with ids[i...] = r. Inputs: ids of any shape, dy [ids..., width]; result
     * [rows, width].
     */
    record ScatterAdd(int rows) implements Gather {
        @Override
        public String label() {
            return "scatter_add";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 2);
            indices(this, in.get(0));
            Shape dy = in.get(1).shape();
            if (dy.rank() == 0 || dy.size() != in.get(0).shape().size() * dy.dim(-1)) {
                throw new ShapeException("scatter_add: dy" + dy + " does not hold one row for each of ids"
                        + in.get(0).shape());
            }
            return in.get(1).with(Shape.of(rows, dy.dim(-1)));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(1, () -> Tensor.of(new Rows(), dy, out.input(0)));
        }

        @Override
        public void reference(Operands x) {
            int width = x.outSpec().shape().dim(1);
            for (int i = 0; i < x.in(0).length; i++) {
                int row = index(this, x.in(0)[i], rows);
                for (int j = 0; j < width; j++) {
                    x.out()[row * width + j] += x.in(1)[i * width + j];
                }
            }
        }
    }

    private static void indices(Op op, Spec ids) {
        if (ids.dtype() != DType.I32) {
            throw new ShapeException(op.label() + ": ids are " + ids + ", need int32");
        }
    }

    /**
     * A row index as an int.
     *
     * @throws IndexOutOfBoundsException naming the index and the number of rows
     */
    static int index(Op op, double id, int rows) {
        if (!(id >= 0 && id < rows)) {
            throw new IndexOutOfBoundsException(
                    op.label() + ": index " + (long) id + " lies outside a table of " + rows + " rows");
        }
        return (int) id;
    }
}
