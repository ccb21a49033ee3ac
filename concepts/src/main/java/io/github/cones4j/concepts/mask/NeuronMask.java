package io.github.cones4j.concepts.mask;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/**
 * The concept neurons of a model: for each weight that was searched, the positions that belong to the concept (Liu et
 * al. 2023, "Cones: Concept neurons in diffusion models for customized generation", arXiv:2303.05125). Shutting them,
 * that is setting those weights to zero, brings the concept out.
 *
 * <p>A mask also remembers the weights that were searched in vain, so that its density is a share of all that were
 * searched. In the operations on two masks, a weight that only one of them covers counts as searched in vain by the
 * other, and the result covers the weights of both. Layers are ordered by name. Immutable.
 */
public final class NeuronMask {
    private final SortedMap<String, Layer> layers;

    /**
     * The neurons in one weight.
     *
     * @param shape dimensions of the weight
     * @param neurons positions in its row-major elements
     */
    public record Layer(Shape shape, IndexSet neurons) {
        /** Checks that the positions are those of the shape. */
        public Layer {
            if (shape.size() != neurons.universe()) {
                throw new IllegalArgumentException("a weight of shape " + shape + " has " + shape.size()
                        + " elements, but the index set is over " + neurons.universe());
            }
        }
    }

    private NeuronMask(SortedMap<String, Layer> layers) {
        this.layers = Collections.unmodifiableSortedMap(layers);
    }

    /** A mask of the given layers, by the names of their weights. */
    public static NeuronMask of(Map<String, Layer> layers) {
        return new NeuronMask(new TreeMap<>(layers));
    }

    /** The union of any number of masks: several concepts in one picture. */
    public static NeuronMask union(List<NeuronMask> masks) {
        return masks.stream().reduce(of(Map.of()), NeuronMask::union);
    }

    /** The searched weights by name, in the order of their names. */
    public SortedMap<String, Layer> layers() {
        return layers;
    }

    /**
     * The neurons in one weight.
     *
     * @throws IllegalArgumentException if the weight was not searched
     */
    public IndexSet neurons(String name) {
        Layer layer = layers.get(name);
        if (layer == null) {
            throw new IllegalArgumentException("the mask does not cover " + name + ", but " + layers.keySet());
        }
        return layer.neurons();
    }

    /** The number of neurons. */
    public long size() {
        return layers.values().stream()
                .mapToLong(layer -> layer.neurons().size())
                .sum();
    }

    /** The number of weights (elements) that were searched. */
    public long searched() {
        return layers.values().stream()
                .mapToLong(layer -> layer.neurons().universe())
                .sum();
    }

    /** The share of the searched weights that are neurons, 0 .. 1. */
    public double density() {
        return searched() == 0 ? 0 : (double) size() / searched();
    }

    /** Neurons in either mask. */
    public NeuronMask union(NeuronMask other) {
        return combine("union", other, IndexSet::union);
    }

    /** Neurons in both masks. */
    public NeuronMask intersection(NeuronMask other) {
        return combine("intersection", other, IndexSet::intersection);
    }

    /** Neurons of this mask that are not in the other. */
    public NeuronMask difference(NeuronMask other) {
        return combine("difference", other, IndexSet::difference);
    }

    /** The searched weights that are not neurons. */
    public NeuronMask complement() {
        SortedMap<String, Layer> rest = new TreeMap<>();
        layers.forEach((name, layer) ->
                rest.put(name, new Layer(layer.shape(), layer.neurons().complement())));
        return new NeuronMask(rest);
    }

    /** The number of neurons in both masks. */
    public long overlap(NeuronMask other) {
        long both = 0;
        for (Map.Entry<String, Layer> entry : layers.entrySet()) {
            Layer theirs = other.layers.get(entry.getKey());
            if (theirs != null) {
                checkShapes("overlap", entry.getKey(), entry.getValue(), theirs);
                both += entry.getValue().neurons().overlap(theirs.neurons());
            }
        }
        return both;
    }

    /** Jaccard index: size of the intersection over size of the union, 0 .. 1; two empty masks are equal, so 1. */
    public double jaccard(NeuronMask other) {
        long both = overlap(other);
        long either = size() + other.size() - both;
        return either == 0 ? 1 : (double) both / either;
    }

    /**
     * A random mask with as many neurons in every layer as this one: the control that tells what shutting any such
     * number of weights does.
     *
     * @param seed the same seed gives the same mask; a layer's draw depends on the seed, its name and its two sizes
     *     only
     */
    public NeuronMask randomLike(long seed) {
        SortedMap<String, Layer> random = new TreeMap<>();
        layers.forEach((name, layer) -> {
            IndexSet own = layer.neurons();
            IndexSet drawn = IndexSet.random(own.universe(), own.size(), seedOf(seed, name));
            random.put(name, new Layer(layer.shape(), drawn));
        });
        return new NeuronMask(random);
    }

