package io.github.cones4j.concepts.measure;

import io.github.cones4j.concepts.mask.NeuronMask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How far concepts share neurons, in a table of all pairs.
 *
 * @param names the concepts
 * @param jaccard for each pair the size of the intersection over that of the union, 0 .. 1
 * @param chance what random masks of the same layer-wise sizes would have, about
 */
public record Overlap(List<String> names, List<List<Double>> jaccard, List<List<Double>> chance) {

    /** The overlap of masks, in the order of the map. */
    public static Overlap of(Map<String, NeuronMask> masks) {
        List<List<Double>> jaccard = new ArrayList<>();
        List<List<Double>> chance = new ArrayList<>();
        for (NeuronMask a : masks.values()) {
            jaccard.add(masks.values().stream().map(a::jaccard).toList());
            chance.add(masks.values().stream().map(b -> byChance(a, b)).toList());
        }
        return new Overlap(List.copyOf(masks.keySet()), List.copyOf(jaccard), List.copyOf(chance));
    }

    /**
     * The Jaccard index at the expected intersection of independent random masks with these layer-wise sizes: for a
     * layer of n weights, a b / n.
     */
    static double byChance(NeuronMask a, NeuronMask b) {
        double both = 0;
        for (Map.Entry<String, NeuronMask.Layer> layer : a.layers().entrySet()) {
            NeuronMask.Layer other = b.layers().get(layer.getKey());
            if (other != null) {
                both += layer.getValue().neurons().density() * other.neurons().size();
            }
        }
        double either = a.size() + b.size() - both;
        return either == 0 ? 1 : both / either;
    }
}
