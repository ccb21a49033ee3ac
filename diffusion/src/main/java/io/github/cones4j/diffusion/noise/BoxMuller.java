package io.github.cones4j.diffusion.noise;

/**
 * Pairs of uniform numbers into pairs of normal ones (Box and Muller 1958): r = sqrt(-2 ln u), (r cos 2 pi v, r sin 2 pi v).
 *
 * <p>PyTorch takes ln, sin and cos of the float32 path from the single-precision Cephes polynomials (S. Moshier) in the
 * arrangement of {@code avx_mathfun} (G. Garberoglio after J. Pommier, zlib licence), and its compiler fuses every product that
 * feeds a sum. The polynomials stand here in that order, with {@link Math#fma} in those places and in no others.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits as published
final class BoxMuller {
    private static final float TWO_PI = (float) (2 * Math.PI);
    private static final float FOUR_OVER_PI = 1.27323954473516f;
    private static final float SQRT_HALF = 0.707106781186547524f;

    private BoxMuller() {}

    /** Turns 16 uniforms of [0, 1) at {@code x[at..at+15]} into normals; element j + 8 is the angle of element j. */
    static void block(float[] x, int at) {
        for (int j = at; j < at + 8; j++) {
            float radius = (float) Math.sqrt(-2f * ln(1f - x[j]));
            float theta = TWO_PI * x[j + 8];

            // theta = octant * pi/4 + a, octant even, |a| <= pi/4, pi/4 in three parts
            int octant = ((int) (theta * FOUR_OVER_PI) + 1) & ~1;
            float a = Math.fma((float) octant, -0.78515625f, theta);
            a = Math.fma((float) octant, -2.4187564849853515625e-4f, a);
            a = Math.fma((float) octant, -3.77489497744594108e-8f, a);
            float z = a * a;

            float even = Math.fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
            even = Math.fma(even, z, 4.166664568298827e-2f);
            even = even * z;
            even = Math.fma(even, z, -(z * 0.5f)) + 1f;

            float odd = Math.fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
            odd = Math.fma(odd, z, -1.6666654611e-1f);
            odd = odd * z;
            odd = Math.fma(odd, a, a);

            boolean swap = (octant & 2) != 0;
            float sin = swap ? even : odd;
            float cos = swap ? odd : even;
            if ((octant & 4) != 0) {
                sin = -sin;
            }
            if (((octant - 2) & 4) == 0) {
                cos = -cos;
            }
            x[j] = radius * cos + 0f; // + 0 as in PyTorch (times std plus mean): no negative zeros
            x[j + 8] = radius * sin + 0f;
        }
    }

    /** Natural logarithm of a normal float32 greater than zero. */
    private static float ln(float x) {
        int bits = Float.floatToRawIntBits(x);
        float e = (float) ((bits >>> 23) - 0x7e);
        float m = Float.intBitsToFloat((bits & 0x007fffff) | 0x3f000000); // [0.5, 1)
        if (m < SQRT_HALF) {
            e -= 1f;
            m = (m - 1f) + m;
        } else {
            m -= 1f;
        }
        float z = m * m;
        float y = Math.fma(7.0376836292e-2f, m, -1.1514610310e-1f);
        y = Math.fma(y, m, 1.1676998740e-1f);
        y = Math.fma(y, m, -1.2420140846e-1f);
        y = Math.fma(y, m, 1.4249322787e-1f);
        y = Math.fma(y, m, -1.6668057665e-1f);
        y = Math.fma(y, m, 2.0000714765e-1f);
        y = Math.fma(y, m, -2.4999993993e-1f);
        y = Math.fma(y, m, 3.3333331174e-1f);
        y = y * m;
        y = Math.fma(y, z, e * -2.12194440e-4f);
        y = Math.fma(z, -0.5f, y);
        return Math.fma(e, 0.693359375f, m + y);
    }
}
