package io.github.cones4j.bench.reference;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.util.Set;
import java.util.TreeSet;

/** Compares the results of two sides. */
final class Outputs {
    private static final double NEGLIGIBLE = 1e-6; // of the greatest norm but the loss: zero but for rounding

    private Outputs() {}

    /**
     * The greatest error of a result.
     *
     * @param of its name
     * @param error ||ours - theirs|| / ||theirs||, Euclidean; of what is zero but for rounding relative to the greatest norm
     */
    record Worst(String of, double error) {}

    /**
     * Compares everything.
     *
     * @throws IllegalArgumentException if one side has what the other has not
     */
    static Worst compare(Weights ours, Weights theirs) {
        Set<String> names = new TreeSet<>(theirs.keys());
        if (!names.equals(ours.keys())) {
            throw new IllegalArgumentException(ours.name() + " and " + theirs.name() + " hold different results");
        }
        double least = NEGLIGIBLE
                * names.stream()
                        .filter(name -> !name.equals("loss"))
                        .mapToDouble(name -> norm(theirs.get(name)))
                        .max()
                        .orElse(0);
        Worst worst = new Worst("", 0);
        for (String name : names) {
            HostTensor expected = theirs.get(name);
            double error =
                    distance(ours.get(name), expected) / Math.max(norm(expected), Math.max(least, Double.MIN_NORMAL));
            if (Double.compare(error, worst.error()) > 0) { // not a number is the greatest
                worst = new Worst(name, error);
            }
        }
        return worst;
    }

    private static double norm(HostTensor x) {
        double squares = 0;
        for (long i = 0; i < x.size(); i++) {
            squares += x.get(i) * x.get(i);
        }
        return Math.sqrt(squares);
    }

    private static double distance(HostTensor x, HostTensor y) {
        if (!x.shape().equals(y.shape())) {
            throw new IllegalArgumentException("results of different shapes: " + x + ", " + y);
        }
        double squares = 0;
        for (long i = 0; i < x.size(); i++) {
            double difference = x.get(i) - y.get(i);
            squares += difference * difference;
        }
        return Math.sqrt(squares);
    }
}
