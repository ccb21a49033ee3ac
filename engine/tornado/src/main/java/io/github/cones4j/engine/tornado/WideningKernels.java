package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Kernels that turn numbers of 16 bits, sign, exponent e and fraction f, into floats of equal value, by arithmetic: not every
 * backend of TornadoVM can turn the bits of an int into a float. The value is {@code 1.f 2^(e - bias)}, or {@code 0.f 2^(1 - bias)}
 * for e = 0; the power of two is a product of those that the bits of e stand for. Numbers are listed in the order they are read.
 */
final class WideningKernels {
    /** The least power of two of a fraction's last bit; in memory, since TornadoVM takes what a first task only writes for new. */
    static final float LEAST_OF_FLOAT16 = 0x1p-24f;

    /** The same times 2^63, for the powers of bfloat16 reach beyond those of a float. */
    static final float LEAST_OF_BFLOAT16 = 0x1p-70f;

    private WideningKernels() {}

    /** least * 2^power for the five low bits of the power. */
    private static float timesPower(float least, int power) {
        float scale = least;
        scale = (power & 1) == 0 ? scale : scale * 2f;
        scale = (power & 2) == 0 ? scale : scale * 4f;
        scale = (power & 4) == 0 ? scale : scale * 16f;
        scale = (power & 8) == 0 ? scale : scale * 256f;
        return (power & 16) == 0 ? scale : scale * 65536f;
    }

    /**
     * IEEE 754 binary16: 5 bits of exponent, 10 of fraction, bias 15. Numbers: count, start in, start out, place of
     * {@link #LEAST_OF_FLOAT16}.
     */
    static void widenFloat16(KernelContext c, FloatArray m, ShortArray from, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int bits = from.get(p.get(1) + i);
            int exponent = (bits & 0x7C00) / 0x400;
            int fraction = bits & 0x3FF;
            int power = Math.max(exponent, 1) - 1;
            float scale = timesPower(m.get(p.get(3)), power);
            float magnitude = (exponent == 0 ? fraction : fraction + 0x400) * scale;
            if (exponent == 31) {
                float infinite = scale * 0x1p127f; // there is no literal for it, nor for NaN
                magnitude = fraction == 0 ? infinite : infinite * 0f;
            }
            m.set(p.get(2) + i, (bits & 0x8000) == 0 ? magnitude : -magnitude);
        }
    }

    /**
     * The upper half of a binary32: 8 bits of exponent, 7 of fraction, bias 127. Where the device flushes denormal numbers of 32
     * bits to zero, it does so to these. Numbers: count, start in, start out, place of {@link #LEAST_OF_BFLOAT16}.
     */
    static void widenBfloat16(KernelContext c, FloatArray m, ShortArray from, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int bits = from.get(p.get(1) + i);
            int exponent = (bits & 0x7F80) / 0x80;
            int fraction = bits & 0x7F;
            int power = Math.max(exponent, 1) - 1;
            // 2^(power - 133) in factors and in an order that neither overflow nor lose digits
            float scale = timesPower(m.get(p.get(3)), power);
            scale = (power & 32) == 0 ? scale : scale * 0x1p32f;
            scale = (power & 64) == 0 ? scale : scale * 0x1p64f;
            float last = (power & 128) == 0 ? 0x1p-63f : 0x1p65f;
            float magnitude = (exponent == 0 ? fraction : fraction + 0x80) * scale * last;
            if (exponent == 255) {
                float infinite = scale * last * 0x1p127f; // there is no literal for it, nor for NaN
                magnitude = fraction == 0 ? infinite : infinite * 0f;
            }
            m.set(p.get(2) + i, (bits & 0x8000) == 0 ? magnitude : -magnitude);
        }
    }
}
