package io.github.cones4j.engine.cpu;

import org.jspecify.annotations.Nullable;

/**
 * What a matrix product does to its sums before they are done with:
 * {@code c = f(alpha * sum + bias[column] + residual[row / repeat, column])}, plus the old c in the brackets where it accumulates.
 */
final class Epilogue {

    /** A function of each element: {@code y[y0 .. y0+n) = f(x[x0 .. x0+n))}; y may be x in the same place. */
    @FunctionalInterface
    interface Activation {
        void apply(float[] x, int x0, float[] y, int y0, int n);
    }

    static final Epilogue NONE = new Epilogue(1, null, 0, null, 0, 0, 1, false, null);

    final float alpha;
    final float @Nullable [] bias;
    final int bias0;
    final float @Nullable [] residual;
    final int residual0;
    final int residualStride;
    final int repeat;
    final boolean accumulate;
    final @Nullable Activation activation;

    private Epilogue(
            float alpha,
            float @Nullable [] bias,
            int bias0,
            float @Nullable [] residual,
            int residual0,
            int residualStride,
            int repeat,
            boolean accumulate,
            @Nullable Activation activation) {
        this.alpha = alpha;
        this.bias = bias;
        this.bias0 = bias0;
        this.residual = residual;
        this.residual0 = residual0;
        this.residualStride = residualStride;
        this.repeat = repeat;
        this.accumulate = accumulate;
        this.activation = activation;
    }

    /** The sums times a factor; bias, residual and old c are not scaled. */
    Epilogue scaled(float factor) {
        return new Epilogue(factor, bias, bias0, residual, residual0, residualStride, repeat, accumulate, activation);
    }

    /** Plus {@code b[b0 + column]}. */
    Epilogue bias(float[] b, int b0) {
        return new Epilogue(alpha, b, b0, residual, residual0, residualStride, repeat, accumulate, activation);
    }

    /** Plus {@code r[r0 + row * stride + column]}; r may be the output itself, in the same place. */
    Epilogue residual(float[] r, int r0, int stride) {
        return residual(r, r0, stride, 1);
    }

    /** Plus {@code r[r0 + row / rows * stride + column]}: the same for that many rows, for instance for those of a picture. */
    Epilogue residual(float[] r, int r0, int stride, int rows) {
        return new Epilogue(alpha, bias, bias0, r, r0, stride, rows, accumulate, activation);
    }

    /** Plus what the output holds. */
    Epilogue accumulate() {
        return new Epilogue(alpha, bias, bias0, residual, residual0, residualStride, repeat, true, activation);
    }

    /** The function of all that. */
    Epilogue then(Activation f) {
        return new Epilogue(alpha, bias, bias0, residual, residual0, residualStride, repeat, accumulate, f);
    }

    /** Where the residual's row for a row of the product begins. */
    int residualRow(int row) {
        return residual0 + (repeat == 1 ? row : row / repeat) * residualStride;
    }
}
