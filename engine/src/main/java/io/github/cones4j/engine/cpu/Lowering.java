package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Schedule;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Barrier;
import io.github.cones4j.engine.graph.Cast;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Gather;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Movement;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Operands;
import io.github.cones4j.engine.graph.Reduce;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns a schedule into kernel calls. Reshapes, permutations, slices and broadcasts become views; each other node gets a
 * buffer in the memory order that its kernel produces, and operands that lie otherwise are copied first.
 *
 * <p>Integers are kept as floats of equal value (exact below 2^24, checked where they enter).
 */
final class Lowering {
    private final Workers workers;
    private final Schedule schedule;
    private final Set<Tensor> rowMajorRoots;
    private final Map<Tensor, View> views = new IdentityHashMap<>();
    private final Map<String, View> inputs = new LinkedHashMap<>();
    private final Map<String, Buffer> states = new LinkedHashMap<>();
    private final Fusion fusion;
    private final Preparation prepared;
    private final MatMulLowering products;
    private final ConvLowering convolutions;
    private final NormLowering norms;
    private final List<Step> steps = new ArrayList<>();
    private Tensor current = Tensor.scalar(0);

    /**
     * @param weights the weights by name, asked for when they are packed
     * @param stored of what types they are
     */
    Lowering(Workers workers, Function<String, HostTensor> weights, Function<String, DType> stored, Schedule schedule) {
        this.workers = workers;
        this.schedule = schedule;
        this.rowMajorRoots = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        rowMajorRoots.addAll(schedule.updates().values());
        schedule.updates()
                .forEach((name, tensor) ->
                        states.put(name, Buffer.state(tensor.shape().size())));
        fusion = new Fusion(schedule);
        prepared = new Preparation(this, workers, weights, stored);
        products = new MatMulLowering(this, prepared, workers);
        convolutions = new ConvLowering(this, prepared, products, workers);
        norms = new NormLowering(this, workers, schedule.order());
        for (Tensor tensor : schedule.order()) {
            if (!isComputed(tensor) && !fusion.defers(tensor)) { // a partner may have computed it already
                compute(tensor);
            }
        }
    }

    List<Step> steps() {
        return steps;
    }

    /** Where the inputs of a run are to be written, by name. */
    Map<String, View> inputs() {
        return inputs;
    }

    /** The results by name. */
    Map<String, Tensor> outputs() {
        return schedule.outputs();
    }

    /** The new values of weights by name. */
    Map<String, Tensor> updates() {
        return schedule.updates();
    }

    /** The memory of a weight or state that the program replaces. */
    Buffer state(String name) {
        Buffer state = states.get(name);
        if (state == null) {
            throw new IllegalStateException("not replaced by the program: " + name);
        }
        return state;
    }

    /** Where a node's value lies; one that needs nothing or is deferred is computed now. */
    View view(Tensor tensor) {
        View view = views.get(tensor);
        if (view != null) {
            return view;
        }
        if (!waits(tensor)) {
            throw new IllegalStateException("not computed: " + tensor);
        }
        return compute(tensor);
    }

    private View compute(Tensor tensor) {
        View view = as(tensor, () -> lower(tensor));
        views.put(tensor, view);
        return view;
    }

    /** Emits steps that serve a node. */
    View as(Tensor tensor, Supplier<View> lowered) {
        Tensor before = current;
        current = tensor;
        View view = lowered.get();
        current = before;
        return view;
    }

    /** Says where the value of a node lies that has been computed with another. */
    void put(Tensor tensor, View view) {
        views.put(tensor, view);
    }

    /** Whether there are steps that compute a node. */
    boolean isComputed(Tensor tensor) {
        return views.containsKey(tensor);
    }

    /** Whether a node has been computed or can be when it is asked for: one that needs nothing, or that is deferred. */
    boolean isReady(Tensor tensor) {
        return isComputed(tensor) || (waits(tensor) && tensor.inputs().stream().allMatch(this::isReady));
    }

    private boolean waits(Tensor tensor) {
        return fusion.defers(tensor) || tensor.inputs().isEmpty();
    }

    // Building blocks

