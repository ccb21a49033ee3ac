package io.github.cones4j.concepts.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * An axis: round numbers at even steps of 1, 2 or 5 times a power of ten that enclose the data, and where they lie on
 * the page.
 *
 * @param low value at the start of the axis, a tick
 * @param step distance of the ticks
 * @param count number of steps
 * @param from position of the start on the page
 * @param to position of the end
 */
record Scale(BigDecimal low, BigDecimal step, int count, double from, double to) {
    /** Part of a step by which a value may miss a tick through rounding and still lie on it. */
    private static final double ROUNDING = 1e-9;

    /** A scale around values least .. most with about {@code ticks} steps. */
    static Scale around(double least, double most, int ticks, double from, double to) {
        double spread = most > least ? most - least : Math.max(Math.abs(most), 1);
        BigDecimal step = step(spread / ticks);
        double slack = ROUNDING * step.doubleValue();
        BigDecimal low = new BigDecimal(least + slack).divide(step, 0, RoundingMode.FLOOR);
        BigDecimal high = new BigDecimal(most - slack).divide(step, 0, RoundingMode.CEILING);
        int count = Math.max(1, high.subtract(low).intValueExact());
        return new Scale(low.multiply(step), step, count, from, to);
    }

    private static BigDecimal step(double atLeast) {
        BigDecimal power = BigDecimal.ONE.scaleByPowerOfTen((int) Math.floor(Math.log10(atLeast)));
        for (int factor : new int[] {1, 2, 5}) {
            BigDecimal step = power.multiply(BigDecimal.valueOf(factor));
            if (step.doubleValue() >= atLeast * (1 - ROUNDING)) {
                return step;
            }
        }
        return power.multiply(BigDecimal.TEN);
    }

    /** The values at the ticks. */
    List<BigDecimal> ticks() {
        List<BigDecimal> ticks = new ArrayList<>();
        for (int i = 0; i <= count; i++) {
            ticks.add(low.add(step.multiply(BigDecimal.valueOf(i))));
        }
        return ticks;
    }

    /** The value of a tick as text, with as many decimals as the step has. */
    String label(BigDecimal tick) {
        int decimals = Math.max(0, step.stripTrailingZeros().scale());
        return tick.setScale(decimals, RoundingMode.HALF_EVEN).toPlainString().replace('-', '\u2212');
    }

    /** The position of a value on the page. */
    double at(double value) {
        double span = step.doubleValue() * count;
        return from + (value - low.doubleValue()) / span * (to - from);
    }
}
