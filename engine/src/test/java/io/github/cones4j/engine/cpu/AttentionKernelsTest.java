package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention against plain float64 loops, with remainders in every dimension. */
class AttentionKernelsTest {

    private static final int PAD = 3;

    /** Inputs of one shape; rows are longer than the heads need, as when q, k and v are columns of one product. */
    private static final class Case {
        final AttentionKernels.Sizes s;
        final float[] q;
        final float[] k;
        final float[] v;
        final float[] dout;

        Case(AttentionKernels.Sizes s, double size) {
            this.s = s;
            Random random = new Random(s.hashCode());
            q = normal(random, s.b() * s.tq() * s.qRow(), size);
            k = normal(random, s.b() * s.tk() * s.kRow(), 1);
            v = normal(random, s.b() * s.tk() * s.vRow(), 1);
            dout = normal(random, s.b() * s.tq() * s.heads() * s.d(), 1);
        }

        private static float[] normal(Random random, int n, double size) {
            float[] x = ElementwiseKernelsTest.normal(random, n + PAD);
            for (int i = 0; i < x.length; i++) {
                x[i] *= (float) size;
            }
            return x;
        }

        int columns() {
            return s.heads() * s.d();
        }

        float[] attend(Workers workers) {
            float[] out = new float[PAD + s.b() * s.tq() * columns() + 1];
            Arrays.fill(out, 55f);
            AttentionKernels.attention(workers, q, PAD, k, PAD, v, PAD, s, out, PAD);
            return out;
        }

        /** dq, dk, dv. */
        float[][] gradient(Workers workers) {
            float[] dq = new float[PAD + s.b() * s.tq() * columns()];
            float[] dk = new float[PAD + s.b() * s.tk() * columns()];
            float[] dv = new float[PAD + s.b() * s.tk() * columns()];
            AttentionKernels.attentionGradient(
                    workers, q, PAD, k, PAD, v, PAD, dout, PAD, s, dq, PAD, dk, PAD, dv, PAD);
            return new float[][] {dq, dk, dv};
        }

        double[][] gradientTruth() {
            double[] dq = new double[PAD + s.b() * s.tq() * columns()];
            double[] dk = new double[PAD + s.b() * s.tk() * columns()];
            double[] dv = new double[PAD + s.b() * s.tk() * columns()];
            for (int batch = 0; batch < s.b(); batch++) {
                for (int head = 0; head < s.heads(); head++) {
                    for (int row = 0; row < s.tq(); row++) {
                        double[] p = weights(batch, head, row);
                        double[] dp = new double[p.length];
                        double inner = 0;
                        int i0 = PAD + (batch * s.tq() + row) * columns() + head * s.d();
                        for (int j = 0; j < p.length; j++) {
                            int j0 = PAD + (batch * s.tk() + j) * columns() + head * s.d();
                            for (int i = 0; i < s.d(); i++) {
                                dp[j] += (double) dout[i0 + i] * v[s.v(PAD, batch, head, j) + i];
                                dv[j0 + i] += p[j] * dout[i0 + i];
                            }
                            inner += p[j] * dp[j];
                        }
                        for (int j = 0; j < p.length; j++) {
                            int j0 = PAD + (batch * s.tk() + j) * columns() + head * s.d();
                            double ds = p[j] * (dp[j] - inner) * s.scale();
                            for (int i = 0; i < s.d(); i++) {
                                dq[i0 + i] += ds * k[s.k(PAD, batch, head, j) + i];
                                dk[j0 + i] += ds * q[s.q(PAD, batch, head, row) + i];
                            }
                        }
                    }
                }
            }
            return new double[][] {dq, dk, dv};
        }