    private View in(int i) {
        return view(current.input(i));
    }

    View fresh(Shape shape, int... order) {
        return View.dense(Buffer.slab(shape.size()), shape, order);
    }

    View fresh(Tensor tensor) {
        return fresh(tensor.shape(), Layout.rowMajor(tensor.shape().rank()));
    }

    void emit(String label, List<View> reads, List<View> writes, Runnable body) {
        emit(label, reads, List.of(), writes, body);
    }

    /** As a {@link Step}. */
    void emit(String label, List<View> reads, List<View> replaceable, List<View> writes, Runnable body) {
        emit(label, reads, replaceable, writes, "", body);
    }

    /** As a {@link Step} whose algorithm was chosen for a reason. */
    void emit(String label, List<View> reads, List<View> replaceable, List<View> writes, String reason, Runnable body) {
        steps.add(new Step(current, label, reads, replaceable, writes, reason, body));
    }

    View rowMajor(View view) {
        return prepared.rowMajor(view);
    }

    View channelsLast(View view) {
        return prepared.channelsLast(view);
    }

    // Nodes

    private View lower(Tensor tensor) {
        if (tensor.shape().size() == 0 && !(tensor.op() instanceof Leaf)) {
            return fresh(tensor); // no elements, no kernel
        }
        View fused = fused(tensor);
        return fused != null ? fused : alone(tensor);
    }

    /** A node computed together with those that only it reads, or null if it cannot be. */
    private @Nullable View fused(Tensor tensor) {
        return switch (fusion.of(tensor)) {
            case null -> null;
            case Fusion.SiluOfNorm(Tensor norm) -> norms.siluOf(norm);
            case Fusion.GradientThroughSilu through -> norms.groupNormGradient(tensor, through);
            case Fusion.Activated(Fusion.Product product, Elementwise f) ->
                isView(product) ? product(product, Addition.NONE.then(activation(f))) : null;
            case Fusion.Sum sum -> sum(sum, tensor);
            case Fusion.Gated gated -> products.gated(gated.product(), tensor);
            case Fusion.SideBySide(List<Tensor> pads, List<Tensor> functions) -> sideBySide(pads, functions, tensor);
        };
    }

    private View alone(Tensor tensor) {
        return switch (tensor.op()) {
            case Leaf leaf -> leaf(leaf, tensor);
            case Elementwise op -> chain(links(tensor), tensor);
            case Fused.Chain chain -> chain(chain.links(), tensor);
            case Reduce reduce -> reduce(reduce, tensor);
            case Movement movement -> movement(movement, tensor);
            case Barrier barrier -> in(0);
            case Cast cast -> cast(cast, tensor);
            case MatMul matmul -> products.lower(matmul, tensor, Addition.NONE);
            case Conv conv -> convolutions.lower(conv, tensor, Addition.NONE);
            case Norm norm -> norms.lower(norm, tensor);
            case Attention attention -> attention(attention, tensor);
            case Gather gather -> gather(gather, tensor);
        };
    }

    private View leaf(Leaf leaf, Tensor tensor) {
        int[] order = Layout.rowMajor(tensor.shape().rank());
        return switch (leaf) {
            case Leaf.Input input -> {
                View view = fresh(tensor);
                inputs.put(input.name(), view);
                yield view;
            }
            case Leaf.Weight weight -> {
                Buffer state = states.get(weight.name());
                if (state != null) {
                    yield View.dense(state, tensor.shape(), order);
                }
                yield prepared.weight(weight.name(), tensor.shape());
            }
            case Leaf.Full full -> {
                Buffer buffer = Buffer.constant(1, () -> List.of("full", full.value()), (staging, into, at) -> {
                    into[at] = (float) full.value();
                });
                yield View.dense(buffer, Shape.SCALAR).broadcast(tensor.shape());
            }
            case Leaf.Constant constant ->
                View.dense(
                        Buffer.constant(
                                tensor.shape().size(), () -> List.of("table", constant), (staging, into, at) -> {
                                    double[] values = new double
                                            [Math.toIntExact(tensor.shape().size())];
                                    constant.reference(new Operands(List.of(), List.of(), tensor.spec(), values));
                                    for (int i = 0; i < values.length; i++) {
                                        into[at + i] = (float) values[i];
                                    }
                                }),
                        tensor.shape(),
                        order);
        };
    }

