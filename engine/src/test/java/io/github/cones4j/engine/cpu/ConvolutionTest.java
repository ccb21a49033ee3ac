package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.GemmTest.assertClose;
import static io.github.cones4j.engine.cpu.GemmTest.gaussian;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.cpu.Convolution.Geometry;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.DType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ConvolutionTest {

    // each of these runs once per vector width: the build repeats the tests with cones4j.vectorBits set

    @Test
    void forward_ofOddShapes_equalsPlainLoops() {
        eachShape((workers, random, g, what) -> {
            float[] x = gaussian(random, 3 + inputs(g));
            float[] w = gaussian(random, 2 + weights(g));
            float[] bias = gaussian(random, g.outChannels());
            float[] residual = gaussian(random, outputs(g));
            float[] y = gaussian(random, 1 + outputs(g));
            float[] packed = new float[5 + Convolution.packedSize(g)];
            Convolution.pack(workers, w, 2, g, packed, 5);
            Epilogue e = Epilogue.NONE.bias(bias, 0).residual(residual, 0, g.outChannels());
            Convolution.forward(workers, g, x, 3, packed, 5, y, 1, e);

            double[] expected = new double[1 + outputs(g)];
            expected[0] = y[0];
            for (int i = 0; i < outputs(g); i++) {
                expected[1 + i] = (double) bias[i % g.outChannels()] + residual[i];
            }
            eachProduct(g, (in, out, weight) -> expected[1 + out] += (double) x[3 + in] * w[2 + weight]);
            assertClose(y, expected, tolerance(g.depth()), what);
        });
    }

    @Test
    void gradInput_ofOddShapes_equalsPlainLoops() {
        eachShape((workers, random, g, what) -> {
            float[] dy = gaussian(random, 3 + outputs(g));
            float[] w = gaussian(random, 2 + weights(g));
            float[] dx = gaussian(random, 1 + inputs(g));
            float[] packed = new float[5 + Convolution.packedSize(g)];
            boolean accumulate = random.nextBoolean();
            double[] expected = new double[1 + inputs(g)];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = accumulate || i == 0 ? dx[i] : 0;
            }
            Convolution.pack(workers, w, 2, g, packed, 5);
            Epilogue e = accumulate ? Epilogue.NONE.accumulate() : Epilogue.NONE;
            Convolution.gradInput(workers, g, dy, 3, Packed.floats(packed, 5), dx, 1, e);

            eachProduct(g, (in, out, weight) -> expected[1 + in] += (double) dy[3 + out] * w[2 + weight]);
            assertClose(dx, expected, tolerance(g.outChannels() * g.kernelHeight() * g.kernelWidth()), what);
        });
    }

    @Test
    void gradWeight_ofOddShapes_equalsPlainLoops() {
        eachShape((workers, random, g, what) -> {
            float[] dy = gaussian(random, 3 + outputs(g));
            float[] x = gaussian(random, 2 + inputs(g));
            float[] dw = gaussian(random, 1 + weights(g));
            boolean accumulate = random.nextBoolean();
            double[] expected = new double[1 + weights(g)];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = accumulate || i == 0 ? dw[i] : 0;
            }
            Convolution.gradWeight(workers, g, x, 2, dy, 3, dw, 1, accumulate);

            eachProduct(g, (in, out, weight) -> expected[1 + weight] += (double) dy[3 + out] * x[2 + in]);
            assertClose(dw, expected, tolerance(g.points()), what);
        });
    }

    @Test
    void columnSums_ofOddShapes_equalsPlainLoops() {
        Random random = new Random(4);
        try (Workers workers = new Workers(2)) {
            for (int[] size : new int[][] {{1, 1}, {3, 17}, {600, 5}, {1025, 64}, {2000, 203}}) {
                float[] a = gaussian(random, 3 + size[0] * size[1]);
                float[] sums = gaussian(random, 2 + size[1]);
                double[] expected = new double[2 + size[1]];
                for (int j = 0; j < expected.length; j++) {
                    expected[j] = sums[j];
                }
                for (int i = 0; i < size[0] * size[1]; i++) {
                    expected[2 + i % size[1]] += a[3 + i];
                }
                Convolution.columnSums(workers, a, 3, size[0], size[1], sums, 2, true);
                assertClose(sums, expected, tolerance(size[0]), size[0] + " x " + size[1]);
            }
        }
    }

    @Test
    void forwardAndGradients_atOneTwoAndThreeThreads_giveTheSameBytes() {
        for (Geometry g : LARGER) {
            float[][] expected = all(1, g);
            assertThat(all(2, g)).as("%s", g).isDeepEqualTo(expected);
            assertThat(all(3, g)).as("%s", g).isDeepEqualTo(expected);
        }
    }

    private static float[][] all(int threads, Geometry g) {
        Random random = new Random(6);
        float[] x = gaussian(random, inputs(g));
        float[] w = gaussian(random, weights(g));
        float[] dy = gaussian(random, outputs(g));
        float[] y = new float[outputs(g)];
        float[] dx = new float[inputs(g)];
        float[] dw = new float[weights(g)];
        float[] db = new float[g.outChannels()];
        try (Workers workers = new Workers(threads)) {
            float[] packed = new float[Convolution.packedSize(g)];
            Convolution.pack(workers, w, 0, g, packed, 0);
            Convolution.forward(workers, g, x, 0, packed, 0, y, 0, Epilogue.NONE);
            Convolution.gradInput(workers, g, dy, 0, Packed.floats(packed, 0), dx, 0, Epilogue.NONE);
            Convolution.gradWeight(workers, g, x, 0, dy, 0, dw, 0, false);
            Convolution.columnSums(workers, dy, 0, g.points(), g.outChannels(), db, 0, false);
        }
        return new float[][] {y, dx, dw, db};
    }

    @Test
    void forwardAndGradInput_withWeightsOf16Bits_giveTheBytesOfFloat32_atOneTwoAndFourThreads() {
        for (DType dtype : List.of(DType.F16, DType.BF16)) {
            for (Geometry g : LARGER) {
                float[][] expected = half(1, DType.F32, dtype, g);
                for (int threads : new int[] {1, 2, 4}) {
                    assertThat(half(threads, dtype, dtype, g))
                            .as("%s, %d threads, %s", dtype, threads, g)
                            .isDeepEqualTo(expected);
                }
            }
        }
    }

    private static float[][] half(int threads, DType packedAs, DType values, Geometry g) {
        Random random = new Random(7);
        float[] x = gaussian(random, inputs(g));
        float[] w = HostTensor.of(gaussian(random, weights(g)), weights(g))
                .cast(values)
                .toFloats();
        float[] dy = gaussian(random, outputs(g));
        float[] y = new float[outputs(g)];
        float[] dx = new float[inputs(g)];
        Packed packed = new Packed(new float[3 + Panels.size(Convolution.order(g), packedAs)], 3, packedAs);
        try (Workers workers = new Workers(threads)) {
            Convolution.pack(workers, w, 0, g, packed);
            Convolution.forward(workers, g, x, 0, packed, y, 0, Epilogue.NONE);
            Convolution.gradInput(workers, g, dy, 0, packed, dx, 0, Epilogue.NONE);
        }
        return new float[][] {y, dx};
    }

    @Test
    void gradInput_ofStrideOne_givesTheBytesOfAConvolutionWithTheTurnedKernel() {
        for (Geometry g : LARGER) {
            if (g.strideX() > 1) {
                continue; // several convolutions
            }
            Random random = new Random(8);
            float[] w = gaussian(random, weights(g));
            float[] dy = gaussian(random, outputs(g));
            float[] turned = new float[w.length];
            int taps = g.kernelHeight() * g.kernelWidth();
            for (int o = 0; o < g.outChannels(); o++) {
                for (int c = 0; c < g.channels(); c++) {
                    for (int tap = 0; tap < taps; tap++) {
                        turned[(c * g.outChannels() + o) * taps + taps - 1 - tap] =
                                w[(o * g.channels() + c) * taps + tap];
                    }
                }
            }
            Geometry back = Geometry.of(
                    g.images(),
                    g.outHeight(),
                    g.outWidth(),
                    g.outChannels(),
                    g.channels(),
                    g.kernelHeight(),
                    g.kernelWidth(),
                    1,
                    g.kernelHeight() - 1 - g.padTop(),
                    g.kernelWidth() - 1 - g.padLeft(),
                    g.height() - g.outHeight() + g.padTop(),
                    g.width() - g.outWidth() + g.padLeft());
            float[] dx = new float[inputs(g)];
            float[] expected = new float[inputs(g)];
            try (Workers workers = new Workers(2)) {
                float[] packed = new float[Convolution.packedSize(g)];
                Convolution.pack(workers, w, 0, g, packed, 0);
                Convolution.gradInput(workers, g, dy, 0, Packed.floats(packed, 0), dx, 0, Epilogue.NONE);
                float[] own = new float[Convolution.packedSize(back)];
                Convolution.pack(workers, turned, 0, back, own, 0);
                Convolution.forward(workers, back, dy, 0, own, 0, expected, 0, Epilogue.NONE);
            }
            assertThat(dx).as("%s", g).isEqualTo(expected);
        }
    }

    /** Sizes that take each way of computing through more than one block, chunk and panel; and one smaller than its stride. */
    private static final List<Geometry> LARGER = List.of(
            Geometry.of(2, 9, 11, 200, 30, 3, 3, 1, 1, 1, 1, 1),
            Geometry.of(1, 40, 33, 17, 150, 3, 3, 1, 1, 1, 1, 1),
            Geometry.of(3, 16, 16, 40, 3, 3, 3, 1, 1, 1, 1, 1),
            Geometry.of(1, 12, 70, 20, 5, 5, 5, 1, 2, 2, 2, 2),
            Geometry.of(2, 33, 34, 24, 20, 3, 3, 2, 0, 0, 1, 1),
            Geometry.of(1, 30, 30, 4, 60, 3, 3, 1, 1, 1, 1, 1),
            Geometry.of(5, 8, 8, 70, 140, 1, 1, 1, 0, 0, 0, 0),
            Geometry.of(7, 4, 4, 50, 70, 3, 3, 1, 1, 1, 1, 1),
            Geometry.of(1, 28, 28, 3, 20, 14, 14, 14, 0, 0, 0, 0),
            Geometry.of(2, 1, 1, 20, 17, 3, 3, 2, 1, 1, 1, 1));

    // float32 sums of n products of unit variance: each step rounds by 2^-24 of a sum of about sqrt(n)
    private static double tolerance(int n) {
        return 1e-6 * (n + 16);
    }

    static int inputs(Geometry g) {
        return g.images() * g.height() * g.width() * g.channels();
    }

    static int outputs(Geometry g) {
        return g.points() * g.outChannels();
    }

    static int weights(Geometry g) {
        return g.outChannels() * g.depth();
    }

    @FunctionalInterface
    private interface Check {
        void run(Workers workers, Random random, Geometry g, String what);
    }

    private static void eachShape(Check check) {
        long seed = 20251123;
        Random random = new Random(seed);
        try (Workers workers = new Workers(2)) {
            for (int round = 0; round < 60; round++) {
                int kernelHeight = 1 + random.nextInt(4);
                int kernelWidth = random.nextBoolean() ? kernelHeight : 1 + random.nextInt(4);
                int top = random.nextInt(kernelHeight);
                int left = random.nextInt(kernelWidth);
                int bottom = random.nextInt(kernelHeight);
                int right = random.nextInt(kernelWidth);
                Geometry g = Geometry.of(
                        1 + random.nextInt(3),
                        kernelHeight + random.nextInt(12),
                        kernelWidth + random.nextInt(12),
                        1 + random.nextInt(round % 9 == 0 ? 250 : 24),
                        1 + random.nextInt(round % 7 == 0 ? 150 : 24),
                        kernelHeight,
                        kernelWidth,
                        1 + random.nextInt(3),
                        top,
                        left,
                        bottom,
                        right);
                check.run(workers, random, g, "seed " + seed + " round " + round + " " + g);
            }
            for (Geometry g : LARGER) {
                check.run(workers, random, g, "seed " + seed + " " + g);
            }
        }
    }

    @FunctionalInterface
    interface Product {
        void of(int in, int out, int weight);
    }

    /** Every triple of an input, an output and the weight between them. */
    static void eachProduct(Geometry g, Product product) {
        for (int p = 0; p < g.points(); p++) {
            int image = p / (g.outHeight() * g.outWidth());
            int i = p / g.outWidth() % g.outHeight();
            int j = p % g.outWidth();
            for (int u = 0; u < g.kernelHeight(); u++) {
                for (int v = 0; v < g.kernelWidth(); v++) {
                    int y = i * g.strideY() + u - g.padTop();
                    int x = j * g.strideX() + v - g.padLeft();
                    if (y < 0 || y >= g.height() || x < 0 || x >= g.width()) {
                        continue;
                    }
                    for (int o = 0; o < g.outChannels(); o++) {
                        for (int c = 0; c < g.channels(); c++) {
                            int in = ((image * g.height() + y) * g.width() + x) * g.channels() + c;
                            int weight = ((o * g.channels() + c) * g.kernelHeight() + u) * g.kernelWidth() + v;
                            product.of(in, p * g.outChannels() + o, weight);
                        }
                    }
                }
            }
        }
    }
}
