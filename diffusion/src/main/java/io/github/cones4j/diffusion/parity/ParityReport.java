package io.github.cones4j.diffusion.parity;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What came of one stored case.
 *
 * @param file the case
 * @param kind what it was recognised as, for instance {@code unet}
 * @param comparisons every output, in the order of the case
 * @param leftOut settings of the case that cannot be computed yet, by name; they do not fail it
 * @param seconds from opening the model to the last result
 * @param plannedBytes the largest memory plan among the programs that ran
 */
public record ParityReport(
        Path file, String kind, List<Comparison> comparisons, List<String> leftOut, double seconds, long plannedBytes) {
    /** Copies the lists. */
    public ParityReport {
        comparisons = List.copyOf(comparisons);
        leftOut = List.copyOf(leftOut);
    }

    /** Whether all outputs pass; a case of which nothing was compared does not. */
    public boolean passes() {
        return !comparisons.isEmpty() && comparisons.stream().allMatch(Comparison::passes);
    }

    /** The output that is furthest from its reference, measured by its tolerance. */
    public Optional<Comparison> worst() {
        return comparisons.stream()
                .max(Comparator.comparingDouble(
                        c -> Double.isNaN(c.error()) ? Double.POSITIVE_INFINITY : c.error() / c.tolerance()));
    }
}
