package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.DOUBLE;
import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;
import static io.github.cones4j.engine.cpu.Lanes.broadcast;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.util.Arrays;
import java.util.function.IntConsumer;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation of NHWC activations {@code [n, hw, c]} (Wu and He 2018, arXiv:1803.08494) and layer normalisation of rows {@code
 * [rows, c]} (Ba et al. 2016, arXiv:1607.06450), forward and backward.
 *
 * <p>Group statistics are summed in float64, channel by channel over blocks of rows, so that the mean may exceed the deviation a
 * thousandfold (sums of gradients: 16 rows in float32, these in float64); the blocks depend on the shape alone and are added in order. Each call allocates its partial sums, two float64 per channel
 * and block. Gradients compute the statistics again instead of keeping them.
 */
final class NormKernels {

    /** Elements per task: large enough to hide the start of a task, small enough to stay in the second-level cache. */
    private static final int TASK = 32_768;

    /** Rows whose sums stay in registers. */
    private static final int ROWS = 16;

    /** Elements that stay in the first-level cache between two loops. */
    private static final int FEW = 2048;

    private static final int HALF = DOUBLE.length();

    private NormKernels() {}

    /** The next multiple of N: per-channel arrays are padded so that only activations need masks. */
    private static int padded(int c) {
        return (c + N - 1) / N * N;
    }

    // ---------------------------------------------------------------- group norm

    /**
     * y = (x - mean) / sqrt(variance + eps) * gamma + beta, mean and (biased) variance over each group of c / groups channels of a
     * sample; with {@code silu}, y = z * sigmoid(z) of that.
     *
     * @param x {@code [n, hw, c]}; y may be the same range
     * @param gamma {@code [c]}
     * @param beta {@code [c]}
     */
    static void groupNorm(
            Workers workers,
            float[] x,
            int x0,
            float[] gamma,
            int gamma0,
            float[] beta,
            int beta0,
            int n,
            int hw,
            int c,
            int groups,
            float eps,
            boolean silu,
            float[] y,
            int y0) {
        GroupBlocks g = new GroupBlocks(n, hw, c, groups);
        double[] sums = new double[g.sumsLength()];
        float[] affine = new float[n * 4 * g.cPad];
        Workers.Task statistics = (task, worker) -> {
            int rows = g.rowsOf(task);
            moments(x, x0 + g.firstElementOf(task), rows, c, sums, g.sumsOf(task), g.cPad);
        };
        Workers.Task normalise = (task, worker) -> {
            int at = g.firstElementOf(task);
            int a0 = g.sampleOf(task) * 4 * g.cPad;
            int rows = g.rowsOf(task);
            if (silu) {
                applyAffineAndSilu(x, x0 + at, affine, a0, rows, c, g.cPad, y, y0 + at);
            } else {
                applyAffine(x, x0 + at, affine, a0, rows, c, g.cPad, y, y0 + at);
            }
        };
        g.run(
                workers,
                statistics,
                sample -> {
                    g.mergeBlocks(sums, sample);
                    affineOf(g, sums, sample, gamma, gamma0, beta, beta0, eps, affine);
                },
                normalise);
    }

    /** How a group norm is cut: blocks of whole rows within a sample, by the shape alone. */
    private record GroupBlocks(int n, int hw, int c, int groups, int cPad, int rows, int blocks) {

        GroupBlocks(int n, int hw, int c, int groups) {
            this(n, hw, c, groups, padded(c), Math.clamp(TASK / Math.max(1, c), 1, Math.max(1, hw)));
        }

        private GroupBlocks(int n, int hw, int c, int groups, int cPad, int rows) {
            this(n, hw, c, groups, cPad, rows, (hw + rows - 1) / rows);
        }

        int sampleOf(int task) {
            return task / blocks;
        }

        int rowsOf(int task) {
            return Math.min(rows, hw - task % blocks * rows);
        }

