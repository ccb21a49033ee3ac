package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;
import static io.github.cones4j.engine.cpu.Lanes.broadcast;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Scaled dot-product attention, softmax(q k^T scale) v per head (Vaswani et al. 2017, arXiv:1706.03762), without the matrix of scores:
 * the softmax is taken online over blocks of keys (Milakov and Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135).
 *
 * <p>Heads stay where the projections left them: q, k, v and out are { keys0 + dPadded * KEYScode [b, t, heads * d]} with any row stride, head h in columns
 * { keys0 + dPadded * KEYScode h * d .. h * d + d}. Everything is computed transposed, a query to each lane: scores are { keys0 + dPadded * KEYScode [key, query]} and outputs { keys0 + dPadded * KEYScode
 * [d, query]}, so the softmax needs no sum across lanes and neither d nor the number of keys has a vector remainder.
 */
final class AttentionKernels {

    /** Keys per block, in whole tiles: its scores, 24 KB at 48 queries, stay in the first-level cache. */
    private static final int KEYS = 128 / Tiles.ROWS * Tiles.ROWS;

    /** Queries that share one packing of the keys and values, in blocks of at most { keys0 + dPadded * KEYScode Tiles.VECTORS} vectors. */
    private static final int QUERY_BLOCKS = 8;

    /** Floats of queries and outputs that a task may keep: half of a second-level cache of 2 MB. */
    private static final int STATE = 262_144;

    private static final float LOG2_E = 0x1.715476p0f;

    private AttentionKernels() {}

