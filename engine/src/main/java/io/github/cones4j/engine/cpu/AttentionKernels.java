package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention, softmax(q k^T scale) v per head (Vaswani et al. 2017, arXiv:1706.03762), without the matrix of scores:
 * the softmax is taken online over blocks of keys (Milakov and Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135).
 *
 * <p>Heads stay where the projections left them: q, k, v and out are {@code [b, t, heads * d]} with any row stride, head h in columns
 * {@code h * d .. h * d + d}. Everything is computed transposed, a query to each lane: scores are {@code [key, query]} and outputs {@code
 * [d, query]}, so the softmax needs no sum across lanes and neither d nor the number of keys has a vector remainder.
 */
final class AttentionKernels {

    /** Keys per block, in whole tiles: its scores, 24 KB at 48 queries, stay in the first-level cache. */
    private static final int KEYS = 128 / Tiles.ROWS * Tiles.ROWS;

    /** Queries that share one packing of the keys and values, in blocks of at most {@code Tiles.VECTORS} vectors. */
    private static final int QUERY_BLOCKS = 8;

    /** Floats of queries and outputs that a task may keep: half of a second-level cache of 2 MB. */
    private static final int STATE = 262_144;

    private static final float LOG2_E = 0x1.715476p0f;

    private AttentionKernels() {}

    /**
     * The shape of one attention.
     *
     * @param b batch
     * @param tq queries
     * @param tk keys and values, at least 1
     * @param heads heads
     * @param d width of a head
     * @param qRow distance of two rows of q; a batch is tq of them
     * @param kRow distance of two rows of k
     * @param vRow distance of two rows of v
     * @param scale of the scores, usually 1 / sqrt(d)
     * @param causal whether query i sees keys 0 .. i only
     */
    record Sizes(int b, int tq, int tk, int heads, int d, int qRow, int kRow, int vRow, float scale, boolean causal) {

        Sizes {
            if (b < 1 || tq < 1 || tk < 1 || heads < 1 || d < 1) {
                throw new IllegalArgumentException(
                        "attention: sizes must be at least 1: b=%d, tq=%d, tk=%d, heads=%d, d=%d"
                                .formatted(b, tq, tk, heads, d));
            }
        }

        int q(int q0, int batch, int head, int row) {
            return q0 + (batch * tq + row) * qRow + head * d;
        }

        int k(int k0, int batch, int head, int row) {
            return k0 + (batch * tk + row) * kRow + head * d;
        }

        int v(int v0, int batch, int head, int row) {
            return v0 + (batch * tk + row) * vRow + head * d;
        }

        /** Width of a head in whole tiles. */
        int dPadded() {
            return Gemm.roundUp(d, Tiles.ROWS);
        }

        /** Vectors of queries. */
        int queryVectors() {
            return Gemm.divideUp(tq, N);
        }

        /** Blocks of queries that a task takes together. */
        int blocksPerTask() {
            return Math.clamp(STATE / (2 * dPadded() * Tiles.VECTORS * N), 1, QUERY_BLOCKS);
        }

        int queryBlocks() {
            return Gemm.divideUp(queryVectors(), Tiles.VECTORS);
        }

        /** The first query of a block; the blocks share the vectors as evenly as they can. */
        int firstQuery(int block) {
            return Math.min(tq, (int) ((long) queryVectors() * block / queryBlocks()) * N);
        }

        int queries(int block) {
            return firstQuery(block + 1) - firstQuery(block);
        }

        /** How many keys the queries before {@code end} see. */
        int visibleKeys(int end) {
            return causal ? Math.min(tk, end) : tk;
        }
    }

    /**
     * out = softmax(q k^T scale) v.
     *
     * @param q {@code [b, tq, heads * d]}
     * @param k {@code [b, tk, heads * d]}
     * @param v {@code [b, tk, heads * d]}
     * @param out {@code [b, tq, heads * d]}, dense
     */
    static void attention(
            Workers workers, float[] q, int q0, float[] k, int k0, float[] v, int v0, Sizes s, float[] out, int out0) {
        int groups = Gemm.divideUp(s.queryBlocks(), s.blocksPerTask());
        workers.run(s.b * s.heads * groups, (task, worker) -> {
            int batch = task / (s.heads * groups);
            int head = task / groups % s.heads;
            int firstBlock = task % groups * s.blocksPerTask();
            int lastBlock = Math.min(s.queryBlocks(), firstBlock + s.blocksPerTask());
            attendTask(
                    workers.scratch(worker, forwardScratch(s)),
                    q,
                    q0,
                    k,
                    k0,
                    v,
                    v0,
                    s,
                    batch,
                    head,
                    firstBlock,
                    lastBlock,
                    out,
                    out0);
        });
    }

