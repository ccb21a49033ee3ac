package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.fail;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Barrier;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A random graph of small tensors: functions, movement, reductions, products, norms, attention and gathers over a few
 * inputs and weights. Values stay of order 1 and every operation is continuous, so that rounding stays rounding.
 */
final class RandomGraph {
    private static final int LARGEST = 600;

    private final Random random;
    private final List<Tensor> nodes = new ArrayList<>();
    private final Map<String, HostTensor> inputs = new LinkedHashMap<>();
    private final Map<String, HostTensor> weights = new LinkedHashMap<>();
    private final List<Tensor> parameters = new ArrayList<>();

    /** A graph of about {@code size} operations, of which some parts are recomputed in gradients. */
    RandomGraph(long seed, int size) {
        this(seed, size, true);
    }

    /** As given, or the same graph with no part recomputed. */
    RandomGraph(long seed, int size, boolean recomputing) {
        random = new Random(seed);
        for (int i = 0; i < 3; i++) {
            nodes.add(leaf(i == 0, randomShape()));
        }
        nodes.add(Tensor.full(0.5, nodes.getFirst().spec()));
        while (nodes.size() < size) {
            Tensor made = switch (random.nextInt(8)) {
                case 0 ->
                    recomputing
                            ? Segment.recomputed("part" + nodes.size(), () -> grow(grow(pick())))
                            : Segment.named("part" + nodes.size(), () -> grow(grow(pick())));
                default -> grow(pick());
            };
            if (made.shape().size() <= LARGEST) {
                nodes.add(made);
            }
        }
    }

    /** All operations' results. */
    List<Tensor> nodes() {
        return nodes;
    }

    Weights weights() {
        return Weights.of("random weights", weights);
    }

    /** Fresh values for every input. */
    Map<String, HostTensor> inputs() {
        Map<String, HostTensor> fresh = new LinkedHashMap<>();
        inputs.forEach((name, value) -> fresh.put(name, value.dtype().isFloat() ? values(value.shape()) : value));
        return fresh;
    }

    /** One to four results of the graph, some of them perhaps leaves or views. */
    Map<String, Tensor> outputs() {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        int count = random.nextInt(1, 5);
        for (int i = 0; i < count; i++) {
            outputs.put("out" + i, i == 0 ? nodes.getLast() : pick());
        }
        return outputs;
    }

    /** New values for most weights: from the old value, from another weight, from any node, or from a gradient. */
    Map<String, Tensor> updates() {
        Map<String, Tensor> updates = new LinkedHashMap<>();
        Tensor loss = nodes.getLast().square().mean().reshape();
        for (int i = random.nextInt(3); i > 0; i--) {
            loss = loss.add(pick().square().mean().reshape());
        }
        List<Tensor> gradients = Gradients.of(loss, parameters);
        for (int i = 0; i < parameters.size(); i++) {
            Tensor weight = parameters.get(i);
            Tensor other =
                    fitted(random.nextBoolean() ? pick() : parameters.get(random.nextInt(i + 1)), weight.shape());
            Tensor slope = gradients.get(i).tanh(); // bounded
            Tensor value = switch (random.nextInt(7)) {
                case 0 -> weight;
                case 1 -> other;
                case 2 -> weight.mul(0.5).add(other.mul(0.5));
                case 3 -> fitted(weight.permute(shuffled(weight.shape().rank())), weight.shape());
                default -> weight.sub(slope.mul(0.3));
            };
            if (random.nextInt(8) != 0) {
                updates.put(nameOf(weight), value);
            }
        }
        return updates;
    }

    private static String nameOf(Tensor weight) {
        return weight.op() instanceof Leaf.Weight leaf ? leaf.name() : fail("not a weight: " + weight);
    }

    /** The program of these results and updates, with every node of the graph as a further result. */
    Program observed(Map<String, Tensor> outputs, Map<String, Tensor> updates) {
        Map<String, Tensor> all = new LinkedHashMap<>(outputs);
        List<Tensor> roots = new ArrayList<>(outputs.values());
        roots.addAll(updates.values());
        for (Tensor tensor : Program.topological(roots)) {
            all.put("node" + all.size(), tensor);
        }
        return Program.of(all, updates);
    }

