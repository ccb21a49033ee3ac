package io.github.cones4j.engine.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a device compiles once and runs many times: named results, and new values for weights or states.
 *
 * <p>A run reads every weight as it was when the run began; the updates take effect together at its end.
 */
public final class Program {
    private final Map<String, Tensor> outputs;
    private final Map<String, Tensor> updates;
    private final Map<String, Spec> inputs = new TreeMap<>();
    private final Map<String, Spec> weights = new TreeMap<>();

    private Program(Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        this.outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        this.updates = Collections.unmodifiableMap(new LinkedHashMap<>(updates));
        for (Tensor tensor : topological(roots())) {
            switch (tensor.op()) {
                case Leaf.Input(String name, Spec spec) -> declare("input", inputs, name, spec);
                case Leaf.Weight(String name, Spec spec) -> declare("weight", weights, name, spec);
                default -> {}
            }
        }
        updates.forEach((name, value) -> declare("update of", weights, name, value.spec()));
    }

    private static void declare(String what, Map<String, Spec> known, String name, Spec spec) {
        Spec earlier = known.putIfAbsent(name, spec);
        if (earlier != null && !earlier.equals(spec)) {
            throw new ShapeException(
                    what + " " + name + " is " + earlier + " in one place and " + spec + " in another");
        }
    }

    /** A program that computes named results. */
    public static Program of(Map<String, Tensor> outputs) {
        return new Program(outputs, Map.of());
    }

    /**
     * A program that computes named results and replaces weights.
     *
     * @param updates the name of a weight or state, and its value after the run
     */
    public static Program of(Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        return new Program(outputs, updates);
    }

    /** A program with one result named {@code out}. */
    public static Program of(Tensor out) {
        return of(Map.of("out", out));
    }

    /** Results by name, in order. */
    public Map<String, Tensor> outputs() {
        return outputs;
    }

    /** New values of weights by name, in order. */
    public Map<String, Tensor> updates() {
        return updates;
    }

    /** What has to be supplied in every run, by name. */
    public Map<String, Spec> inputs() {
        return Collections.unmodifiableMap(inputs);
    }

    /** The weights and states it reads or replaces, by name. */
    public Map<String, Spec> weights() {
        return Collections.unmodifiableMap(weights);
    }

    /** Results and updates: the nodes that must be computed. */
    public List<Tensor> roots() {
        List<Tensor> roots = new ArrayList<>(outputs.values());
        roots.addAll(updates.values());
        return roots;
    }

    /** All nodes that lead to the roots, inputs before their consumers, each once. */
    public static List<Tensor> topological(List<Tensor> roots) {
        List<Tensor> order = new ArrayList<>();
        Set<Tensor> entered = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Tensor> done = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Tensor> stack = new ArrayList<>();
        for (Tensor root : roots) {
            stack.add(root);
            while (!stack.isEmpty()) { // iterative: graphs are deep
                Tensor tensor = stack.getLast();
                if (entered.add(tensor)) {
                    tensor.inputs().reversed().stream()
                            .filter(input -> !entered.contains(input))
                            .forEach(stack::add);
                } else {
                    stack.removeLast();
                    if (done.add(tensor)) {
                        order.add(tensor);
                    }
                }
            }
        }
        return order;
    }
}
