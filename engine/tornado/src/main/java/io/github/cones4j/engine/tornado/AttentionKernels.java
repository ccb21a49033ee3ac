package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Scaled dot-product attention per head (Vaswani et al. 2017, arXiv:1706.03762) and its gradient, without the matrix of scores:
 * the softmax is taken online over blocks of keys (Milakov and Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022,
 * arXiv:2205.14135).
 *
 * <p>The gradient takes three launches, so that every number has one writer: of each query the largest score, the reciprocal of
 * the sum of exponentials and delta = sum of p * dp; then the cotangent of the queries; then those of keys and values, with
 *
 * <pre>
 * p  = e^(scale * q k^T - largest) / sum     dp = dy v^T     ds = scale * p * (dp - delta)
 * dq = ds k     dk = ds^T q     dv = p^T dy
 * </pre>
 *
 * Delta is the sum of dy * y too; it is computed from p and dp, so that the result depends on no y.
 *
 * <p>The kernels here give a group of threads to each query or key of a head. They serve the causal case, whose sizes are small
 * (77 tokens), and touch nothing that is masked, so that it has no part even if it is NaN. {@link AttentionTiles} serves the rest.
 *
 * <p>All begin with the same numbers, listed at {@link #NUMBERS}. q and its like are [b, tq, heads * d], k and its like [b, tk,
 * heads * d], the numbers of queries [3, b, heads, tq].
 */
final class AttentionKernels {
    /**
     * The numbers that all kernels begin with: tq; tk; heads; d; place of the scale; 1 if causal, else 0; starts of q, k, v.
     */
    static final int NUMBERS = 9;

    /** Threads to a query or key in the kernels of rows, and the keys or queries that they take at a time. */
    static final int ROW = 64;

    private AttentionKernels() {}

    /** The sum of products of {@code d} numbers from two places on. */
    private static float dot(FloatArray m, int a, int b, int d) {
        float sum = 0f;
        for (int i = 0; i < d; i++) {
            sum += m.get(a + i) * m.get(b + i);
        }
        return sum;
    }

    /** y = softmax(scale * q k^T) v of one query. Further numbers: start of y. Grid: tq by b * heads. */
    static void forwardRow(KernelContext c, FloatArray m, IntArray p) {
        float[] weights = c.allocateFloatLocalArray(ROW);
        float[] found = c.allocateFloatLocalArray(ROW);
        int l = c.localIdx;
        int query = c.groupIdx;
        int heads = p.get(2);
        int d = p.get(3);
        int width = heads * d;
        int sample = c.groupIdy / heads;
        int offset = (c.groupIdy - sample * heads) * d;
        float scale = m.get(p.get(4));
        int seen = p.get(1);
        if (p.get(5) == 1 && query + 1 < seen) {
            seen = query + 1;
        }
        int q = p.get(6) + (sample * p.get(0) + query) * width + offset;
        int k = p.get(7) + sample * p.get(1) * width + offset;
        int v = p.get(8) + sample * p.get(1) * width + offset;
        int y = p.get(9) + (sample * p.get(0) + query) * width + offset;
        for (int i = l; i < d; i += ROW) {
            m.set(y + i, 0f);
        }
        float max = Float.NEGATIVE_INFINITY;
        float sum = 0f;
        for (int first = 0; first < seen; first += ROW) {
            int count = seen - first;
            if (count > ROW) {
                count = ROW;
            }
            float score = Float.NEGATIVE_INFINITY;
            if (l < count) {
                score = dot(m, q, k + (first + l) * width, d) * scale;
            }
            found[l] = score;
            c.localBarrier();
            for (int half = ROW / 2; half > 0; half = half / 2) {
                if (l < half && found[l + half] > found[l]) {
                    found[l] = found[l + half];
                }
                c.localBarrier();
            }
            float next = max;
            if (found[0] > max) {
                next = found[0];
            }
            c.localBarrier();
            float shift = next == Float.NEGATIVE_INFINITY ? 0f : next;
            float weight = 0f;
            if (l < count) {
                weight = DeviceMath.exp(score - shift);
            }
            weights[l] = weight;
            found[l] = weight;
            c.localBarrier();
            for (int half = ROW / 2; half > 0; half = half / 2) {
                if (l < half) {
                    found[l] += found[l + half];
                }
                c.localBarrier();
            }
            float fade = DeviceMath.exp(max - shift);
            sum = sum * fade + found[0];
            for (int i = l; i < d; i += ROW) {
                float mean = m.get(y + i) * fade;
                for (int j = 0; j < count; j++) {
                    mean += weights[j] * m.get(v + (first + j) * width + i);
                }
                m.set(y + i, mean);
            }
            max = next;
            c.localBarrier();
        }
        for (int i = l; i < d; i += ROW) {
            m.set(y + i, m.get(y + i) / sum);
        }
    }

