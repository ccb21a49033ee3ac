package io.github.cones4j.engine.nn;

import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A place in the tree of a model's keys. Building a model walks the tree and so collects every key it expects, in the
 * order of construction; asking for a key twice gives the same node.
 */
public final class Params {
    private final Map<String, Tensor> declared;
    private final Predicate<String> given;
    private final String prefix;
    private final String name;

    private Params(Map<String, Tensor> declared, Predicate<String> given, String prefix, String name) {
        this.declared = declared;
        this.given = given;
        this.prefix = prefix;
        this.name = name;
    }

    /** The root of a new tree. */
    public static Params root() {
        return root(key -> false);
    }

    /**
     * The root of a new tree in which some parameters are inputs of the program, named by their keys: for weights that
     * differ from run to run.
     */
    public static Params root(Predicate<String> given) {
        return new Params(new LinkedHashMap<>(), given, "", "");
    }

    /** The place under {@code child}. */
    public Params at(String child) {
        return new Params(declared, given, prefix + child + ".", child);
    }

    /** The place under a number, as in a list of modules. */
    public Params at(int index) {
        String number = Integer.toString(index);
        return new Params(declared, given, prefix + number + ".", name.isEmpty() ? number : name + "." + number);
    }

    /**
     * A float32 parameter.
     *
     * @param name the last part of its key, for instance {@code weight}
     * @param dims its shape
     * @throws ShapeException if the key is already known with another shape
     */
    public Tensor tensor(String name, int... dims) {
        String key = prefix + name;
        Tensor tensor =
                declared.computeIfAbsent(key, k -> given.test(k) ? Tensor.input(k, dims) : Tensor.weight(k, dims));
        if (!tensor.spec().equals(Spec.f32(dims))) {
            throw new ShapeException("parameter " + key + " is " + tensor.spec() + " in one place and " + Spec.f32(dims)
                    + " in another");
        }
        return tensor;
    }

    /** The key of this place without the final dot; empty at the root. */
    public String path() {
        return prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
    }

    /**
     * What this place is called by the module that holds it: the last part of the path, or, for an element of a list, the
     * list's name and the number, as {@code resnets.1}. The name of the module's {@code Segment}, so that the segments'
     * paths are the keys.
     */
    public String name() {
        return name;
    }

    /** Every key declared so far in the whole tree, in the order of construction, with its node. */
    public Map<String, Tensor> declared() {
        return Collections.unmodifiableMap(declared);
    }

    /** Every key declared so far in the whole tree with its type and shape. */
    public Map<String, Spec> specs() {
        Map<String, Spec> specs = new LinkedHashMap<>();
        declared.forEach((key, tensor) -> specs.put(key, tensor.spec()));
        return specs;
    }

    /** The nodes whose keys satisfy a condition, in the order of construction. */
    public List<Tensor> select(Predicate<String> condition) {
        List<Tensor> chosen = new ArrayList<>();
        declared.forEach((key, tensor) -> {
            if (condition.test(key)) {
                chosen.add(tensor);
            }
        });
        return chosen;
    }

    /** The nodes of the given keys, in their order. */
    public List<Tensor> all(Collection<String> keys) {
        return keys.stream()
                .map(key -> {
                    Tensor tensor = declared.get(key);
                    if (tensor == null) {
                        throw new IllegalArgumentException("the model has no parameter " + key);
                    }
                    return tensor;
                })
                .toList();
    }
}