    /**
     * The weights with every neuron set to zero. The base is left as it is; only weights with a neuron are copied.
     *
     * @throws IllegalArgumentException listing every weight that the base lacks or holds in another shape
     */
    public Weights shut(Weights base) {
        return scale(base, 0);
    }

    /**
     * The weights with every neuron multiplied by a factor, in the weights' own element type. The base is left as it
     * is; only weights with a neuron are copied.
     *
     * @param factor 0 shuts the neurons, 1 changes nothing, -1 negates them
     * @throws IllegalArgumentException listing every weight that the base lacks, holds in another shape or not as
     *     floating-point numbers
     */
    public Weights scale(Weights base, float factor) {
        checkFits(base);
        Map<String, HostTensor> changed = new LinkedHashMap<>();
        layers.forEach((name, layer) -> {
            if (!layer.neurons().isEmpty()) {
                changed.put(name, scaled(base.get(name), layer.neurons(), factor));
            }
        });
        return base.overlay(base.name() + " with " + size() + " neurons times " + factor, changed);
    }

    /**
     * Checks that the weights hold every weight this mask was searched in.
     *
     * @throws IllegalArgumentException listing every weight that the base lacks, holds in another shape or not as
     *     floating-point numbers
     */
    public void checkFits(Weights base) {
        List<String> faults = new ArrayList<>();
        layers.forEach((name, layer) -> {
            HostTensor weight = base.find(name);
            if (weight == null) {
                faults.add("missing     " + name + " " + layer.shape());
            } else if (!weight.shape().equals(layer.shape())) {
                faults.add("wrong shape " + name + ": mask " + layer.shape() + ", weights " + weight.shape());
            } else if (!weight.dtype().isFloat()) {
                faults.add("wrong type  " + name + ": " + weight + " is not of floating-point numbers");
            }
        });
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("the mask does not fit " + base.name() + ", " + faults.size() + " of "
                    + layers.size() + " weights (was it found in another model?):\n  " + String.join("\n  ", faults));
        }
    }

    private static HostTensor scaled(HostTensor weight, IndexSet neurons, float factor) {
        int[] dims = weight.shape().dims();
        if (weight.dtype() == DType.F64) {
            double[] values = weight.toDoubles();
            neurons.forEach(index -> values[index] = factor == 0 ? 0 : values[index] * factor);
            return HostTensor.of(values, dims);
        }
        float[] values = weight.toFloats();
        // exactly zero, also where a weight is negative or not finite
        neurons.forEach(index -> values[index] = factor == 0 ? 0 : values[index] * factor);
        return HostTensor.of(values, dims).cast(weight.dtype());
    }

    private NeuronMask combine(String operation, NeuronMask other, BinaryOperator<IndexSet> operator) {
        SortedMap<String, Layer> combined = new TreeMap<>();
        layers.forEach((name, mine) -> {
            Layer theirs = other.layers.getOrDefault(name, none(mine));
            checkShapes(operation, name, mine, theirs);
            combined.put(name, new Layer(mine.shape(), operator.apply(mine.neurons(), theirs.neurons())));
        });
        other.layers.forEach((name, theirs) -> {
            if (!layers.containsKey(name)) {
                IndexSet set = operator.apply(none(theirs).neurons(), theirs.neurons());
                combined.put(name, new Layer(theirs.shape(), set));
            }
        });
        return new NeuronMask(combined);
    }

    private static Layer none(Layer like) {
        return new Layer(like.shape(), IndexSet.empty(like.neurons().universe()));
    }

    private static void checkShapes(String operation, String name, Layer mine, Layer theirs) {
        if (!mine.shape().equals(theirs.shape())) {
            throw new IllegalArgumentException(operation + " of masks: " + name + " is " + mine.shape() + " in one and "
                    + theirs.shape() + " in the other; masks of different models cannot be combined");
        }
    }

    /** A seed of the layer's own: FNV-1a of its name (Fowler, Noll and Vo, 64 bits), mixed with the common seed. */
    private static long seedOf(long seed, String name) {
        long hash = 0xCBF29CE484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
        }
        return SplitMix64.mix(seed) ^ hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NeuronMask mask && layers.equals(mask.layers);
    }

    @Override
    public int hashCode() {
        return layers.hashCode();
    }

    /** As {@code 1916928 of 19169280 weights in 32 layers}. */
    @Override
    public String toString() {
        return size() + " of " + searched() + " weights in " + layers.size() + " layers";
    }
}
