package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Schedule;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Movement;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes of a schedule that need no memory of their own, for the one node that reads them can be computed by the same kernel: a
 * group norm before SiLU, a product before a sum or an activation. Such a node is <em>deferred</em>: it is computed with its reader, or
 * just before it where that turns out not to be possible. What an output, an update or a second reader needs is never deferred.
 *
 * <p>What is found depends on the nodes alone and not on their order, for it decides how sums are rounded.
 */
final class Fusion {
    /** How a node is computed together with nodes that only it reads. */
    sealed interface Pattern {
        /** The nodes that it stands for besides the reader. */
        List<Tensor> parts();
    }

    /** SiLU of a group norm. */
    record SiluOfNorm(Tensor norm) implements Pattern {
        @Override
        public List<Tensor> parts() {
            return List.of(norm);
        }
    }

    /**
     * The gradient of a group norm whose cotangent comes through SiLU.
     *
     * @param norm the forward node, for its gain and bias
     * @param dy the cotangent of SiLU's result
     * @param dz that of the norm's, a part
     */
    record GradientThroughSilu(Tensor norm, Tensor dy, Tensor dz) implements Pattern {
        @Override
        public List<Tensor> parts() {
            return List.of(dz);
        }
    }

    /** {@code activation} of a product. */
    record Activated(Product product, Elementwise activation) implements Pattern {
        @Override
        public List<Tensor> parts() {
            return product.parts();
        }
    }

    /** {@code first + alpha1 * product1 + alpha2 * product2 + ...}. */
    record Sum(@Nullable Tensor first, List<Product> products) implements Pattern {
        @Override
        public List<Tensor> parts() {
            return products.stream().flatMap(p -> p.parts().stream()).toList();
        }
    }

    /** {@code a * gelu(b)}, the product being [a, b] along its last axis. */
    record Gated(Tensor product, Tensor left, Tensor right) implements Pattern {
        @Override
        public List<Tensor> parts() {
            return List.of(product, left, right);
        }
    }

    /**
     * The sum of two tensors padded with zeros that do not overlap: both side by side.
     *
     * @param pads the nodes that pad, parts like the functions among their inputs
     */
    record SideBySide(List<Tensor> pads, List<Tensor> functions) implements Pattern {
        @Override
        public List<Tensor> parts() {
            List<Tensor> parts = new ArrayList<>(pads);
            parts.addAll(functions);
            return parts;
        }
    }

    /**
     * A product of matrices, or a convolution, behind reshapes and permutations.
     *
     * @param node that computes it
     * @param views of it, the last reader first
     * @param alpha what it is multiplied by
     */
    record Product(Tensor node, List<Tensor> views, float alpha) {
        List<Tensor> parts() {
            List<Tensor> parts = new ArrayList<>(views);
            parts.add(node);
            return parts;
        }
    }

    private static final Op SILU_GRADIENT = silu(1).op();
    private static final Op GEGLU = geglu().op();

    private final Map<String, Tensor> updates;
    private final Map<Tensor, Integer> readers = new IdentityHashMap<>();
    private final Map<Tensor, Pattern> patterns = new IdentityHashMap<>();
    private final Set<Tensor> deferred = Collections.newSetFromMap(new IdentityHashMap<>());

    Fusion(Schedule schedule) {
        updates = schedule.updates();
        schedule.order().forEach(tensor -> tensor.inputs().forEach(this::read));
        schedule.outputs().values().forEach(this::read);
        schedule.updates().values().forEach(this::read);
        findNormGradients(schedule.order());
        for (Tensor tensor : schedule.order()) {
            Pattern pattern = deferred.contains(tensor) ? null : find(tensor);
            if (pattern != null) {
                add(tensor, pattern);
            }
        }
    }

    /** How a node is to be computed together with others, if it is. */
    @Nullable
    Pattern of(Tensor tensor) {
        return patterns.get(tensor);
    }

    /** Whether a node is computed with its reader. */
    boolean defers(Tensor tensor) {
        return deferred.contains(tensor);
    }

    private void read(Tensor tensor) {
        readers.merge(tensor, 1, Integer::sum);
    }

    private int readers(Tensor tensor) {
        return readers.getOrDefault(tensor, 0);
    }

    private void add(Tensor tensor, Pattern pattern) {
        patterns.put(tensor, pattern);
        deferred.addAll(pattern.parts());
    }

    private @Nullable Pattern find(Tensor tensor) {
        return switch (tensor.op()) {
            case Elementwise.Silu silu
            when isNorm(tensor.input(0)) && readers(tensor.input(0)) == 1 -> new SiluOfNorm(tensor.input(0));
            case Elementwise.Silu silu -> activated(tensor, silu);
            case Elementwise.Gelu gelu -> activated(tensor, gelu);
            case Elementwise.QuickGelu gelu -> activated(tensor, gelu);
            case Elementwise.Add add when isSideBySide(tensor) -> sideBySide(tensor);
            case Elementwise other -> sum(tensor);
            case Fused.Chain chain when chain.equals(GEGLU) -> gated(tensor);
            case Fused.Chain chain -> sum(tensor);
            default -> null;
        };
    }

