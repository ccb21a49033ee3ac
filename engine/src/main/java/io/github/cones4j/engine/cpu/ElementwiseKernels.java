package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;
import static io.github.cones4j.engine.cpu.Lanes.broadcast;
import static io.github.cones4j.engine.cpu.Lanes.load;
import static io.github.cones4j.engine.cpu.Lanes.store;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Elementwise kernels over ranges: {@code y[y0 .. y0+n) = f(x[x0 .. x0+n), ...)}. An output may be one of the inputs at the same
 * offset. The last, partial vector is computed with the same operations under a mask, so an element's bits do not depend on its place.
 * Accuracy and special values are those of {@link VectorMath}.
 *
 * <p>Every kernel is its own loop: one loop shared by several functions would be compiled with calls in it, and box every vector.
 * The longer functions are written once, under a mask also for whole vectors: with a second copy for the rest the longest exceed what
 * the compiler inlines, and take six times as long.
 */
final class ElementwiseKernels {

    private ElementwiseKernels() {}

    /** y = e^x. */
    static void exp(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.exp(v).intoArray(y, y0 + i, valid);
        }
    }

    /** y = ln x. */
    static void log(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.log(v).intoArray(y, y0 + i, valid);
        }
    }

    /** y = sin x; beyond {@link VectorMath#TRIGONOMETRIC_LIMIT} one element at a time by {@link StrictMath}. */
    static void sin(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMask<Float> far = v.abs().compare(GT, VectorMath.TRIGONOMETRIC_LIMIT);
            VectorMath.sin(v).intoArray(y, y0 + i, valid.andNot(far));
            if (far.anyTrue()) {
                for (int j = i; j < Math.min(n, i + N); j++) {
                    if (Math.abs(x[x0 + j]) > VectorMath.TRIGONOMETRIC_LIMIT) {
                        y[y0 + j] = (float) StrictMath.sin(x[x0 + j]);
                    }
                }
            }
        }
    }

    /** y = cos x; beyond {@link VectorMath#TRIGONOMETRIC_LIMIT} one element at a time by {@link StrictMath}. */
    static void cos(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMask<Float> far = v.abs().compare(GT, VectorMath.TRIGONOMETRIC_LIMIT);
            VectorMath.cos(v).intoArray(y, y0 + i, valid.andNot(far));
            if (far.anyTrue()) {
                for (int j = i; j < Math.min(n, i + N); j++) {
                    if (Math.abs(x[x0 + j]) > VectorMath.TRIGONOMETRIC_LIMIT) {
                        y[y0 + j] = (float) StrictMath.cos(x[x0 + j]);
                    }
                }
            }
        }
    }

    /** y = tanh x. */
    static void tanh(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.tanh(v).intoArray(y, y0 + i, valid);
        }
    }

    /** y = erf x. */
    static void erf(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.erf(v).intoArray(y, y0 + i, valid);
        }
    }

    /** y = 1 / (1 + e^-x). */
    static void sigmoid(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.sigmoid(v).intoArray(y, y0 + i, valid);
        }
    }

    /**
     * y = x * sigmoid(x) (SiLU; Elfwing et al. 2017, arXiv:1702.03118); NaN at -infinity. With
     * {@link VectorMath#expWithoutDenormals} written out: a part of {@link NormKernels}' long kernels, in which the compiler would not
     * inline it.
     */
    static void silu(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            FloatVector c = v.neg();
            c = c.blend(VectorMath.LOWEST, c.compare(LT, VectorMath.LOWEST));
            c = c.blend(VectorMath.HIGHEST, c.compare(GT, VectorMath.HIGHEST));
            FloatVector shifted = c.lanewise(FMA, VectorMath.LOG2_E, VectorMath.ROUND_BIASED);
            FloatVector whole = shifted.sub(VectorMath.ROUND_BIASED);
            FloatVector r = whole.lanewise(FMA, -VectorMath.LN_2_HIGH, c);
            r = whole.lanewise(FMA, -VectorMath.LN_2_LOW, r);
            FloatVector p = VectorMath.EXP_4.fma(r, VectorMath.EXP_3);
            p = p.fma(r, VectorMath.EXP_2);
            p = p.fma(r, VectorMath.EXP_1);
            p = p.fma(r, VectorMath.EXP_0);
            p = p.mul(r).fma(r, r).add(1f);
            FloatVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats();
            v.div(p.mul(power).add(1f)).intoArray(y, y0 + i, valid);
        }
    }

    /** y = x * (1 + erf(x / sqrt 2)) / 2. */
    static void gelu(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.gelu(v).intoArray(y, y0 + i, valid);
        }
    }

    /** y = x * sigmoid(1.702 x). */
    static void quickGelu(float[] x, int x0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid);
            VectorMath.quickGelu(v).intoArray(y, y0 + i, valid);
        }
    }

    /** y = sqrt x, correctly rounded; NaN below 0. */
    static void sqrt(float[] x, int x0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).sqrt().intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).sqrt(), y, y0 + i, n - i);
        }
    }

    /** y = 1 / sqrt x, two roundings. */
    static void rsqrt(float[] x, int x0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            broadcast(1f).div(load(x, x0 + i).sqrt()).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(broadcast(1f).div(load(x, x0 + i, n - i).sqrt()), y, y0 + i, n - i);
        }
    }

    /** y = 1 / x. */
    static void reciprocal(float[] x, int x0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            broadcast(1f).div(load(x, x0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(broadcast(1f).div(load(x, x0 + i, n - i)), y, y0 + i, n - i);
        }
    }

    /** y = -x. */
    static void negate(float[] x, int x0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).neg().intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).neg(), y, y0 + i, n - i);
        }
    }

    /** y = |x|. */
    static void abs(float[] x, int x0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).abs().intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).abs(), y, y0 + i, n - i);
        }
    }

    /** dx = dy * d(x * sigmoid(x))/dx. */
    static void siluGradient(float[] x, int x0, float[] dy, int dy0, float[] dx, int dx0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector slope = VectorMath.siluSlope(FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid));
            FloatVector.fromArray(Lanes.FLOAT, dy, dy0 + i, valid).mul(slope).intoArray(dx, dx0 + i, valid);
        }
    }

    /** dx = dy * d(x * Phi(x))/dx. */
    static void geluGradient(float[] x, int x0, float[] dy, int dy0, float[] dx, int dx0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector slope = VectorMath.geluSlope(FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid));
            FloatVector.fromArray(Lanes.FLOAT, dy, dy0 + i, valid).mul(slope).intoArray(dx, dx0 + i, valid);
        }
    }

    /** dx = dy * d(x * sigmoid(1.702 x))/dx. */
    static void quickGeluGradient(float[] x, int x0, float[] dy, int dy0, float[] dx, int dx0, int n) {
        for (int i = 0; i < n; i += N) {
            VectorMask<Float> valid = Lanes.first(n - i);
            FloatVector slope = VectorMath.quickGeluSlope(FloatVector.fromArray(Lanes.FLOAT, x, x0 + i, valid));
            FloatVector.fromArray(Lanes.FLOAT, dy, dy0 + i, valid).mul(slope).intoArray(dx, dx0 + i, valid);
        }
    }

    /** y = a + b. */
    static void add(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).add(load(b, b0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).add(load(b, b0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = a - b. */
    static void sub(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).sub(load(b, b0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).sub(load(b, b0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = a * b. */
    static void mul(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).mul(load(b, b0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).mul(load(b, b0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = a / b. */
    static void div(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).div(load(b, b0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).div(load(b, b0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = max(a, b); NaN if either is. */
    static void max(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).max(load(b, b0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).max(load(b, b0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = min(a, b); NaN if either is. */
    static void min(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).min(load(b, b0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).min(load(b, b0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = x + s. */
    static void add(float[] x, int x0, float s, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).add(s).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).add(s), y, y0 + i, n - i);
        }
    }

    /** y = s - x. */
    static void subtractFrom(float[] x, int x0, float s, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            broadcast(s).sub(load(x, x0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(broadcast(s).sub(load(x, x0 + i, n - i)), y, y0 + i, n - i);
        }
    }

    /** y = x * s. */
    static void mul(float[] x, int x0, float s, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).mul(s).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).mul(s), y, y0 + i, n - i);
        }
    }

    /** y = s / x. */
    static void divideInto(float[] x, int x0, float s, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            broadcast(s).div(load(x, x0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(broadcast(s).div(load(x, x0 + i, n - i)), y, y0 + i, n - i);
        }
    }

    /** y = max(x, s); NaN if either is. */
    static void max(float[] x, int x0, float s, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).max(s).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).max(s), y, y0 + i, n - i);
        }
    }

    /** y = min(x, s); NaN if either is. */
    static void min(float[] x, int x0, float s, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).min(s).intoArray(y, y0 + i);
        }
        if (i < n) {
            store(load(x, x0 + i, n - i).min(s), y, y0 + i, n - i);
        }
    }

    /** y = y + s * x, one rounding. */
    static void axpy(float s, float[] x, int x0, float[] y, int y0, int n) {
        FloatVector factor = broadcast(s);
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).fma(factor, load(y, y0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(x, x0 + i, rest).fma(factor, load(y, y0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = a * b + c, one rounding. */
    static void mulAdd(float[] a, int a0, float[] b, int b0, float[] c, int c0, float[] y, int y0, int n) {
        int i = 0;
        for (; i <= n - N; i += N) {
            load(a, a0 + i).fma(load(b, b0 + i), load(c, c0 + i)).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(a, a0 + i, rest).fma(load(b, b0 + i, rest), load(c, c0 + i, rest)), y, y0 + i, rest);
        }
    }

    /** y = scale * x + shift, rounded once. */
    static void affine(float[] x, int x0, float scale, float shift, float[] y, int y0, int n) {
        FloatVector factor = broadcast(scale);
        FloatVector constant = broadcast(shift);
        int i = 0;
        for (; i <= n - N; i += N) {
            load(x, x0 + i).fma(factor, constant).intoArray(y, y0 + i);
        }
        if (i < n) {
            int rest = n - i;
            store(load(x, x0 + i, rest).fma(factor, constant), y, y0 + i, rest);
        }
    }

    /** y = 1 where a > b, else 0. */
    static void greater(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i++) {
            y[y0 + i] = a[a0 + i] > b[b0 + i] ? 1 : 0;
        }
    }

    /** y = 1 where a = b, else 0. */
    static void equal(float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i++) {
            y[y0 + i] = a[a0 + i] == b[b0 + i] ? 1 : 0;
        }
    }

    /** y = a where the condition is not 0, else b. */
    static void where(float[] condition, int c0, float[] a, int a0, float[] b, int b0, float[] y, int y0, int n) {
        for (int i = 0; i < n; i++) {
            y[y0 + i] = condition[c0 + i] != 0 ? a[a0 + i] : b[b0 + i];
        }
    }
}
