package io.github.cones4j.engine.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A node of a graph: an operation, its inputs and the type and shape of its result. It owns no memory and is computed
 * only where a {@link Program} that needs it runs. Immutable; compared by identity.
 *
 * <p>Shape errors are thrown by the method that builds the node, so the stack trace points at the model's own line.
 */
public final class Tensor {
    private final Op op;
    private final List<Tensor> inputs;
    private final Spec spec;
    private final @Nullable Segment segment;
    private final int depth;

    private Tensor(Op op, List<Tensor> inputs, Spec spec, @Nullable Segment segment) {
        this.op = op;
        this.inputs = inputs;
        this.spec = spec;
        this.segment = segment;
        this.depth = 1 + inputs.stream().mapToInt(input -> input.depth).max().orElse(-1);
    }

    /**
     * A node that applies {@code op} to {@code inputs}.
     *
     * @throws ShapeException if they do not fit
     */
    public static Tensor of(Op op, Tensor... inputs) {
        return of(op, List.of(inputs));
    }

    /** As {@link #of(Op, Tensor...)}. */
    public static Tensor of(Op op, List<Tensor> inputs) {
        Segment segment = Segment.current();
        try {
            Spec spec = op.infer(inputs.stream().map(Tensor::spec).toList());
            return new Tensor(op, List.copyOf(inputs), spec, segment);
        } catch (ShapeException e) {
            throw segment == null ? e : new ShapeException(e.getMessage() + " (at " + segment.path() + ")");
        }
    }

    /** The same operation on other inputs, in the same segment. */
    public Tensor withInputs(List<Tensor> others) {
        return others.equals(inputs) ? this : Segment.within(segment, () -> of(op, others));
    }

    /** Another operation on other inputs, in the same segment. */
    public Tensor withInputs(Op other, List<Tensor> others) {
        return Segment.within(segment, () -> of(other, others));
    }

    // Leaves

    /** A float32 value supplied anew in every run. */
    public static Tensor input(String name, int... dims) {
        return of(new Leaf.Input(name, Spec.f32(dims)));
    }

    /** Indices (int32) supplied anew in every run. */
    public static Tensor indices(String name, int... dims) {
        return of(new Leaf.Input(name, Spec.i32(dims)));
    }

    /** A float32 parameter or state, found among the weights by its name. */
    public static Tensor weight(String name, int... dims) {
        return of(new Leaf.Weight(name, Spec.f32(dims)));
    }

    /** One value everywhere. */
    public static Tensor full(double value, Spec spec) {
        return of(new Leaf.Full(value, spec));
    }

    /** A float32 scalar. */
    public static Tensor scalar(double value) {
        return full(value, Spec.f32());
    }

    /** A small fixed float32 table, row-major. */
    public static Tensor constant(double[] values, int... dims) {
        return of(new Leaf.Constant(Spec.f32(dims), values));
    }

    // What the node is

    /** What the node computes. */
    public Op op() {
        return op;
    }

    /** The nodes it computes from. */
    public List<Tensor> inputs() {
        return inputs;
    }

    /** One of the nodes it computes from. */
    public Tensor input(int i) {
        return inputs.get(i);
    }

    /** Type and shape of the result. */
    public Spec spec() {
        return spec;
    }

    /** Shape of the result. */
    public Shape shape() {
        return spec.shape();
    }

    /** Element type of the result. */
    public DType dtype() {
        return spec.dtype();
    }

    /** The part of the model it belongs to, or null. */
    public @Nullable Segment segment() {
        return segment;
    }

    /** The length of the longest path to a leaf. */
    public int depth() {
        return depth;
    }

    /** Operation, type, shape and module path. */
    @Override
    public String toString() {
        return op.label() + " " + spec + (segment == null ? "" : " at " + segment.path());
    }

    // Elementwise

    /** this + other. */
    public Tensor add(Tensor other) {
        return of(new Elementwise.Add(), this, other);
    }

    /** this + number. */
    public Tensor add(double number) {
        return affine(1, number);
    }

    /** this - other. */
    public Tensor sub(Tensor other) {
        return of(new Elementwise.Sub(), this, other);
    }

    /** this * other, element by element. */
    public Tensor mul(Tensor other) {
        return of(new Elementwise.Mul(), this, other);
    }

    /** this * number. */
    public Tensor mul(double number) {
        return affine(number, 0);
    }

