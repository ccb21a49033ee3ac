package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.ConvolutionTest.eachProduct;
import static io.github.cones4j.engine.cpu.ConvolutionTest.inputs;
import static io.github.cones4j.engine.cpu.ConvolutionTest.outputs;
import static io.github.cones4j.engine.cpu.ConvolutionTest.weights;
import static io.github.cones4j.engine.cpu.GemmTest.gaussian;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.cpu.Convolution.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class WinogradTest {

    // each of these runs once per vector width: the build repeats the tests with cones4j.vectorBits set

    @Test
    void multiply_ofOddShapesAndEpilogues_equalsPlainLoops() {
        for (Geometry g : shapes(20261126)) {
            for (int m : new int[] {2, 4}) {
                Random random = new Random(7);
                float[] x = gaussian(random, 3 + inputs(g));
                float[] w = gaussian(random, 2 + weights(g));
                float[] bias = gaussian(random, g.outChannels());
                float[] residual = gaussian(random, outputs(g));
                float[] y = gaussian(random, 1 + outputs(g));
                double[] expected = new double[1 + outputs(g)];
                expected[0] = y[0];
                boolean accumulate = random.nextBoolean();
                for (int i = 0; i < outputs(g); i++) {
                    expected[1 + i] = (double) bias[i % g.outChannels()] + residual[i] + (accumulate ? y[1 + i] : 0);
                }
                Epilogue e = Epilogue.NONE.scaled(0.5f).bias(bias, 0).residual(residual, 0, g.outChannels());
                try (Workers workers = new Workers(2)) {
                    run(workers, g, m, x, 3, w, 2, y, 1, accumulate ? e.accumulate() : e);
                }
                eachProduct(g, (in, out, weight) -> expected[1 + out] += 0.5 * x[3 + in] * w[2 + weight]);
                // rounding errors of transformed numbers, which are up to some ten times larger than sum and weights
                assertThat(error(y, expected)).as("F(%d, 3) of %s", m, g).isLessThan(m == 2 ? 1e-6 : 3e-6);
            }
        }
    }

    @Test
    void multiply_turned_isTheGradientOfTheInput() {
        for (Geometry g : shapes(20261127)) {
            Geometry turned = Convolution.turned(g);
            if (!Winograd.suits(turned)) {
                continue;
            }
            for (int m : new int[] {2, 4}) {
                Random random = new Random(8);
                float[] dy = gaussian(random, outputs(g));
                float[] w = gaussian(random, weights(g));
                float[] dx = new float[inputs(g)];
                Packed packed = Packed.floats(new float[Convolution.packedSize(g)], 0);
                Winograd winograd = new Winograd(turned, m);
                try (Workers workers = new Workers(2)) {
                    Convolution.pack(workers, w, 0, g, packed);
                    Panels panels = Convolution.turned(g, packed, Convolution.order(g), winograd.order());
                    winograd.multiply(workers, dy, 0, panels, new float[winograd.workspace()], 0, dx, 0, Epilogue.NONE);
                }
                double[] expected = new double[inputs(g)];
                eachProduct(g, (in, out, weight) -> expected[in] += (double) dy[out] * w[weight]);
                assertThat(error(dx, expected)).as("F(%d, 3) of %s", m, g).isLessThan(m == 2 ? 1e-6 : 3e-6);
            }
        }
    }

    @Test
    void multiply_atOneTwoAndThreeThreads_givesTheSameBytes() {
        for (Geometry g : shapes(20261128)) {
            for (int m : new int[] {2, 4}) {
                float[] expected = alone(1, g, m);
                assertThat(alone(2, g, m)).as("F(%d, 3) of %s", m, g).isEqualTo(expected);
                assertThat(alone(3, g, m)).as("F(%d, 3) of %s", m, g).isEqualTo(expected);
            }
        }
    }

    @Test
    void multiply_inSeveralBlocksOfTiles_equalsThatOfEachPicture() {
        for (int channels :
                new int[] {16 * Lanes.N, 1024}) { // kernels first; more tiles than the workspace holds at a time
            Geometry one = Geometry.of(1, 64, 60, channels, 5, 3, 3, 1, 1, 1, 1, 1);
            Geometry three = Geometry.of(3, 64, 60, channels, 5, 3, 3, 1, 1, 1, 1, 1);
            Random random = new Random(9);
            float[] x = gaussian(random, inputs(three));
            float[] w = gaussian(random, weights(one));
            float[] all = new float[outputs(three)];
            float[] each = new float[outputs(three)];
            try (Workers workers = new Workers(2)) {
                run(workers, three, 4, x, 0, w, 0, all, 0, Epilogue.NONE);
                for (int i = 0; i < 3; i++) {
                    run(workers, one, 4, x, i * inputs(one), w, 0, each, i * outputs(one), Epilogue.NONE);
                }
            }
            assertThat(all).as("%d channels", channels).isEqualTo(each);
        }
    }

    @Test
    void choose_ofLargePictures_takesTheLargeTiles_andNoneWhereTheyDoNotSuit() {
        assertThat(Winograd.choose(Geometry.of(1, 64, 64, 320, 320, 3, 3, 1, 1, 1, 1, 1), 4))
                .isEqualTo(4);
        assertThat(Winograd.choose(Geometry.of(1, 64, 64, 320, 320, 3, 3, 1, 1, 1, 1, 1), 2))
                .isEqualTo(2);
        assertThat(Winograd.choose(Geometry.of(1, 64, 64, 320, 320, 3, 3, 1, 1, 1, 1, 1), 0))
                .isZero();
        assertThat(Winograd.choose(Geometry.of(1, 64, 64, 320, 320, 3, 3, 2, 1, 1, 1, 1), 4))
                .isZero(); // stride 2
        assertThat(Winograd.choose(Geometry.of(1, 64, 64, 320, 4, 3, 3, 1, 1, 1, 1, 1), 4))
                .isZero(); // few output channels: the transforms cost more than they save
        assertThat(Winograd.choose(Geometry.of(1, 64, 64, 3, 320, 3, 3, 1, 1, 1, 1, 1), 4))
                .isZero(); // no whole vector of channels
    }

    @Test
    void choose_ofABatch_isThatOfOnePicture() {
        for (int side : new int[] {2, 4, 8, 12, 16, 64}) {
            int alone = Winograd.choose(Geometry.of(1, side, side, 320, 320, 3, 3, 1, 1, 1, 1, 1), 4);
            for (int images : new int[] {2, 3, 16}) {
                Geometry g = Geometry.of(images, side, side, 320, 320, 3, 3, 1, 1, 1, 1, 1);
                assertThat(Winograd.choose(g, 4))
                        .as("%d pictures of %d", images, side)
                        .isEqualTo(alone);
            }
        }
    }

    @Test
    void constructor_ofAnotherKernel_throws() {
        Geometry g = Geometry.of(1, 8, 8, 16, 16, 5, 5, 1, 2, 2, 2, 2);
        assertThatThrownBy(() -> new Winograd(g, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F(4, 3)");
    }

    private static float[] alone(int threads, Geometry g, int m) {
        Random random = new Random(6);
        float[] x = gaussian(random, inputs(g));
        float[] w = gaussian(random, weights(g));
        float[] y = new float[outputs(g)];
        try (Workers workers = new Workers(threads)) {
            run(workers, g, m, x, 0, w, 0, y, 0, Epilogue.NONE);
        }
        return y;
    }

    private static void run(
            Workers workers,
            Geometry g,
            int m,
            float[] x,
            int x0,
            float[] w,
            int w0,
            float[] y,
            int y0,
            Epilogue epilogue) {
        Winograd winograd = new Winograd(g, m);
        Packed packed = Packed.floats(new float[5 + Convolution.packedSize(g)], 5);
        float[] work = new float[4 + winograd.workspace()];
        Convolution.pack(workers, w, w0, winograd.order(), packed);
        winograd.multiply(workers, x, x0, Panels.of(packed, winograd.order()), work, 4, y, y0, epilogue);
    }

    /** Sizes with padding on some sides, tiles beyond the edge, channels that fill no panel, several chunks and blocks. */
    private static List<Geometry> shapes(long seed) {
        Random random = new Random(seed);
        List<Geometry> shapes = new ArrayList<>();
        for (int round = 0; round < 30; round++) {
            shapes.add(Geometry.of(
                    1 + random.nextInt(3),
                    3 + random.nextInt(17),
                    3 + random.nextInt(17),
                    Lanes.N * (1 + random.nextInt(4)),
                    1 + random.nextInt(round % 5 == 0 ? 150 : 40),
                    3,
                    3,
                    1,
                    random.nextInt(3),
                    random.nextInt(3),
                    random.nextInt(3),
                    random.nextInt(3)));
        }
        shapes.add(Geometry.of(1, 8, 8, 320, 64, 3, 3, 1, 1, 1, 1, 1));
        shapes.add(Geometry.of(1, 48, 40, 32, 48, 3, 3, 1, 1, 1, 1, 1));
        shapes.add(Geometry.of(2, 37, 34, 144, 50, 3, 3, 1, 1, 1, 1, 1));
        return shapes;
    }

    private static double error(float[] actual, double[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return Math.sqrt(difference / norm);
    }
}