    private View chain(List<Fused.Link> links, Tensor tensor) {
        List<View> operands = tensor.inputs().stream()
                .map(input -> view(input).broadcast(tensor.shape()))
                .toList();
        int[] order = rowMajorRoots.contains(tensor)
                ? Layout.rowMajor(tensor.shape().rank())
                : leadingOrder(tensor, operands);
        View out = fresh(tensor.shape(), order);
        chain(links, operands, out, order);
        return out;
    }

    private void chain(List<Fused.Link> links, List<View> operands, View out, int... order) {
        ChainKernel kernel = new ChainKernel(links, operands, out, order);
        emit("elementwise", List.of(), operands, List.of(out), () -> kernel.run(workers));
    }

    private static List<Fused.Link> links(Tensor tensor) {
        return switch (tensor.op()) {
            case Fused.Chain chain -> chain.links();
            case Elementwise op ->
                List.of(new Fused.Link(
                        op, IntStream.range(0, op.inputs()).boxed().toList()));
            default -> throw new IllegalStateException("no function: " + tensor);
        };
    }

    /** What is padded, written into its part of the sum, by itself where it is a function. */
    private View sideBySide(List<Tensor> pads, List<Tensor> functions, Tensor tensor) {
        int[] order = Layout.rowMajor(tensor.shape().rank());
        View out = fresh(tensor.shape(), order);
        for (Tensor pad : pads) {
            Tensor part = pad.input(0);
            Movement.Pad op = (Movement.Pad) pad.op();
            View place =
                    out.slice(op.axis(), op.before(), op.before() + part.shape().dim(op.axis()));
            if (functions.contains(part)) {
                List<View> operands = part.inputs().stream()
                        .map(input -> view(input).broadcast(part.shape()))
                        .toList();
                as(part, () -> {
                    chain(links(part), operands, place, order);
                    return place;
                });
            } else {
                View from = view(part);
                emit("concat", List.of(from), List.of(place), () -> StridedKernels.copy(workers, from, place));
            }
        }
        return out;
    }

    /** The memory order of the first operand that has all elements, so that most operands are read as they lie. */
    private static int[] leadingOrder(Tensor tensor, List<View> operands) {
        for (int i = 0; i < operands.size(); i++) {
            if (tensor.input(i).shape().equals(tensor.shape())
                    && operands.get(i).isDense(operands.get(i).memoryOrder())) {
                return operands.get(i).memoryOrder();
            }
        }
        return Layout.rowMajor(tensor.shape().rank());
    }

    private View reduce(Reduce reduce, Tensor tensor) {
        View out = fresh(tensor);
        switch (reduce) {
            case Reduce.Sum(List<Integer> axes) -> {
                View x = StridedReduce.readable(in(0)) ? in(0) : rowMajor(in(0));
                View partials = fresh(Shape.of(StridedReduce.partials(x, axes)), 0);
                emit(
                        "sum",
                        List.of(x),
                        List.of(out, partials),
                        () -> StridedReduce.sum(workers, x, axes, out, partials));
            }
            case Reduce.Max(List<Integer> axes) -> {
                View x = in(0);
                emit("max", List.of(x), List.of(out), () -> StridedReduce.max(workers, x, axes, out));
            }
        }
        return out;
    }