    /** this / other, element by element. */
    public Tensor div(Tensor other) {
        return of(new Elementwise.Div(), this, other);
    }

    /** scale * this + shift. */
    public Tensor affine(double scale, double shift) {
        return of(new Elementwise.Affine(scale, shift), this);
    }

    /** -this. */
    public Tensor neg() {
        return mul(-1);
    }

    /** |this|. */
    public Tensor abs() {
        return of(new Elementwise.Abs(), this);
    }

    /** this * this. */
    public Tensor square() {
        return of(new Elementwise.Square(), this);
    }

    /** Square root. */
    public Tensor sqrt() {
        return of(new Elementwise.Sqrt(), this);
    }

    /** e to the power of this. */
    public Tensor exp() {
        return of(new Elementwise.Exp(), this);
    }

    /** Natural logarithm. */
    public Tensor log() {
        return of(new Elementwise.Log(), this);
    }

    /** Sine of radians. */
    public Tensor sin() {
        return of(new Elementwise.Sin(), this);
    }

    /** Cosine of radians. */
    public Tensor cos() {
        return of(new Elementwise.Cos(), this);
    }

    /** Hyperbolic tangent. */
    public Tensor tanh() {
        return of(new Elementwise.Tanh(), this);
    }

    /** 1 / (1 + e^-x). */
    public Tensor sigmoid() {
        return of(new Elementwise.Sigmoid(), this);
    }

    /** Error function. */
    public Tensor erf() {
        return of(new Elementwise.Erf(), this);
    }

    /** x * sigmoid(x). */
    public Tensor silu() {
        return of(new Elementwise.Silu(), this);
    }

    /** x * Phi(x), exact (erf). */
    public Tensor gelu() {
        return of(new Elementwise.Gelu(), this);
    }

    /** x * sigmoid(1.702 x). */
    public Tensor quickGelu() {
        return of(new Elementwise.QuickGelu(), this);
    }

    /** The larger of both. */
    public Tensor maximum(Tensor other) {
        return of(new Elementwise.Maximum(), this, other);
    }

    /** The smaller of both. */
    public Tensor minimum(Tensor other) {
        return of(new Elementwise.Minimum(), this, other);
    }

    /** 1 where this is greater, else 0. */
    public Tensor greater(Tensor other) {
        return of(new Elementwise.Greater(), this, other);
    }

    /** 1 where both are equal, else 0. */
    public Tensor equal(Tensor other) {
        return of(new Elementwise.Equal(), this, other);
    }

    /** {@code a} where the condition is not 0, else {@code b}. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return of(new Elementwise.Where(), condition, a, b);
    }

    /** The same values as another element type. */
    public Tensor cast(DType dtype) {
        return dtype == dtype() ? this : of(new Cast(dtype), this);
    }

    // Reductions

    /** Sum over the given axes (all, if none is given); each is kept with dimension 1. */
    public Tensor sum(int... axes) {
        return of(new Reduce.Sum(axes(axes)), this);
    }

    /** Mean over the given axes (all, if none is given); each is kept with dimension 1. */
    public Tensor mean(int... axes) {
        Tensor sum = sum(axes);
        return sum.mul((double) sum.shape().size() / shape().size());
    }

    /** Largest value over the given axes (all, if none is given); each is kept with dimension 1. */
    public Tensor max(int... axes) {
        return of(new Reduce.Max(axes(axes)), this);
    }

    private List<Integer> axes(int... axes) {
        IntStream chosen = axes.length == 0 ? IntStream.range(0, shape().rank()) : Arrays.stream(axes);
        return chosen.map(shape()::axis).sorted().boxed().toList();
    }

    // Movement

    /** The same elements in row-major order under another shape of the same size. */
    public Tensor reshape(Shape shape) {
        return shape.equals(shape()) ? this : of(new Movement.Reshape(shape), this);
    }

    /** As {@link #reshape(Shape)}; one dimension may be -1 and follows from the others. */
    public Tensor reshape(int... dims) {
        int[] filled = dims.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < filled.length; i++) {
            if (filled[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= filled[i];
            }
        }
        if (open >= 0) {
            if (known == 0 || shape().size() % known != 0) {
                throw new ShapeException("reshape: " + shape() + " does not fit " + Arrays.toString(dims));
            }
            filled[open] = (int) (shape().size() / known);
        }
        return reshape(Shape.of(filled));
    }

