package io.github.cones4j.engine.graph;

import java.util.List;

/**
 * Matrix product of the last two axes: y = op(a) op(b) (+ bias), where op transposes or not.
 *
 * <p>Inputs: a [batch..., m, k] (or [batch..., k, m] if transposed), b [k, n] shared by the whole batch, or
 * [batch..., k, n] (or with k and n exchanged), and optionally bias [n]. A linear layer is {@code x W^T + bias}, W
 * stored as [out, in].
 *
 * @param transposeA a is stored transposed; only if both operands have the same batch
 * @param transposeB b is stored transposed
 */
public record MatMul(boolean transposeA, boolean transposeB) implements Op {
    @Override
    public String label() {
        return "matmul";
    }

    @Override
    public Spec infer(List<Spec> in) {
        Op.arity(this, in, 2, 3);
        DType dtype = Op.floats(this, in);
        Shape a = in.get(0).shape();
        Shape b = in.get(1).shape();
        if (a.rank() < 2 || b.rank() < 2) {
            throw new ShapeException("matmul: a" + a + ", b" + b + ": both need at least two dimensions");
        }
        int[] batch = batch(a);
        if (b.rank() == 2 && a.rank() > 2) {
            if (transposeA) {
                throw new ShapeException(
                        "matmul: a" + a + " transposed with b" + b + " shared by its batch: permute a first");
            }
        } else if (!java.util.Arrays.equals(batch, batch(b))) {
            throw new ShapeException("matmul: a" + a + ", b" + b + ": batch dimensions differ");
        }
        int k = a.dim(transposeA ? -2 : -1);
        int kb = b.dim(transposeB ? -1 : -2);
        if (k != kb) {
            throw new ShapeException("matmul: inner dimensions differ: a" + a + (transposeA ? "^T" : "") + " has K=" + k
                    + ", b" + b + (transposeB ? "^T" : "") + " has K=" + kb);
        }
        int n = b.dim(transposeB ? -2 : -1);
        if (in.size() == 3) {
            Op.rank(this, "bias", in.get(2), 1);
            Op.dim(this, "bias", in.get(2), 0, n, "columns of the product");
        }
        int[] out = java.util.Arrays.copyOf(batch, batch.length + 2);
        out[batch.length] = a.dim(transposeA ? -1 : -2);
        out[batch.length + 1] = n;
        return new Spec(dtype, Shape.of(out));
    }

    private static int[] batch(Shape shape) {
        return java.util.Arrays.copyOf(shape.dims(), shape.rank() - 2);
    }

    @Override
    public void vjp(Tensor out, Tensor dy, Cotangents to) {
        Tensor a = out.input(0);
        Tensor b = out.input(1);
        to.add(0, () -> transposeA ? b.matmul(dy, transposeB, true) : dy.matmul(b, false, !transposeB));
        to.add(1, () -> {
            boolean shared = b.shape().rank() == 2 && a.shape().rank() > 2;
            Tensor x = shared ? a.reshape(-1, a.shape().dim(-1)) : a;
            Tensor g = shared ? dy.reshape(-1, dy.shape().dim(-1)) : dy;
            return transposeB ? g.matmul(x, true, transposeA) : x.matmul(g, !transposeA, false);
        });
        if (out.inputs().size() == 3) {
            to.add(2, () -> dy);
        }
    }

    @Override
    public void reference(Operands x) {
        Shape out = x.outSpec().shape();
        int m = out.dim(-2);
        int n = out.dim(-1);
        int k = x.shape(0).dim(transposeA ? -2 : -1);
        int batches = m * n == 0 ? 0 : x.out().length / (m * n);
        boolean shared = x.shape(1).rank() == 2;
        for (int batch = 0; batch < batches; batch++) {
            int a0 = batch * m * k;
            int b0 = shared ? 0 : batch * k * n;
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = x.count() == 3 ? x.in(2)[j] : 0;
                    for (int p = 0; p < k; p++) {
                        sum += x.in(0)[a0 + (transposeA ? p * m + i : i * k + p)]
                                * x.in(1)[b0 + (transposeB ? j * k + p : p * n + j)];
                    }
                    x.out()[(batch * m + i) * n + j] = sum;
                }
            }
        }
    }
}