    /**
     * Of one query the largest score, the reciprocal of the sum of exponentials, and delta. Further numbers: start of dy, of the
     * numbers of queries; b. Grid: tq by b * heads.
     */
    static void statisticsRow(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(ROW);
        float[] deltas = c.allocateFloatLocalArray(ROW);
        int l = c.localIdx;
        int query = c.groupIdx;
        int heads = p.get(2);
        int d = p.get(3);
        int width = heads * d;
        int sample = c.groupIdy / heads;
        int offset = (c.groupIdy - sample * heads) * d;
        float scale = m.get(p.get(4));
        int seen = p.get(1);
        if (p.get(5) == 1 && query + 1 < seen) {
            seen = query + 1;
        }
        int q = p.get(6) + (sample * p.get(0) + query) * width + offset;
        int k = p.get(7) + sample * p.get(1) * width + offset;
        int v = p.get(8) + sample * p.get(1) * width + offset;
        int dy = p.get(9) + (sample * p.get(0) + query) * width + offset;
        // each thread of its own keys, joined at the end
        float max = Float.NEGATIVE_INFINITY;
        for (int j = l; j < seen; j += ROW) {
            float score = dot(m, q, k + j * width, d) * scale;
            if (score > max) {
                max = score;
            }
        }
        found[l] = max;
        c.localBarrier();
        for (int half = ROW / 2; half > 0; half = half / 2) {
            if (l < half && found[l + half] > found[l]) {
                found[l] = found[l + half];
            }
            c.localBarrier();
        }
        max = found[0];
        c.localBarrier();
        float sum = 0f;
        float delta = 0f;
        for (int j = l; j < seen; j += ROW) {
            float weight = DeviceMath.exp(dot(m, q, k + j * width, d) * scale - max);
            sum += weight;
            delta += weight * dot(m, dy, v + j * width, d);
        }
        found[l] = sum;
        deltas[l] = delta;
        c.localBarrier();
        for (int half = ROW / 2; half > 0; half = half / 2) {
            if (l < half) {
                found[l] += found[l + half];
                deltas[l] += deltas[l + half];
            }
            c.localBarrier();
        }
        if (l == 0) {
            int out = p.get(10) + c.groupIdy * p.get(0) + query;
            int step = p.get(11) * heads * p.get(0);
            m.set(out, max);
            m.set(out + step, 1f / found[0]);
            m.set(out + 2 * step, deltas[0] / found[0]);
        }
    }

