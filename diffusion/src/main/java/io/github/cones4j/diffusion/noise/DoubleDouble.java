package io.github.cones4j.diffusion.noise;

/**
 * An unevaluated sum of two doubles, about 106 bits (Dekker 1971, "A floating-point technique for extending the available
 * precision"), for logarithm, sine and cosine whose rounded value does not depend on a platform's library.
 */
record DoubleDouble(double hi, double lo) {
    private static final DoubleDouble ONE = new DoubleDouble(1, 0);
    private static final DoubleDouble LN2 = new DoubleDouble(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
    /** pi / 2 as the sum of three doubles. */
    private static final double[] HALF_PI = {0x1.921fb54442d18p0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};

    private static final int LOG_TERMS = 22; // s^2 < 0.0295, 0.0295^22 < 2^-111
    private static final int TRIG_TERMS = 15; // (pi/4)^30 / 30! < 2^-118

    /** The logarithm of a normal positive double, rounded to nearest. */
    static double log(double x) {
        int e = Math.getExponent(x);
        double m = Math.scalb(x, -e);
        if (m > Math.sqrt(2)) {
            m /= 2;
            e++;
        }
        // ln m = 2 artanh s, s = (m - 1) / (m + 1)
        DoubleDouble s = new DoubleDouble(m - 1, 0).dividedBy(sum(m, 1));
        DoubleDouble z = s.times(s);
        DoubleDouble series = reciprocal(2 * LOG_TERMS + 1);
        for (int k = LOG_TERMS - 1; k >= 0; k--) {
            series = series.times(z).plus(reciprocal(2 * k + 1));
        }
        return series.times(s).times(2).plus(LN2.times(e)).hi;
    }

    /** The sine of an angle of [0, 2 pi), rounded to nearest. */
    static double sin(double x) {
        return sinOfQuadrant(x, 0);
    }

    /** The cosine of an angle of [0, 2 pi), rounded to nearest. */
    static double cos(double x) {
        return sinOfQuadrant(x, 1);
    }

    /** sin(x + quadrants * pi / 2). */
    private static double sinOfQuadrant(double x, int quadrants) {
        int k = (int) Math.rint(x / HALF_PI[0]);
        DoubleDouble r = new DoubleDouble(x, 0)
                .plus(product(-k, HALF_PI[0]))
                .plus(product(-k, HALF_PI[1]))
                .plus(new DoubleDouble(-k * HALF_PI[2], 0));
        DoubleDouble z = r.times(r).times(-1);
        boolean cosine = ((k + quadrants) & 1) != 0;
        boolean negative = ((k + quadrants) & 2) != 0;
        // sin r = r (1 - r^2/(2 3) (1 - r^2/(4 5) (...))), cos r = 1 - r^2/(1 2) (1 - r^2/(3 4) (...))
        DoubleDouble series = ONE;
        for (int n = TRIG_TERMS; n >= 1; n--) {
            int divisor = cosine ? (2 * n - 1) * (2 * n) : 2 * n * (2 * n + 1);
            series = series.times(z).dividedBy(new DoubleDouble(divisor, 0)).plus(ONE);
        }
        double value = cosine ? series.hi : series.times(r).hi;
        return negative ? -value : value;
    }

    private static DoubleDouble reciprocal(int n) {
        return ONE.dividedBy(new DoubleDouble(n, 0));
    }

    /** a + b without error. */
    private static DoubleDouble sum(double a, double b) {
        double s = a + b;
        double t = s - a;
        return new DoubleDouble(s, (a - (s - t)) + (b - t));
    }

    /** a * b without error. */
    private static DoubleDouble product(double a, double b) {
        double p = a * b;
        return new DoubleDouble(p, Math.fma(a, b, -p));
    }

    private DoubleDouble plus(DoubleDouble other) {
        DoubleDouble high = sum(hi, other.hi);
        DoubleDouble low = sum(lo, other.lo);
        DoubleDouble s = sum(high.hi, high.lo + low.hi);
        return sum(s.hi, s.lo + low.lo);
    }

    private DoubleDouble times(DoubleDouble other) {
        DoubleDouble p = product(hi, other.hi);
        return sum(p.hi, p.lo + (hi * other.lo + lo * other.hi));
    }

    private DoubleDouble times(double factor) {
        DoubleDouble p = product(hi, factor);
        return sum(p.hi, p.lo + lo * factor);
    }

    private DoubleDouble dividedBy(DoubleDouble divisor) {
        double q = hi / divisor.hi;
        DoubleDouble rest = plus(divisor.times(-q));
        double q2 = rest.hi / divisor.hi;
        rest = rest.plus(divisor.times(-q2));
        return sum(q, q2 + rest.hi / divisor.hi);
    }
}
