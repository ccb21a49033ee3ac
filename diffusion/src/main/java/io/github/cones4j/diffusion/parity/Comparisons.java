package io.github.cones4j.diffusion.parity;

import io.github.cones4j.engine.exec.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Collects what is compared in one case, and measures it. */
final class Comparisons {
    private static final double NEGLIGIBLE = 1e-6; // of the largest gradient: zero but for rounding

    private final Tolerances tolerances;
    private final List<Comparison> all = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    Comparisons(Tolerances tolerances) {
        this.tolerances = tolerances;
    }

    Tolerances tolerances() {
        return tolerances;
    }

    List<Comparison> all() {
        return all;
    }

    List<String> leftOut() {
        return leftOut;
    }

    /** Notes a setting that cannot be computed. */
    void leaveOut(String name) {
        leftOut.add(name);
    }

    /** Relative to the norm of the reference, or absolutely if that is zero. */
    void add(String name, HostTensor actual, HostTensor expected, double tolerance) {
        double norm = norm(expected);
        add(name, actual, expected, norm == 0 ? 1 : norm, tolerance);
    }

    /** Relative to a given scale. */
    void add(String name, HostTensor actual, HostTensor expected, double scale, double tolerance) {
        if (!actual.shape().equals(expected.shape())) {
            throw new IllegalArgumentException(
                    name + ": the model gives " + actual.shape() + ", the case has " + expected.shape());
        }
        double squares = 0;
        double largest = 0;
        for (long i = 0; i < expected.size(); i++) {
            double deviation = Math.abs(actual.get(i) - expected.get(i));
            squares += deviation * deviation;
            largest = deviation > largest || Double.isNaN(deviation) ? deviation : largest;
        }
        all.add(new Comparison(name, Math.sqrt(squares) / scale, tolerance, largest, false));
    }

    /** The largest deviation of a single element against the tolerance: for pictures of 8 bits, in levels. */
    void levels(String name, HostTensor actual, HostTensor expected, double tolerance) {
        add(name, actual, expected, 1, tolerance);
        double largest = all.removeLast().largest();
        all.add(new Comparison(name, largest, tolerance, largest, true));
    }

    /**
     * Gradients of one loss. Those that are zero but for rounding (below 1e-6 of the largest) are measured by that of the
     * largest.
     *
     * @param expected by name
     * @param actual at least the same names
     */
    void gradients(Map<String, HostTensor> actual, Map<String, HostTensor> expected) {
        double greatest =
                expected.values().stream().mapToDouble(Comparisons::norm).max().orElse(0);
        expected.forEach((name, reference) -> {
            double norm = norm(reference);
            double scale = norm < NEGLIGIBLE * greatest ? greatest : norm;
            HostTensor found = actual.get(name);
            if (found == null) {
                throw new IllegalArgumentException("the model has no parameter for " + name);
            }
            add(name, found, reference, scale == 0 ? 1 : scale, tolerances.derived());
        });
    }

    /** The Euclidean norm. */
    static double norm(HostTensor tensor) {
        double squares = 0;
        for (long i = 0; i < tensor.size(); i++) {
            double value = tensor.get(i);
            squares += value * value;
        }
        return Math.sqrt(squares);
    }
}