        /** The weights of one query: softmax over the keys it sees. */
        double[] weights(int batch, int head, int row) {
            int keys = s.causal() ? Math.min(s.tk(), row + 1) : s.tk();
            double[] p = new double[keys];
            double max = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < keys; j++) {
                for (int i = 0; i < s.d(); i++) {
                    p[j] += (double) q[s.q(PAD, batch, head, row) + i] * k[s.k(PAD, batch, head, j) + i] * s.scale();
                }
                max = Math.max(max, p[j]);
            }
            double sum = 0;
            for (int j = 0; j < keys; j++) {
                p[j] = Math.exp(p[j] - max);
                sum += p[j];
            }
            for (int j = 0; j < keys; j++) {
                p[j] /= sum;
            }
            return p;
        }

        double[] truth() {
            double[] out = new double[PAD + s.b() * s.tq() * columns()];
            for (int batch = 0; batch < s.b(); batch++) {
                for (int head = 0; head < s.heads(); head++) {
                    for (int row = 0; row < s.tq(); row++) {
                        double[] p = weights(batch, head, row);
                        int to = PAD + (batch * s.tq() + row) * columns() + head * s.d();
                        for (int j = 0; j < p.length; j++) {
                            for (int i = 0; i < s.d(); i++) {
                                out[to + i] += p[j] * v[s.v(PAD, batch, head, j) + i];
                            }
                        }
                    }
                }
            }
            return out;
        }
    }

    private static AttentionKernels.Sizes sizes(int b, int tq, int tk, int heads, int d, boolean causal) {
        float scale = (float) (1 / Math.sqrt(d));
        return new AttentionKernels.Sizes(b, tq, tk, heads, d, heads * d + 5, heads * d, heads * d + 7, scale, causal);
    }

    static Stream<AttentionKernels.Sizes> shapes() {
        return Stream.of(
                sizes(1, 1, 1, 1, 1, false),
                sizes(2, 3, 5, 2, 8, false),
                sizes(1, 17, 9, 3, 20, false), // d is no multiple of a tile
                sizes(2, 16, 24, 4, 32, false),
                sizes(1, 64, 77, 8, 40, false), // cross-attention: two blocks of queries
                sizes(1, 200, 300, 1, 40, false), // three blocks of keys, the last a remainder
                sizes(1, 500, 129, 1, 16, false), // two tasks, a block of one key
                sizes(1, 50, 40, 2, 80, false),
                sizes(1, 33, 130, 1, 160, false),
                sizes(1, 260, 20, 1, 512, false), // a task holds fewer blocks of so wide a head
                sizes(2, 77, 77, 2, 64, true),
                sizes(1, 300, 300, 1, 16, true),
                sizes(1, 100, 20, 1, 8, true), // later queries see every key
                sizes(1, 20, 100, 1, 8, true)); // later keys are seen by none
    }

    private static void assertClose(String what, float[] found, double[] truth, double tolerance) {
        assertClose(what, found, truth, tolerance, 0);
    }

    /** Within the tolerance times the largest element of the truth, or {@code least} if that is more. */
    private static void assertClose(String what, float[] found, double[] truth, double tolerance, double least) {
        double largest = least;
        for (double t : truth) {
            largest = Math.max(largest, Math.abs(t));
        }
        for (int i = PAD; i < truth.length; i++) {
            assertThat(Math.abs(found[i] - truth[i]))
                    .as("%s[%d]: %s, truth %s", what, i - PAD, found[i], truth[i])
                    .isLessThanOrEqualTo(tolerance * largest);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void attention_isCloseToFloat64(AttentionKernels.Sizes s) {
        Case c = new Case(s, 1);
        try (Workers workers = new Workers(2)) {
            float[] out = c.attend(workers);
            // scores up to 6 are rounded a few times (2^-24 each, relative to their terms), and so are the sums over
            // keys
            assertClose("out", out, c.truth(), 2e-6);
            assertThat(out[PAD - 1]).isEqualTo(55f);
            assertThat(out[out.length - 1]).isEqualTo(55f);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void attentionGradient_isCloseToFloat64(AttentionKernels.Sizes s) {
        Case c = new Case(s, 1);
        double[][] truth = c.gradientTruth();
        try (Workers workers = new Workers(2)) {
            float[][] found = c.gradient(workers);
            // the forward pass's error in the weights, and dp, up to 40 at d = 512, is rounded beside a difference of
            // it;
            // with a single key dq and dk are a rounding error of that difference
            double least = s.tk() == 1 ? 1 : 0;
            assertClose("dq", found[0], truth[0], 5e-6, least);
            assertClose("dk", found[1], truth[1], 5e-6, least);
            assertClose("dv", found[2], truth[2], 2e-6, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void attentionGradient_inPartsAndAtAnyNumberOfThreads_givesTheSameBytes(AttentionKernels.Sizes s) {
        Case c = new Case(s, 1);
        float[][] all;
        try (Workers workers = new Workers(1)) {
            all = c.gradient(workers);
        }
        for (int threads = 2; threads <= 3; threads++) {
            try (Workers workers = new Workers(threads)) {
                assertThat(Arrays.deepEquals(c.gradient(workers), all)).isTrue();
                float[] dq = new float[all[0].length];
                float[] dk = new float[all[1].length];
                float[] dv = new float[all[2].length];
                gradient(workers, c, dq, null, null);
                gradient(workers, c, null, dk, null);
                gradient(workers, c, null, null, dv);
                assertThat(Arrays.equals(dq, all[0])).isTrue();
                assertThat(Arrays.equals(dk, all[1])).isTrue();
                assertThat(Arrays.equals(dv, all[2])).isTrue();
            }
        }
    }

    private static void gradient(
            Workers workers, Case c, float @Nullable [] dq, float @Nullable [] dk, float @Nullable [] dv) {
        AttentionKernels.attentionGradient(
                workers, c.q, PAD, c.k, PAD, c.v, PAD, c.dout, PAD, c.s, dq, PAD, dk, PAD, dv, PAD);
    }

    @Test
    void attention_withHugeScores_picksTheLargest() {
        AttentionKernels.Sizes s = sizes(1, 40, 200, 2, 40, false);
        Case c = new Case(s, 1000);
        try (Workers workers = new Workers(1)) {
            // scores up to 5000 are rounded to 2^-12 of 1, and the two largest of a row may be as close as that
            assertClose("out", c.attend(workers), c.truth(), 5000 * 0x1p-22);
        }
    }

    @Test
    void attention_withEqualKeys_isTheMeanOfTheValues() {
        AttentionKernels.Sizes s = sizes(1, 5, 256, 1, 8, false);
        Case c = new Case(s, 1);
        Arrays.fill(c.k, 0.5f);
        double[] mean = new double[8];
        for (int j = 0; j < 256; j++) {
            for (int i = 0; i < 8; i++) {
                mean[i] += c.v[s.v(PAD, 0, 0, j) + i] / 256.0;
            }
        }
        try (Workers workers = new Workers(1)) {
            float[] out = c.attend(workers);
            for (int i = 0; i < 40; i++) {
                assertThat(Math.abs(out[PAD + i] - mean[i % 8])).isLessThan(1e-6);
            }
        }
    }

    @Test
    void attention_withNaNInAQuery_spoilsThatQueryOnly() {
        AttentionKernels.Sizes s = sizes(1, 60, 30, 2, 8, false);
        Case c = new Case(s, 1);
        c.q[s.q(PAD, 0, 1, 7) + 3] = Float.NaN;
        try (Workers workers = new Workers(1)) {
            float[] out = c.attend(workers);
            for (int i = 0; i < 60 * 16; i++) {
                assertThat(Float.isNaN(out[PAD + i])).isEqualTo(i / 16 == 7 && i % 16 >= 8);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void attention_givesTheSameBytesAtAnyNumberOfThreads(AttentionKernels.Sizes s) {
        Case c = new Case(s, 1);
        float[][] out = new float[3][];
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = new Workers(threads)) {
                out[threads - 1] = c.attend(workers);
            }
        }
        assertThat(Arrays.equals(out[1], out[0])).isTrue();
        assertThat(Arrays.equals(out[2], out[0])).isTrue();
    }

    @Test
    void sizes_withNoKeys_areRefused() {
        assertThatThrownBy(() -> sizes(1, 4, 0, 2, 8, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tk=0");
    }
}