    // Norms

    private static boolean isNorm(Tensor tensor) {
        return tensor.op() instanceof Norm.GroupNorm;
    }

    /** The nodes of SiLU and its gradient as a schedule leaves them. */
    private static Tensor silu(int number) {
        Tensor x = Tensor.input("x", 1);
        Tensor dy = Tensor.input("dy", 1);
        Tensor y = x.silu();
        List<Tensor> results = List.of(y, ((Elementwise.Unary) y.op()).derivative(x, y, dy));
        return scheduled(results.get(number));
    }

    private static Tensor geglu() {
        return scheduled(Tensor.input("a", 1).mul(Tensor.input("b", 1).gelu()));
    }

    private static Tensor scheduled(Tensor tensor) {
        return Schedule.of(Program.of(tensor)).order().getLast();
    }

    /** Finds cotangents that only gradients of a norm read, and that come through the SiLU of that norm. */
    private void findNormGradients(List<Tensor> order) {
        Map<Tensor, List<Tensor>> gradients = new IdentityHashMap<>(); // by cotangent
        for (Tensor tensor : order) {
            if (tensor.op() instanceof Norm.GroupNormGradInput || tensor.op() instanceof Norm.GroupNormGradAffine) {
                Tensor dz = tensor.inputs().getLast();
                if (dz.op().equals(SILU_GRADIENT)
                        && dz.input(0).shape().equals(dz.shape())
                        && isGradientOf(dz.input(1), tensor)) {
                    gradients.computeIfAbsent(dz, k -> new ArrayList<>()).add(tensor);
                }
            }
        }
        gradients.forEach((dz, all) -> {
            if (all.size() == readers(dz)) {
                Tensor norm = dz.input(1);
                all.forEach(gradient -> add(gradient, new GradientThroughSilu(norm, dz.input(0), dz)));
                if (readers.merge(norm, -1, Integer::sum) == 0) {
                    deferred.add(norm); // for ever: it is computed again from its input
                }
            }
        });
    }

    private static boolean isGradientOf(Tensor norm, Tensor gradient) {
        return norm.op() instanceof Norm.GroupNorm(int groups, double epsilon)
                && norm.input(0) == gradient.input(0)
                && switch (gradient.op()) {
                    case Norm.GroupNormGradInput(int g, double e) ->
                        g == groups && e == epsilon && norm.input(1) == gradient.input(1);
                    case Norm.GroupNormGradAffine(int g, double e) -> g == groups && e == epsilon;
                    default -> false;
                };
    }

    // Products

    /** The product that only {@code reader} reads, perhaps through views, if there is one. */
    private @Nullable Product product(Tensor tensor, double alpha, Tensor reader) {
        List<Tensor> views = new ArrayList<>();
        Tensor node = tensor;
        while (readers(node) == 1 && (node.op() instanceof Movement.Reshape || node.op() instanceof Movement.Permute)) {
            views.add(node);
            node = node.input(0);
        }
        boolean suits = readers(node) == 1
                && node.shape().size() > 0
                && takesEpilogue(node)
                && maySeeOldWeights(node, reader)
                && (alpha == 1 || node.inputs().size() == 2); // a bias is not scaled
        return suits ? new Product(node, views, (float) alpha) : null;
    }

    /** Whether the weights that a product reads are replaced only after its reader, so that the new ones may be written over the old. */
    private boolean maySeeOldWeights(Tensor product, Tensor reader) {
        for (Tensor input : product.inputs()) {
            Tensor base = input;
            while (Schedule.isView(base.op())) {
                base = base.input(0);
            }
            Tensor update = base.op() instanceof Leaf.Weight weight ? updates.get(weight.name()) : null;
            if (update != null && !dependsOn(update, reader)) {
                return false;
            }
        }
        return true;
    }

    private static boolean dependsOn(Tensor tensor, Tensor source) {
        Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Tensor> open = new ArrayList<>(List.of(tensor));
        while (!open.isEmpty()) {
            Tensor next = open.removeLast();
            if (next == source) {
                return true;
            }
            if (next.depth() > source.depth() && seen.add(next)) {
                open.addAll(next.inputs());
            }
        }
        return false;
    }

    private static boolean takesEpilogue(Tensor node) {
        return switch (node.op()) {
            case MatMul matmul -> node.input(1).shape().rank() == 2;
            case Conv.Conv2d conv -> true;
            case Conv.Conv2dGradInput gradient -> gradient.stride() == 1;
            default -> false;
        };
    }

    private @Nullable Pattern activated(Tensor tensor, Elementwise activation) {
        Product product = product(tensor.input(0), 1, tensor);
        return product == null ? null : new Activated(product, activation);
    }

