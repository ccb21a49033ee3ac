package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.broadcast;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions on whole float32 vectors, built from additions, multiplications, fused multiply-adds, divisions and bit
 * operations only: each of those is exactly rounded, so a result has the same bits in the interpreter, after compilation, in any lane
 * and at any vector width. ({@code lanewise(EXP)} and its kin have not.)
 *
 * <p>Arguments are reduced by Cody and Waite's method (Software Manual for the Elementary Functions, 1980); the polynomials are
 * minimax fits of our own (Lawson's iteration, coefficients rounded to float32 one at a time and the rest fitted again). NaN gives NaN;
 * the infinities give the limits.
 */
final class VectorMath {

    /** 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
    static final float ROUND = 0x1.8p23f;

    private static final int ROUND_BITS = 0x4B400000;

    /** {@link #ROUND} and the bias of an exponent: n rounded by it is, shifted by 23 bits, 2^n for n in -127 .. 128; 2^-127 gives 0. */
    static final float ROUND_BIASED = ROUND + 127;

    private static final int SIGN = 0x80000000;

    private static final float LOG2_E = 0x1.715476p0f;
    private static final float LN_2_HIGH = 0x1.62e430p-1f;
    private static final float LN_2_LOW = -0x1.05c610p-29f;

    /** 2^r = 1 + the sum of EXP2_i r^i for |r| <= 1/2, relative error 3.0e-9 before rounding. */
    static final float EXP2_1 = 0x1.62e430p-1f;

    static final float EXP2_2 = 0x1.ebfbdcp-3f;
    static final float EXP2_3 = 0x1.c6af7cp-5f;
    static final float EXP2_4 = 0x1.3b2de0p-7f;
    static final float EXP2_5 = 0x1.5f082ep-10f;
    static final float EXP2_6 = 0x1.416b52p-13f;

    private static final float TWO_OVER_PI = 0x1.45f306p-1f;
    private static final float HALF_PI_HIGH = 0x1.921fb6p0f;
    private static final float HALF_PI_MIDDLE = -0x1.777a5cp-25f;
    private static final float HALF_PI_LOW = -0x1.ee59dap-50f;

    private static final float SQRT_HALF = 0x1.6a09e6p-1f;

    /** Where {@link #sin} and {@link #cos} end: beyond it the three-part pi/2 runs out of digits. */
    static final float TRIGONOMETRIC_LIMIT = 1e5f;

    private VectorMath() {}

    /** a * b + c. */
    private static FloatVector fma(FloatVector a, float b, FloatVector c) {
        return a.lanewise(FMA, b, c);
    }

    /** p * x + c: one step of Horner's rule. */
    private static FloatVector horner(FloatVector p, FloatVector x, float c) {
        return p.lanewise(FMA, x, c);
    }

    /** min(max(x, low), high) that leaves NaN as it is. */
    private static FloatVector clamp(FloatVector x, float low, float high) {
        FloatVector y = x.blend(low, x.compare(LT, low));
        return y.blend(high, y.compare(GT, high));
    }

    /** The sign of {@code sign} put on {@code magnitude}, which is not negative. */
    private static FloatVector withSign(FloatVector magnitude, FloatVector sign) {
        IntVector bits = sign.reinterpretAsInts().and(SIGN);
        return magnitude.reinterpretAsInts().or(bits).reinterpretAsFloats();
    }

    /** 2^n for integers n in -127 .. 127, where 2^-127 gives 0. */
    private static FloatVector powerOfTwo(IntVector n) {
        return n.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    }

    /** e^r - 1 for |r| <= 0.3475, off by 3.2e-9 e^r at most before rounding. */
    private static FloatVector expReducedMinusOne(FloatVector r) {
        FloatVector p = horner(broadcast(0x1.6a3fb6p-10f), r, 0x1.1239e0p-7f);
        p = horner(p, r, 0x1.5558bep-5f);
        p = horner(p, r, 0x1.555492p-3f);
        p = horner(p, r, 0x1.fffffcp-2f);
        return p.mul(r).fma(r, r);
    }

    /** y = e^x; at most 1 ulp off, underflows gradually, overflows to infinity above 88.72. */
    static FloatVector exp(FloatVector x) {
        FloatVector c = clamp(x, -104f, 89f);
        FloatVector shifted = c.lanewise(FMA, LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = fma(n, -LN_2_LOW, fma(n, -LN_2_HIGH, c));
        // 2^n in two factors, so that the second multiplication rounds or overflows once and rightly
        IntVector whole = shifted.reinterpretAsInts().sub(ROUND_BITS);
        IntVector half = whole.lanewise(ASHR, 1);
        return expReducedMinusOne(r).add(1f).mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
    }

    /** y = e^x like {@link #exp}, but 0 below -87.68 and infinity above 88.37: shorter, for logistic functions and softmax. */
    static FloatVector expWithoutDenormals(FloatVector x) {
        FloatVector c = clamp(x, -88f, 88.7f);
        FloatVector shifted = c.lanewise(FMA, LOG2_E, ROUND_BIASED);
        FloatVector n = shifted.sub(ROUND_BIASED);
        FloatVector r = fma(n, -LN_2_LOW, fma(n, -LN_2_HIGH, c));
        return expReducedMinusOne(r).add(1f).mul(powerOfTwoOf(shifted));
    }

    /** 2^n of a number n to which {@link #ROUND_BIASED} was added. */
    private static FloatVector powerOfTwoOf(FloatVector shifted) {
        return shifted.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats();
    }

    /** y = 2^x for x <= 0, 0 below -126.5: the exponential of the softmax in attention, whose logits come scaled by log2(e). */
    static FloatVector exp2OfNonPositive(FloatVector x) {
        FloatVector c = x.blend(-127f, x.compare(LT, -127f));
        FloatVector shifted = c.add(ROUND_BIASED);
        FloatVector r = c.sub(shifted.sub(ROUND_BIASED));
        FloatVector p = horner(broadcast(EXP2_6), r, EXP2_5);
        p = horner(p, r, EXP2_4);
        p = horner(p, r, EXP2_3);
        p = horner(p, r, EXP2_2);
        p = horner(p, r, EXP2_1);
        p = horner(p, r, 1f);
        return p.mul(powerOfTwoOf(shifted));
    }

    /** y = ln x; at most 1 ulp off; -infinity at +-0, NaN below. */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> tiny = x.compare(LT, Float.MIN_NORMAL);
        IntVector bits = x.blend(x.mul(0x1p23f), tiny).reinterpretAsInts();
        // x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2))
        IntVector e = bits.sub(Float.floatToRawIntBits(SQRT_HALF)).lanewise(ASHR, 23);
        FloatVector f = bits.sub(e.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1f);
        FloatVector exponent = (FloatVector) e.convert(VectorOperators.I2F, 0);
        exponent = exponent.sub(broadcast(0f).blend(23f, tiny));
        // ln(1 + f) = f - f^2/2 + f^3 p(f)
        FloatVector p = horner(broadcast(0x1.147334p-4f), f, -0x1.de01d8p-4f);
        p = horner(p, f, 0x1.e6c00ap-4f);
        p = horner(p, f, -0x1.fc28cap-4f);
        p = horner(p, f, 0x1.233ba2p-3f);
        p = horner(p, f, -0x1.555c44p-3f);
        p = horner(p, f, 0x1.99a476p-3f);
        p = horner(p, f, -0x1.000006p-2f);
        p = horner(p, f, 0x1.555548p-2f);
        FloatVector f2 = f.mul(f);
        FloatVector low = fma(exponent, LN_2_LOW, p.mul(f).mul(f2));
        low = fma(f2, -0.5f, low);
        FloatVector y = fma(exponent, LN_2_HIGH, f.add(low));
        y = y.blend(x, x.compare(LT, Float.POSITIVE_INFINITY).not());
        y = y.blend(Float.NaN, x.compare(LT, 0f));
        return y.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0f));
    }

    /** y = sin x; at most 2 ulp off for |x| <= {@link #TRIGONOMETRIC_LIMIT}, meaningless beyond. */
    static FloatVector sin(FloatVector x) {
        FloatVector magnitude = x.abs();
        FloatVector shifted = magnitude.lanewise(FMA, TWO_OVER_PI, ROUND);
        FloatVector y = sinOfQuadrant(magnitude, shifted.sub(ROUND), shifted.reinterpretAsInts());
        IntVector sign = x.reinterpretAsInts().and(SIGN);
        return y.reinterpretAsInts().lanewise(XOR, sign).reinterpretAsFloats();
    }

    /** y = cos x; at most 2 ulp off for |x| <= {@link #TRIGONOMETRIC_LIMIT}, meaningless beyond. */
    static FloatVector cos(FloatVector x) {
        FloatVector magnitude = x.abs();
        FloatVector shifted = magnitude.lanewise(FMA, TWO_OVER_PI, ROUND);
        return sinOfQuadrant(
                magnitude, shifted.sub(ROUND), shifted.reinterpretAsInts().add(1));
    }

    /** sin(x - n pi/2 + q pi/2), of q only the two low bits: n = q is sin x, n + 1 = q is cos x. */
    private static FloatVector sinOfQuadrant(FloatVector x, FloatVector n, IntVector q) {
        FloatVector r = fma(n, -HALF_PI_HIGH, x);
        r = fma(n, -HALF_PI_LOW, fma(n, -HALF_PI_MIDDLE, r));
        FloatVector z = r.mul(r);
        FloatVector sin = horner(broadcast(-0x1.991c1ep-13f), z, 0x1.1106c6p-7f);
        sin = horner(sin, z, -0x1.555544p-3f);
        sin = sin.mul(z).fma(r, r);
        FloatVector cos = horner(broadcast(0x1.99e336p-16f), z, -0x1.6c0c1ep-10f);
        cos = horner(cos, z, 0x1.55554ap-5f);
        cos = horner(cos, z, -0.5f);
        cos = horner(cos, z, 1f);
        FloatVector y = sin.blend(cos, q.and(1).compare(NE, 0).cast(Lanes.FLOAT));
        IntVector sign = q.and(2).lanewise(LSHL, 30);
        return y.reinterpretAsInts().lanewise(XOR, sign).reinterpretAsFloats();
    }

    /** y = tanh x = m / (m + 2) with m = e^2x - 1; at most 2.5 ulp off. */
    static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector c = a.blend(10f, a.compare(GT, 10f)); // where tanh is 1 in float32
        c = c.add(c);
        FloatVector shifted = c.lanewise(FMA, LOG2_E, ROUND_BIASED);
        FloatVector n = shifted.sub(ROUND_BIASED);
        FloatVector r = fma(n, -LN_2_LOW, fma(n, -LN_2_HIGH, c));
        FloatVector power = powerOfTwoOf(shifted);
        FloatVector m = expReducedMinusOne(r).fma(power, power.sub(1f));
        return withSign(m.div(m.add(2f)), x);
    }

    /**
     * y = erf x = 2/sqrt(pi) * the integral of e^(-t^2) over 0 .. x; at most 6 ulp off, and exactly +-1 beyond 3.9. An odd rational
     * function: no exponential, which together with it would be more than the compiler inlines.
     */
    static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector z = x.mul(x);
        FloatVector p = horner(broadcast(-0x1.b390cep-27f), z, 0x1.33c9e8p-18f);
        p = horner(p, z, 0x1.8a282ap-12f);
        p = horner(p, z, 0x1.f6a9a4p-9f);
        p = horner(p, z, 0x1.bc2dbep-5f);
        p = horner(p, z, 0x1.7b193ep-3f);
        p = horner(p, z, 0x1.20dd76p0f);
        FloatVector q = horner(broadcast(0x1.04d2a2p-14f), z, 0x1.54b18cp-10f);
        q = horner(q, z, 0x1.f94654p-7f);
        q = horner(q, z, 0x1.d24f22p-4f);
        q = horner(q, z, 0x1.fd512ep-2f);
        q = horner(q, z, 1f);
        FloatVector y = a.mul(p).div(q);
        y = y.blend(1f, y.compare(GT, 1f)).blend(1f, a.compare(GT, 3.9f));
        return withSign(y, x);
    }

    /** y = x * (1 + erf(x / sqrt 2)) / 2 (GELU; Hendrycks and Gimpel 2016, arXiv:1606.08415), within 2e-7 |x|; NaN at -infinity. */
    static FloatVector gelu(FloatVector x) {
        return erf(x.mul(SQRT_HALF)).lanewise(FMA, 0.5f, 0.5f).mul(x);
    }

    /** The derivative of {@link #gelu}, Phi(x) + x phi(x), as 1/2 and an odd rational function; within 3e-7. */
    static FloatVector geluSlope(FloatVector x) {
        FloatVector c = clamp(x, -6f, 6f);
        FloatVector z = c.mul(c);
        FloatVector p = horner(broadcast(-0x1.f58b6ep-36f), z, 0x1.b639fep-27f);
        p = horner(p, z, 0x1.25f18ep-20f);
        p = horner(p, z, 0x1.0d15fcp-15f);
        p = horner(p, z, 0x1.2114f0p-12f);
        p = horner(p, z, 0x1.bd5ca8p-7f);
        p = horner(p, z, -0x1.2fd974p-6f);
        p = horner(p, z, 0x1.988452p-1f);
        FloatVector q = horner(broadcast(0x1.7d60e4p-22f), z, 0x1.676f62p-17f);
        q = horner(q, z, 0x1.0caefap-12f);
        q = horner(q, z, 0x1.0e558ap-8f);
        q = horner(q, z, 0x1.73e75cp-5f);
        q = horner(q, z, 0x1.3d882cp-2f);
        q = horner(q, z, 1f);
        return c.mul(p).div(q).add(0.5f);
    }

    /** y = 1 / (1 + e^-x); at most 2.5 ulp off, 0 below -88.37. */
    static FloatVector sigmoid(FloatVector x) {
        return broadcast(1f).div(expWithoutDenormals(x.neg()).add(1f));
    }

    /** y = x * sigmoid(x) (SiLU; Elfwing et al. 2017, arXiv:1702.03118); NaN at -infinity. */
    static FloatVector silu(FloatVector x) {
        return x.div(expWithoutDenormals(x.neg()).add(1f));
    }

    /** The derivative of {@link #silu}: s (1 + x (1 - s)) with s = sigmoid(x). */
    static FloatVector siluSlope(FloatVector x) {
        FloatVector s = sigmoid(x);
        FloatVector rest = broadcast(1f).sub(s);
        return rest.fma(x, broadcast(1f)).mul(s);
    }

    /** y = x * sigmoid(1.702 x), CLIP's GELU (Radford et al. 2021, arXiv:2103.00020); NaN at -infinity. */
    static FloatVector quickGelu(FloatVector x) {
        return x.div(expWithoutDenormals(x.mul(-1.702f)).add(1f));
    }

    /** The derivative of {@link #quickGelu}: s (1 + 1.702 x (1 - s)) with s = sigmoid(1.702 x). */
    static FloatVector quickGeluSlope(FloatVector x) {
        FloatVector scaled = x.mul(1.702f);
        FloatVector s = sigmoid(scaled);
        FloatVector rest = broadcast(1f).sub(s);
        return rest.fma(scaled, broadcast(1f)).mul(s);
    }
}
