package io.github.cones4j.engine.tornado;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Attention without causal mask and its gradient, formulas and first numbers as in {@link AttentionKernels}, for large sizes: a
 * group of {@link #GROUP} threads computes the scores of a block of {@link #BLOCK} queries and {@link #BLOCK} keys at a time, each
 * thread 8 x 4 of them, multiplies what the softmax makes of them by the block's values, and goes on to the next block.
 *
 * <pre>
 * forward, for each block of keys:                gradient of q, for each block of keys:     of k and v, for each block of queries:
 *     s = scale q k^T                                 s = scale q k^T, g = dy v^T                s = scale k q^T, g = v dy^T
 *     fade = exp(top before - top)                    w = exp(s - top) / sum                     w = exp(s - top) / sum
 *     w = exp(s - top)                                dq += w (g - delta) scale k                dk += w (g - delta) scale q
 *     sum = sum fade + w 1, y = y fade + w v                                                     dv += w dy
 * y = y / sum
 * </pre>
 *
 * top is a query's largest score, sum that of its exponentials, delta that of softmax(s) g: the forward pass finds the first two
 * as it goes, for the gradients a kernel of their own finds all three.
 *
 * <p>Rows of the operands pass through local memory in slices of 16 columns for the scores and in slices of 16 rows for the
 * outputs; the scores' weights lie there [column of scores, row of scores], 68 apart, so that the 8 rows of a thread are
 * neighbours and those of other threads in other banks. Sums stay in registers. A thread sees rows {@code 8 (l / 16) ..} and every
 * 16th column from {@code l % 16} on, of scores and of outputs.
 *
 * <p>Each kernel is made for outputs of so many columns, a multiple of 16. Wider heads are cut into chunks of columns, for each of
 * which the scores are computed again. Rows beyond the end are read as the last row; what comes of them has no weight or is not
 * written.
 *
 * <p>The kernels' text is for {@link KernelCompiler}: ROWS is 8 and SCORES 4, a thread's part of a block of scores, OUTPUTS its
 * columns of the outputs; SLICE is 16, BLOCK and COLUMNS a block's and the outputs' width; PITCH is 68, and SLICES what one slice
 * of either kind takes.
 */
final class AttentionTiles {
    /** Threads of a group. */
    static final int GROUP = 128;

    /** Queries and keys that meet in one block of scores. */
    static final int BLOCK = 64;

    private static final int ROWS = 8;
    private static final int SLICE = 16;
    private static final int PITCH = BLOCK + 4;

    private static final String THREAD = """
            int l = c.localIdx;
            int tx = l % 16;
            int row0 = l / 16 * ROWS;
            int tq = p.get(0);
            int tk = p.get(1);
            int heads = p.get(2);
            int d = p.get(3);
            int width = heads * d;
            """;

    /** Scale and operands of the group's head of one sample: head() counts them. */
    private static final String HEAD = """
            int sample = head() / heads;
            int offset = (head() - sample * heads) * d;
            float scale = m.get(p.get(4));
            int q = p.get(6) + sample * tq * width + offset;
            int k = p.get(7) + sample * tk * width + offset;
            int v = p.get(8) + sample * tk * width + offset;
            """;

    private static final String PRODUCTS = """
            // s += A B^T: a block of rows of A from a0 on and one of B from b0 on, over the columns of a head
            define scores(s, a, a0, aRows, b, b0, bRows) {
                for (int e = 0; e < d; e += SLICE) {
                    int depth = min(SLICE, d - e);
                    int at = min(e + tx, d - 1);
                    for (int i = l / 16; i < BLOCK; i += GROUP / 16) {
                        left[tx * PITCH + i] = m.get(a + min(a0 + i, aRows - 1) * width + at);
                        right[tx * PITCH + i] = m.get(b + min(b0 + i, bRows - 1) * width + at);
                    }
                    c.localBarrier();
                    for (int i = 0; i < depth; i++) {
                        unroll (r < ROWS) float lefts[r] = left[i * PITCH + row0 + r];
                        unroll (j < SCORES) float rights[j] = right[i * PITCH + tx + 16 * j];
                        unroll (r < ROWS, j < SCORES) s[r][j] += lefts[r] * rights[j];
                    }
                    c.localBarrier();
                }
            }

            // to = a slice of rows of A from first on, this chunk's columns; 0 beyond the last row
            define slice(to, a, first, rows) {
                for (int i = l / 16; i < SLICE; i += GROUP / 16) {
                    int row = first + i;
                    int at = a + min(row, rows - 1) * width + column0;
                    unroll (j < OUTPUTS) float x[j] = m.get(at + min(tx + 16 * j, columns - 1));
                    unroll (j < OUTPUTS) to[i * COLUMNS + tx + 16 * j] = row < rows ? x[j] : 0f;
                }
            }

            // y += weights^T times row i of a slice that begins at step
            define outputs(y, weights, values) {
                unroll (r < ROWS) float w[r] = weights[(step + i) * PITCH + row0 + r];
                unroll (j < OUTPUTS) float x[j] = values[i * COLUMNS + tx + 16 * j];
                unroll (r < ROWS, j < OUTPUTS) y[r][j] += w[r] * x[j];
            }

            // writes y from its first row and column on, of so many rows
            define write(y, first, rows) {
                unroll (r < ROWS, j < OUTPUTS) put(m, first + r * width, tx + 16 * j, r < rows ? columns : 0, y[r][j]);
            }
            """;

    /**
     * The softmax of the blocks so far, as in M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax", 2018
     * (arXiv:1805.02867): what was summed fades when a block has a larger score. Each of the first {@link #BLOCK} threads keeps
     * account of one query.
     */
    private static final String SOFTMAX = """
            // tops = the largest scores so far, fades = exp(those before - these)
            define largestScores() {
                unroll (r < ROWS) found[(row0 + r) * 17 + tx] = larger(larger(s[r][0], s[r][1]), larger(s[r][2], s[r][3]));
                c.localBarrier();
                if (l < BLOCK) {
                    float next = largest;
                    for (int i = 0; i < 16; i++) {
                        float other = found[l * 17 + i];
                        if (other > next) {
                            next = other;
                        }
                    }
                    float shift = next == NEGATIVE_INFINITY ? 0f : next;
                    fades[l] = exp(largest - shift);
                    tops[l] = shift;
                    largest = next;
                }
                c.localBarrier();
            }
            """;

    private static final String FORWARD = """
            float[] left = c.allocateFloatLocalArray(SLICES);
            float[] right = c.allocateFloatLocalArray(SLICE * PITCH);
            float[] weights = c.allocateFloatLocalArray(BLOCK * PITCH);
            float[] found = c.allocateFloatLocalArray(BLOCK * 17);
            float[] tops = c.allocateFloatLocalArray(BLOCK);
            float[] fades = c.allocateFloatLocalArray(BLOCK);
            define head() = c.groupIdy;
            """ + THREAD + HEAD + PRODUCTS + SOFTMAX + """
            int yStart = p.get(9) + sample * tq * width + offset;
            int chunks = p.get(10);
            int query0 = c.groupIdx / chunks * BLOCK;
            int column0 = c.groupIdx % chunks * p.get(11);
            int columns = min(p.get(11), d - column0);

            // y = sum over keys of exp(s - top) v, sum = sum of exp(s - top)
            unroll (r < ROWS, j < OUTPUTS) float y[r][j] = 0f;
            unroll (r < ROWS) float sum[r] = 0f;
            float largest = NEGATIVE_INFINITY;
            for (int key0 = 0; key0 < tk; key0 += BLOCK) {
                unroll (r < ROWS, j < SCORES) float s[r][j] = 0f;
                scores(s, q, query0, tq, k, key0, tk);
                unroll (j < SCORES) boolean seen[j] = key0 + tx + 16 * j < tk;
                unroll (r < ROWS, j < SCORES) s[r][j] = seen[j] ? s[r][j] * scale : NEGATIVE_INFINITY;
                largestScores();
                unroll (r < ROWS) {
                    float top[r] = tops[row0 + r];
                    float fade[r] = fades[row0 + r];
                    unroll (j < SCORES) s[r][j] = exp(s[r][j] - top[r]);
                    sum[r] = sum[r] * fade[r] + (s[r][0] + s[r][1] + (s[r][2] + s[r][3]));
                    unroll (j < OUTPUTS) y[r][j] *= fade[r];
                }
                unroll (j < SCORES, r < ROWS) weights[(tx + 16 * j) * PITCH + row0 + r] = s[r][j];
                int keys = min(BLOCK, tk - key0);
                for (int step = 0; step < keys; step += SLICE) {
                    slice(left, v, key0 + step, tk);
                    c.localBarrier();
                    for (int i = 0; i < SLICE; i++) {
                        outputs(y, weights, left);
                    }
                    c.localBarrier();
                }
            }

            // y / sum over all keys
            unroll (r < ROWS) found[(row0 + r) * 17 + tx] = sum[r];
            c.localBarrier();
            if (l < BLOCK) {
                float sum = 0f;
                for (int i = 0; i < 16; i++) {
                    sum += found[l * 17 + i];
                }
                fades[l] = 1f / sum;
            }
            c.localBarrier();
            int place = yStart + (query0 + row0) * width + column0;
            int rows = tq - query0 - row0;
            unroll (r < ROWS, j < OUTPUTS)
                put(m, place + r * width, tx + 16 * j, r < rows ? columns : 0, y[r][j] * fades[row0 + r]);
            """;

    private static final String STATISTICS = """
            float[] left = c.allocateFloatLocalArray(SLICE * PITCH);
            float[] right = c.allocateFloatLocalArray(SLICE * PITCH);
            float[] found = c.allocateFloatLocalArray(BLOCK * 17);
            float[] tops = c.allocateFloatLocalArray(BLOCK);
            float[] fades = c.allocateFloatLocalArray(BLOCK);
            define head() = c.groupIdy;
            """ + THREAD + HEAD + PRODUCTS + SOFTMAX + """
            int dy = p.get(9) + sample * tq * width + offset;
            int query0 = c.groupIdx * BLOCK;

            // sum = sum over keys of exp(s - top), delta = sum of exp(s - top) g, where g = dy v^T
            unroll (r < ROWS) {
                float sum[r] = 0f;
                float delta[r] = 0f;
            }
            float largest = NEGATIVE_INFINITY;
            for (int key0 = 0; key0 < tk; key0 += BLOCK) {
                unroll (r < ROWS, j < SCORES) float s[r][j] = 0f;
                scores(s, q, query0, tq, k, key0, tk);
                unroll (r < ROWS, j < SCORES) float g[r][j] = 0f;
                scores(g, dy, query0, tq, v, key0, tk);
                unroll (j < SCORES) boolean seen[j] = key0 + tx + 16 * j < tk;
                unroll (r < ROWS, j < SCORES) {
                    s[r][j] = seen[j] ? s[r][j] * scale : NEGATIVE_INFINITY;
                    g[r][j] = seen[j] ? g[r][j] : 0f;
                }
                largestScores();
                unroll (r < ROWS) {
                    float top[r] = tops[row0 + r];
                    float fade[r] = fades[row0 + r];
                    unroll (j < SCORES) s[r][j] = exp(s[r][j] - top[r]);
                    sum[r] = sum[r] * fade[r] + (s[r][0] + s[r][1] + (s[r][2] + s[r][3]));
                    delta[r] = delta[r] * fade[r]
                            + (s[r][0] * g[r][0] + s[r][1] * g[r][1] + (s[r][2] * g[r][2] + s[r][3] * g[r][3]));
                }
            }

            // over all keys
            unroll (r < ROWS) found[(row0 + r) * 17 + tx] = sum[r];
            c.localBarrier();
            float sum = 0f;
            int row = min(l, BLOCK - 1) * 17;
            for (int i = 0; i < 16; i++) {
                sum += found[row + i];
            }
            c.localBarrier();
            unroll (r < ROWS) found[(row0 + r) * 17 + tx] = delta[r];
            c.localBarrier();
            float delta = 0f;
            for (int i = 0; i < 16; i++) {
                delta += found[row + i];
            }
            if (l < BLOCK && query0 + l < tq) {
                int at = p.get(10) + c.groupIdy * tq + query0 + l;
                int next = p.get(11) * heads * tq;
                m.set(at, largest);
                m.set(at + next, 1f / sum);
                m.set(at + 2 * next, delta / sum);
            }
            """;

    private static final String GRAD_QUERY = """
            float[] left = c.allocateFloatLocalArray(SLICES);
            float[] right = c.allocateFloatLocalArray(SLICE * PITCH);
            float[] weights = c.allocateFloatLocalArray(BLOCK * PITCH);
            float[] tops = c.allocateFloatLocalArray(BLOCK);
            float[] factors = c.allocateFloatLocalArray(BLOCK);
            float[] deltas = c.allocateFloatLocalArray(BLOCK);
            define head() = c.groupIdy;
            """ + THREAD + HEAD + PRODUCTS + """
            int dy = p.get(9) + sample * tq * width + offset;
            int dq = p.get(12) + sample * tq * width + offset;
            int chunks = p.get(13);
            int query0 = c.groupIdx / chunks * BLOCK;
            int column0 = c.groupIdx % chunks * p.get(14);
            int columns = min(p.get(14), d - column0);
            if (l < BLOCK) {
                int at = p.get(10) + c.groupIdy * tq + min(query0 + l, tq - 1);
                int next = p.get(11) * heads * tq;
                tops[l] = m.get(at);
                factors[l] = m.get(at + next);
                deltas[l] = m.get(at + 2 * next);
            }

            // dq = sum over keys of ds k, where ds = softmax(s) (dy v^T - delta) scale
            unroll (r < ROWS, j < OUTPUTS) float y[r][j] = 0f;
            for (int key0 = 0; key0 < tk; key0 += BLOCK) {
                unroll (r < ROWS, j < SCORES) float s[r][j] = 0f;
                scores(s, q, query0, tq, k, key0, tk);
                unroll (r < ROWS, j < SCORES) float g[r][j] = 0f;
                scores(g, dy, query0, tq, v, key0, tk);
                unroll (r < ROWS) {
                    float top[r] = tops[row0 + r];
                    float factor[r] = factors[row0 + r];
                    float delta[r] = deltas[row0 + r];
                    unroll (j < SCORES) g[r][j] = exp(s[r][j] * scale - top[r]) * factor[r] * (g[r][j] - delta[r]) * scale;
                }
                unroll (j < SCORES) boolean seen[j] = key0 + tx + 16 * j < tk;
                unroll (j < SCORES, r < ROWS) weights[(tx + 16 * j) * PITCH + row0 + r] = seen[j] ? g[r][j] : 0f;
                int keys = min(BLOCK, tk - key0);
                for (int step = 0; step < keys; step += SLICE) {
                    slice(left, k, key0 + step, tk);
                    c.localBarrier();
                    for (int i = 0; i < SLICE; i++) {
                        outputs(y, weights, left);
                    }
                    c.localBarrier();
                }
            }
            int place = dq + (query0 + row0) * width + column0;
            int rows = tq - query0 - row0;
            write(y, place, rows);
            """;

    private static final String GRAD_KEY = """
            float[] left = c.allocateFloatLocalArray(SLICES);
            float[] right = c.allocateFloatLocalArray(SLICES);
            float[] weights = c.allocateFloatLocalArray(BLOCK * PITCH);
            float[] slopes = c.allocateFloatLocalArray(BLOCK * PITCH);
            """ + THREAD + """
            int entries = p.get(11) * heads;
            int part = c.groupIdy / entries;
            int entry = c.groupIdy - part * entries;
            define head() = entry;
            """ + HEAD + PRODUCTS + """
            int dy = p.get(9) + sample * tq * width + offset;
            int numbers = p.get(10) + entry * tq;
            int next = entries * tq;
            int dk = p.get(12) + part * p.get(18) + sample * tk * width + offset;
            int dv = p.get(13) + part * p.get(18) + sample * tk * width + offset;
            int chunks = p.get(14);
            int key0 = c.groupIdx / chunks * BLOCK;
            int column0 = c.groupIdx % chunks * p.get(15);
            int columns = min(p.get(15), d - column0);
            int from = part * p.get(17);
            int to = min(from + p.get(17), tq);

            // scores have a row for each key: dk = x = sum over queries of ds q, dv = y = sum over queries of softmax(s) dy
            unroll (r < ROWS, j < OUTPUTS) float x[r][j] = 0f;
            unroll (r < ROWS, j < OUTPUTS) float y[r][j] = 0f;
            for (int query0 = from; query0 < to; query0 += BLOCK) {
                unroll (r < ROWS, j < SCORES) float s[r][j] = 0f;
                scores(s, k, key0, tk, q, query0, tq);
                unroll (r < ROWS, j < SCORES) float g[r][j] = 0f;
                scores(g, v, key0, tk, dy, query0, tq);
                unroll (j < SCORES) {
                    int at[j] = numbers + min(query0 + tx + 16 * j, tq - 1);
                    float top[j] = m.get(at[j]);
                    float factor[j] = m.get(at[j] + next);
                    float delta[j] = m.get(at[j] + 2 * next);
                    unroll (r < ROWS) {
                        s[r][j] = exp(s[r][j] * scale - top[j]) * factor[j];
                        g[r][j] = s[r][j] * (g[r][j] - delta[j]) * scale;
                    }
                }
                unroll (j < SCORES) boolean seen[j] = query0 + tx + 16 * j < tq;
                unroll (j < SCORES) {
                    unroll (r < ROWS) weights[(tx + 16 * j) * PITCH + row0 + r] = seen[j] ? s[r][j] : 0f;
                    unroll (r < ROWS) slopes[(tx + 16 * j) * PITCH + row0 + r] = seen[j] ? g[r][j] : 0f;
                }
                int queries = min(BLOCK, to - query0);
                for (int step = 0; step < queries; step += SLICE) {
                    slice(left, q, query0 + step, tq);
                    slice(right, dy, query0 + step, tq);
                    c.localBarrier();
                    for (int i = 0; i < SLICE; i++) {
                        outputs(x, slopes, left);
                        outputs(y, weights, right);
                    }
                    c.localBarrier();
                }
            }
            int place = dk + (key0 + row0) * width + column0;
            int rows = tk - key0 - row0;
            write(x, place, rows);
            place = dv + (key0 + row0) * width + column0;
            write(y, place, rows);
            """;

    private static final Map<String, Kernel> KERNELS = new ConcurrentHashMap<>();

    private AttentionTiles() {}

    /**
     * y = softmax(scale * q k^T) v of 64 queries, at most so many columns of a head. Further numbers: start of y; chunks of columns;
     * columns per chunk. Grid: blocks of queries times chunks, by b * heads.
     */
    static Kernel forward(int columns) {
        return kernel("forward" + columns, FORWARD, columns);
    }

    /**
     * Of 64 queries the largest score, the reciprocal of the sum of exponentials, and delta. Further numbers: start of dy, of the
     * numbers of queries; b. Grid: blocks of queries by b * heads.
     */
    static Kernel statistics() {
        return kernel("statistics", STATISTICS, 0);
    }

    /**
     * dq of 64 queries, at most so many columns of a head. Further numbers: start of dy, of the numbers of queries; b; start of dq;
     * chunks of columns; columns per chunk. Grid: blocks of queries times chunks, by b * heads.
     */
    static Kernel gradQuery(int columns) {
        return kernel("gradQuery" + columns, GRAD_QUERY, columns);
    }

    /**
     * dk and dv of 64 keys over a part of the queries, at most so many columns of a head. Further numbers: start of dy, of the
     * numbers of queries; b; start of dk [parts, b, tk, heads * d], of dv; chunks of columns; columns per chunk; parts; queries per
     * part, a multiple of 64; distance of the parts. Grid: blocks of keys times chunks, by parts * b * heads.
     */
    static Kernel gradKey(int columns) {
        return kernel("gradKey" + columns, GRAD_KEY, columns);
    }

    private static Kernel kernel(String name, String text, int columns) {
        Map<String, Integer> sizes = Map.of(
                "GROUP", GROUP,
                "BLOCK", BLOCK,
                "ROWS", ROWS,
                "SCORES", BLOCK / 16,
                "COLUMNS", columns,
                "OUTPUTS", columns / 16,
                "SLICE", SLICE,
                "PITCH", PITCH,
                "SLICES", SLICE * Math.max(PITCH, columns));
        return KERNELS.computeIfAbsent(name, key -> KernelCompiler.compile(key, text, sizes));
    }
}
