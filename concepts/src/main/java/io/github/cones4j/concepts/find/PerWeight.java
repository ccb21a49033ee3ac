package io.github.cones4j.concepts.find;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * One float for each searched weight, layer by layer in the order of the layers' names: the weights themselves, their
 * gradients, a statistic of them, or scores. The arrays are open to be computed in; layers and shapes do not change.
 */
public final class PerWeight {
    private final List<Layer> layers;

    /**
     * The floats of one layer.
     *
     * @param name key of the weight
     * @param shape its dimensions
     * @param values one for each element, row-major
     */
    @SuppressWarnings("ArrayRecordComponent") // the array is the point; layers are not compared
    public record Layer(String name, Shape shape, float[] values) {}

    private PerWeight(List<Layer> layers) {
        this.layers = List.copyOf(layers);
    }

    /**
     * Copies of the named weights.
     *
     * @throws IllegalArgumentException if a name is missing
     */
    public static PerWeight of(Weights weights, Collection<String> names) {
        List<Layer> layers = new ArrayList<>();
        for (String name : new TreeSet<>(names)) {
            HostTensor weight = weights.get(name);
            layers.add(new Layer(name, weight.shape(), weight.toFloats()));
        }
        return new PerWeight(layers);
    }

    /** Zeros for the same layers. */
    public PerWeight zeros() {
        return new PerWeight(layers.stream()
                .map(layer -> new Layer(layer.name(), layer.shape(), new float[layer.values().length]))
                .toList());
    }

    /** A copy. */
    public PerWeight copy() {
        return new PerWeight(layers.stream()
                .map(layer ->
                        new Layer(layer.name(), layer.shape(), layer.values().clone()))
                .toList());
    }

    /** Overwrites the values with those of another over the same layers. */
    public void set(PerWeight other) {
        checkSameLayers("values", other);
        for (int l = 0; l < layers.size(); l++) {
            float[] from = other.values(l);
            System.arraycopy(from, 0, values(l), 0, from.length);
        }
    }

    /** Adds the values of another over the same layers. */
    public void add(PerWeight other) {
        checkSameLayers("values", other);
        for (int l = 0; l < layers.size(); l++) {
            float[] to = values(l);
            float[] from = other.values(l);
            for (int i = 0; i < to.length; i++) {
                to[i] += from[i];
            }
        }
    }

    /**
     * Overwrites the values with those of tensors, as a device gives them.
     *
     * @param tensors by layer; others in the map are ignored
     * @throws IllegalArgumentException naming a layer that is missing or of another shape
     */
    public void set(Map<String, HostTensor> tensors) {
        for (Layer layer : layers) {
            HostTensor tensor = tensors.get(layer.name());
            if (tensor == null || !tensor.shape().equals(layer.shape())) {
                throw new IllegalArgumentException(layer.name() + ": expected a tensor of shape " + layer.shape()
                        + ", found " + (tensor == null ? "none" : tensor));
            }
            tensor.copyTo(0, layer.values(), 0, layer.values().length);
        }
    }

    /** The layers in the order of their names. */
    public List<Layer> layers() {
        return layers;
    }

    /** The array, not a copy, of the layer with that number in the order of the names. */
    public float[] values(int layer) {
        return layers.get(layer).values();
    }

    /**
     * The array, not a copy, of a layer.
     *
     * @throws IllegalArgumentException if there is no such layer
     */
    public float[] values(String name) {
        for (Layer layer : layers) {
            if (layer.name().equals(name)) {
                return layer.values();
            }
        }
        throw new IllegalArgumentException(name + " is not among the searched layers "
                + layers.stream().map(Layer::name).toList());
    }

    /** The number of floats in all layers. */
    public long size() {
        return layers.stream().mapToLong(layer -> layer.values().length).sum();
    }

    /** The layers as tensors over these arrays, so good only until the values next change. */
    public Map<String, HostTensor> tensors() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        layers.forEach(layer -> tensors.put(
                layer.name(), HostTensor.of(layer.values(), layer.shape().dims())));
        return tensors;
    }

    /** Checks that another has the same layers. */
    void checkSameLayers(String what, PerWeight other) {
        boolean same = layers.size() == other.layers.size();
        for (int l = 0; same && l < layers.size(); l++) {
            Layer mine = layers.get(l);
            Layer theirs = other.layers.get(l);
            same = mine.name().equals(theirs.name()) && mine.shape().equals(theirs.shape());
        }
        if (!same) {
            throw new IllegalArgumentException(
                    what + " of other layers than the searched ones: expected " + this + ", found " + other);
        }
    }

    /** Names and shapes, as {@code {a.to_k.weight[320,768], a.to_v.weight[320,768]}}. */
    @Override
    public String toString() {
        return "{"
                + String.join(
                        ", ",
                        layers.stream()
                                .map(layer -> layer.name() + layer.shape())
                                .toList()) + "}";
    }
}