        int firstElementOf(int task) {
            return (sampleOf(task) * hw + task % blocks * rows) * c;
        }

        /** Two sums per channel and task; those of a sample lie one after the other. */
        int sumsOf(int task) {
            return task * 2 * cPad;
        }

        int sumsLength() {
            return n * blocks * 2 * cPad;
        }

        /** The first pass over all blocks, then the sums of each sample, then the second pass; sample by sample where each is one block. */
        void run(Workers workers, Workers.Task first, IntConsumer merge, Workers.Task second) {
            if (blocks == 1) {
                workers.run(n, (task, worker) -> {
                    first.run(task, worker);
                    merge.accept(task);
                    second.run(task, worker);
                });
            } else {
                reduce(workers, first, merge);
                workers.run(n * blocks, second);
            }
        }

        /** A pass over all blocks, then the sums of each sample. */
        void reduce(Workers workers, Workers.Task pass, IntConsumer merge) {
            workers.run(n * blocks, pass);
            for (int sample = 0; sample < n; sample++) {
                merge.accept(sample);
            }
        }

        /** Adds the sums of a sample's blocks to those of its first. */
        void mergeBlocks(double[] sums, int sample) {
            int to = sumsOf(sample * blocks);
            for (int block = 1; block < blocks; block++) {
                int from = sumsOf(sample * blocks + block);
                addSums(sums, from, to, 2 * cPad);
            }
        }
    }

    /** sums[to ..] += sums[from ..], whole vectors of float32 long. */
    private static void addSums(double[] sums, int from, int to, int n) {
        for (int i = 0; i < n; i += HALF) {
            DoubleVector.fromArray(DOUBLE, sums, to + i)
                    .add(DoubleVector.fromArray(DOUBLE, sums, from + i))
                    .intoArray(sums, to + i);
        }
    }

    /** sums[ch] = the sum of x over rows, sums[cPad + ch] = the sum of x^2. */
    private static void moments(float[] x, int x0, int rows, int c, double[] sums, int s0, int cPad) {
        Arrays.fill(sums, s0, s0 + 2 * cPad, 0);
        for (int first = 0; first < rows; first += ROWS) {
            int end = x0 + Math.min(rows, first + ROWS) * c;
            for (int ch = 0; ch < c; ch += N) {
                VectorMask<Float> valid = FLOAT.indexInRange(ch, c);
                int at = s0 + ch;
                DoubleVector sum0 = DoubleVector.fromArray(DOUBLE, sums, at);
                DoubleVector sum1 = DoubleVector.fromArray(DOUBLE, sums, at + HALF);
                DoubleVector square0 = DoubleVector.fromArray(DOUBLE, sums, at + cPad);
                DoubleVector square1 = DoubleVector.fromArray(DOUBLE, sums, at + cPad + HALF);
                for (int i = x0 + first * c + ch; i < end; i += c) {
                    FloatVector v = FloatVector.fromArray(FLOAT, x, i, valid);
                    DoubleVector v0 = (DoubleVector) v.convertShape(F2D, DOUBLE, 0);
                    DoubleVector v1 = (DoubleVector) v.convertShape(F2D, DOUBLE, 1);
                    sum0 = sum0.add(v0);
                    sum1 = sum1.add(v1);
                    square0 = v0.fma(v0, square0);
                    square1 = v1.fma(v1, square1);
                }
                sum0.intoArray(sums, at);
                sum1.intoArray(sums, at + HALF);
                square0.intoArray(sums, at + cPad);
                square1.intoArray(sums, at + cPad + HALF);
            }
        }
    }

