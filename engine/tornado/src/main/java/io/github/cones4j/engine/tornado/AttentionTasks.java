package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Launches {@link AttentionKernels}. */
final class AttentionTasks {
    private AttentionTasks() {}

    /** The sizes of one attention, and what all of its launches share. */
    private record Sizes(int b, int tq, int tk, int heads, int d, double scale, boolean causal) {
        static Sizes of(Attention op, Operand q, Operand k) {
            return new Sizes(
                    q.dim(0), q.dim(1), k.dim(1), op.heads(), q.dim(2) / op.heads(), op.scale(), op.causal());
        }

        /** The numbers that all kernels begin with, then others. */
        Supplier<int[]> numbers(Operand factor, Operand q, Operand k, Operand v, Supplier<int[]> others) {
            return () -> {
                int[] first = {
                    tq,
                    tk,
                    heads,
                    d,
                    factor.start(),
                    causal ? 1 : 0,
                    q.start(),
                    k.start(),
                    v.start()
                };
                int[] rest = others.get();
                int[] p = Arrays.copyOf(first, first.length + rest.length);
                System.arraycopy(rest, 0, p, first.length, rest.length);
                return p;
            };
        }

        /** A group of threads to each query or key of each head. */
        Grid rows(int rows) {
            return Grid.groups(rows, AttentionKernels.ROW, b * heads, 1);
        }
    }

    /**
     * y[:, i, head] = sum over j of softmax_j(scale * q[:, i, head] . k[:, j, head]) v[:, j, head].
     *
     * @param q [b, tq, heads * d]
     * @param k [b, tk, heads * d]
     * @param v [b, tk, heads * d]
     * @return fresh, of q's shape, row-major
     */
    static Operand forward(Emitter e, Attention.ScaledDotProduct op, Operand q, Operand k, Operand v) {
        Operand queries = e.rowMajor(q);
        Operand keys = e.rowMajor(k);
        Operand values = e.rowMajor(v);
        Operand y = e.fresh(q.shape(), 0, 1, 2);
        Sizes s = Sizes.of(op, q, k);
        if (y.size() > 0) {
            Operand factor = e.numbers((float) s.scale);
            e.emit(
                    "attention",
                    AttentionKernels::forwardRow,
                    s.rows(s.tq),
                    List.of(factor, queries, keys, values),
                    List.of(y),
                    s.numbers(factor, queries, keys, values, () -> new int[] {y.start()}));
        }
        return y;
    }

    /**
     * The cotangents of q, k and v, one after the other.
     *
     * @param q [b, tq, heads * d]
     * @param k [b, tk, heads * d]
     * @param v [b, tk, heads * d]
     * @param y not read: what the gradient needs of it is computed again
     * @param dy of q's shape
     * @return fresh [|q| + |k| + |v|]
     */
    static Operand gradient(
            Emitter e, Attention.Gradient op, Operand q, Operand k, Operand v, Operand y, Operand dy) {
        Operand queries = e.rowMajor(q);
        Operand keys = e.rowMajor(k);
        Operand values = e.rowMajor(v);
        Operand g = e.rowMajor(dy);
        Operand out = e.fresh(Shape.of(Math.addExact(q.size(), Math.multiplyExact(2, k.size()))), 0);
        Sizes s = Sizes.of(op, q, k);
        if (out.size() == 0) {
            return out;
        }
        Operand factor = e.numbers((float) s.scale);
        Operand dq = out.slice(0, 0, q.size());
        Operand dk = out.slice(0, q.size(), q.size() + k.size());
        Operand dv = out.slice(0, q.size() + k.size(), out.size());
        Operand numbers = e.fresh(Shape.of(3, s.b, s.heads, s.tq), 0, 1, 2, 3);
        e.emit(
                "attention_statistics",
                AttentionKernels::statisticsRow,
                s.rows(s.tq),
                List.of(factor, queries, keys, values, g),
                List.of(numbers),
                s.numbers(factor, queries, keys, values, () -> new int[] {g.start(), numbers.start(), s.b}));
        e.emit(
                "attention_grad_queries",
                AttentionKernels::gradQueryRow,
                s.rows(s.tq),
                List.of(factor, queries, keys, values, g, numbers),
                List.of(dq),
                s.numbers(factor, queries, keys, values, () -> new int[] {g.start(), numbers.start(), s.b, dq.start()}));
        e.emit(
                "attention_grad_keys",
                AttentionKernels::gradKeyRow,
                s.rows(s.tk),
                List.of(factor, queries, keys, values, g, numbers),
                List.of(dk, dv),
                s.numbers(factor, queries, keys, values, () -> new int[] {
                    g.start(), numbers.start(), s.b, dk.start(), dv.start()
                }));
        return out;
    }
}
