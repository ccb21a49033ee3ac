package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Launches {@link AttentionKernels} where the attention is causal and {@link AttentionTiles} where it is not, or
 * {@link MmaAttention} if {@link Precision#FLOAT16} is asked for and it is large enough.
 */
final class AttentionTasks {
    /** Columns of the outputs of a kernel of tiles, the smaller and the larger kind. */
    private static final int NARROW = 48;

    private static final int WIDE = 80;

    /** Groups that keep a large GPU busy. */
    private static final int GROUPS = 264;

    /** Queries that make a part worth its sum, and the most parts. */
    private static final int QUERIES_PER_PART = 256;

    private static final int MOST_PARTS = 16;

    private AttentionTasks() {}

    /** The sizes of one attention, and what all of its launches share. */
    private record Sizes(int b, int tq, int tk, int heads, int d, double scale, boolean causal) {
        static Sizes of(Attention op, Operand q, Operand k) {
            return new Sizes(q.dim(0), q.dim(1), k.dim(1), op.heads(), q.dim(2) / op.heads(), op.scale(), op.causal());
        }

        /** The numbers that all kernels begin with, then others. */
        Supplier<int[]> numbers(Operand factor, Operand q, Operand k, Operand v, Supplier<int[]> others) {
            return () -> {
                int[] first = {tq, tk, heads, d, factor.start(), causal ? 1 : 0, q.start(), k.start(), v.start()};
                int[] rest = others.get();
                int[] p = Arrays.copyOf(first, first.length + rest.length);
                System.arraycopy(rest, 0, p, first.length, rest.length);
                return p;
            };
        }

        /** Whether tensor cores have a kernel for it, and enough to do. */
        boolean suitsTensorCores() {
            return !causal && tk > 0 && MmaAttention.suits(d) && MmaTasks.suits(tq, tk, d, b * heads);
        }

        /** How many chunks of columns a head is cut into. */
        int chunks() {
            return Math.max(Math.ceilDiv(d, WIDE), 1);
        }

        int columnsPerChunk() {
            return Math.ceilDiv(d, chunks());
        }

        /** Columns of the outputs of the kernel that serves one chunk. */
        int columns() {
            return columnsPerChunk() <= NARROW ? NARROW : WIDE;
        }

        /** A group of threads to each block of queries or keys, each chunk, and each head. */
        Grid blocks(int rows, int chunks, int parts) {
            return Grid.groups(
                    Math.ceilDiv(rows, AttentionTiles.BLOCK) * chunks, AttentionTiles.GROUP, parts * b * heads, 1);
        }

        /** Among how many groups the queries are shared out that one block of keys meets. */
        int parts() {
            int groups = Math.ceilDiv(tk, AttentionTiles.BLOCK) * chunks() * b * heads;
            return Math.clamp(
                    Math.min(Math.ceilDiv(GROUPS, Math.max(groups, 1)), tq / QUERIES_PER_PART), 1, MOST_PARTS);
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
        Sizes s = Sizes.of(op, q, k);
        if (e.precision() == Precision.FLOAT16 && s.suitsTensorCores()) {
            return onTensorCores(e, op, q, k, v);
        }
        Operand queries = e.rowMajor(q);
        Operand keys = e.rowMajor(k);
        Operand values = e.rowMajor(v);
        Operand y = e.fresh(q.shape(), 0, 1, 2);
        if (y.size() > 0) {
            Operand factor = e.numbers((float) s.scale);
            e.emit(
                    "attention",
                    s.causal ? AttentionKernels::forwardRow : AttentionTiles.forward(s.columns()),
                    s.causal ? s.rows(s.tq) : s.blocks(s.tq, s.chunks(), 1),
                    List.of(factor, queries, keys, values),
                    List.of(y),
                    s.numbers(factor, queries, keys, values, () ->
                            new int[] {y.start(), s.chunks(), s.columnsPerChunk()}));
        }
        return y;
    }

    /** The same by {@link MmaAttention}, of whatever size. */
    static Operand onTensorCores(Emitter e, Attention.ScaledDotProduct op, Operand q, Operand k, Operand v) {
        Operand queries = e.rowMajor(q);
        Operand keys = e.rowMajor(k);
        Operand values = e.rowMajor(v);
        Operand y = e.fresh(q.shape(), 0, 1, 2);
        Sizes s = Sizes.of(op, q, k);
        Operand factor = e.numbers((float) s.scale);
        e.emit(
                "attention_f16",
                MmaAttention.forward(s.d),
                Grid.groups(Math.ceilDiv(s.tq, MmaAttention.QUERIES), MmaAttention.GROUP, s.b * s.heads, 1),
                List.of(factor, queries, keys, values),
                List.of(y),
                s.numbers(factor, queries, keys, values, () -> new int[] {y.start()}));
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
    static Operand gradient(Emitter e, Attention.Gradient op, Operand q, Operand k, Operand v, Operand y, Operand dy) {
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
        if (s.tq > 0) {
            e.emit(
                    "attention_statistics",
                    s.causal ? AttentionKernels::statisticsRow : AttentionTiles.statistics(),
                    s.causal ? s.rows(s.tq) : s.blocks(s.tq, 1, 1),
                    List.of(factor, queries, keys, values, g),
                    List.of(numbers),
                    s.numbers(factor, queries, keys, values, () -> new int[] {g.start(), numbers.start(), s.b}));
            e.emit(
                    "attention_grad_queries",
                    s.causal ? AttentionKernels::gradQueryRow : AttentionTiles.gradQuery(s.columns()),
                    s.causal ? s.rows(s.tq) : s.blocks(s.tq, s.chunks(), 1),
                    List.of(factor, queries, keys, values, g, numbers),
                    List.of(dq),
                    s.numbers(factor, queries, keys, values, () ->
                            new int[] {g.start(), numbers.start(), s.b, dq.start(), s.chunks(), s.columnsPerChunk()}));
        }
        if (s.tk == 0) {
            return out;
        }
        if (s.causal) {
            e.emit(
                    "attention_grad_keys",
                    AttentionKernels::gradKeyRow,
                    s.rows(s.tk),
                    List.of(factor, queries, keys, values, g, numbers),
                    List.of(dk, dv),
                    s.numbers(factor, queries, keys, values, () ->
                            new int[] {g.start(), numbers.start(), s.b, dk.start(), dv.start()}));
            return out;
        }
        int perPart = Math.ceilDiv(Math.ceilDiv(s.tq, s.parts()), AttentionTiles.BLOCK) * AttentionTiles.BLOCK;
        int parts = Math.max(Math.ceilDiv(s.tq, Math.max(perPart, 1)), 1);
        int both = Math.multiplyExact(2, k.size());
        Operand total = out.slice(0, q.size(), out.size());
        Operand partials = parts == 1 ? total : e.fresh(Shape.of(parts, both), 0, 1);
        e.emit(
                "attention_grad_keys",
                AttentionTiles.gradKey(s.columns()),
                s.blocks(s.tk, s.chunks(), parts),
                List.of(factor, queries, keys, values, g, numbers),
                List.of(partials),
                s.numbers(factor, queries, keys, values, () -> new int[] {
                    g.start(),
                    numbers.start(),
                    s.b,
                    partials.start(),
                    partials.start() + k.size(),
                    s.chunks(),
                    s.columnsPerChunk(),
                    parts,
                    perPart,
                    both
                }));
        if (parts > 1) {
            Operand row = total.reshape(Shape.of(1, both));
            ReduceTasks.sum(e, List.of(0), partials, Objects.requireNonNull(row));
        }
        return out;
    }
}