    private Tensor pick() {
        // younger nodes more often, so that graphs grow deep
        int back = (int) Math.abs(random.nextGaussian() * 3);
        return nodes.get(Math.max(0, nodes.size() - 1 - back));
    }

    private Shape randomShape() {
        int[] dims = new int[random.nextInt(1, 5)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = random.nextInt(4) == 0 ? 1 : random.nextInt(1, 7);
        }
        return Shape.of(dims);
    }

    private Tensor leaf(boolean input, Shape shape) {
        if (input) {
            String name = "x" + inputs.size();
            inputs.put(name, values(shape));
            return Tensor.input(name, shape.dims());
        }
        String name = "w" + weights.size();
        weights.put(name, values(shape));
        Tensor weight = Tensor.weight(name, shape.dims());
        parameters.add(weight);
        return weight;
    }

    private Tensor leaf(int... dims) {
        return leaf(random.nextInt(4) == 0, Shape.of(dims));
    }

    private HostTensor values(Shape shape) {
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.clamp(random.nextGaussian() * 0.7, -2, 2);
        }
        return HostTensor.of(values, shape.dims());
    }

    private Tensor grow(Tensor x) {
        int rank = x.shape().rank();
        return switch (random.nextInt(22)) {
            case 0 -> x.tanh();
            case 1 -> x.silu();
            case 2 -> x.affine(0.8, 0.1);
            case 3 -> x.sin();
            case 4 -> x.sigmoid();
            case 5, 6 -> x.add(partner(x)).mul(0.7);
            case 7 -> partner(x).sub(x).tanh();
            case 8 -> x.tanh().mul(partner(x).tanh());
            case 9 -> x.maximum(partner(x));
            case 10 -> Tensor.where(bits(x.shape()), x, partner(x));
            case 11 -> rank == 0 ? x.neg() : x.mean(axes(rank));
            case 12 -> x.permute(shuffled(rank));
            case 13 -> x.reshape(refolded(x.shape()));
            case 14 -> sliced(x);
            case 15 -> rank == 0 ? x.abs() : x.pad(random.nextInt(rank), random.nextInt(3), random.nextInt(2));
            case 16 -> rank == 0 ? x.square().tanh() : concat(x);
            case 17 -> product(x);
            case 18 -> normalised(x);
            case 19 -> rank == 0 ? x.gelu() : x.softmax();
            case 20 -> picture(x);
            default -> other(x);
        };
    }

    /** A tensor that broadcasts with x. */
    private Tensor partner(Tensor x) {
        for (int i = 0; i < 6; i++) {
            Tensor candidate = pick();
            if (candidate.shape().broadcastsTo(x.shape())) {
                return candidate;
            }
        }
        int[] dims = x.shape().dims();
        int from = random.nextInt(dims.length + 1);
        int[] own = Arrays.copyOfRange(dims, from, dims.length);
        for (int i = 0; i < own.length; i++) {
            own[i] = random.nextInt(3) == 0 ? 1 : own[i];
        }
        return leaf(own);
    }

    private Tensor bits(Shape shape) {
        double[] values = random.doubles(shape.size()).map(Math::round).toArray();
        return Tensor.constant(values, shape.dims());
    }

    private int[] axes(int rank) {
        int[] axes =
                IntStream.range(0, rank).filter(axis -> random.nextBoolean()).toArray();
        return axes.length == 0 ? new int[] {random.nextInt(rank)} : axes;
    }

    private int[] shuffled(int rank) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(order, random);
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The same size in other dimensions. */
    private Shape refolded(Shape shape) {
        List<Integer> factors = new ArrayList<>();
        int rest = (int) shape.size();
        for (int p = 2; rest > 1; p++) {
            for (; rest % p == 0; rest /= p) {
                factors.add(p);
            }
        }
        Collections.shuffle(factors, random);
        int[] dims = new int[random.nextInt(1, 5)];
        Arrays.fill(dims, 1);
        factors.forEach(p -> dims[random.nextInt(dims.length)] *= p);
        return Shape.of(dims);
    }

    private Tensor sliced(Tensor x) {
        if (x.shape().rank() == 0) {
            return x.cos();
        }
        int axis = random.nextInt(x.shape().rank());
        int dim = x.shape().dim(axis);
        int from = random.nextInt(dim);
        return x.slice(axis, from, random.nextInt(from, dim) + 1);
    }

    private Tensor concat(Tensor x) {
        int axis = random.nextInt(x.shape().rank());
        int[] dims = x.shape().dims();
        dims[axis] = random.nextInt(1, 4);
        Tensor beside = random.nextBoolean() ? x.neg() : leaf(dims);
        return random.nextBoolean() ? Tensor.concat(axis, x, beside) : Tensor.concat(axis, beside, x, x);
    }

    private Tensor product(Tensor x) {
        Tensor a = x.shape().rank() >= 2 ? x : x.reshape(1, -1);
        int k = a.shape().dim(-1);
        double scale = 1 / Math.sqrt(k);
        int n = random.nextInt(1, 9);
        return switch (random.nextInt(5)) {
            case 0 -> a.matmul(a, false, true).mul(0.5 / k);
            case 1 -> a.matmul(a, true, false).mul(0.5 / a.shape().dim(-2));
            case 2 -> a.linear(leaf(n, k), leaf(n)).mul(scale);
            case 3 -> a.linear(leaf(n, k), null).mul(scale);
            default -> a.matmul(leaf(k, n)).mul(scale);
        };
    }

    private Tensor normalised(Tensor x) {
        double epsilon = 0.1; // large: a rounding of elements that are all but equal is divided by its root
        int rank = x.shape().rank();
        if (rank >= 2 && random.nextBoolean()) {
            int c = x.shape().dim(1);
            int groups = c % 2 == 0 ? 2 : c % 3 == 0 ? 3 : 1;
            return x.groupNorm(groups, leaf(c), leaf(c), epsilon).mul(0.6);
        }
        if (rank == 0) {
            return x.erf();
        }
        int c = x.shape().dim(-1);
        return random.nextInt(4) == 0
                ? x.logSoftmax().mul(0.3)
                : x.layerNorm(leaf(c), leaf(c), epsilon).mul(0.6);
    }

    private Tensor picture(Tensor x) {
        Tensor p = x.shape().rank() == 4 ? x : fourAxes(x);
        int h = p.shape().dim(2);
        int w = p.shape().dim(3);
        if (random.nextInt(3) == 0) {
            return p.upsampleNearest(h + random.nextInt(1, 4), 2 * w);
        }
        int kernel = random.nextBoolean() ? 1 : 3;
        int c = p.shape().dim(1);
        int out = random.nextInt(1, 5);
        return p.conv2d(
                        leaf(out, c, kernel, kernel),
                        random.nextBoolean() ? null : leaf(out),
                        kernel == 3 && random.nextBoolean() ? 2 : 1,
                        Conv.Padding.same(kernel / 2))
                .mul(0.6 / Math.sqrt(c * kernel * kernel));
    }

    private Tensor fourAxes(Tensor x) {
        int[] dims = {1, 1, 1, 1};
        System.arraycopy(
                x.shape().dims(), 0, dims, 4 - x.shape().rank(), x.shape().rank());
        return x.reshape(dims);
    }

    private Tensor other(Tensor x) {
        int rank = x.shape().rank();
        if (rank == 2) {
            String name = "ids" + inputs.size();
            int rows = x.shape().dim(0);
            int[] ids = random.ints(4, 0, rows).toArray();
            inputs.put(name, HostTensor.of(ids, 2, 2));
            return x.gather(Tensor.indices(name, 2, 2));
        }
        if (rank == 3) {
            int c = x.shape().dim(2);
            Tensor keys = leaf(x.shape().dim(0), random.nextInt(1, 6), c);
            return x.attention(
                    keys, random.nextBoolean() ? keys : keys.neg(), c % 2 == 0 ? 2 : 1, random.nextBoolean());
        }
        return random.nextBoolean()
                ? Tensor.of(new Barrier(), x, pick())
                : x.cast(DType.F64).cast(DType.F32);
    }

    /** The tensor's values, repeated or cut, in another shape. */
    private static Tensor fitted(Tensor x, Shape shape) {
        if (x.shape().equals(shape)) {
            return x;
        }
        int size = (int) shape.size();
        Tensor flat = x.reshape(-1);
        while (flat.shape().size() < size) {
            flat = Tensor.concat(0, flat, flat);
        }
        return flat.slice(0, 0, size).reshape(shape);
    }
}