    /** A sum of products and at most one other tensor. */
    private @Nullable Pattern sum(Tensor tensor) {
        double[] factors = factors(tensor);
        if (factors.length == 0) {
            return null;
        }
        Tensor first = null;
        List<Product> products = new ArrayList<>();
        for (int i = 0; i < factors.length; i++) {
            Tensor input = tensor.input(i);
            Product product = input.shape().equals(tensor.shape()) ? product(input, factors[i], tensor) : null;
            if (product != null) {
                products.add(product);
            } else if (first == null && factors[i] == 1) {
                first = input;
            } else {
                return null;
            }
        }
        if (first == null && products.size() > 1 && products.getFirst().alpha() == 1) {
            first = tensor.input(0); // computed where it stands
            products.removeFirst();
        }
        return products.isEmpty() ? null : new Sum(first, products);
    }

    /** If a node is a sum of its inputs times factors other than 0, these; else nothing. */
    private static double[] factors(Tensor tensor) {
        int inputs = tensor.inputs().size();
        if (Set.copyOf(tensor.inputs()).size() < inputs) {
            return new double[0];
        }
        List<double[]> values = new ArrayList<>();
        for (int i = 0; i < inputs; i++) {
            double[] unit = new double[inputs];
            unit[i] = 1;
            values.add(unit);
        }
        for (Fused.Link link : links(tensor)) {
            double[] value = new double[inputs];
            for (int i = 0; i < inputs; i++) {
                double a = values.get(link.operands().getFirst())[i];
                double b = values.get(link.operands().getLast())[i];
                switch (link.op()) {
                    case Elementwise.Add add -> value[i] = a + b;
                    case Elementwise.Sub sub -> value[i] = a - b;
                    case Elementwise.Affine(double scale, double shift) when shift == 0 -> value[i] = scale * a;
                    default -> {
                        return new double[0];
                    }
                }
            }
            values.add(value);
        }
        double[] factors = values.getLast();
        for (double factor : factors) {
            if (Math.abs(factor) < Float.MIN_NORMAL || Math.abs(factor) > Float.MAX_VALUE) {
                return new double[0];
            }
        }
        return factors;
    }

    private static List<Fused.Link> links(Tensor tensor) {
        return switch (tensor.op()) {
            case Fused.Chain chain -> chain.links();
            case Elementwise op when op.inputs() == 1 -> List.of(new Fused.Link(op, List.of(0)));
            case Elementwise op -> List.of(new Fused.Link(op, List.of(0, 1)));
            default -> List.of();
        };
    }

    // Movement

    /** Whether a sum is of two pads that only it reads, each zero where the other is not. */
    private boolean isSideBySide(Tensor sum) {
        return sum.input(0).op() instanceof Movement.Pad a
                && sum.input(1).op() instanceof Movement.Pad b
                && sum.input(0) != sum.input(1)
                && sum.inputs().stream()
                        .allMatch(input ->
                                readers(input) == 1 && input.input(0).shape().size() > 0)
                && sum.input(0).shape().equals(sum.input(1).shape())
                && a.axis() == b.axis()
                && (a.before() == 0 ? fills(sum.input(0), a, b) : fills(sum.input(1), b, a));
    }

    private static boolean fills(Tensor padded, Movement.Pad left, Movement.Pad right) {
        int end = padded.input(0).shape().dim(left.axis());
        return left.before() == 0 && right.after() == 0 && right.before() == end;
    }

    private Pattern sideBySide(Tensor sum) {
        List<Tensor> functions = sum.inputs().stream()
                .map(pad -> pad.input(0))
                .filter(input -> readers(input) == 1 && !patterns.containsKey(input))
                .filter(input -> input.op() instanceof Elementwise || input.op() instanceof Fused.Chain)
                .toList();
        return new SideBySide(sum.inputs(), functions);
    }

    /** {@code a * gelu(b)} of the halves of a product with a matrix. */
    private @Nullable Pattern gated(Tensor tensor) {
        Tensor left = tensor.input(0);
        Tensor right = tensor.input(1);
        if (readers(left) != 1
                || readers(right) != 1
                || !(left.op() instanceof Movement.Slice a)
                || !(right.op() instanceof Movement.Slice b)
                || left.input(0) != right.input(0)) {
            return null;
        }
        Tensor product = left.input(0);
        int rank = product.shape().rank();
        int n = product.shape().dim(-1);
        boolean halves = a.axis() == rank - 1
                && b.axis() == rank - 1
                && a.from() == 0
                && a.to() == b.from()
                && b.to() == n
                && 2 * a.to() == n;
        return halves
                        && readers(product) == 2
                        && product.op() instanceof MatMul
                        && takesEpilogue(product)
                        && product.shape().size() > 0
                ? new Gated(product, left, right)
                : null;
    }
}