    /**
     * dq of one query. Further numbers: start of dy, of the numbers of queries; b; start of dq. Grid: tq by b * heads.
     */
    static void gradQueryRow(KernelContext c, FloatArray m, IntArray p) {
        float[] ds = c.allocateFloatLocalArray(ROW);
        int l = c.localIdx;
        int query = c.groupIdx;
        int heads = p.get(2);
        int d = p.get(3);
        int width = heads * d;
        int sample = c.groupIdy / heads;
        int offset = (c.groupIdy - sample * heads) * d;
        float scale = m.get(p.get(4));
        int seen = p.get(1);
        if (p.get(5) == 1 && query + 1 < seen) {
            seen = query + 1;
        }
        int q = p.get(6) + (sample * p.get(0) + query) * width + offset;
        int k = p.get(7) + sample * p.get(1) * width + offset;
        int v = p.get(8) + sample * p.get(1) * width + offset;
        int dy = p.get(9) + (sample * p.get(0) + query) * width + offset;
        int numbers = p.get(10) + c.groupIdy * p.get(0) + query;
        int step = p.get(11) * heads * p.get(0);
        float max = m.get(numbers);
        float reciprocal = m.get(numbers + step);
        float delta = m.get(numbers + 2 * step);
        int dq = p.get(12) + (sample * p.get(0) + query) * width + offset;
        for (int i = l; i < d; i += ROW) {
            m.set(dq + i, 0f);
        }
        for (int first = 0; first < seen; first += ROW) {
            int count = seen - first;
            if (count > ROW) {
                count = ROW;
            }
            if (l < count) {
                int at = (first + l) * width;
                float weight = DeviceMath.exp(dot(m, q, k + at, d) * scale - max) * reciprocal;
                ds[l] = weight * (dot(m, dy, v + at, d) - delta) * scale;
            }
            c.localBarrier();
            for (int i = l; i < d; i += ROW) {
                float sum = m.get(dq + i);
                for (int j = 0; j < count; j++) {
                    sum += ds[j] * m.get(k + (first + j) * width + i);
                }
                m.set(dq + i, sum);
            }
            c.localBarrier();
        }
    }

    /**
     * dk and dv of one key. Further numbers: start of dy, of the numbers of queries; b; start of dk, of dv. Grid: tk by b *
     * heads.
     */
    static void gradKeyRow(KernelContext c, FloatArray m, IntArray p) {
        float[] ds = c.allocateFloatLocalArray(ROW);
        float[] weights = c.allocateFloatLocalArray(ROW);
        int l = c.localIdx;
        int key = c.groupIdx;
        int queries = p.get(0);
        int heads = p.get(2);
        int d = p.get(3);
        int width = heads * d;
        int sample = c.groupIdy / heads;
        int offset = (c.groupIdy - sample * heads) * d;
        float scale = m.get(p.get(4));
        int q = p.get(6) + sample * queries * width + offset;
        int k = p.get(7) + (sample * p.get(1) + key) * width + offset;
        int v = p.get(8) + (sample * p.get(1) + key) * width + offset;
        int dy = p.get(9) + sample * queries * width + offset;
        int numbers = p.get(10) + c.groupIdy * queries;
        int step = p.get(11) * heads * queries;
        int dk = p.get(12) + (sample * p.get(1) + key) * width + offset;
        int dv = p.get(13) + (sample * p.get(1) + key) * width + offset;
        for (int i = l; i < d; i += ROW) {
            m.set(dk + i, 0f);
            m.set(dv + i, 0f);
        }
        int begin = p.get(5) == 1 ? key : 0; // the first query that sees the key
        for (int first = begin; first < queries; first += ROW) {
            int count = queries - first;
            if (count > ROW) {
                count = ROW;
            }
            if (l < count) {
                int query = first + l;
                float weight = DeviceMath.exp(dot(m, q + query * width, k, d) * scale - m.get(numbers + query))
                        * m.get(numbers + step + query);
                weights[l] = weight;
                ds[l] = weight * (dot(m, dy + query * width, v, d) - m.get(numbers + 2 * step + query)) * scale;
            }
            c.localBarrier();
            for (int i = l; i < d; i += ROW) {
                float sumOfK = m.get(dk + i);
                float sumOfV = m.get(dv + i);
                for (int j = 0; j < count; j++) {
                    sumOfK += ds[j] * m.get(q + (first + j) * width + i);
                    sumOfV += weights[j] * m.get(dy + (first + j) * width + i);
                }
                m.set(dk + i, sumOfK);
                m.set(dv + i, sumOfV);
            }
            c.localBarrier();
        }
    }
}
