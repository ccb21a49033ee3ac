package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/**
 * Elementary functions for TornadoVM's PTX backend, which has none of the driver's: it makes one instruction of each, and those are
 * approximations, of tanh to 11 bits and of the sine to an absolute 2^-20, for large angles less. The others' are left to the driver,
 * see {@link DeviceMath}.
 *
 * <p>That backend makes one operation, rounded once, of a product and a sum, and it is relied on here; {@code x + 0f} and
 * {@code 0f - x} are no products, whatever x is. It cannot look at the bits of a float: powers of two come from shifted integers.
 * Polynomials and reductions are those of the CPU device.
 */
@SuppressWarnings("IdentityBinaryExpression") // a == a unless it is NaN
final class PtxMath {
    /** 1.5 * 2^23: adding it rounds to an integer. */
    private static final float ROUND = 0x1.8p23f;

    private static final float LOG2_E = 0x1.715476p0f;
    private static final float LOG2_E_LOW = 0x1.4ae0cp-26f;
    private static final float LN_2 = 0x1.62e430p-1f;
    private static final float LN_2_LOW = -0x1.05c610p-29f;

    private static final float TWO_OVER_PI = 0x1.45f306p-1f;
    private static final float HALF_PI_HIGH = 0x1.921fb6p0f;
    private static final float HALF_PI_MIDDLE = -0x1.777a5cp-25f;
    private static final float HALF_PI_LOW = -0x1.ee59dap-50f;

    /** Where the three parts of pi/2 run out of digits. */
    private static final float TRIGONOMETRIC_LIMIT = 1e5f;

    private static final float SQRT_HALF = 0x1.6a09e6p-1f;

    private PtxMath() {}

    /** y = a / b; the instruction is 2 ulp off at most, and one step of Newton's method puts that right. */
    static float divide(float a, float b) {
        float y = a / b;
        float better = (y * (0f - b) + (a + 0f)) / b + y;
        return better == better ? better : y; // NaN beside infinities and zeros
    }

    /** y = e^x: the instruction's 2^z, of which z was rounded, times e to the power of what was lost. */
    static float exp(float x) {
        float y = TornadoMath.exp(x);
        float z = x * LOG2_E;
        float lost = x * LOG2_E_LOW + (x * LOG2_E + (0f - z));
        float better = y * (lost * LN_2) + y;
        return x > -104f && x < 88.7f ? better : y;
    }

    /** y = ln x. */
    static float log(float x) {
        // m = x 2^-exponent in [sqrt(1/2), sqrt(2))
        float m = x;
        float exponent = 0f;
        if (m < Float.MIN_NORMAL) {
            m *= 0x1p64f;
            exponent = -64f;
        }
        if (m >= 0x1p64f) {
            m *= 0x1p-64f;
            exponent = 64f;
        }
        float power = 0x1p64f;
        float inverse = 0x1p-64f;
        for (int places = 64; places > 0; places /= 2) {
            if (m >= power * SQRT_HALF) {
                m *= inverse;
                exponent += places;
            } else if (m * power < 2f * SQRT_HALF) {
                m *= power;
                exponent -= places;
            }
            power = TornadoMath.sqrt(power);
            inverse = TornadoMath.sqrt(inverse);
        }
        // ln(1 + f) = f - f^2/2 + f^3 p(f)
        float f = m - 1f;
        float p = 0x1.147334p-4f * f + -0x1.de01d8p-4f;
        p = p * f + 0x1.e6c00ap-4f;
        p = p * f + -0x1.fc28cap-4f;
        p = p * f + 0x1.233ba2p-3f;
        p = p * f + -0x1.555c44p-3f;
        p = p * f + 0x1.99a476p-3f;
        p = p * f + -0x1.000006p-2f;
        p = p * f + 0x1.555548p-2f;
        float square = f * f;
        float low = exponent * LN_2_LOW + p * f * square;
        low = square * -0.5f + low;
        float y = exponent * LN_2 + (f + low);
        return x > 0f && x < Float.POSITIVE_INFINITY ? y : TornadoMath.log(x);
    }

    /** y = sin x; beyond {@link #TRIGONOMETRIC_LIMIT} the instruction's. */
    static float sin(float x) {
        float y = sinOfQuadrant(x, 0);
        return TornadoMath.abs(x) <= TRIGONOMETRIC_LIMIT ? y : TornadoMath.sin(x);
    }

    /** y = cos x; beyond {@link #TRIGONOMETRIC_LIMIT} the instruction's. */
    static float cos(float x) {
        float y = sinOfQuadrant(x, 1);
        return TornadoMath.abs(x) <= TRIGONOMETRIC_LIMIT ? y : TornadoMath.cos(x);
    }

    /** sin(x + quadrants pi/2). */
    private static float sinOfQuadrant(float x, int quadrants) {
        float n = x * TWO_OVER_PI + ROUND - ROUND;
        int quadrant = (int) n + quadrants;
        float r = n * -HALF_PI_HIGH + (x + 0f);
        r = n * -HALF_PI_MIDDLE + r;
        r = n * -HALF_PI_LOW + r;
        float z = r * r;
        float sin = -0x1.991c1ep-13f * z + 0x1.1106c6p-7f;
        sin = sin * z + -0x1.555544p-3f;
        sin = sin * z * r + r;
        float cos = 0x1.99e336p-16f * z + -0x1.6c0c1ep-10f;
        cos = cos * z + 0x1.55554ap-5f;
        cos = cos * z + -0.5f;
        cos = cos * z + 1f;
        float y = (quadrant & 1) == 0 ? sin : cos;
        return (quadrant & 2) == 0 ? y : 0f - y;
    }

    /** y = tanh x = m / (m + 2) with m = e^2x - 1. */
    static float tanh(float x) {
        float a = TornadoMath.abs(x);
        float c = a > 10f ? 20f : a + a; // where tanh is 1 in float32
        float n = c * LOG2_E + ROUND - ROUND;
        float r = n * -LN_2 + c;
        r = n * -LN_2_LOW + r;
        float p = 0x1.6a3fb6p-10f * r + 0x1.1239e0p-7f;
        p = p * r + 0x1.5558bep-5f;
        p = p * r + 0x1.555492p-3f;
        p = p * r + 0x1.fffffcp-2f;
        p = p * (r * r) + r; // e^r - 1
        float power = 1 << (int) n;
        float m = p * power + (power - 1f);
        float y = divide(m, m + 2f);
        return x < 0f ? 0f - y : y;
    }
}
