package io.github.cones4j.concepts.find;

import io.github.cones4j.concepts.find.Selection.Correction;
import io.github.cones4j.concepts.find.Selection.Scope;
import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Chosen neurons and the threshold that chose them.
 *
 * @param mask the neurons
 * @param tau neurons are the weights whose statistic (or t, where t chose) is above this; of weights that equal it,
 *     those a share had room for may be neurons too. Absent where each layer has a threshold of its own, and where all
 *     weights are neurons
 */
public record Selected(NeuronMask mask, OptionalDouble tau) {

    /**
     * Chooses neurons.
     *
     * @param score the statistic by which the weights are ranked
     * @param attribution mean and spread of theta * grad over the steps: breaks ties, and is what t-tests test
     */
    public static Selected by(Selection selection, PerWeight score, Attribution attribution) {
        return switch (selection) {
            case Selection.Share(double share, Scope scope) -> highest(share, scope, score, attribution.mean());
            case Selection.ShareOfT(double share, Scope scope) ->
                highest(share, scope, attribution.t(), attribution.mean());
            case Selection.Tau(double tau) -> above(tau, score);
            case Selection.Significance(double level, Correction correction) ->
                significant(level, correction, attribution.t(), attribution.steps());
        };
    }

    /**
     * The share of weights with the highest score; among equals those with the higher {@code next} first, then the
     * earlier.
     *
     * @param share 0 .. 1; the number of weights is rounded to the nearest, within each layer if {@code scope} says so
     */
    static Selected highest(double share, Scope scope, PerWeight score, PerWeight next) {
        score.checkSameLayers("statistic", next);
        return switch (scope) {
            case OVERALL -> {
                Ranking ranking = new Ranking(score.layers(), next.layers());
                Ranking.Cut cut = ranking.cut(Math.round(share * score.size()));
                yield new Selected(NeuronMask.of(cut.neurons()), cut.highestLeft());
            }
            case PER_LAYER -> {
                Map<String, NeuronMask.Layer> layers = new TreeMap<>();
                for (int l = 0; l < score.layers().size(); l++) {
                    Ranking ranking = new Ranking(
                            List.of(score.layers().get(l)),
                            List.of(next.layers().get(l)));
                    layers.putAll(ranking.cut(Math.round(share * score.values(l).length))
                            .neurons());
                }
                yield new Selected(NeuronMask.of(layers), OptionalDouble.empty());
            }
        };
    }

    /** The weights whose score is above tau. */
    static Selected above(double tau, PerWeight score) {
        Map<String, NeuronMask.Layer> layers = new TreeMap<>();
        for (PerWeight.Layer layer : score.layers()) {
            float[] values = layer.values();
            IndexSet neurons = IndexSet.where(values.length, i -> values[i] > tau);
            layers.put(layer.name(), new NeuronMask.Layer(layer.shape(), neurons));
        }
        return new Selected(NeuronMask.of(layers), OptionalDouble.of(tau));
    }

    private static Selected significant(double level, Correction correction, PerWeight t, int steps) {
        TDistribution student = new TDistribution(steps - 1);
        return above(
                switch (correction) {
                    case NONE -> critical(student, level);
                    case BENJAMINI_HOCHBERG -> benjaminiHochberg(student, level, t);
                },
                t);
    }

    /**
     * The threshold on t that keeps the false discovery rate at a level. Of m weights ordered by p, Benjamini and
     * Hochberg (1995) choose the first r, with r the largest number for which p(r) <= level * r / m. That r is the
     * largest with r = #{p <= level * r / m}, and counting anew from r = m falls onto it, without sorting m numbers.
     */
    private static double benjaminiHochberg(TDistribution student, double level, PerWeight t) {
        long chosen = t.size();
        while (true) {
            double threshold = critical(student, level * chosen / t.size());
            long above = count(t, threshold);
            if (above == chosen) {
                return threshold;
            }
            chosen = above;
        }
    }

    /** The t that is exceeded by chance with probability p; beyond every number for p = 0. */
    private static double critical(TDistribution student, double p) {
        return p == 0 ? Float.MAX_VALUE : -student.inverseCumulativeProbability(p);
    }

    private static long count(PerWeight score, double threshold) {
        long count = 0;
        for (PerWeight.Layer layer : score.layers()) {
            for (float value : layer.values()) {
                count += value > threshold ? 1 : 0;
            }
        }
        return count;
    }
}