    /** From a sample's sums to four numbers per channel: mean, gamma / deviation, beta, 1 / deviation. */
    private static void affineOf(
            GroupBlocks g,
            double[] sums,
            int sample,
            float[] gamma,
            int gamma0,
            float[] beta,
            int beta0,
            float eps,
            float[] affine) {
        int s0 = g.sumsOf(sample * g.blocks);
        int a0 = sample * 4 * g.cPad;
        int perGroup = g.c / g.groups;
        double count = (double) g.hw * perGroup;
        for (int first = 0; first < g.c; first += perGroup) {
            double sum = 0;
            double squares = 0;
            for (int ch = first; ch < first + perGroup; ch++) {
                sum += sums[s0 + ch];
                squares += sums[s0 + g.cPad + ch];
            }
            double mean = sum / count;
            double variance = Math.max(0, squares / count - mean * mean);
            double scale = 1 / Math.sqrt(variance + eps);
            for (int ch = first; ch < first + perGroup; ch++) {
                affine[a0 + ch] = (float) mean;
                affine[a0 + g.cPad + ch] = (float) (scale * gamma[gamma0 + ch]);
                affine[a0 + 2 * g.cPad + ch] = beta[beta0 + ch];
                affine[a0 + 3 * g.cPad + ch] = (float) scale;
            }
        }
    }

    /** y = (x - mean) * scale + beta. */
    private static void applyAffine(
            float[] x, int x0, float[] affine, int a0, int rows, int c, int cPad, float[] y, int y0) {
        for (int row = 0; row < rows; row++) {
            int at = row * c;
            for (int ch = 0; ch < c; ch += N) {
                VectorMask<Float> valid = FLOAT.indexInRange(0, c - ch);
                FloatVector v = FloatVector.fromArray(FLOAT, x, x0 + at + ch, valid);
                FloatVector mean = FloatVector.fromArray(FLOAT, affine, a0 + ch);
                FloatVector scale = FloatVector.fromArray(FLOAT, affine, a0 + cPad + ch);
                FloatVector beta = FloatVector.fromArray(FLOAT, affine, a0 + 2 * cPad + ch);
                v.sub(mean).fma(scale, beta).intoArray(y, y0 + at + ch, valid);
            }
        }
    }

    /**
     * y = z * sigmoid(z) with z = (x - mean) * scale + beta, z and y a few rows at a time, so that z stays in the first-level cache: one
     * loop for both is longer than the compiler inlines.
     */
    private static void applyAffineAndSilu(
            float[] x, int x0, float[] affine, int a0, int rows, int c, int cPad, float[] y, int y0) {
        int few = fewRows(c);
        for (int row = 0; row < rows; row += few) {
            int n = Math.min(few, rows - row);
            int at = row * c;
            applyAffine(x, x0 + at, affine, a0, n, c, cPad, y, y0 + at);
            ElementwiseKernels.silu(y, y0 + at, y, y0 + at, n * c);
        }
    }

    /** How many rows stay in the first-level cache. */
    private static int fewRows(int c) {
        return Math.max(1, FEW / Math.max(1, c));
    }

