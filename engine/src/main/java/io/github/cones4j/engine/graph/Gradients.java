package io.github.cones4j.engine.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode differentiation, graph to graph: the gradient is made of further nodes. Only the paths from the loss to
 * the wanted tensors are walked, so the gradient of a few weights costs only what it needs.
 */
public final class Gradients {
    private final Set<Tensor> reaching = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Tensor> order = new ArrayList<>();
    private final Map<Tensor, Tensor> cotangents = new IdentityHashMap<>();
    private final Map<Segment, Recomputation> recomputed = new IdentityHashMap<>();

    private Gradients() {}

    /**
     * The gradient of a scalar.
     *
     * @param loss a tensor of one element
     * @param wrt the tensors to differentiate by, for instance weights
     * @return for each of them its gradient, of its shape; zeros where the loss does not depend on it
     * @throws ShapeException if the loss has more than one element
     */
    public static List<Tensor> of(Tensor loss, List<Tensor> wrt) {
        if (loss.shape().size() != 1) {
            throw new ShapeException("gradient: the loss must have one element, has " + loss.shape()
                    + "; reduce it with sum() or mean()");
        }
        return of(loss, Tensor.full(1, loss.spec()), wrt);
    }

    /**
     * The vector-Jacobian product.
     *
     * @param y the tensor to differentiate
     * @param dy its cotangent, of its shape
     * @param wrt the tensors to differentiate by
     * @return for each of them its cotangent, of its shape
     */
    public static List<Tensor> of(Tensor y, Tensor dy, List<Tensor> wrt) {
        if (!y.shape().equals(dy.shape())) {
            throw new ShapeException("gradient: cotangent " + dy.shape() + " differs from " + y.shape());
        }
        Gradients gradients = new Gradients();
        gradients.reaching.addAll(wrt);
        gradients.visit(y);
        gradients.cotangents.put(y, dy);
        for (Tensor tensor : gradients.order.reversed()) {
            gradients.propagate(tensor);
        }
        return wrt.stream()
                .map(tensor -> {
                    Tensor found = gradients.cotangents.get(tensor);
                    return found != null ? found : Tensor.full(0, tensor.spec());
                })
                .toList();
    }

    /** Finds which nodes lead to a wanted tensor, and lists them inputs first. */
    private void visit(Tensor root) {
        for (Tensor tensor : Program.topological(List.of(root))) {
            if (tensor.inputs().stream().anyMatch(reaching::contains)) {
                reaching.add(tensor);
                order.add(tensor);
            }
        }
    }

    private void propagate(Tensor tensor) {
        Tensor dy = cotangents.get(tensor);
        if (dy == null) {
            return;
        }
        Segment root = tensor.segment() == null ? null : tensor.segment().recomputedRoot();
        Tensor again = root == null
                ? tensor
                : recomputed
                        .computeIfAbsent(root, r -> new Recomputation(r, dy))
                        .clone(tensor);
        Segment.within(tensor.segment(), () -> {
            tensor.op().vjp(again, dy, (i, cotangent) -> offer(tensor.input(i), cotangent));
            return tensor;
        });
    }

    private void offer(Tensor input, Supplier<Tensor> cotangent) {
        if (reaching.contains(input)) {
            cotangents.merge(input, unbroadcast(cotangent.get(), input.shape()), Tensor::add);
        }
    }

    /** Sums over the axes along which a tensor of the given shape was repeated. */
    private static Tensor unbroadcast(Tensor dy, Shape shape) {
        if (dy.shape().equals(shape)) {
            return dy;
        }
        int extra = dy.shape().rank() - shape.rank();
        List<Integer> axes = new ArrayList<>();
        for (int axis = 0; axis < dy.shape().rank(); axis++) {
            if (axis < extra || (shape.dim(axis - extra) == 1 && dy.shape().dim(axis) != 1)) {
                axes.add(axis);
            }
        }
        Tensor sum = axes.isEmpty()
                ? dy
                : dy.sum(axes.stream().mapToInt(Integer::intValue).toArray());
        return sum.reshape(shape);
    }

    /** The second computation of a segment's activations: copies of its nodes behind barriers. */
    private static final class Recomputation {
        private final Segment root;
        private final Tensor trigger;
        private final Map<Tensor, Tensor> clones = new HashMap<>();

        Recomputation(Segment root, Tensor trigger) {
            this.root = root;
            this.trigger = trigger;
        }

        Tensor clone(Tensor tensor) {
            Tensor known = clones.get(tensor);
            if (known != null) {
                return known;
            }
            Tensor clone;
            @Nullable Segment segment = tensor.segment();
            if (tensor.op() instanceof Leaf && !(tensor.op() instanceof Leaf.Input)) {
                clone = tensor;
            } else if (segment == null || segment.recomputedRoot() != root) {
                clone = Tensor.of(new Barrier(), tensor, trigger);
            } else {
                clone = tensor.withInputs(
                        tensor.inputs().stream().map(this::clone).toList());
            }
            clones.put(tensor, clone);
            return clone;
        }
    }
}
