package io.github.cones4j.engine.tornado;

/**
 * Division by a number that is not known when the kernel is compiled, as a multiplication: {@code n / divisor = n * multiplier >>>
 * shift} for 0 <= n < 2^31 (T. Granlund and P. Montgomery, "Division by Invariant Integers using Multiplication", 1994). The
 * multiplier has 32 bits and no sign. See {@link DeviceMath#quotient}.
 */
record Divisor(int divisor, int multiplier, int shift) {
    /** For a divisor of at least 1. */
    static Divisor of(int divisor) {
        int shift = 31 + (Integer.SIZE - Integer.numberOfLeadingZeros(divisor - 1));
        return new Divisor(divisor, (int) Math.ceilDiv(1L << shift, (long) divisor), shift);
    }
}