    /**
     * The gradients of {@link #groupNorm}; each output may be left out. With z the value before SiLU, dz = dy * silu'(z) or dy, and x' = (x -
     * mean) / deviation:
     *
     * <pre>
     *   dbeta = sum of dz    dgamma = sum of dz x'    over samples and pixels
     *   dx = (gamma dz - a - x' b) / deviation,       a and b the means of gamma dz and gamma dz x' over the group
     * </pre>
     *
     * @param x {@code [n, hw, c]}, the input of the forward pass
     * @param dy {@code [n, hw, c]}
     * @param dx {@code [n, hw, c]}, not the range of x; may be that of dy
     * @param dgamma {@code [c]}
     * @param dbeta {@code [c]}
     */
    static void groupNormGradient(
            Workers workers,
            float[] x,
            int x0,
            float[] gamma,
            int gamma0,
            float[] beta,
            int beta0,
            float[] dy,
            int dy0,
            int n,
            int hw,
            int c,
            int groups,
            float eps,
            boolean silu,
            float @Nullable [] dx,
            int dx0,
            float @Nullable [] dgamma,
            int dgamma0,
            float @Nullable [] dbeta,
            int dbeta0) {
        GroupBlocks g = new GroupBlocks(n, hw, c, groups);
        double[] sums = new double[g.sumsLength()];
        float[] affine = new float[n * 4 * g.cPad];
        Workers.Task statistics = (task, worker) ->
                moments(x, x0 + g.firstElementOf(task), g.rowsOf(task), c, sums, g.sumsOf(task), g.cPad);
        g.reduce(workers, statistics, sample -> {
            g.mergeBlocks(sums, sample);
            affineOf(g, sums, sample, gamma, gamma0, beta, beta0, eps, affine);
        });

        float[] shares = new float[n * 2 * g.cPad];
        Workers.Task reduce = (task, worker) -> {
            int at = g.firstElementOf(task);
            int a0 = g.sampleOf(task) * 4 * g.cPad;
            int rows = g.rowsOf(task);
            int s0 = g.sumsOf(task);
            if (silu) {
                int room = fewRows(c) * c;
                float[] scratch = workers.scratch(worker, room + (dx != null ? 0 : rows * c));
                float[] dz = dx != null ? dx : scratch;
                int dz0 = dx != null ? dx0 + at : Workers.ALIGNED + room;
                throughSilu(x, x0 + at, dy, dy0 + at, affine, a0, rows, c, g.cPad, scratch, Workers.ALIGNED, dz, dz0);
                gradientMoments(x, x0 + at, dz, dz0, affine, a0, rows, c, sums, s0, g.cPad);
            } else {
                gradientMoments(x, x0 + at, dy, dy0 + at, affine, a0, rows, c, sums, s0, g.cPad);
            }
        };
        Workers.Task differentiate = (task, worker) -> {
            if (dx != null) {
                int at = g.firstElementOf(task);
                int a0 = g.sampleOf(task) * 4 * g.cPad;
                float[] dz = silu ? dx : dy;
                int dz0 = (silu ? dx0 : dy0) + at;
                inputGradient(x, x0 + at, dz, dz0, affine, a0, shares, a0 / 2, g.rowsOf(task), c, g.cPad, dx, dx0 + at);
            }
        };
        g.run(
                workers,
                reduce,
                sample -> {
                    g.mergeBlocks(sums, sample);
                    sharesOf(g, sums, sample, gamma, gamma0, affine, shares);
                },
                differentiate);

        for (int ch = 0; ch < c; ch++) {
            double sum = 0;
            double product = 0;
            for (int sample = 0; sample < n; sample++) {
                int s0 = g.sumsOf(sample * g.blocks) + ch;
                sum += sums[s0];
                product += sums[s0 + g.cPad];
            }
            if (dbeta != null) {
                dbeta[dbeta0 + ch] = (float) sum;
            }
            if (dgamma != null) {
                dgamma[dgamma0 + ch] = (float) product;
            }
        }
    }

    /** dz = dy * silu'(z) with z = (x - mean) * scale + beta, of which {@code z} has room for {@link #fewRows}. */
    private static void throughSilu(
            float[] x,
            int x0,
            float[] dy,
            int dy0,
            float[] affine,
            int a0,
            int rows,
            int c,
            int cPad,
            float[] z,
            int z0,
            float[] dz,
            int dz0) {
        int few = fewRows(c);
        for (int row = 0; row < rows; row += few) {
            int n = Math.min(few, rows - row);
            int at = row * c;
            applyAffine(x, x0 + at, affine, a0, n, c, cPad, z, z0);
            ElementwiseKernels.siluGradient(z, z0, dy, dy0 + at, dz, dz0 + at, n * c);
        }
    }

