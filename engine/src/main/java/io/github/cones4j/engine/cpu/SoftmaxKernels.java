package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;
import static io.github.cones4j.engine.cpu.Lanes.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Softmax and its logarithm over the rows of {@code [rows, n]}, forward and backward. The largest element of a row is taken off first,
 * so that nothing overflows; sums are float32 within blocks of {@link ReduceKernels#BLOCK}, float64 across. A row whose elements are all
 * negative infinity gives NaN.
 */
final class SoftmaxKernels {

    /** Elements per task. */
    private static final int TASK = 16_384;

    private SoftmaxKernels() {}

    @FunctionalInterface
    private interface Row {
        void run(int row);
    }

    private static void forEachRow(Workers workers, int rows, int n, Row kernel) {
        int perTask = Math.clamp(TASK / Math.max(1, n), 1, 1024);
        workers.run((rows + perTask - 1) / perTask, (task, worker) -> {
            int end = Math.min(rows, (task + 1) * perTask);
            for (int row = task * perTask; row < end; row++) {
                kernel.run(row);
            }
        });
    }

    /** y = e^x / the sum of e^x over the row; y may be the range of x. */
    static void softmax(Workers workers, float[] x, int x0, int rows, int n, float[] y, int y0) {
        forEachRow(workers, rows, n, row -> {
            int to = y0 + row * n;
            double sum = expAndSum(x, x0 + row * n, n, ReduceKernels.max(x, x0 + row * n, n), y, to);
            ElementwiseKernels.mul(y, to, (float) (1 / sum), y, to, n);
        });
    }

    /** y = e^(x - max), and the sum of it. */
    private static double expAndSum(float[] x, int x0, int n, float max, float[] y, int y0) {
        double total = 0;
        for (int i = 0; i < n; i += ReduceKernels.BLOCK) {
            total += blockExpAndSum(x, x0 + i, Math.min(ReduceKernels.BLOCK, n - i), max, y, y0 + i);
        }
        return total;
    }

    private static float blockExpAndSum(float[] x, int x0, int n, float max, float[] y, int y0) {
        FloatVector sum = broadcast(0f);
        FloatVector shift = broadcast(max);
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector e = VectorMath.expWithoutDenormals(
                    FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid).sub(shift));
            e.intoArray(y, y0 + i, valid);
            sum = sum.add(e, valid);
        }
        return Lanes.sum(sum);
    }

    /** dx = y (dy - the sum of dy y over the row), y the forward result; dx may be the range of y or dy. */
    static void softmaxGradient(
            Workers workers, float[] y, int y0, float[] dy, int dy0, int rows, int n, float[] dx, int dx0) {
        forEachRow(workers, rows, n, row -> {
            int at = row * n;
            float inner = (float) ReduceKernels.dot(y, y0 + at, dy, dy0 + at, n);
            for (int i = at; i < at + n; i += N) {
                VectorMask<Float> valid = Lanes.first(at + n - i);
                FloatVector p = FloatVector.fromArray(Lanes.FLOAT, y, y0 + i, valid);
                FloatVector d = FloatVector.fromArray(Lanes.FLOAT, dy, dy0 + i, valid);
                d.sub(inner).mul(p).intoArray(dx, dx0 + i, valid);
            }
        });
    }

    /** y = x - ln(the sum of e^x over the row); y may be the range of x. */
    static void logSoftmax(Workers workers, float[] x, int x0, int rows, int n, float[] y, int y0) {
        forEachRow(workers, rows, n, row -> {
            int at = row * n;
            float max = ReduceKernels.max(x, x0 + at, n);
            double total = 0;
            for (int i = 0; i < n; i += ReduceKernels.BLOCK) {
                total += blockSumOfExp(x, x0 + at + i, Math.min(ReduceKernels.BLOCK, n - i), max);
            }
            float log = (float) StrictMath.log(total);
            for (int i = at; i < at + n; i += N) {
                VectorMask<Float> valid = Lanes.first(at + n - i);
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
                v.sub(max).sub(log).intoArray(y, y0 + i, valid);
            }
        });
    }

    private static float blockSumOfExp(float[] x, int x0, int n, float max) {
        FloatVector sum = broadcast(0f);
        FloatVector shift = broadcast(max);
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            sum = sum.add(VectorMath.expWithoutDenormals(v.sub(shift)), valid);
        }
        return Lanes.sum(sum);
    }

    /** dx = dy - e^y times the sum of dy over the row, y the forward result; dx may be the range of y or dy. */
    static void logSoftmaxGradient(
            Workers workers, float[] y, int y0, float[] dy, int dy0, int rows, int n, float[] dx, int dx0) {
        forEachRow(workers, rows, n, row -> {
            int at = row * n;
            float sum = (float) ReduceKernels.sum(dy, dy0 + at, n);
            for (int i = at; i < at + n; i += N) {
                VectorMask<Float> valid = Lanes.first(at + n - i);
                FloatVector p = VectorMath.expWithoutDenormals(FloatVector.fromArray(Lanes.FLOAT, y, y0 + i, valid));
                FloatVector d = FloatVector.fromArray(Lanes.FLOAT, dy, dy0 + i, valid);
                d.sub(p.mul(sum)).intoArray(dx, dx0 + i, valid);
            }
        });
    }
}
