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

    static final float LOG2_E = 0x1.715476p0f;
    static final float LN_2_HIGH = 0x1.62e430p-1f;
    static final float LN_2_LOW = -0x1.05c610p-29f;

    /** Where {@link #expWithoutDenormals} has reached its limits. */
    static final float LOWEST = -88f;

    static final float HIGHEST = 88.7f;

    /** 2^r = 1 + the sum of EXP2_i r^i for |r| <= 1/2, relative error 3.0e-9 before rounding. */
    static final FloatVector EXP2_1 = broadcast(0x1.62e430p-1f);

    static final FloatVector EXP2_2 = broadcast(0x1.ebfbdcp-3f);
    static final FloatVector EXP2_3 = broadcast(0x1.c6af7cp-5f);
    static final FloatVector EXP2_4 = broadcast(0x1.3b2de0p-7f);
    static final FloatVector EXP2_5 = broadcast(0x1.5f082ep-10f);
    static final FloatVector EXP2_6 = broadcast(0x1.416b52p-13f);

    private static final float TWO_OVER_PI = 0x1.45f306p-1f;
    private static final float HALF_PI_HIGH = 0x1.921fb6p0f;
    private static final float HALF_PI_MIDDLE = -0x1.777a5cp-25f;
    private static final float HALF_PI_LOW = -0x1.ee59dap-50f;

    private static final float SQRT_HALF = 0x1.6a09e6p-1f;

    /** Where {@link #sin} and {@link #cos} end: beyond it the three-part pi/2 runs out of digits. */
    static final float TRIGONOMETRIC_LIMIT = 1e5f;

    // Polynomials, from the highest power on. As vectors: a step of Horner's rule is then one call of the library,
    // whose methods
    // the compiler always inlines; it stops inlining others within a large kernel, and then makes objects of their
    // vectors.

    private static final FloatVector ONE = broadcast(1f);

    // expReducedMinusOne
    static final FloatVector EXP_4 = broadcast(0x1.6a3fb6p-10f);
    static final FloatVector EXP_3 = broadcast(0x1.1239e0p-7f);
    static final FloatVector EXP_2 = broadcast(0x1.5558bep-5f);
    static final FloatVector EXP_1 = broadcast(0x1.555492p-3f);
    static final FloatVector EXP_0 = broadcast(0x1.fffffcp-2f);

    // log
    private static final FloatVector LOG_8 = broadcast(0x1.147334p-4f);
    private static final FloatVector LOG_7 = broadcast(-0x1.de01d8p-4f);
    private static final FloatVector LOG_6 = broadcast(0x1.e6c00ap-4f);
    private static final FloatVector LOG_5 = broadcast(-0x1.fc28cap-4f);
    private static final FloatVector LOG_4 = broadcast(0x1.233ba2p-3f);
    private static final FloatVector LOG_3 = broadcast(-0x1.555c44p-3f);
    private static final FloatVector LOG_2 = broadcast(0x1.99a476p-3f);
    private static final FloatVector LOG_1 = broadcast(-0x1.000006p-2f);
    private static final FloatVector LOG_0 = broadcast(0x1.555548p-2f);

    // sinOfQuadrant
    private static final FloatVector SIN_2 = broadcast(-0x1.991c1ep-13f);
    private static final FloatVector SIN_1 = broadcast(0x1.1106c6p-7f);
    private static final FloatVector SIN_0 = broadcast(-0x1.555544p-3f);

    private static final FloatVector COS_4 = broadcast(0x1.99e336p-16f);
    private static final FloatVector COS_3 = broadcast(-0x1.6c0c1ep-10f);
    private static final FloatVector COS_2 = broadcast(0x1.55554ap-5f);
    private static final FloatVector COS_1 = broadcast(-0.5f);

    // erf
    private static final FloatVector ERF_P_6 = broadcast(-0x1.b390cep-27f);
    private static final FloatVector ERF_P_5 = broadcast(0x1.33c9e8p-18f);
    private static final FloatVector ERF_P_4 = broadcast(0x1.8a282ap-12f);
    private static final FloatVector ERF_P_3 = broadcast(0x1.f6a9a4p-9f);
    private static final FloatVector ERF_P_2 = broadcast(0x1.bc2dbep-5f);
    private static final FloatVector ERF_P_1 = broadcast(0x1.7b193ep-3f);
    private static final FloatVector ERF_P_0 = broadcast(0x1.20dd76p0f);

    private static final FloatVector ERF_Q_5 = broadcast(0x1.04d2a2p-14f);
    private static final FloatVector ERF_Q_4 = broadcast(0x1.54b18cp-10f);
    private static final FloatVector ERF_Q_3 = broadcast(0x1.f94654p-7f);
    private static final FloatVector ERF_Q_2 = broadcast(0x1.d24f22p-4f);
    private static final FloatVector ERF_Q_1 = broadcast(0x1.fd512ep-2f);

    // geluSlope
    private static final FloatVector SLOPE_P_7 = broadcast(-0x1.f58b6ep-36f);
    private static final FloatVector SLOPE_P_6 = broadcast(0x1.b639fep-27f);
    private static final FloatVector SLOPE_P_5 = broadcast(0x1.25f18ep-20f);
    private static final FloatVector SLOPE_P_4 = broadcast(0x1.0d15fcp-15f);
    private static final FloatVector SLOPE_P_3 = broadcast(0x1.2114f0p-12f);
    private static final FloatVector SLOPE_P_2 = broadcast(0x1.bd5ca8p-7f);
    private static final FloatVector SLOPE_P_1 = broadcast(-0x1.2fd974p-6f);
    private static final FloatVector SLOPE_P_0 = broadcast(0x1.988452p-1f);

    private static final FloatVector SLOPE_Q_6 = broadcast(0x1.7d60e4p-22f);
    private static final FloatVector SLOPE_Q_5 = broadcast(0x1.676f62p-17f);
    private static final FloatVector SLOPE_Q_4 = broadcast(0x1.0caefap-12f);
    private static final FloatVector SLOPE_Q_3 = broadcast(0x1.0e558ap-8f);
    private static final FloatVector SLOPE_Q_2 = broadcast(0x1.73e75cp-5f);
    private static final FloatVector SLOPE_Q_1 = broadcast(0x1.3d882cp-2f);

    private VectorMath() {}

    /** min(max(x, low), high) that leaves NaN as it is. */
    private static FloatVector clamp(FloatVector x, float low, float high) {
        FloatVector y = x.blend(low, x.compare(LT, low));
        return y.blend(high, y.compare(GT, high));
    }

    /** 2^n for integers n in -127 .. 127, where 2^-127 gives 0. */
    private static FloatVector powerOfTwo(IntVector n) {
        return n.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    }

    /** e^r - 1 for |r| <= 0.3475, off by 3.2e-9 e^r at most before rounding. */
    private static FloatVector expReducedMinusOne(FloatVector r) {
        FloatVector p = EXP_4.fma(r, EXP_3);
        p = p.fma(r, EXP_2);
        p = p.fma(r, EXP_1);
        p = p.fma(r, EXP_0);
        return p.mul(r).fma(r, r);
    }

    /** y = e^x; at most 1 ulp off, underflows gradually, overflows to infinity above 88.72. */
    static FloatVector exp(FloatVector x) {
        FloatVector c = clamp(x, -104f, 89f);
        FloatVector shifted = c.lanewise(FMA, LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.lanewise(FMA, -LN_2_LOW, n.lanewise(FMA, -LN_2_HIGH, c));
        // 2^n in two factors, so that the second multiplication rounds or overflows once and rightly
        IntVector whole = shifted.reinterpretAsInts().sub(ROUND_BITS);
        IntVector half = whole.lanewise(ASHR, 1);
        return expReducedMinusOne(r).add(1f).mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
    }

    /** y = e^x like {@link #exp}, but 0 below -87.68 and infinity above 88.37: shorter, for logistic functions and softmax. */
    static FloatVector expWithoutDenormals(FloatVector x) {
        FloatVector c = clamp(x, LOWEST, HIGHEST);
        FloatVector shifted = c.lanewise(FMA, LOG2_E, ROUND_BIASED);
        FloatVector n = shifted.sub(ROUND_BIASED);
        FloatVector r = n.lanewise(FMA, -LN_2_LOW, n.lanewise(FMA, -LN_2_HIGH, c));
        IntVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23);
        return expReducedMinusOne(r).add(1f).mul(power.reinterpretAsFloats());
    }

    /** y = 2^x for x <= 0, 0 below -126.5: the exponential of the softmax in attention, whose logits come scaled by log2(e). */
    static FloatVector exp2OfNonPositive(FloatVector x) {
        FloatVector c = x.blend(-127f, x.compare(LT, -127f));
        FloatVector shifted = c.add(ROUND_BIASED);
        FloatVector r = c.sub(shifted.sub(ROUND_BIASED));
        FloatVector p = EXP2_6.fma(r, EXP2_5);
        p = p.fma(r, EXP2_4);
        p = p.fma(r, EXP2_3);
        p = p.fma(r, EXP2_2);
        p = p.fma(r, EXP2_1);
        p = p.fma(r, ONE);
        IntVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23);
        return p.mul(power.reinterpretAsFloats());
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
        FloatVector p = LOG_8.fma(f, LOG_7);
        p = p.fma(f, LOG_6);
        p = p.fma(f, LOG_5);
        p = p.fma(f, LOG_4);
        p = p.fma(f, LOG_3);
        p = p.fma(f, LOG_2);
        p = p.fma(f, LOG_1);
        p = p.fma(f, LOG_0);
        FloatVector f2 = f.mul(f);
        FloatVector low = exponent.lanewise(FMA, LN_2_LOW, p.mul(f).mul(f2));
        low = f2.lanewise(FMA, -0.5f, low);
        FloatVector y = exponent.lanewise(FMA, LN_2_HIGH, f.add(low));
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
        FloatVector r = n.lanewise(FMA, -HALF_PI_HIGH, x);
        r = n.lanewise(FMA, -HALF_PI_LOW, n.lanewise(FMA, -HALF_PI_MIDDLE, r));
        FloatVector z = r.mul(r);
        FloatVector sin = SIN_2.fma(z, SIN_1);
        sin = sin.fma(z, SIN_0);
        sin = sin.mul(z).fma(r, r);
        FloatVector cos = COS_4.fma(z, COS_3);
        cos = cos.fma(z, COS_2);
        cos = cos.fma(z, COS_1);
        cos = cos.fma(z, ONE);
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
        FloatVector r = n.lanewise(FMA, -LN_2_LOW, n.lanewise(FMA, -LN_2_HIGH, c));
        FloatVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats();
        FloatVector m = expReducedMinusOne(r).fma(power, power.sub(1f));
        IntVector sign = x.reinterpretAsInts().and(SIGN);
        return m.div(m.add(2f)).reinterpretAsInts().or(sign).reinterpretAsFloats();
    }

    /**
     * y = erf x = 2/sqrt(pi) * the integral of e^(-t^2) over 0 .. x; at most 6 ulp off, and exactly +-1 beyond 3.9. An odd rational
     * function: no exponential, which together with it would be more than the compiler inlines.
     */
    static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector z = x.mul(x);
        FloatVector p = ERF_P_6.fma(z, ERF_P_5);
        p = p.fma(z, ERF_P_4);
        p = p.fma(z, ERF_P_3);
        p = p.fma(z, ERF_P_2);
        p = p.fma(z, ERF_P_1);
        p = p.fma(z, ERF_P_0);
        FloatVector q = ERF_Q_5.fma(z, ERF_Q_4);
        q = q.fma(z, ERF_Q_3);
        q = q.fma(z, ERF_Q_2);
        q = q.fma(z, ERF_Q_1);
        q = q.fma(z, ONE);
        FloatVector y = a.mul(p).div(q);
        y = y.blend(1f, y.compare(GT, 1f)).blend(1f, a.compare(GT, 3.9f));
        IntVector sign = x.reinterpretAsInts().and(SIGN);
        return y.reinterpretAsInts().or(sign).reinterpretAsFloats();
    }

    /** y = x * (1 + erf(x / sqrt 2)) / 2 (GELU; Hendrycks and Gimpel 2016, arXiv:1606.08415), within 2e-7 |x|; NaN at -infinity. */
    static FloatVector gelu(FloatVector x) {
        return erf(x.mul(SQRT_HALF)).lanewise(FMA, 0.5f, 0.5f).mul(x);
    }

    /** The derivative of {@link #gelu}, Phi(x) + x phi(x), as 1/2 and an odd rational function; within 3e-7. */
    static FloatVector geluSlope(FloatVector x) {
        FloatVector c = clamp(x, -6f, 6f);
        FloatVector z = c.mul(c);
        FloatVector p = SLOPE_P_7.fma(z, SLOPE_P_6);
        p = p.fma(z, SLOPE_P_5);
        p = p.fma(z, SLOPE_P_4);
        p = p.fma(z, SLOPE_P_3);
        p = p.fma(z, SLOPE_P_2);
        p = p.fma(z, SLOPE_P_1);
        p = p.fma(z, SLOPE_P_0);
        FloatVector q = SLOPE_Q_6.fma(z, SLOPE_Q_5);
        q = q.fma(z, SLOPE_Q_4);
        q = q.fma(z, SLOPE_Q_3);
        q = q.fma(z, SLOPE_Q_2);
        q = q.fma(z, SLOPE_Q_1);
        q = q.fma(z, ONE);
        return c.mul(p).div(q).add(0.5f);
    }

    /** y = 1 / (1 + e^-x); at most 2.5 ulp off, 0 below -88.37. */
    static FloatVector sigmoid(FloatVector x) {
        return broadcast(1f).div(expWithoutDenormals(x.neg()).add(1f));
    }

    /** The derivative of SiLU: s (1 + x (1 - s)) with s = sigmoid(x). */
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
