package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/**
 * Elementary functions in float32 for kernels: the driver's where OpenCL and CUDA promise a few units in the last place (so
 * without {@code -cl-fast-relaxed-math}), for PTX {@link PtxMath}, else of our own. No bits of floats are looked at: TornadoVM's
 * backends cannot.
 *
 * <p>Public only because classes made at run time ({@link GeneratedKernel}) call it.
 */
@SuppressWarnings("IdentityBinaryExpression") // a == a unless it is NaN
public final class DeviceMath {
    /** Whether this JVM's TornadoVM makes PTX. */
    private static final boolean PTX =
            ModuleLayer.boot().findModule("tornado.drivers.ptx").isPresent();

    private DeviceMath() {}

    /** y = a / b. */
    public static float divide(float a, float b) {
        return PTX ? PtxMath.divide(a, b) : a / b;
    }

    /** y = e^x. */
    public static float exp(float x) {
        return PTX ? PtxMath.exp(x) : TornadoMath.exp(x);
    }

    /** y = ln x. */
    public static float log(float x) {
        return PTX ? PtxMath.log(x) : TornadoMath.log(x);
    }

    /** y = sin x, x in radians. */
    public static float sin(float x) {
        return PTX ? PtxMath.sin(x) : TornadoMath.sin(x);
    }

    /** y = cos x, x in radians. */
    public static float cos(float x) {
        return PTX ? PtxMath.cos(x) : TornadoMath.cos(x);
    }

    /** y = tanh x. */
    public static float tanh(float x) {
        return PTX ? PtxMath.tanh(x) : TornadoMath.tanh(x);
    }

    /** y = erf x; at most 6 ulp off, and exactly 1 in magnitude beyond 3.9. */
    public static float erf(float x) {
        float a = x < 0f ? -x : x;
        float y = x; // of NaN
        if (a > 3.9f) {
            y = x < 0f ? -1f : 1f;
        } else if (a == a) {
            float z = x * x;
            float p = -0x1.b390cep-27f * z + 0x1.33c9e8p-18f;
            p = p * z + 0x1.8a282ap-12f;
            p = p * z + 0x1.f6a9a4p-9f;
            p = p * z + 0x1.bc2dbep-5f;
            p = p * z + 0x1.7b193ep-3f;
            p = p * z + 0x1.20dd76p0f;
            float q = 0x1.04d2a2p-14f * z + 0x1.54b18cp-10f;
            q = q * z + 0x1.f94654p-7f;
            q = q * z + 0x1.d24f22p-4f;
            q = q * z + 0x1.fd512ep-2f;
            q = q * z + 1f;
            float t = divide(a * p, q);
            if (t > 1f) {
                t = 1f;
            }
            y = x < 0f ? -t : t;
        }
        return y;
    }

    /** y = 1 / (1 + e^-x). */
    public static float sigmoid(float x) {
        return divide(1f, exp(-x) + 1f);
    }

    /** y = x * sigmoid(x) (SiLU; Elfwing et al. 2017, arXiv:1702.03118); NaN at -infinity. */
    public static float silu(float x) {
        return divide(x, exp(-x) + 1f);
    }

    /** y = x * (1 + erf(x / sqrt 2)) / 2 (GELU; Hendrycks and Gimpel 2016, arXiv:1606.08415). */
    public static float gelu(float x) {
        return (erf(x * 0x1.6a09e6p-1f) * 0.5f + 0.5f) * x;
    }

    /** y = x * sigmoid(1.702 x), CLIP's GELU (Radford et al. 2021, arXiv:2103.00020); NaN at -infinity. */
    public static float quickGelu(float x) {
        return divide(x, exp(x * -1.702f) + 1f);
    }

    /** y = sqrt x. */
    public static float sqrt(float x) {
        return TornadoMath.sqrt(x);
    }

    /** y = |x|. */
    public static float abs(float x) {
        return TornadoMath.abs(x);
    }

    /** y = max(a, b); NaN if either is. */
    public static float maximum(float a, float b) {
        float y = a;
        if (a < b || b != b) { // TornadoVM takes a >= b for true where one is NaN
            y = b;
        }
        return y;
    }

    /** y = min(a, b); NaN if either is. */
    public static float minimum(float a, float b) {
        float y = a;
        if (a > b || b != b) { // TornadoVM takes a <= b for true where one is NaN
            y = b;
        }
        return y;
    }

    /** The larger of two numbers; NaN has no part, or the whole: it comes back with the sum. */
    public static float larger(float a, float b) {
        float y = a;
        if (b > a) {
            y = b;
        }
        return y;
    }

    /** 1 where a is greater than b, else 0. */
    public static float greater(float a, float b) {
        return a > b ? 1f : 0f;
    }

    /** 1 where a equals b, else 0. */
    public static float equal(float a, float b) {
        return a == b ? 1f : 0f;
    }

    /** a where the condition is not 0, else b. */
    public static float where(float condition, float a, float b) {
        return condition == 0f ? b : a;
    }

    /** n / divisor for 0 <= n < 2^31, by a multiplication: see {@link Divisor}. */
    public static int quotient(int n, int multiplier, int shift) {
        return (int) ((n * (multiplier & 0xffffffffL)) >> shift);
    }

    /** Two floats rounded to float16, the first in the lower half. */
    public static int pack(float lower, float upper) {
        return float16(lower) | (float16(upper) << 16);
    }

    /** The bits of the nearest float16, by the device's own conversion. */
    public static int float16(float x) {
        return new HalfFloat(x).getHalfFloatValue() & 0xFFFF;
    }

    /** The bits of the nearest bfloat16, ties to even; 0 for what has no normal one. By arithmetic: see above. */
    public static int bfloat16(float x) {
        float a = x < 0f ? -x : x;
        float y = a < 1f ? a * 0x1p126f : a; // a = y 2^(exponent - 127)
        int exponent = a < 1f ? 1 : 127;
        if (y >= 0x1p64f) {
            y = y * 0x1p-64f;
            exponent = exponent + 64;
        }
        if (y >= 0x1p32f) {
            y = y * 0x1p-32f;
            exponent = exponent + 32;
        }
        if (y >= 0x1p16f) {
            y = y * 0x1p-16f;
            exponent = exponent + 16;
        }
        if (y >= 0x1p8f) {
            y = y * 0x1p-8f;
            exponent = exponent + 8;
        }
        if (y >= 0x1p4f) {
            y = y * 0x1p-4f;
            exponent = exponent + 4;
        }
        if (y >= 0x1p2f) {
            y = y * 0x1p-2f;
            exponent = exponent + 2;
        }
        if (y >= 0x1p1f) {
            y = y * 0x1p-1f;
            exponent = exponent + 1;
        }
        float scaled = y * 128f;
        int whole = (int) scaled;
        float rest = scaled - whole;
        int up = rest == 0.5f ? whole & 1 : 0;
        up = rest > 0.5f ? 1 : up;
        int bits = exponent * 128 + whole - 128 + up;
        bits = a < 0x1p-126f ? 0 : bits;
        bits = a > Float.MAX_VALUE ? 0x7F80 : bits;
        bits = a == a ? bits : 0x7FC0;
        return x < 0f ? bits | 0x8000 : bits;
    }

    /** The value if no sign is set, else 0. */
    public static float inside(int signs, float value) {
        return signs == 0 ? value : 0f;
    }
}