    /** sums[ch] = the sum of dz over rows, sums[cPad + ch] = the sum of dz (x - mean). */
    private static void gradientMoments(
            float[] x,
            int x0,
            float[] dz,
            int dz0,
            float[] affine,
            int a0,
            int rows,
            int c,
            double[] sums,
            int s0,
            int cPad) {
        Arrays.fill(sums, s0, s0 + 2 * cPad, 0);
        for (int first = 0; first < rows; first += ROWS) {
            int end = Math.min(rows, first + ROWS) * c;
            for (int ch = 0; ch < c; ch += N) {
                VectorMask<Float> valid = FLOAT.indexInRange(ch, c);
                FloatVector mean = FloatVector.fromArray(FLOAT, affine, a0 + ch);
                FloatVector sum = FloatVector.zero(FLOAT);
                FloatVector product = FloatVector.zero(FLOAT);
                for (int i = first * c + ch; i < end; i += c) {
                    FloatVector d = FloatVector.fromArray(FLOAT, dz, dz0 + i, valid);
                    FloatVector v = FloatVector.fromArray(FLOAT, x, x0 + i, valid);
                    sum = sum.add(d);
                    product = v.sub(mean).fma(d, product);
                }
                add(sum, sums, s0 + ch);
                add(product, sums, s0 + cPad + ch);
            }
        }
    }

    /** sums[at ..] += v: few enough summands in float32, before they meet those of other rows. */
    private static void add(FloatVector v, double[] sums, int at) {
        DoubleVector low = (DoubleVector) v.convertShape(F2D, DOUBLE, 0);
        DoubleVector high = (DoubleVector) v.convertShape(F2D, DOUBLE, 1);
        low.add(DoubleVector.fromArray(DOUBLE, sums, at)).intoArray(sums, at);
        high.add(DoubleVector.fromArray(DOUBLE, sums, at + HALF)).intoArray(sums, at + HALF);
    }

    /** From a sample's sums to each channel's share in dx that does not depend on dz: -a / deviation and -b / deviation^2. */
    private static void sharesOf(
            GroupBlocks g, double[] sums, int sample, float[] gamma, int gamma0, float[] affine, float[] shares) {
        int s0 = g.sumsOf(sample * g.blocks);
        int inverse0 = (sample * 4 + 3) * g.cPad;
        int perGroup = g.c / g.groups;
        double count = (double) g.hw * perGroup;
        for (int first = 0; first < g.c; first += perGroup) {
            double inverse = affine[inverse0 + first];
            double a = 0;
            double b = 0;
            for (int ch = first; ch < first + perGroup; ch++) {
                sums[s0 + g.cPad + ch] *= inverse;
                a += gamma[gamma0 + ch] * sums[s0 + ch];
                b += gamma[gamma0 + ch] * sums[s0 + g.cPad + ch];
            }
            for (int ch = first; ch < first + perGroup; ch++) {
                shares[sample * 2 * g.cPad + ch] = (float) (-inverse * a / count);
                shares[(sample * 2 + 1) * g.cPad + ch] = (float) (-inverse * inverse * b / count);
            }
        }
    }

    private static void inputGradient(
            float[] x,
            int x0,
            float[] dz,
            int dz0,
            float[] affine,
            int a0,
            float[] shares,
            int s0,
            int rows,
            int c,
            int cPad,
            float[] dx,
            int dx0) {
        for (int row = 0; row < rows; row++) {
            int at = row * c;
            for (int ch = 0; ch < c; ch += N) {
                VectorMask<Float> valid = Lanes.first(c - ch);
                FloatVector d = FloatVector.fromArray(FLOAT, dz, dz0 + at + ch, valid);
                FloatVector v =
                        FloatVector.fromArray(FLOAT, x, x0 + at + ch, valid).sub(Lanes.load(affine, a0 + ch));
                FloatVector shared = v.fma(Lanes.load(shares, s0 + cPad + ch), Lanes.load(shares, s0 + ch));
                d.fma(Lanes.load(affine, a0 + cPad + ch), shared).intoArray(dx, dx0 + at + ch, valid);
            }
        }
    }

    // ---------------------------------------------------------------- layer norm

