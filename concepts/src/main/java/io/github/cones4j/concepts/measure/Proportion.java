package io.github.cones4j.concepts.measure;

/**
 * A count of hits among trials, as of pictures that a classifier recognised.
 *
 * @param hits 0 .. total
 * @param total at least 1
 */
public record Proportion(long hits, long total) {
    private static final double Z = 1.959963984540054; // 97.5 % quantile of the normal distribution

    /** Checks the range. */
    public Proportion {
        if (total < 1 || hits < 0 || hits > total) {
            throw new IllegalArgumentException("proportion: " + hits + " hits of " + total);
        }
    }

    /** Both counts together. */
    public Proportion plus(Proportion other) {
        return new Proportion(hits + other.hits, total + other.total);
    }

    /** The share of hits, 0 .. 1. */
    public double rate() {
        return (double) hits / total;
    }

    /** Lower end of the 95 % interval of Wilson (1927). */
    public double low() {
        return Math.max(0, middle() - half());
    }

    /** Upper end of the 95 % interval of Wilson (1927). */
    public double high() {
        return Math.min(1, middle() + half());
    }

    private double middle() {
        return (rate() + Z * Z / (2 * total)) / (1 + Z * Z / total);
    }

    private double half() {
        return Z * Math.sqrt(rate() * (1 - rate()) / total + Z * Z / (4.0 * total * total)) / (1 + Z * Z / total);
    }
}
