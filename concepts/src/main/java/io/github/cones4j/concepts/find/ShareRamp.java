package io.github.cones4j.concepts.find;

/**
 * The share of weights that is shut at each step of a search at the masked model: from none, in equal parts, to the
 * whole share, which then stays.
 *
 * @param share final share of the searched weights, 0 .. 1
 * @param steps number of steps of the search
 * @param part part of the steps over which the share grows, above 0 and at most 1
 */
public record ShareRamp(double share, int steps, double part) {
    /** The share at a step, 0 .. steps-1. */
    public double at(int step) {
        return share * Math.min(1, step / (part * steps));
    }
}