    private static int forwardScratch(Sizes s) {
        int width = Tiles.VECTORS * N;
        return 2 * s.dPadded() * KEYS
                + KEYS * width
                + Tiles.ROWS * width
                + s.blocksPerTask() * (2 * s.dPadded() + 3) * width
                + 8 * N;
    }

    /** The query blocks firstBlock .. lastBlock of one head, against one block of keys after the other. */
    private static void attendTask(
            float[] scratch,
            float[] q,
            int q0,
            float[] k,
            int k0,
            float[] v,
            int v0,
            Sizes s,
            int batch,
            int head,
            int firstBlock,
            int lastBlock,
            float[] out,
            int out0) {
        int width = Tiles.VECTORS * N;
        int dPadded = s.dPadded();
        int keys0 = Workers.ALIGNED;
        int values0 = keys0 + dPadded * KEYS;
        int scores0 = values0 + dPadded * KEYS;
        int tile0 = scores0 + KEYS * width;
        int states0 = tile0 + Tiles.ROWS * width;
        int state = (2 * dPadded + 3) * width;

        for (int block = firstBlock; block < lastBlock; block++) {
            int lanes = Gemm.roundUp(s.queries(block), N);
            int at = states0 + (block - firstBlock) * state;
            packTransposed(
                    q,
                    s.q(q0, batch, head, s.firstQuery(block)),
                    s.qRow,
                    s.queries(block),
                    s.d,
                    s.scale * LOG2_E,
                    scratch,
                    at,
                    lanes,
                    keys0);
            Arrays.fill(scratch, at + dPadded * width, at + 2 * dPadded * width, 0f);
            Arrays.fill(scratch, at + 2 * dPadded * width, at + (2 * dPadded + 1) * width, Float.NEGATIVE_INFINITY);
            Arrays.fill(scratch, at + (2 * dPadded + 1) * width, at + (2 * dPadded + 2) * width, 0f);
        }
        int[] rows = new int[Tiles.ROWS];
        int visible = s.visibleKeys(s.firstQuery(lastBlock));
        for (int first = 0; first < visible; first += KEYS) {
            int keys = Math.min(KEYS, visible - first);
            packRows(k, s.k(k0, batch, head, first), s.kRow, keys, s.d, rows, scratch, keys0);
            packColumns(v, s.v(v0, batch, head, first), s.vRow, keys, s.d, scratch, values0);
            for (int block = firstBlock; block < lastBlock; block++) {
                int seen = Math.min(keys, s.visibleKeys(s.firstQuery(block + 1)) - first);
                if (seen > 0) {
                    int lanes = Gemm.roundUp(s.queries(block), N);
                    int at = states0 + (block - firstBlock) * state;
                    product(scratch, keys0, seen, s.d, scratch, at, lanes, scratch, scores0);
                    if (s.causal) {
                        maskLaterKeys(scratch, scores0, seen, lanes, first, s.firstQuery(block));
                    }
                    int maximum0 = at + 2 * dPadded * width;
                    raiseMaximum(scratch, scores0, seen, lanes, maximum0, maximum0 + 2 * width);
                    exponentials(scratch, scores0, seen, lanes, maximum0, maximum0 + width, maximum0 + 2 * width);
                    addValues(
                            scratch,
                            values0,
                            keys,
                            seen,
                            scores0,
                            lanes,
                            dPadded,
                            tile0,
                            maximum0 + 2 * width,
                            at + dPadded * width);
                }
            }
        }
        for (int block = firstBlock; block < lastBlock; block++) {
            int lanes = Gemm.roundUp(s.queries(block), N);
            int at = states0 + (block - firstBlock) * state;
            divideBySums(scratch, at + dPadded * width, s.d, lanes, at + (2 * dPadded + 1) * width);
            int to = out0 + (batch * s.tq + s.firstQuery(block)) * s.heads * s.d + head * s.d;
            Transpose.transpose(
                    scratch,
                    at + dPadded * width,
                    lanes,
                    s.d,
                    s.queries(block),
                    out,
                    to,
                    s.heads * s.d,
                    scratch,
                    scores0);
        }
    }