    /**
     * y = (x - mean) / sqrt(variance + eps) * gamma + beta, mean and (biased) variance of each row.
     *
     * @param x {@code [rows, c]}; y may be the same range
     * @param gamma {@code [c]}
     * @param beta {@code [c]}
     */
    static void layerNorm(
            Workers workers,
            float[] x,
            int x0,
            float[] gamma,
            int gamma0,
            float[] beta,
            int beta0,
            int rows,
            int c,
            float eps,
            float[] y,
            int y0) {
        int perTask = Math.clamp(TASK / Math.max(1, c), 1, 256);
        workers.run((rows + perTask - 1) / perTask, (task, worker) -> {
            int end = Math.min(rows, (task + 1) * perTask);
            for (int row = task * perTask; row < end; row++) {
                normaliseRow(x, x0 + row * c, gamma, gamma0, beta, beta0, c, eps, y, y0 + row * c);
            }
        });
    }

    private static void normaliseRow(
            float[] x,
            int x0,
            float[] gamma,
            int gamma0,
            float[] beta,
            int beta0,
            int c,
            float eps,
            float[] y,
            int y0) {
        float mean = (float) (ReduceKernels.sum(x, x0, c) / c);
        FloatVector shift = FloatVector.broadcast(FLOAT, mean);
        FloatVector scale = FloatVector.broadcast(FLOAT, inverseDeviation(x, x0, c, mean, eps));
        for (int ch = 0; ch < c; ch += N) {
            VectorMask<Float> valid = FLOAT.indexInRange(0, c - ch);
            FloatVector v = FloatVector.fromArray(FLOAT, x, x0 + ch, valid);
            FloatVector g = FloatVector.fromArray(FLOAT, gamma, gamma0 + ch, valid);
            FloatVector b = FloatVector.fromArray(FLOAT, beta, beta0 + ch, valid);
            v.sub(shift).mul(scale).fma(g, b).intoArray(y, y0 + ch, valid);
        }
    }

    /** 1 / sqrt(variance + eps), the variance of one row around its mean. */
    private static float inverseDeviation(float[] x, int x0, int c, float mean, float eps) {
        return (float) (1 / Math.sqrt(ReduceKernels.sumOfSquaresAround(mean, x, x0, c) / c + eps));
    }

    /**
     * The gradients of {@link #layerNorm}; each output may be left out. With x' = (x - mean) / deviation:
     *
     * <pre>
     *   dbeta = sum of dy    dgamma = sum of dy x'    over rows
     *   dx = (gamma dy - a - x' b) / deviation,       a and b the means of gamma dy and gamma dy x' over the row
     * </pre>
     *
     * @param x {@code [rows, c]}, the input of the forward pass
     * @param dy {@code [rows, c]}
     * @param dx {@code [rows, c]}, not the range of x; may be that of dy
     * @param dgamma {@code [c]}
     * @param dbeta {@code [c]}
     */
    static void layerNormGradient(
            Workers workers,
            float[] x,
            int x0,
            float[] gamma,
            int gamma0,
            float[] dy,
            int dy0,
            int rows,
            int c,
            float eps,
            float @Nullable [] dx,
            int dx0,
            float @Nullable [] dgamma,
            int dgamma0,
            float @Nullable [] dbeta,
            int dbeta0) {
        // at most 64 blocks, so that their partial sums stay small, and at least 16 rows in each
        int perTask = Math.max(16, (rows + 63) / 64);
        int tasks = (rows + perTask - 1) / perTask;
        int cPad = padded(c);
        boolean parameters = dgamma != null || dbeta != null;
        double[] sums = new double[parameters ? Math.max(1, tasks) * 2 * cPad : 0];
        workers.run(tasks, (task, worker) -> {
            float[] normal = workers.scratch(worker, 2 * ROWS);
            int end = Math.min(rows, (task + 1) * perTask);
            for (int first = task * perTask; first < end; first += ROWS) {
                int count = Math.min(ROWS, end - first);
                for (int i = 0; i < count; i++) {
                    int xr = x0 + (first + i) * c;
                    float mean = (float) (ReduceKernels.sum(x, xr, c) / c);
                    normal[2 * i] = mean;
                    normal[2 * i + 1] = inverseDeviation(x, xr, c, mean, eps);
                }
                int at = first * c;
                if (parameters) {
                    addRowProducts(x, x0 + at, dy, dy0 + at, normal, count, c, sums, task * 2 * cPad, cPad);
                }
                for (int i = 0; i < count && dx != null; i++) {
                    int row = at + i * c;
                    float mean = normal[2 * i];
                    rowGradient(x, x0 + row, gamma, gamma0, dy, dy0 + row, c, mean, normal[2 * i + 1], dx, dx0 + row);
                }
            }
        });
        for (int task = 1; task < tasks && parameters; task++) {
            addSums(sums, task * 2 * cPad, 0, 2 * cPad);
        }
        for (int ch = 0; ch < c; ch++) {
            if (dbeta != null) {
                dbeta[dbeta0 + ch] = (float) sums[ch];
            }
            if (dgamma != null) {
                dgamma[dgamma0 + ch] = (float) sums[cPad + ch];
            }
        }
    }

