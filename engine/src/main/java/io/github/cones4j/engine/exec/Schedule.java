package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.graph.Barrier;
import io.github.cones4j.engine.graph.Cast;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Movement;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program made ready for a device: equal nodes merged, elementwise functions fused into chains, and an order that
 * keeps few intermediate results alive.
 *
 * <p>The order visits the results by their depth and computes for each only what it still needs. A weight's update is
 * therefore computed as soon as its gradient is there; before it come, where possible, all other readers of the old
 * value, so that a device may write the new one in place.
 */
public final class Schedule {
    /** Longer chains gain nothing and would need more working memory. */
    private static final int MAX_LINKS = 48;

    private final List<Tensor> order;
    private final Map<String, Tensor> outputs;
    private final Map<String, Tensor> updates;

    private Schedule(List<Tensor> order, Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        this.order = Collections.unmodifiableList(order);
        this.outputs = Collections.unmodifiableMap(outputs);
        this.updates = Collections.unmodifiableMap(updates);
    }

    /** Prepares a program. */
    public static Schedule of(Program program) {
        Map<Tensor, Tensor> merged = merge(program);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        program.outputs().forEach((name, tensor) -> outputs.put(name, detached(at(merged, tensor), program)));
        Map<String, Tensor> updates = new LinkedHashMap<>();
        program.updates().forEach((name, tensor) -> updates.put(name, detached(at(merged, tensor), program)));
        fuse(outputs, updates);
        return new Schedule(order(outputs, updates), outputs, updates);
    }

    /** Every node to compute, inputs before their consumers. */
    public List<Tensor> order() {
        return order;
    }

    /** The results by name. */
    public Map<String, Tensor> outputs() {
        return outputs;
    }

    /** The new values of weights by name. */
    public Map<String, Tensor> updates() {
        return updates;
    }

    /** Whether a node's result is its first input's memory seen differently, on a device with strided views. */
    public static boolean isView(Op op) {
        return switch (op) {
            case Movement.Reshape r -> true;
            case Movement.Permute p -> true;
            case Movement.Slice s -> true;
            case Movement.Broadcast b -> true;
            case Barrier b -> true;
            case Cast c -> true; // of float types, where all are computed in float32
            default -> false;
        };
    }

    private static Tensor at(Map<Tensor, Tensor> map, Tensor key) {
        Tensor value = map.get(key);
        if (value == null) {
            throw new IllegalStateException("not scheduled: " + key);
        }
        return value;
    }

    // Merging

    private record Key(Op op, List<Integer> inputs) {}

    /** Maps every node to the one that computes the same. */
    private static Map<Tensor, Tensor> merge(Program program) {
        Map<Tensor, Tensor> merged = new IdentityHashMap<>();
        Map<Tensor, Integer> ids = new IdentityHashMap<>();
        Map<Key, Tensor> known = new HashMap<>();
        for (Tensor tensor : Program.topological(program.roots())) {
            List<Tensor> inputs =
                    tensor.inputs().stream().map(input -> at(merged, input)).toList();
            Tensor simple = simplify(tensor.withInputs(inputs));
            Key key =
                    new Key(simple.op(), simple.inputs().stream().map(ids::get).toList());
            Tensor first = known.putIfAbsent(key, simple);
            Tensor one = first == null ? simple : first;
            ids.putIfAbsent(one, ids.size());
            merged.put(tensor, one);
        }
        return merged;
    }

    /** Joins affine functions that follow each other, and drops those that change nothing. */
    private static Tensor simplify(Tensor tensor) {
        if (!(tensor.op() instanceof Elementwise.Affine outer)) {
            return tensor;
        }
        Tensor input = tensor.input(0);
        if (outer.scale() == 1 && outer.shift() == 0) {
            return input;
        }
        if (input.op() instanceof Elementwise.Affine inner) {
            double scale = outer.scale() * inner.scale();
            double shift = outer.scale() * inner.shift() + outer.shift();
            if (isFloat32(scale) && isFloat32(shift)) {
                return simplify(tensor.withInputs(new Elementwise.Affine(scale, shift), input.inputs()));
            }
        }
        return tensor;
    }

