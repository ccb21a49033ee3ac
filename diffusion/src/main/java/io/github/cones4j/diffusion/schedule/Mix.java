package io.github.cones4j.diffusion.schedule;

import java.util.List;

/** Weighted sums of arrays, in double, each element rounded once. */
final class Mix {
    private Mix() {}

    /** a x. */
    static float[] of(double a, float[] x) {
        float[] sum = new float[x.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) (a * x[i]);
        }
        return sum;
    }

    /** a x + b y. */
    static float[] of(double a, float[] x, double b, float[] y) {
        float[] sum = new float[x.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) (a * x[i] + b * y[i]);
        }
        return sum;
    }

    /** a x + b y + c z. */
    static float[] of(double a, float[] x, double b, float[] y, double c, float[] z) {
        float[] sum = new float[x.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) (a * x[i] + b * y[i] + c * z[i]);
        }
        return sum;
    }

    /** The sum of weights[i] terms[i]. */
    static float[] of(List<float[]> terms, double... weights) {
        float[] sum = new float[terms.getFirst().length];
        double[] exact = new double[sum.length];
        for (int k = 0; k < weights.length; k++) {
            float[] term = terms.get(k);
            for (int i = 0; i < sum.length; i++) {
                exact[i] += weights[k] * term[i];
            }
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) exact[i];
        }
        return sum;
    }
}