    /** sums[ch] += dy, sums[cPad + ch] += dy x' over {@code count} rows, whose means and 1 / deviations alternate in {@code normal}. */
    private static void addRowProducts(
            float[] x, int x0, float[] dy, int dy0, float[] normal, int count, int c, double[] sums, int s0, int cPad) {
        for (int ch = 0; ch < c; ch += N) {
            VectorMask<Float> valid = FLOAT.indexInRange(ch, c);
            FloatVector sum = FloatVector.zero(FLOAT);
            FloatVector product = FloatVector.zero(FLOAT);
            for (int i = 0; i < count; i++) {
                FloatVector d = FloatVector.fromArray(FLOAT, dy, dy0 + i * c + ch, valid);
                FloatVector v = FloatVector.fromArray(FLOAT, x, x0 + i * c + ch, valid);
                sum = sum.add(d);
                product = v.sub(normal[2 * i]).mul(normal[2 * i + 1]).fma(d, product);
            }
            add(sum, sums, s0 + ch);
            add(product, sums, s0 + cPad + ch);
        }
    }

    private static void rowGradient(
            float[] x,
            int x0,
            float[] gamma,
            int gamma0,
            float[] dy,
            int dy0,
            int c,
            float mean,
            float scale,
            float[] dx,
            int dx0) {
        FloatVector sum = broadcast(0f);
        FloatVector product = broadcast(0f);
        for (int ch = 0; ch < c; ch += N) {
            VectorMask<Float> valid = Lanes.first(c - ch);
            FloatVector v = FloatVector.fromArray(FLOAT, x, x0 + ch, valid);
            FloatVector d = FloatVector.fromArray(FLOAT, gamma, gamma0 + ch, valid)
                    .mul(FloatVector.fromArray(FLOAT, dy, dy0 + ch, valid));
            sum = sum.add(d);
            product = v.sub(mean).fma(d, product);
        }
        FloatVector a = broadcast(Lanes.sum(sum) / c);
        FloatVector b = broadcast(Lanes.sum(product) / c * scale * scale);
        for (int ch = 0; ch < c; ch += N) {
            VectorMask<Float> valid = Lanes.first(c - ch);
            FloatVector v = FloatVector.fromArray(FLOAT, x, x0 + ch, valid);
            FloatVector d = FloatVector.fromArray(FLOAT, gamma, gamma0 + ch, valid)
                    .mul(FloatVector.fromArray(FLOAT, dy, dy0 + ch, valid));
            d.sub(a).sub(v.sub(mean).mul(b)).mul(scale).intoArray(dx, dx0 + ch, valid);
        }
    }
}