    /** Whether a number neither overflows nor loses digits to gradual underflow as a float32. */
    private static boolean isFloat32(double value) {
        return value == 0 || (Math.abs(value) >= Float.MIN_NORMAL && Math.abs(value) <= Float.MAX_VALUE);
    }

    /** A result that is only a view of a weight which the program replaces becomes a copy, made before that. */
    private static Tensor detached(Tensor tensor, Program program) {
        Tensor base = tensor;
        while (isView(base.op())) {
            base = base.input(0);
        }
        return base.op() instanceof Leaf.Weight weight && program.updates().containsKey(weight.name())
                ? copy(tensor)
                : tensor;
    }

    private static Tensor copy(Tensor tensor) {
        Tensor listed = tensor.shape().rank() == 0 ? tensor.reshape(1) : tensor;
        return Tensor.of(new Movement.Concat(0), listed).reshape(tensor.shape());
    }

    // Fusion

    private static List<Tensor> roots(Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        List<Tensor> roots = new ArrayList<>(outputs.values());
        roots.addAll(updates.values());
        return roots;
    }

    /** Puts chains in the place of elementwise nodes whose results are used only within the chain. */
    private static void fuse(Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        List<Tensor> roots = roots(outputs, updates);
        List<Tensor> order = Program.topological(roots);
        Map<Tensor, List<Tensor>> consumers = consumers(order);
        Set<Tensor> kept = identitySet();
        kept.addAll(roots);
        Map<Tensor, Tensor> ends = new IdentityHashMap<>(); // elementwise node -> last node of its chain
        Map<Tensor, Integer> sizes = new IdentityHashMap<>();
        for (Tensor tensor : order.reversed()) {
            if (!(tensor.op() instanceof Elementwise)) {
                continue;
            }
            Tensor end = kept.contains(tensor) ? null : commonEnd(tensor, consumers, ends);
            if (end == null || sizes.merge(end, 1, Integer::sum) > MAX_LINKS) {
                end = tensor;
                sizes.put(end, 1);
            }
            ends.put(tensor, end);
        }
        Map<Tensor, Tensor> rebuilt = new IdentityHashMap<>();
        for (Tensor tensor : order) {
            Tensor end = ends.get(tensor);
            if (end == null) {
                rebuilt.put(
                        tensor,
                        tensor.withInputs(tensor.inputs().stream()
                                .map(i -> at(rebuilt, i))
                                .toList()));
            } else if (end == tensor) {
                rebuilt.put(tensor, chain(tensor, ends, rebuilt));
            }
        }
        outputs.replaceAll((name, tensor) -> at(rebuilt, tensor));
        updates.replaceAll((name, tensor) -> at(rebuilt, tensor));
    }

    /** The end of the one chain of equal shape that holds all consumers, or null. */
    private static @Nullable Tensor commonEnd(
            Tensor tensor, Map<Tensor, List<Tensor>> consumers, Map<Tensor, Tensor> ends) {
        Tensor common = null;
        for (Tensor consumer : consumers.getOrDefault(tensor, List.of())) {
            Tensor end = ends.get(consumer);
            if (end == null || !end.spec().equals(tensor.spec()) || (common != null && common != end)) {
                return null;
            }
            common = end;
        }
        return common;
    }

    /** The chain that ends in {@code end}, or the rebuilt node alone. */
    private static Tensor chain(Tensor end, Map<Tensor, Tensor> ends, Map<Tensor, Tensor> rebuilt) {
        List<Tensor> members = new ArrayList<>();
        Set<Tensor> outside = new LinkedHashSet<>();
        collect(end, end, ends, members, identitySet(), outside);
        if (members.size() == 1) {
            return end.withInputs(
                    end.inputs().stream().map(input -> at(rebuilt, input)).toList());
        }
        List<Tensor> inputs = List.copyOf(outside);
        Map<Tensor, Integer> numbers = new IdentityHashMap<>();
        inputs.forEach(input -> numbers.put(input, numbers.size()));
        List<Fused.Link> links = new ArrayList<>();
        for (Tensor member : members) {
            if (member.op() instanceof Elementwise op) {
                links.add(new Fused.Link(
                        op, member.inputs().stream().map(numbers::get).toList()));
                numbers.put(member, numbers.size());
            }
        }
        return end.withInputs(
                new Fused.Chain(inputs.size(), links),
                inputs.stream().map(input -> at(rebuilt, input)).toList());
    }

