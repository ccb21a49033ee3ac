package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Attention;
import java.util.Arrays;

/**
 * Attention by the scores of one query at a time: never more than one row of the matrix of scores. A task is one head of
 * one sample. Views are dense [b, t, heads * d].
 */
final class ScoreKernels {
    private ScoreKernels() {}

    private static int padded(int n) {
        return (n + 15) / 16 * 16;
    }

    /** t[e, j] = k[j, e] of one head. */
    private static void transpose(View k, int b, int head, int d, float[] t, int t0, int ld) {
        int tk = k.dim(1);
        int c = k.dim(2);
        float[] x = k.array();
        for (int j = 0; j < tk; j++) {
            int from = k.start() + (b * tk + j) * c + head * d;
            for (int e = 0; e < d; e++) {
                t[t0 + e * ld + j] = x[from + e];
            }
        }
    }

    /** p[j] = softmax_j(scale q . k_j) over the first {@code seen} keys. */
    private static void probabilities(
            float[] q, int q0, float[] t, int t0, int d, int ld, int seen, double scale, float[] p, int p0) {
        Arrays.fill(p, p0, p0 + seen, 0f);
        for (int e = 0; e < d; e++) {
            ElementwiseKernels.axpy((float) (q[q0 + e] * scale), t, t0 + e * ld, p, p0, seen);
        }
        ElementwiseKernels.add(p, p0, -ReduceKernels.max(p, p0, seen), p, p0, seen);
        ElementwiseKernels.exp(p, p0, p, p0, seen);
        ElementwiseKernels.mul(p, p0, (float) (1 / ReduceKernels.sum(p, p0, seen)), p, p0, seen);
    }

    /** dq, dk and dv, one after the other in {@code out}. */
    static void gradient(Workers workers, Attention a, View q, View k, View v, View dy, View out) {
        int tq = q.dim(1);
        int tk = k.dim(1);
        int c = q.dim(2);
        int d = c / a.heads();
        int ld = padded(tk);
        int k0 = out.start() + q.size();
        int v0 = k0 + k.size();
        float[] o = out.array();
        workers.run(q.dim(0) * a.heads(), (task, worker) -> {
            int b = task / a.heads();
            int head = task % a.heads();
            float[] s = workers.scratch(worker, 2 * ld * d + 2 * ld);
            int kt = Workers.ALIGNED;
            int vt = kt + ld * d;
            int p0 = vt + ld * d;
            int g0 = p0 + ld;
            transpose(k, b, head, d, s, kt, ld);
            transpose(v, b, head, d, s, vt, ld);
            for (int j = 0; j < tk; j++) {
                int at = (b * tk + j) * c + head * d;
                Arrays.fill(o, k0 + at, k0 + at + d, 0f);
                Arrays.fill(o, v0 + at, v0 + at + d, 0f);
            }
            for (int i = 0; i < tq; i++) {
                int seen = a.causal() ? Math.min(i + 1, tk) : tk;
                int at = (b * tq + i) * c + head * d;
                int to = out.start() + at;
                probabilities(q.array(), q.start() + at, s, kt, d, ld, seen, a.scale(), s, p0);
                Arrays.fill(s, g0, g0 + seen, 0f);
                for (int e = 0; e < d; e++) {
                    ElementwiseKernels.axpy(dy.array()[dy.start() + at + e], s, vt + e * ld, s, g0, seen);
                }
                float mean = (float) ReduceKernels.dot(s, p0, s, g0, seen);
                Arrays.fill(o, to, to + d, 0f);
                for (int j = 0; j < seen; j++) {
                    int key = (b * tk + j) * c + head * d;
                    float ds = (float) (s[p0 + j] * (s[g0 + j] - mean) * a.scale());
                    ElementwiseKernels.axpy(ds, k.array(), k.start() + key, o, to, d);
                    ElementwiseKernels.axpy(ds, q.array(), q.start() + at, o, k0 + key, d);
                    ElementwiseKernels.axpy(s[p0 + j], dy.array(), dy.start() + at, o, v0 + key, d);
                }
            }
        });
    }
}
