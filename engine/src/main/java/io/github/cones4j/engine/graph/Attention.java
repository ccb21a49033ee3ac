package io.github.cones4j.engine.graph;

import java.util.Arrays;
import java.util.List;

/**
 * Multi-head scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762) and its gradient, defined so that a
 * device never needs the whole matrix of scores. The heads lie side by side in the last axis.
 */
public sealed interface Attention extends Op {
    /** Number of heads; divides the last axis. */
    int heads();

    /** Factor of the scores, usually 1 / sqrt(width of a head). */
    double scale();

    /** Whether query i sees only keys 0 .. i. */
    boolean causal();

    /**
     * y[:, i, head] = sum over j of softmax_j(scale * q[:, i, head] . k[:, j, head]) v[:, j, head]. Inputs: q [b, tq,
     * heads * d], k and v [b, tk, heads * d]; result of q's shape.
     */
    record ScaledDotProduct(int heads, double scale, boolean causal) implements Attention {
        @Override
        public String label() {
            return "attention";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 3, 3);
            check(this, in);
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Tensor q = out.input(0);
            Tensor k = out.input(1);
            Tensor v = out.input(2);
            int nq = Math.toIntExact(q.shape().size());
            int nk = Math.toIntExact(k.shape().size());
            Tensor all = Tensor.of(new Gradient(heads, scale, causal), q, k, v, out, dy);
            to.add(0, () -> all.slice(0, 0, nq).reshape(q.shape()));
            to.add(1, () -> all.slice(0, nq, nq + nk).reshape(k.shape()));
            to.add(2, () -> all.slice(0, nq + nk, nq + 2 * nk).reshape(v.shape()));
        }

        @Override
        public void reference(Operands x) {
            Heads h = new Heads(x, heads);
            double[] p = new double[h.tk];
            for (int b = 0; b < h.b; b++) {
                for (int head = 0; head < heads; head++) {
                    for (int i = 0; i < h.tq; i++) {
                        h.probabilities(x, b, head, i, scale, causal, p);
                        for (int j = 0; j < h.seen(i, causal); j++) {
                            for (int e = 0; e < h.d; e++) {
                                x.out()[h.q(b, i, head) + e] += p[j] * x.in(2)[h.k(b, j, head) + e];
                            }
                        }
                    }
                }
            }
        }
    }

    /**
     * The cotangents of q, k and v, one after the other in a flat result, by recomputing the scores. Inputs: q, k, v, y
     * (the result of {@link ScaledDotProduct}), dy; result [|q| + |k| + |v|].
     */
    record Gradient(int heads, double scale, boolean causal) implements Attention {
        @Override
        public String label() {
            return "attention_grad";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 5, 5);
            check(this, in);
            for (Spec spec : in.subList(3, 5)) {
                if (!spec.equals(in.getFirst())) {
                    throw new ShapeException(label() + ": y and dy must be as q: " + in);
                }
            }
            long size = in.get(0).shape().size()
                    + in.get(1).shape().size()
                    + in.get(2).shape().size();
            return in.getFirst().with(Shape.of(Math.toIntExact(size)));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            throw Op.noSecondDerivative(this);
        }

        @Override
        public void reference(Operands x) {
            Heads h = new Heads(x, heads);
            double[] p = new double[h.tk];
            double[] dp = new double[h.tk];
            int k0 = x.in(0).length;
            int v0 = k0 + x.in(1).length;
            for (int b = 0; b < h.b; b++) {
                for (int head = 0; head < heads; head++) {
                    for (int i = 0; i < h.tq; i++) {
                        h.probabilities(x, b, head, i, scale, causal, p);
                        int q = h.q(b, i, head);
                        Arrays.fill(dp, 0);
                        double mean = 0;
                        for (int j = 0; j < h.seen(i, causal); j++) {
                            for (int e = 0; e < h.d; e++) {
                                dp[j] += x.in(4)[q + e] * x.in(2)[h.k(b, j, head) + e];
                            }
                            mean += p[j] * dp[j];
                        }
                        for (int j = 0; j < h.seen(i, causal); j++) {
                            int k = h.k(b, j, head);
                            double ds = p[j] * (dp[j] - mean) * scale;
                            for (int e = 0; e < h.d; e++) {
                                x.out()[q + e] += ds * x.in(1)[k + e];
                                x.out()[k0 + k + e] += ds * x.in(0)[q + e];
                                x.out()[v0 + k + e] += p[j] * x.in(4)[q + e];
                            }
                        }
                    }
                }
            }
        }
    }

    private static void check(Attention op, List<Spec> in) {
        Op.floats(op, in);
        Shape q = in.get(0).shape();
        Shape k = in.get(1).shape();
        Shape v = in.get(2).shape();
        if (q.rank() != 3 || k.rank() != 3 || !k.equals(v) || q.dim(0) != k.dim(0) || q.dim(2) != k.dim(2)) {
            throw new ShapeException(
                    op.label() + ": q" + q + ", k" + k + ", v" + v + " must be [b, tq, c], [b, tk, c], [b, tk, c]");
        }
        if (op.heads() < 1 || q.dim(2) % op.heads() != 0) {
            throw new ShapeException(op.label() + ": " + q.dim(2) + " channels of q" + q + " do not divide into "
                    + op.heads() + " heads");
        }
    }

    /** Where the heads lie. */
    final class Heads {
        private final int b;
        private final int tq;
        private final int tk;
        private final int c;
        private final int d;

        private Heads(Operands x, int heads) {
            b = x.shape(0).dim(0);
            tq = x.shape(0).dim(1);
            tk = x.shape(1).dim(1);
            c = x.shape(0).dim(2);
            d = c / heads;
        }

        private int q(int batch, int i, int head) {
            return (batch * tq + i) * c + head * d;
        }

        private int k(int batch, int j, int head) {
            return (batch * tk + j) * c + head * d;
        }

        /** How many keys query i sees; what the others hold, be it NaN, has no part in the result. */
        private int seen(int i, boolean causal) {
            return causal ? Math.min(i + 1, tk) : tk;
        }

        private void probabilities(Operands x, int batch, int head, int i, double scale, boolean causal, double... p) {
            double max = Double.NEGATIVE_INFINITY;
            int seen = seen(i, causal);
            for (int j = 0; j < seen; j++) {
                double dot = 0;
                for (int e = 0; e < d; e++) {
                    dot += x.in(0)[q(batch, i, head) + e] * x.in(1)[k(batch, j, head) + e];
                }
                p[j] = dot * scale;
                max = Math.max(max, p[j]);
            }
            double sum = 0;
            for (int j = 0; j < seen; j++) {
                p[j] = Math.exp(p[j] - max);
                sum += p[j];
            }
            for (int j = 0; j < seen; j++) {
                p[j] /= sum;
            }
        }
    }
}