    private View movement(Movement movement, Tensor tensor) {
        View x = in(0);
        return switch (movement) {
            case Movement.Reshape(Shape shape) -> {
                View view = x.reshape(shape);
                if (view == null) {
                    view = rowMajor(x).reshape(shape);
                }
                if (view == null) {
                    throw new IllegalStateException("no view of " + x + " as " + shape);
                }
                yield view;
            }
            case Movement.Permute(List<Integer> order) ->
                x.permute(order.stream().mapToInt(Integer::intValue).toArray());
            case Movement.Slice(int axis, int from, int to) -> x.slice(axis, from, to);
            case Movement.Broadcast(Shape shape) -> x.broadcast(shape);
            case Movement.Pad(int axis, int before, int after) -> {
                View out = fresh(tensor.shape(), x.memoryOrder());
                View inside = out.slice(axis, before, before + x.dim(axis));
                emit("pad", List.of(x), List.of(out), () -> {
                    StridedKernels.zero(workers, out);
                    StridedKernels.copy(workers, x, inside);
                });
                yield out;
            }
            case Movement.Concat(int axis) -> {
                View out = fresh(tensor.shape(), x.memoryOrder());
                List<View> parts = tensor.inputs().stream().map(this::view).toList();
                List<View> places = new ArrayList<>();
                int at = 0;
                for (View part : parts) {
                    places.add(out.slice(axis, at, at + part.dim(axis)));
                    at += part.dim(axis);
                }
                emit("concat", parts, List.of(out), () -> {
                    for (int i = 0; i < parts.size(); i++) {
                        StridedKernels.copy(workers, parts.get(i), places.get(i));
                    }
                });
                yield out;
            }
            case Movement.UpsampleNearest up -> {
                View from = channelsLast(x);
                View out = fresh(tensor.shape(), Layout.channelsLast(4));
                emit("upsample", List.of(from), List.of(out), () -> ResizeKernels.nearest(workers, from, out));
                yield out;
            }
            case Movement.UpsampleNearestGrad up -> {
                View from = channelsLast(x);
                View out = fresh(tensor.shape(), Layout.channelsLast(4));
                emit("upsample_grad", List.of(from), List.of(out), () -> ResizeKernels.nearestGrad(workers, from, out));
                yield out;
            }
        };
    }

    private View cast(Cast cast, Tensor tensor) {
        DType from = tensor.input(0).dtype();
        View x = in(0);
        boolean exact = cast.dtype() == DType.F32
                || cast.dtype() == DType.F64
                || (!from.isFloat() && cast.dtype() == DType.I64);
        if (exact) {
            return x;
        }
        View source = prepared.dense(x, x.memoryOrder());
        View out = fresh(tensor.shape(), x.memoryOrder());
        emit("cast", List.of(source), List.of(out), () -> {
            float[] a = source.array();
            float[] b = out.array();
            int size = source.size();
            workers.run(Math.ceilDiv(size, StridedKernels.TASK), (task, worker) -> {
                for (int i = task * StridedKernels.TASK; i < Math.min(size, (task + 1) * StridedKernels.TASK); i++) {
                    b[out.start() + i] = (float) Cast.convert(a[source.start() + i], cast.dtype());
                }
            });
        });
        return out;
    }

    /** Products that are added to what is there already, one after the other; null if something lies otherwise than they do. */
    private @Nullable View sum(Fusion.Sum sum, Tensor tensor) {
        View first = sum.first() == null ? null : view(sum.first()).broadcast(tensor.shape());
        View total = first;
        for (Fusion.Product product : sum.products()) {
            if (!isView(product) || (total != null && addition(total, product) == null)) {
                return null;
            }
            total = seen(product, natural(product.node()));
        }
        total = first;
        for (Fusion.Product product : sum.products()) {
            Addition addition = total == null ? Addition.NONE : Objects.requireNonNull(addition(total, product));
            total = product(product, addition.scaled(product.alpha()));
        }
        return total;
    }

    /** The addition to a product of what its reader adds to it. */
    private static @Nullable Addition addition(View added, Fusion.Product product) {
        View view = added;
        for (Tensor node : product.views()) {
            Shape shape = node.input(0).shape();
            View before = switch (node.op()) {
                case Movement.Permute(List<Integer> order) ->
                    view.permute(
                            IntStream.range(0, order.size()).map(order::indexOf).toArray());
                default -> view.reshape(shape);
            };
            if (before == null) {
                return null;
            }
            view = before;
        }
        return Addition.NONE.plus(view, product.node());
    }

    /** Whether what lies between a product and its reader needs no copy. */
    private static boolean isView(Fusion.Product product) {
        return seen(product, natural(product.node())) != null;
    }