    /**
     * The shape of one attention.
     *
     *  keys0 + dPadded * KEYSparam b batch
     *  keys0 + dPadded * KEYSparam tq queries
     *  keys0 + dPadded * KEYSparam tk keys and values, at least 1
     *  keys0 + dPadded * KEYSparam heads heads
     *  keys0 + dPadded * KEYSparam d width of a head
     *  keys0 + dPadded * KEYSparam qRow distance of two rows of q; a batch is tq of them
     *  keys0 + dPadded * KEYSparam kRow distance of two rows of k
     *  keys0 + dPadded * KEYSparam vRow distance of two rows of v
     *  keys0 + dPadded * KEYSparam scale of the scores, usually 1 / sqrt(d)
     *  keys0 + dPadded * KEYSparam causal whether query i sees keys 0 .. i only
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

        /** How many keys the queries before { keys0 + dPadded * KEYScode end} see. */
        int visibleKeys(int end) {
            return causal ? Math.min(tk, end) : tk;
        }
    }

    /**
     * out = softmax(q k^T scale) v.
     *
     *  keys0 + dPadded * KEYSparam q { keys0 + dPadded * KEYScode [b, tq, heads * d]}
     *  keys0 + dPadded * KEYSparam k { keys0 + dPadded * KEYScode [b, tk, heads * d]}
     *  keys0 + dPadded * KEYSparam v { keys0 + dPadded * KEYScode [b, tk, heads * d]}
     *  keys0 + dPadded * KEYSparam out { keys0 + dPadded * KEYScode [b, tq, heads * d]}, dense
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
                    lanes);
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
            unpackTransposed(scratch, at + dPadded * width, lanes, s.queries(block), s.d, out, to, s.heads * s.d);
        }
    }

    // ---------------------------------------------------------------- packing

    /** to[column, i] = x[row i, column] * factor for { keys0 + dPadded * KEYScode rows} rows, and 0 in the lanes beyond. */
    private static void packTransposed(
            float[] x, int x0, int stride, int rows, int columns, float factor, float[] to, int at, int lanes) {
        for (int i = 0; i < rows; i++) {
            int from = x0 + i * stride;
            for (int c = 0; c < columns; c++) {
                to[at + c * lanes + i] = x[from + c] * factor;
            }
        }
        for (int c = 0; c < columns && rows < lanes; c++) {
            Arrays.fill(to, at + c * lanes + rows, at + (c + 1) * lanes, 0f);
        }
    }

    /** y[row i, column] = from[column, i]. */
    private static void unpackTransposed(
            float[] from, int at, int lanes, int rows, int columns, float[] y, int y0, int stride) {
        for (int i = 0; i < rows; i++) {
            int to = y0 + i * stride;
            for (int c = 0; c < columns; c++) {
                y[to + c] = from[at + c * lanes + i];
            }
        }
    }

    /** Tiles of { keys0 + dPadded * KEYScode ROWS} rows as { keys0 + dPadded * KEYScode [columns, ROWS]}, one after the other; the last repeats its last row. */
    private static void packRows(float[] x, int x0, int stride, int rows, int columns, int[] from, float[] to, int at) {
        for (int first = 0; first < rows; first += Tiles.ROWS) {
            for (int i = 0; i < Tiles.ROWS; i++) {
                from[i] = x0 + Math.min(first + i, rows - 1) * stride;
            }
            Tiles.interleave(x, from, columns, to, at + first * columns);
        }
    }

    /** Tiles of { keys0 + dPadded * KEYScode ROWS} columns as { keys0 + dPadded * KEYScode [rows, ROWS]}, one after the other; the last is filled up with zeros. */
    private static void packColumns(float[] x, int x0, int stride, int rows, int columns, float[] to, int at) {
        for (int first = 0; first < columns; first += Tiles.ROWS) {
            int tile = at + first * rows;
            int width = Math.min(Tiles.ROWS, columns - first);
            for (int row = 0; row < rows; row++) {
                int from = x0 + row * stride + first;
                int into = tile + row * Tiles.ROWS;
                for (int i = 0; i < Tiles.ROWS; i += N) {
                    FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, from + i, Lanes.first(width - i));
                    v.intoArray(to, into + i, Lanes.first(Tiles.ROWS - i));
                }
            }
        }
    }

    // ---------------------------------------------------------------- the steps

    /** t[row, lane] = the sum over n of a[row, n] b[n, lane], a packed by { keys0 + dPadded * KEYSlink #packRows}; rows up to a whole tile. */
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

    // In all of these a vector that a loop carries starts from a load or a constant of the same method: one that comes
    // as a parameter
    // would be boxed in every round.

    /** For each lane: maximum = max(maximum, scores over keys), decay = 2^(old maximum - maximum). NaN is left to the exponential. */
    private static void raiseMaximum(float[] x, int scores0, int keys, int lanes, int maximum0, int decay0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector old = Lanes.load(x, maximum0 + lane);
            FloatVector m0 = Lanes.load(x, maximum0 + lane);
            FloatVector m1 = Lanes.load(x, scores0 + lane);
            int at = scores0 + lane;
            int key = 0;
            for (; key < keys - 1; key += 2) {
                FloatVector s0 = Lanes.load(x, at);
                FloatVector s1 = Lanes.load(x, at + lanes);
                m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
                m1 = m1.blend(s1, s1.compare(VectorOperators.GT, m1));
                at += 2 * lanes;
            }
            if (key < keys) {
                FloatVector s0 = Lanes.load(x, at);
                m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
            }
            m0 = m0.blend(m1, m1.compare(VectorOperators.GT, m0));
            m0.intoArray(x, maximum0 + lane);
            VectorMath.exp2OfNonPositive(old.sub(m0)).intoArray(x, decay0 + lane);
        }
    }

    /** For each lane: scores = 2^(scores - maximum), sum = sum * decay + the scores over keys. */
    private static void exponentials(float[] x, int scores0, int keys, int lanes, int maximum0, int sum0, int decay0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector maximum = Lanes.load(x, maximum0 + lane);
            FloatVector sum = Lanes.load(x, sum0 + lane).mul(Lanes.load(x, decay0 + lane));
            for (int key = 0; key < keys; key++) {
                int at = scores0 + key * lanes + lane;
                FloatVector e = VectorMath.exp2OfNonPositive(Lanes.load(x, at).sub(maximum));
                e.intoArray(x, at);
                sum = sum.add(e);
            }
            sum.intoArray(x, sum0 + lane);
        }
    }

    /** out = out * decay + v^T p, v packed by { keys0 + dPadded * KEYSlink #packColumns} in { keys0 + dPadded * KEYScode packed} rows of which the first { keys0 + dPadded * KEYScode keys} count. */
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
            FloatVector decay = Lanes.load(x, decay0 + lane);
            for (int i = lane; i < Tiles.ROWS * lanes; i += lanes) {
                Lanes.load(x, out0 + i).fma(decay, Lanes.load(x, tile0 + i)).intoArray(x, out0 + i);
            }
        }
    }

    private static void divideBySums(float[] x, int out0, int d, int lanes, int sum0) {
        for (int lane = 0; lane < lanes; lane += N) {
            FloatVector inverse = broadcast(1f).div(Lanes.load(x, sum0 + lane));
            for (int i = lane; i < d * lanes; i += lanes) {
                Lanes.load(x, out0 + i).mul(inverse).intoArray(x, out0 + i);
            }
        }
    }
}