    // ---------------------------------------------------------------- packing

    /** to[column, i] = x[row i, column] * factor for {@code rows} rows, and 0 in the lanes beyond. */
    private static void packTransposed(
            float[] x,
            int x0,
            int stride,
            int rows,
            int columns,
            float factor,
            float[] to,
            int at,
            int lanes,
            int spare) {
        if (rows < lanes) {
            Arrays.fill(to, at, at + columns * lanes, 0f);
        }
        Transpose.transpose(x, x0, stride, rows, columns, to, at, lanes, to, spare);
        ElementwiseKernels.mul(to, at, factor, to, at, columns * lanes);
    }

    /** Tiles of {@code ROWS} rows as {@code [columns, ROWS]}, one after the other; the last repeats its last row. */
    private static void packRows(float[] x, int x0, int stride, int rows, int columns, int[] from, float[] to, int at) {
        for (int first = 0; first < rows; first += Tiles.ROWS) {
            packTile(
                    x,
                    x0 + first * stride,
                    stride,
                    Math.min(Tiles.ROWS, rows - first),
                    columns,
                    from,
                    to,
                    at + first * columns);
        }
    }

    private static void packTile(float[] x, int x0, int stride, int rows, int columns, int[] from, float[] to, int at) {
        if (Tiles.ROWS == Transpose.ROWS && rows == Transpose.ROWS) {
            Transpose.interleave(x, x0, stride, columns, to, at);
        } else {
            for (int i = 0; i < Tiles.ROWS; i++) {
                from[i] = x0 + Math.min(i, rows - 1) * stride;
            }
            Tiles.interleave(x, from, columns, to, at);
        }
    }

    /** Tiles of {@code ROWS} columns as {@code [rows, ROWS]}, one after the other; the last is filled up with zeros. */
    private static void packColumns(float[] x, int x0, int stride, int rows, int columns, float[] to, int at) {
        for (int first = 0; first < columns; first += Tiles.ROWS) {
            int tile = at + first * rows;
            int width = Math.min(Tiles.ROWS, columns - first);
            for (int row = 0; row < rows; row++) {
                int from = x0 + row * stride + first;
                int into = tile + row * Tiles.ROWS;
                for (int i = 0; i < Tiles.ROWS; i += N) {
                    FloatVector v = FloatVector.fromArray(FLOAT, x, from + i, FLOAT.indexInRange(i, width));
                    v.intoArray(to, into + i, FLOAT.indexInRange(i, Tiles.ROWS));
                }
            }
        }
    }

    // ---------------------------------------------------------------- the steps

    /** t[row, lane] = the sum over n of a[row, n] b[n, lane], a packed by {@link #packRows}; rows up to a whole tile. */
    private static void product(float[] a, int a0, int rows, int n, float[] b, int b0, int lanes, float[] t, int t0) {
        for (int first = 0; first < rows; first += Tiles.ROWS) {
            Tiles.multiply(lanes / N, a, a0 + first * n, n, b, b0, t, t0 + first * lanes, lanes);
        }
    }

    /** Negative infinity where the key's number is above the query's. */
    private static void maskLaterKeys(float[] scores, int s0, int keys, int lanes, int firstKey, int firstQuery) {
        for (int key = Math.max(0, firstQuery + 1 - firstKey); key < keys; key++) {
            int hidden = Math.min(lanes, firstKey + key - firstQuery);
            Arrays.fill(scores, s0 + key * lanes, s0 + key * lanes + hidden, Float.NEGATIVE_INFINITY);
        }
    }

    // What follows keeps its vectors out of memory wherever it is compiled into by two rules: inside a loop over keys
    // nothing is called but
    // the Vector API, and what such a loop carries starts from a load or a constant of the same method.

