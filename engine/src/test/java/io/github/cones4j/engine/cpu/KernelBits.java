package io.github.cones4j.engine.cpu;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;

/** Checksums of the outputs of kernels on fixed inputs; a program of its own, so that another JVM can be asked for them. */
final class KernelBits {

    private static final int N = 700;

    private final float[] x = ElementwiseKernelsTest.normal(new Random(1), N);
    private final float[] dy = ElementwiseKernelsTest.normal(new Random(2), N);
    private final float[] gamma = ElementwiseKernelsTest.normal(new Random(3), 35);
    private final float[] beta = ElementwiseKernelsTest.normal(new Random(4), 35);
    private final Map<String, String> found = new LinkedHashMap<>();

    private KernelBits() {}

    /** Kernel to checksum. */
    static Map<String, String> all() {
        KernelBits bits = new KernelBits();
        bits.elementwise();
        try (Workers workers = new Workers(1)) {
            bits.rows(workers);
            bits.norms(workers);
            bits.attention(workers);
        }
        return bits.found;
    }

    /** Prints them, one {@code kernel=checksum} to a line. */
    public static void main(String[] args) {
        all().forEach((kernel, checksum) -> System.out.println(kernel + "=" + checksum));
    }

    private void record(String kernel, float[]... outputs) {
        CRC32 crc = new CRC32();
        for (float[] output : outputs) {
            for (float v : output) {
                int bits = Float.floatToIntBits(v); // one NaN: its sign and payload are the processor's affair
                for (int shift = 0; shift < 32; shift += 8) {
                    crc.update(bits >>> shift);
                }
            }
        }
        found.put(kernel, Long.toHexString(crc.getValue()));
    }

    private void elementwise() {
        VectorMathTest.functions().forEach(f -> {
            float[] y = new float[N];
            f.kernel().run(x, 0, y, 0, N);
            record(f.name(), y);
        });
        VectorMathTest.crossingZero().forEach(f -> {
            float[] y = new float[N];
            f.kernel().run(x, 0, y, 0, N);
            record("slope of " + f.name(), y);
        });
        record("sums", new float[] {
            (float) ReduceKernels.sum(x, 0, N),
            (float) ReduceKernels.dot(x, 0, dy, 0, N),
            (float) ReduceKernels.sumOfSquaresAround(0.1f, x, 0, N)
        });
    }

    private void rows(Workers workers) {
        float[] y = new float[N];
        SoftmaxKernels.softmax(workers, x, 0, 20, 35, y, 0);
        float[] log = new float[N];
        SoftmaxKernels.logSoftmax(workers, x, 0, 20, 35, log, 0);
        float[] dx = new float[N];
        SoftmaxKernels.logSoftmaxGradient(workers, log, 0, dy, 0, 20, 35, dx, 0);
        float[] sums = new float[35];
        ReduceKernels.columnSums(workers, x, 0, 20, 35, sums, 0);
        record("softmax", y, log, dx, sums);
    }

    private void norms(Workers workers) {
        for (boolean silu : new boolean[] {false, true}) {
            float[] y = new float[N];
            float[] dx = new float[N];
            float[] dgamma = new float[35];
            float[] dbeta = new float[35];
            NormKernels.groupNorm(workers, x, 0, gamma, 0, beta, 0, 2, 10, 35, 5, 1e-5f, silu, y, 0);
            NormKernels.groupNormGradient(
                    workers, x, 0, gamma, 0, beta, 0, dy, 0, 2, 10, 35, 5, 1e-5f, silu, dx, 0, dgamma, 0, dbeta, 0);
            record("group norm, silu " + silu, y, dx, dgamma, dbeta);
        }
        float[] y = new float[N];
        float[] dx = new float[N];
        float[] dgamma = new float[35];
        NormKernels.layerNorm(workers, x, 0, gamma, 0, beta, 0, 20, 35, 1e-5f, y, 0);
        NormKernels.layerNormGradient(workers, x, 0, gamma, 0, dy, 0, 20, 35, 1e-5f, dx, 0, dgamma, 0, null, 0);
        record("layer norm", y, dx, dgamma);
    }

    private void attention(Workers workers) {
        AttentionKernels.Sizes s = new AttentionKernels.Sizes(1, 70, 70, 1, 10, 10, 10, 10, 0.3f, true);
        float[] out = new float[N];
        float[] dq = new float[N];
        float[] dk = new float[N];
        float[] dv = new float[N];
        AttentionKernels.attention(workers, x, 0, dy, 0, x, 0, s, out, 0);
        AttentionKernels.attentionGradient(workers, x, 0, dy, 0, x, 0, dy, 0, s, dq, 0, dk, 0, dv, 0);
        record("attention", out);
        record("attention's gradient", dq, dk, dv);
    }
}
