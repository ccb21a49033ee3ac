package io.github.cones4j.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Linear multistep: the polynomial through the slopes of the last four levels, integrated over the step (Adams and Bashforth, with
 * uneven steps).
 */
final class LmsSolver implements Solver {
    private static final int ORDER = 4;

    private final Plan plan;
    private final List<float[]> slopes = new ArrayList<>(); // the newest first

    LmsSolver(Plan plan) {
        this.plan = plan;
    }

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        double sigma = plan.sigma(call);
        float[] x0 = plan.level(call).original(plan.config().predictionType(), sample, output);
        if (plan.repeats(call)) {
            slopes.clear();
        }
        slopes.addFirst(Mix.of(1 / sigma, sample, -1 / sigma, x0));
        if (slopes.size() > ORDER) {
            slopes.removeLast();
        }
        int order = slopes.size();
        double[] weights = new double[order];
        for (int back = 0; back < order; back++) {
            weights[back] = weight(call, back, order);
        }
        return Mix.of(1, sample, 1, Mix.of(slopes, weights));
    }

    /** The integral over the step of Lagrange's polynomial that is 1 at the level {@code back} calls ago and 0 at the others. */
    private double weight(int call, int back, int order) {
        double middle = (plan.sigma(call + 1) + plan.sigma(call)) / 2;
        double half = (plan.sigma(call + 1) - plan.sigma(call)) / 2;
        double node = half / Math.sqrt(3); // Gauss-Legendre of two nodes: exact up to degree 3
        return half * (lagrange(middle - node, call, back, order) + lagrange(middle + node, call, back, order));
    }

    private double lagrange(double sigma, int call, int back, int order) {
        double product = 1;
        for (int k = 0; k < order; k++) {
            if (k != back) {
                product *= (sigma - plan.sigma(call - k)) / (plan.sigma(call - back) - plan.sigma(call - k));
            }
        }
        return product;
    }
}