    /** Axes in another order: axis i of the result is axis {@code order[i]} of this. */
    public Tensor permute(int... order) {
        boolean same = true;
        for (int i = 0; i < order.length; i++) {
            same &= order[i] == i;
        }
        return same && order.length == shape().rank()
                ? this
                : of(new Movement.Permute(Arrays.stream(order).boxed().toList()), this);
    }

    /** Two axes exchanged. */
    public Tensor transpose(int a, int b) {
        int[] order = IntStream.range(0, shape().rank()).toArray();
        order[shape().axis(a)] = shape().axis(b);
        order[shape().axis(b)] = shape().axis(a);
        return permute(order);
    }

    /** Elements {@code from} (included) to {@code to} (excluded) along one axis. */
    public Tensor slice(int axis, int from, int to) {
        int index = shape().axis(axis);
        return from == 0 && to == shape().dim(index) ? this : of(new Movement.Slice(index, from, to), this);
    }

    /** Zeros before and after along one axis. */
    public Tensor pad(int axis, int before, int after) {
        return before == 0 && after == 0 ? this : of(new Movement.Pad(shape().axis(axis), before, after), this);
    }

    /** Tensors one after the other along one axis. */
    public static Tensor concat(int axis, Tensor... parts) {
        return concat(axis, List.of(parts));
    }

    /** As {@link #concat(int, Tensor...)}. */
    public static Tensor concat(int axis, List<Tensor> parts) {
        return parts.size() == 1
                ? parts.getFirst()
                : of(new Movement.Concat(parts.getFirst().shape().axis(axis)), parts);
    }

    /** Repeats dimensions of size 1. */
    public Tensor broadcastTo(Shape shape) {
        return shape.equals(shape()) ? this : of(new Movement.Broadcast(shape), this);
    }

    /** Nearest-neighbour resizing of the last two axes of [b, c, h, w]. */
    public Tensor upsampleNearest(int height, int width) {
        return of(new Movement.UpsampleNearest(height, width), this);
    }

    // Products, norms, attention

    /** Matrix product of the last two axes. */
    public Tensor matmul(Tensor b) {
        return matmul(b, false, false);
    }

    /** Matrix product of the last two axes, each operand transposed or not. */
    public Tensor matmul(Tensor b, boolean transposeThis, boolean transposeB) {
        return of(new MatMul(transposeThis, transposeB), this, b);
    }

    /** this W^T + bias. Shapes: this [..., in], weight [out, in], bias [out] or null. */
    public Tensor linear(Tensor weight, @Nullable Tensor bias) {
        return of(new MatMul(false, true), withOptional(weight, bias));
    }

    /** Convolution of [b, c, h, w] with weight [o, c, kh, kw] and bias [o] or null. */
    public Tensor conv2d(Tensor weight, @Nullable Tensor bias, int stride, Conv.Padding padding) {
        return of(new Conv.Conv2d(stride, padding), withOptional(weight, bias));
    }

    private List<Tensor> withOptional(Tensor weight, @Nullable Tensor bias) {
        List<Tensor> all = new ArrayList<>(List.of(this, weight));
        if (bias != null) {
            all.add(bias);
        }
        return all;
    }

    /** Group normalisation of [b, c, ...]. */
    public Tensor groupNorm(int groups, Tensor gain, Tensor bias, double epsilon) {
        return of(new Norm.GroupNorm(groups, epsilon), this, gain, bias);
    }

    /** Layer normalisation over the last axis. */
    public Tensor layerNorm(Tensor gain, Tensor bias, double epsilon) {
        return of(new Norm.LayerNorm(epsilon), this, gain, bias);
    }

    /** Soft-max over the last axis. */
    public Tensor softmax() {
        return of(new Norm.Softmax(), this);
    }

    /** Logarithm of the soft-max over the last axis. */
    public Tensor logSoftmax() {
        return of(new Norm.LogSoftmax(), this);
    }

    /** Multi-head attention with this as the queries; the scores are scaled by 1 / sqrt(width of a head). */
    public Tensor attention(Tensor keys, Tensor values, int heads, boolean causal) {
        double width = (double) shape().dim(-1) / heads;
        return of(new Attention.ScaledDotProduct(heads, 1 / Math.sqrt(width), causal), this, keys, values);
    }

    /** Rows of this table [rows, width] chosen by int32 indices of any shape: result [ids..., width]. */
    public Tensor gather(Tensor ids) {
        return of(new Gather.Rows(), this, ids);
    }
}