    /** For each lane: maximum = max(maximum, scores over keys), decay = 2^(old maximum - maximum). NaN is left to the exponential. */
    private static void raiseMaximum(float[] x, int scores0, int keys, int lanes, int maximum0, int decay0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector old = FloatVector.fromArray(FLOAT, x, maximum0 + lane);
            FloatVector m0 = old;
            FloatVector m1 = FloatVector.fromArray(FLOAT, x, scores0 + lane);
            int at = scores0 + lane;
            int key = 0;
            for (; key < keys - 1; key += 2) {
                FloatVector s0 = FloatVector.fromArray(FLOAT, x, at);
                FloatVector s1 = FloatVector.fromArray(FLOAT, x, at + lanes);
                m0 = m0.blend(s0, s0.compare(GT, m0));
                m1 = m1.blend(s1, s1.compare(GT, m1));
                at += 2 * lanes;
            }
            if (key < keys) {
                FloatVector s0 = FloatVector.fromArray(FLOAT, x, at);
                m0 = m0.blend(s0, s0.compare(GT, m0));
            }
            m0 = m0.blend(m1, m1.compare(GT, m0));
            m0.intoArray(x, maximum0 + lane);
            old.sub(m0).intoArray(x, decay0 + lane);
        }
        for (int lane = 0; lane < lanes; lane += N) {
            VectorMath.exp2OfNonPositive(Lanes.load(x, decay0 + lane)).intoArray(x, decay0 + lane);
        }
    }

    /** For each lane: scores = 2^(scores - maximum), sum = sum * decay + the scores over keys. */
    private static void exponentials(float[] x, int scores0, int keys, int lanes, int maximum0, int sum0, int decay0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector maximum = FloatVector.fromArray(FLOAT, x, maximum0 + lane);
            FloatVector sum = FloatVector.zero(FLOAT);
            for (int key = 0; key < keys; key++) {
                int at = scores0 + key * lanes + lane;
                // VectorMath.exp2OfNonPositive
                FloatVector c = FloatVector.fromArray(FLOAT, x, at).sub(maximum);
                c = c.blend(-127f, c.compare(LT, -127f));
                FloatVector shifted = c.add(VectorMath.ROUND_BIASED);
                FloatVector r = c.sub(shifted.sub(VectorMath.ROUND_BIASED));
                FloatVector p = VectorMath.EXP2_6;
                p = p.fma(r, VectorMath.EXP2_5);
                p = p.fma(r, VectorMath.EXP2_4);
                p = p.fma(r, VectorMath.EXP2_3);
                p = p.fma(r, VectorMath.EXP2_2);
                p = p.fma(r, VectorMath.EXP2_1);
                p = p.lanewise(FMA, r, 1f);
                IntVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23);
                FloatVector e = p.mul(power.reinterpretAsFloats());
                e.intoArray(x, at);
                sum = sum.add(e);
            }
            FloatVector before = FloatVector.fromArray(FLOAT, x, sum0 + lane);
            before.fma(FloatVector.fromArray(FLOAT, x, decay0 + lane), sum).intoArray(x, sum0 + lane);
        }
    }

    /** out = out * decay + v^T p, v packed by {@link #packColumns} in {@code packed} rows of which the first {@code keys} count. */
    private static void addValues(
            float[] x,
            int values0,
            int packed,
            int keys,
            int p0,
            int lanes,
            int dPadded,
            int tile0,
            int decay0,
            int out0) {
        for (int first = 0; first < dPadded; first += Tiles.ROWS) {
            Tiles.multiply(lanes / N, x, values0 + first * packed, keys, x, p0, x, tile0, lanes);
            decayAndAdd(x, tile0, lanes, decay0, out0 + first * lanes);
        }
    }

    private static void decayAndAdd(float[] x, int tile0, int lanes, int decay0, int out0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector decay = FloatVector.fromArray(FLOAT, x, decay0 + lane);
            for (int i = lane; i < Tiles.ROWS * lanes; i += lanes) {
                FloatVector o = FloatVector.fromArray(FLOAT, x, out0 + i);
                o.fma(decay, FloatVector.fromArray(FLOAT, x, tile0 + i)).intoArray(x, out0 + i);
            }
        }
    }

    private static void divideBySums(float[] x, int out0, int d, int lanes, int sum0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector inverse = FloatVector.broadcast(FLOAT, 1f).div(FloatVector.fromArray(FLOAT, x, sum0 + lane));
            for (int i = lane; i < d * lanes; i += lanes) {
                FloatVector.fromArray(FLOAT, x, out0 + i).mul(inverse).intoArray(x, out0 + i);
            }
        }
    }

    // ---------------------------------------------------------------- backward

    /** Gradients of keys and values take the queries in order; this many tasks at least are cut from them, whatever the threads. */
    private static final int GRADIENT_TASKS = 8;

    /**
     * The gradients of {@link #attention}, each of which may be left out. With p the weights, computed again a block of queries at a time,
     * and dp = dout v^T:
     *
     * <pre>
     *   dv = p^T dout    ds = p (dp - the sum of p dp over keys) scale    dq = ds k    dk = ds^T q
     * </pre>
     *
     * @param dout {@code [b, tq, heads * d]}, dense
     * @param dq {@code [b, tq, heads * d]}, dense
     * @param dk {@code [b, tk, heads * d]}, dense
     * @param dv {@code [b, tk, heads * d]}, dense
     */
    static void attentionGradient(
            Workers workers,
            float[] q,
            int q0,
            float[] k,
            int k0,
            float[] v,
            int v0,
            float[] dout,
            int dout0,
            Sizes s,
            float @Nullable [] dq,
            int dq0,
            float @Nullable [] dk,
            int dk0,
            float @Nullable [] dv,
            int dv0) {
        int perHead = dk == null && dv == null
                ? Gemm.divideUp(s.queryBlocks(), QUERY_BLOCKS)
                : Math.min(Gemm.divideUp(GRADIENT_TASKS, s.b * s.heads), s.queryBlocks());
        int elements = s.b * s.tk * s.heads * s.d;
        // several tasks for one head: each sums into its own array, and the arrays are added in order
        float[] dkParts = dk != null && perHead > 1 ? new float[perHead * elements] : dk;
        float[] dvParts = dv != null && perHead > 1 ? new float[perHead * elements] : dv;
        GradientScratch at = new GradientScratch(s);
        workers.run(s.b * s.heads * perHead, (task, worker) -> {
            int part = task % perHead;
            int head = task / perHead % s.heads;
            int batch = task / perHead / s.heads;
            float[] x = workers.scratch(worker, at.end());
            packHead(k, k0, v, v0, s, batch, head, x, at);
            for (int block = Gemm.part(s.queryBlocks(), perHead, part);
                    block < Gemm.part(s.queryBlocks(), perHead, part + 1);
                    block++) {
                differentiateBlock(q, q0, dout, dout0, s, batch, head, block, x, at, dk != null, dv != null, dq, dq0);
            }
            int to = batch * s.tk * s.heads * s.d + head * s.d;
            if (dkParts != null) {
                int into = perHead > 1 ? part * elements : dk0;
                copyRows(x, at.dk, at.dColumns, s.tk, s.d, dkParts, into + to, s.heads * s.d);
            }
            if (dvParts != null) {
                int into = perHead > 1 ? part * elements : dv0;
                copyRows(x, at.dv, at.dColumns, s.tk, s.d, dvParts, into + to, s.heads * s.d);
            }
        });
        if (perHead > 1) {
            if (dk != null && dkParts != null) {
                addParts(workers, dkParts, perHead, elements, dk, dk0);
            }
            if (dv != null && dvParts != null) {
                addParts(workers, dvParts, perHead, elements, dv, dv0);
            }
        }
    }

    /** Where a gradient task keeps what: keys and values packed three ways, scores and slopes of a block of queries, and its sums. */
    private static final class GradientScratch {
        final int dColumns;
        final int keyRows;
        final int keyColumns;
        final int valueRows;
        final int weights;
        final int slopes;
        final int queries;
        final int outs;
        final int queryPanels;
        final int outPanels;
        final int dk;
        final int dv;
        final int dq;
        final int interleaved;
        final int tile;
        final int maximum;
        final int sum;
        final int spare;
        private final int end;

        GradientScratch(Sizes s) {
            int width = Tiles.VECTORS * N;
            int keys = Gemm.roundUp(s.tk, Tiles.ROWS);
            dColumns = Gemm.roundUp(s.d, N);
            keyRows = Workers.ALIGNED;
            keyColumns = keyRows + keys * s.d;
            valueRows = keyColumns + s.tk * s.dPadded();
            weights = Gemm.roundUp(valueRows + keys * s.d - Workers.ALIGNED, N) + Workers.ALIGNED;
            slopes = weights + keys * width;
            queries = slopes + keys * width;
            outs = queries + s.d * width;
            queryPanels = outs + s.d * width;
            outPanels = queryPanels + width * dColumns;
            dk = outPanels + width * dColumns;
            dv = dk + keys * dColumns;
            dq = dv + keys * dColumns;
            interleaved = dq + s.dPadded() * width;
            tile = interleaved + Tiles.ROWS * width;
            maximum = tile + Tiles.ROWS * width;
            sum = maximum + width;
            spare = sum + width;
            end = spare + width;
        }

        int end() {
            return end;
        }
    }

    private static void packHead(
            float[] k, int k0, float[] v, int v0, Sizes s, int batch, int head, float[] x, GradientScratch at) {
        int[] rows = new int[Tiles.ROWS];
        packRows(k, s.k(k0, batch, head, 0), s.kRow, s.tk, s.d, rows, x, at.keyRows);
        packColumns(k, s.k(k0, batch, head, 0), s.kRow, s.tk, s.d, x, at.keyColumns);
        packRows(v, s.v(v0, batch, head, 0), s.vRow, s.tk, s.d, rows, x, at.valueRows);
        Arrays.fill(x, at.dk, at.dq, 0f);
    }

    private static void differentiateBlock(
            float[] q,
            int q0,
            float[] dout,
            int dout0,
            Sizes s,
            int batch,
            int head,
            int block,
            float[] x,
            GradientScratch at,
            boolean wantsDk,
            boolean wantsDv,
            float @Nullable [] dq,
            int dq0) {
        int first = s.firstQuery(block);
        int queries = s.queries(block);
        int lanes = Gemm.roundUp(queries, N);
        int keys = s.visibleKeys(first + queries);
        int dense = s.heads * s.d;
        int row = (batch * s.tq + first) * dense + head * s.d;
        int qRow = s.q(q0, batch, head, first);

        // 1. the weights, not yet divided by their sums
        packTransposed(q, qRow, s.qRow, queries, s.d, s.scale * LOG2_E, x, at.queries, lanes, at.outPanels);
        product(x, at.keyRows, keys, s.d, x, at.queries, lanes, x, at.weights);
        if (s.causal) {
            maskLaterKeys(x, at.weights, keys, lanes, 0, first);
        }
        Arrays.fill(x, at.maximum, at.maximum + lanes, Float.NEGATIVE_INFINITY);
        Arrays.fill(x, at.sum, at.sum + lanes, 0f);
        raiseMaximum(x, at.weights, keys, lanes, at.maximum, at.spare);
        exponentials(x, at.weights, keys, lanes, at.maximum, at.sum, at.spare);
        ElementwiseKernels.reciprocal(x, at.sum, x, at.sum, lanes);

        // 2. dv += p^T dout
        if (wantsDv) {
            packPanels(dout, dout0 + row, dense, queries, s.d, x, at.outPanels);
            scaleRows(x, at.outPanels, queries, s.d, x, at.sum);
            addTransposedProduct(x, at.weights, keys, lanes, queries, at.outPanels, s.d, at, at.dv);
        }

        if (wantsDk || dq != null) {
            // 3. ds
            packTransposed(dout, dout0 + row, dense, queries, s.d, 1f, x, at.outs, lanes, at.outPanels);
            product(x, at.valueRows, keys, s.d, x, at.outs, lanes, x, at.slopes);
            slopesOfScores(x, at.weights, at.slopes, keys, lanes, at.sum, s.scale);
        }
        if (wantsDk) {
            // 4. dk += ds^T q
            packPanels(q, qRow, s.qRow, queries, s.d, x, at.queryPanels);
            addTransposedProduct(x, at.slopes, keys, lanes, queries, at.queryPanels, s.d, at, at.dk);
        }
        if (dq != null) {
            // 5. dq = ds k
            for (int column = 0; column < s.d; column += Tiles.ROWS) {
                Tiles.multiply(
                        lanes / N,
                        x,
                        at.keyColumns + column * s.tk,
                        keys,
                        x,
                        at.slopes,
                        x,
                        at.dq + column * lanes,
                        lanes);
            }
            Transpose.transpose(x, at.dq, lanes, s.d, queries, dq, dq0 + row, dense, x, at.queryPanels);
        }
    }

    /** The panels of a matrix {@code [rows, columns]} that {@link Tiles#multiply} reads, the last filled up with zeros. */
    private static void packPanels(float[] x, int x0, int stride, int rows, int columns, float[] to, int at) {
        int panel = at;
        for (int p = 0; p < Gemm.panels(columns); p++) {
            int first = Gemm.firstVector(columns, p) * N;
            int width = Gemm.vectors(columns, p) * N;
            int present = Math.min(width, columns - first);
            for (int row = 0; row < rows; row++) {
                int into = panel + row * width;
                System.arraycopy(x, x0 + row * stride + first, to, into, present);
                Arrays.fill(to, into + present, into + width, 0f);
            }
            panel += rows * width;
        }
    }

    /** Multiplies each row of packed panels with its factor. */
    private static void scaleRows(float[] x, int at, int rows, int columns, float[] factors, int f0) {
        int panel = at;
        for (int p = 0; p < Gemm.panels(columns); p++) {
            int width = Gemm.vectors(columns, p) * N;
            for (int row = 0; row < rows; row++) {
                FloatVector factor = FloatVector.broadcast(FLOAT, factors[f0 + row]);
                for (int i = panel + row * width; i < panel + (row + 1) * width; i += N) {
                    FloatVector.fromArray(FLOAT, x, i).mul(factor).intoArray(x, i);
                }
            }
            panel += rows * width;
        }
    }

    /** sums[key, column] += the sum over queries of a[key, query] b[query, column], b in panels. */
    private static void addTransposedProduct(
            float[] x,
            int a0,
            int keys,
            int lanes,
            int queries,
            int panels0,
            int columns,
            GradientScratch at,
            int sums0) {
        int[] from = new int[Tiles.ROWS];
        for (int key = 0; key < keys; key += Tiles.ROWS) {
            int rows = Math.min(Tiles.ROWS, keys - key);
            packTile(x, a0 + key * lanes, lanes, rows, queries, from, x, at.interleaved);
            int panel = panels0;
            for (int p = 0; p < Gemm.panels(columns); p++) {
                int vectors = Gemm.vectors(columns, p);
                Tiles.multiply(vectors, x, at.interleaved, queries, x, panel, x, at.tile, vectors * N);
                int to = sums0 + key * at.dColumns + Gemm.firstVector(columns, p) * N;
                addRows(x, at.tile, vectors * N, rows, x, to, at.dColumns);
                panel += queries * vectors * N;
            }
        }
    }

    private static void addRows(float[] tile, int t0, int width, int rows, float[] y, int y0, int stride) {
        for (int row = 0; row < rows; row++) {
            int from = t0 + row * width;
            int to = y0 + row * stride;
            for (int i = 0; i < width; i += N) {
                FloatVector sum = FloatVector.fromArray(FLOAT, y, to + i);
                sum.add(FloatVector.fromArray(FLOAT, tile, from + i)).intoArray(y, to + i);
            }
        }
    }

    /** slopes = p (dp - the sum of p dp) scale, p = weights * inverse sum; on entry slopes holds dp. */
    private static void slopesOfScores(
            float[] x, int weights0, int slopes0, int keys, int lanes, int inverse0, float scale) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector inner = FloatVector.zero(FLOAT);
            for (int key = 0; key < keys; key++) {
                int i = key * lanes + lane;
                FloatVector p = FloatVector.fromArray(FLOAT, x, weights0 + i);
                inner = p.fma(FloatVector.fromArray(FLOAT, x, slopes0 + i), inner);
            }
            FloatVector inverse = FloatVector.fromArray(FLOAT, x, inverse0 + lane);
            FloatVector mean = inner.mul(inverse);
            FloatVector factor = inverse.mul(scale);
            for (int key = 0; key < keys; key++) {
                int i = key * lanes + lane;
                FloatVector p = FloatVector.fromArray(FLOAT, x, weights0 + i).mul(factor);
                FloatVector dp = FloatVector.fromArray(FLOAT, x, slopes0 + i);
                dp.sub(mean).mul(p).intoArray(x, slopes0 + i);
            }
        }
    }

    private static void copyRows(
            float[] x, int x0, int xStride, int rows, int columns, float[] y, int y0, int yStride) {
        for (int row = 0; row < rows; row++) {
            System.arraycopy(x, x0 + row * xStride, y, y0 + row * yStride, columns);
        }
    }

    /** y = the sum of the parts, in order. */
    private static void addParts(Workers workers, float[] parts, int count, int elements, float[] y, int y0) {
        int perTask = 32_768;
        workers.run(Gemm.divideUp(elements, perTask), (task, worker) -> {
            int first = task * perTask;
            int n = Math.min(perTask, elements - first);
            ElementwiseKernels.add(parts, first, parts, elements + first, y, y0 + first, n);
            for (int part = 2; part < count; part++) {
                ElementwiseKernels.add(y, y0 + first, parts, part * elements + first, y, y0 + first, n);
            }
        });
    }
}
