package io.github.cones4j.concepts.measure;

import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;

/**
 * The difference of two means with its uncertainty.
 *
 * @param difference first mean minus second
 * @param low lower end of the 95 % confidence interval of the difference
 * @param high upper end
 * @param t Student's t
 * @param degrees degrees of freedom
 * @param p probability of a difference at least as large, either way, were there none (two-sided)
 */
public record Comparison(double difference, double low, double high, double t, double degrees, double p) {

    /**
     * Paired t-test: for values that belong together one by one, as two arms with the same seeds. It tests the mean of
     * the differences with n - 1 degrees of freedom.
     *
     * @param a at least 2 values
     * @param b as many
     */
    public static Comparison paired(double[] a, double[] b) {
        if (a.length != b.length || a.length < 2) {
            throw new IllegalArgumentException("paired t-test: expected the same number of values, 2 or more, found "
                    + a.length + " and " + b.length);
        }
        double difference = StatUtils.meanDifference(a, b);
        double variance = StatUtils.varianceDifference(a, b, difference);
        return of(difference, Math.sqrt(variance / a.length), a.length - 1);
    }

    /**
     * Welch's t-test: for two independent samples of whatever variances, as pictures from different seeds. Degrees of
     * freedom by Welch and Satterthwaite.
     *
     * @param a at least 2 values
     * @param b at least 2 values
     */
    public static Comparison welch(double[] a, double[] b) {
        if (a.length < 2 || b.length < 2) {
            throw new IllegalArgumentException(
                    "Welch's t-test: expected 2 or more values, found " + a.length + " and " + b.length);
        }
        double ofA = StatUtils.variance(a) / a.length;
        double ofB = StatUtils.variance(b) / b.length;
        double sum = ofA + ofB;
        double degrees = sum == 0
                ? a.length + b.length - 2
                : sum * sum / (ofA * ofA / (a.length - 1) + ofB * ofB / (b.length - 1));
        return of(StatUtils.mean(a) - StatUtils.mean(b), Math.sqrt(sum), degrees);
    }

    private static Comparison of(double difference, double error, double degrees) {
        TDistribution student = new TDistribution(degrees);
        double t = difference == 0 ? 0 : difference / error;
        double p = Math.min(1, 2 * student.cumulativeProbability(-Math.abs(t)));
        double half = -student.inverseCumulativeProbability(0.025) * error;
        return new Comparison(difference, difference - half, difference + half, t, degrees, p);
    }
}