    /** How the result of a product lies. */
    private static View natural(Tensor product) {
        int rank = product.shape().rank();
        int[] order = product.op() instanceof Conv ? Layout.channelsLast(rank) : Layout.rowMajor(rank);
        return View.dense(Buffer.slab(product.shape().size()), product.shape(), order);
    }

    /** A product's result as its reader sees it. */
    private static @Nullable View seen(Fusion.Product product, View result) {
        View view = result;
        for (Tensor node : product.views().reversed()) {
            View next = switch (node.op()) {
                case Movement.Permute(List<Integer> order) ->
                    view.permute(order.stream().mapToInt(Integer::intValue).toArray());
                default -> view.reshape(node.shape());
            };
            if (next == null) {
                return null;
            }
            view = next;
        }
        return view;
    }

    private View product(Fusion.Product product, Addition addition) {
        Tensor node = product.node();
        View result = as(node, () -> switch (node.op()) {
            case MatMul matmul -> products.lower(matmul, node, addition);
            case Conv conv -> convolutions.lower(conv, node, addition);
            default -> throw new IllegalStateException("no product: " + node);
        });
        return Objects.requireNonNull(seen(product, result));
    }

    private static Epilogue.Activation activation(Elementwise function) {
        return switch (function) {
            case Elementwise.Silu() -> ElementwiseKernels::silu;
            case Elementwise.Gelu() -> ElementwiseKernels::gelu;
            case Elementwise.QuickGelu() -> ElementwiseKernels::quickGelu;
            default -> throw new IllegalStateException("no activation: " + function);
        };
    }

    private View gather(Gather gather, Tensor tensor) {
        View out = fresh(tensor);
        switch (gather) {
            case Gather.Rows rows -> {
                View ids = rowMajor(in(1));
                View weight = in(0);
                if (prepared.isWeight(weight) && weight.isWholeRowMajor()) {
                    emit(
                            "gather",
                            List.of(ids),
                            List.of(out),
                            () -> GatherKernels.rows(gather, prepared.values(weight), weight.dim(0), ids, out));
                } else {
                    View table = rowMajor(weight);
                    emit(
                            "gather",
                            List.of(table, ids),
                            List.of(out),
                            () -> GatherKernels.rows(gather, table, ids, out));
                }
            }
            case Gather.ScatterAdd scatter -> {
                View ids = rowMajor(in(0));
                View dy = rowMajor(in(1));
                emit("scatter_add", List.of(ids, dy), List.of(out), () -> {
                    StridedKernels.zero(workers, out);
                    GatherKernels.scatterAdd(gather, ids, dy, out);
                });
            }
        }
        return out;
    }

    private View attention(Attention attention, Tensor tensor) {
        List<View> operands =
                tensor.inputs().stream().map(input -> rowMajor(view(input))).toList();
        View q = operands.get(0);
        View k = operands.get(1);
        View v = operands.get(2);
        View out = fresh(tensor);
        int c = q.dim(2);
        AttentionKernels.Sizes sizes = new AttentionKernels.Sizes(
                q.dim(0),
                q.dim(1),
                k.dim(1),
                attention.heads(),
                c / attention.heads(),
                c,
                c,
                c,
                (float) attention.scale(),
                attention.causal());
        switch (attention) {
            case Attention.ScaledDotProduct forward ->
                emit(
                        "attention",
                        operands,
                        List.of(out),
                        () -> AttentionKernels.attention(
                                workers,
                                q.array(),
                                q.start(),
                                k.array(),
                                k.start(),
                                v.array(),
                                v.start(),
                                sizes,
                                out.array(),
                                out.start()));
            case Attention.Gradient gradient -> {
                View dy = operands.get(4);
                int dk = q.size();
                int dv = q.size() + k.size();
                emit(
                        "attention_grad",
                        operands,
                        List.of(out),
                        () -> AttentionKernels.attentionGradient(
                                workers,
                                q.array(),
                                q.start(),
                                k.array(),
                                k.start(),
                                v.array(),
                                v.start(),
                                dy.array(),
                                dy.start(),
                                sizes,
                                out.array(),
                                out.start(),
                                out.array(),
                                out.start() + dk,
                                out.array(),
                                out.start() + dv));
            }
        }
        return out;
    }
}
