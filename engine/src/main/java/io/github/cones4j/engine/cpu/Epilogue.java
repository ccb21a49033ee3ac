package io.github.cones4j.engine.cpu;

import org.jspecify.annotations.Nullable;

/**
 * What a matrix product does to its sums before they reach memory: {@code c = alpha * sum + bias[column] + residual[row, column]},
 * plus the old c where it accumulates.
 */
final class Epilogue {

    static final Epilogue NONE = new Epilogue(1, null, 0, null, 0, 0, false);

    final float alpha;
    final float @Nullable [] bias;
    final int bias0;
    final float @Nullable [] residual;
    final int residual0;
    final int residualStride;
    final boolean accumulate;

    private Epilogue(
            float alpha,
            float @Nullable [] bias,
            int bias0,
            float @Nullable [] residual,
            int residual0,
            int residualStride,
            boolean accumulate) {
        this.alpha = alpha;
        this.bias = bias;
        this.bias0 = bias0;
        this.residual = residual;
        this.residual0 = residual0;
        this.residualStride = residualStride;
        this.accumulate = accumulate;
    }

    /** The sums times a factor; bias, residual and old c are not scaled. */
    Epilogue scaled(float factor) {
        return new Epilogue(factor, bias, bias0, residual, residual0, residualStride, accumulate);
    }

    /** Plus {@code b[b0 + column]}. */
    Epilogue bias(float[] b, int b0) {
        return new Epilogue(alpha, b, b0, residual, residual0, residualStride, accumulate);
    }

    /** Plus {@code r[r0 + row * stride + column]}; r may be the output itself, in the same place. */
    Epilogue residual(float[] r, int r0, int stride) {
        return new Epilogue(alpha, bias, bias0, r, r0, stride, accumulate);
    }

    /** Plus what the output holds. */
    Epilogue accumulate() {
        return new Epilogue(alpha, bias, bias0, residual, residual0, residualStride, true);
    }
}