    private static void collect(
            Tensor tensor,
            Tensor end,
            Map<Tensor, Tensor> ends,
            List<Tensor> members,
            Set<Tensor> visited,
            Set<Tensor> outside) {
        if (!visited.add(tensor)) {
            return;
        }
        if (ends.get(tensor) != end) {
            outside.add(tensor);
            return;
        }
        tensor.inputs().forEach(input -> collect(input, end, ends, members, visited, outside));
        members.add(tensor);
    }

    private static Map<Tensor, List<Tensor>> consumers(List<Tensor> order) {
        Map<Tensor, List<Tensor>> consumers = new IdentityHashMap<>();
        for (Tensor tensor : order) {
            for (Tensor input : tensor.inputs()) {
                consumers.computeIfAbsent(input, k -> new ArrayList<>()).add(tensor);
            }
        }
        return consumers;
    }

    // Order

    private static List<Tensor> order(Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        List<Tensor> roots = roots(outputs, updates);
        roots.sort(Comparator.comparingInt(Tensor::depth));
        Map<Tensor, List<Tensor>> readersFirst = readersOfReplaced(roots, updates);
        Set<Tensor> entered = identitySet();
        Set<Tensor> done = identitySet();
        List<Tensor> order = new ArrayList<>();
        List<Tensor> stack = new ArrayList<>();
        for (Tensor root : roots) {
            stack.add(root);
            while (!stack.isEmpty()) {
                Tensor tensor = stack.getLast();
                if (entered.add(tensor)) {
                    readersFirst.getOrDefault(tensor, List.of()).stream()
                            .filter(reader -> !entered.contains(reader))
                            .forEach(stack::add);
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

    /**
     * For each update the nodes that read the old value, through views too, as far as waiting for them closes no circle:
     * neither through the graph nor through another such wait.
     */
    private static Map<Tensor, List<Tensor>> readersOfReplaced(List<Tensor> roots, Map<String, Tensor> updates) {
        List<Tensor> all = Program.topological(roots);
        Map<Tensor, List<Tensor>> consumers = consumers(all);
        Map<Tensor, List<Tensor>> followers = new IdentityHashMap<>(); // consumers, and updates that wait for the node
        consumers.forEach((tensor, list) -> followers.put(tensor, new ArrayList<>(list)));
        Map<Tensor, List<Tensor>> first = new IdentityHashMap<>();
        for (Tensor leaf : all) {
            Tensor update = leaf.op() instanceof Leaf.Weight weight ? updates.get(weight.name()) : null;
            if (update == null) {
                continue;
            }
            for (Tensor reader : readers(leaf, consumers)) {
                if (reader != update && !reachable(update, followers).contains(reader)) {
                    first.computeIfAbsent(update, k -> new ArrayList<>()).add(reader);
                    followers.computeIfAbsent(reader, k -> new ArrayList<>()).add(update);
                }
            }
        }
        return first;
    }

    /** The nodes that read a leaf's memory, directly or through views. */
    private static List<Tensor> readers(Tensor leaf, Map<Tensor, List<Tensor>> consumers) {
        List<Tensor> readers = new ArrayList<>();
        List<Tensor> open = new ArrayList<>(List.of(leaf));
        while (!open.isEmpty()) {
            for (Tensor reader : consumers.getOrDefault(open.removeLast(), List.of())) {
                readers.add(reader);
                if (isView(reader.op())) {
                    open.add(reader);
                }
            }
        }
        return readers;
    }

    private static Set<Tensor> reachable(Tensor tensor, Map<Tensor, List<Tensor>> followers) {
        Set<Tensor> found = identitySet();
        List<Tensor> open = new ArrayList<>(List.of(tensor));
        while (!open.isEmpty()) {
            for (Tensor follower : followers.getOrDefault(open.removeLast(), List.of())) {
                if (found.add(follower)) {
                    open.add(follower);
                }
            }
        }
        return found;
    }

    private static Set<Tensor> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }
}
