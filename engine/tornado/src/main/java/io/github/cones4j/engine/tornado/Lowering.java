package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
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
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Reduce;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns a schedule into kernel launches. Reshapes, permutations, slices and broadcasts move nothing; each other node gets a
 * slot in the memory order that its kernel produces, and operands that lie otherwise are copied first: of weights once, on
 * their way to the device.
 *
 * <p>Large weights of 16 bits are kept as they are stored, if told so. Before each node that reads one it is widened, in the
 * order that the node wants, into memory that is then free again.
 *
 * <p>Integers are kept as floats of equal value (exact below 2^24, checked where they enter).
 */
final class Lowering implements Emitter {
    /** The note of a gather or scatter: which index was outside. */
    record Note(Tensor tensor, int rows) {}

    /** What {@link #proof} holds. */
    static final float PROOF = 4711;

    /** Smaller weights are not worth a launch before each use. */
    private static final long LEAST_HALF = 1 << 16;

    private final Function<String, HostTensor> weights;
    private final Function<String, DType> kept;
    private final ChainCompiler chains;
    private final Precision precision;
    private final Set<Tensor> rowMajorRoots = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Tensor, Operand> operands = new IdentityHashMap<>();
    private final Map<Object, Operand> derived = new HashMap<>();
    private final Map<String, Operand> inputs = new LinkedHashMap<>();
    private final Map<String, Operand> outputs = new LinkedHashMap<>();
    private final Map<String, Operand> updates = new LinkedHashMap<>();
    private final Map<String, Slot> states = new LinkedHashMap<>();
    private final Map<Slot, String> loaded = new IdentityHashMap<>();
    private final Map<Slot, DType> types = new IdentityHashMap<>(); // of those of 16 bits
    private final Map<Slot, Slot> halves = new IdentityHashMap<>(); // which one a widened slot is made of
    private final Map<Slot, Slot> widened = new IdentityHashMap<>(); // for the present node, of each kept one
    private final Set<Slot> made = Collections.newSetFromMap(new IdentityHashMap<>()); // of these
    private final Map<Slot, Constant> constants = new IdentityHashMap<>();
    private final List<Note> notes = new ArrayList<>();
    private List<Task> tasks = new ArrayList<>();
    private final Slot inputSlot;
    private final Slot noteSlot;
    private final Operand proof;
    private Tensor current = Tensor.scalar(0);

    /**
     * Lowers a program.
     *
     * @param weights asked for when the memory is written
     * @param kept the type in which a weight is to lie on the device: float32, or the one in which it is stored
     */
    Lowering(
            Function<String, HostTensor> weights,
            Function<String, DType> kept,
            ChainCompiler chains,
            Program program,
            Schedule schedule,
            Precision precision) {
        this.weights = weights;
        this.kept = kept;
        this.chains = chains;
        this.precision = precision;
        long size = 0;
        for (Spec spec : program.inputs().values()) {
            size += aligned(spec.shape().size());
        }
        inputSlot = new Slot(Slot.Kind.ACTIVATION, size);
        proof = numbers(PROOF);
        int at = 0;
        for (Map.Entry<String, Spec> input : program.inputs().entrySet()) {
            Shape shape = input.getValue().shape();
            Layout whole = Layout.dense(Shape.of(Math.toIntExact(size)), 0);
            Layout part = whole.slice(0, at, at + Math.toIntExact(shape.size()));
            inputs.put(input.getKey(), new Operand(inputSlot, reshaped(part, shape)));
            at += Math.toIntExact(aligned(shape.size()));
        }
        long gathers = schedule.order().stream()
                .filter(tensor -> tensor.op() instanceof Gather)
                .count();
        noteSlot = new Slot(Slot.Kind.ACTIVATION, gathers);
        rowMajorRoots.addAll(schedule.updates().values());
        schedule.updates()
                .forEach((name, tensor) -> states.put(
                        name, new Slot(Slot.Kind.STATE, tensor.shape().size())));
        if (gathers > 0) {
            zero(notes());
        }
        for (Tensor tensor : schedule.order()) {
            current = tensor;
            widened.clear();
            operands.put(tensor, lower(tensor));
        }
        schedule.outputs().forEach((name, tensor) -> outputs.put(name, made(rowMajor(read(tensor)))));
        schedule.updates().forEach((name, tensor) -> updates.put(name, made(read(tensor))));
        tasks = Batch.of(tasks, rowMajorRoots);
    }

    private static long aligned(long size) {
        return Math.ceilDiv(size, Slot.ALIGNMENT) * Slot.ALIGNMENT;
    }

    private static Layout reshaped(Layout layout, Shape shape) {
        Layout found = layout.reshape(shape);
        if (found == null) {
            throw new IllegalStateException("no view of " + layout + " as " + shape);
        }
        return found;
    }

    List<Task> tasks() {
        return tasks;
    }

    /** Where the inputs of a run are to be written, by name; all in {@link #inputSlot}. */
    Map<String, Operand> inputs() {
        return inputs;
    }

    /** The memory of all inputs. */
    Slot inputSlot() {
        return inputSlot;
    }

    /** One float for each gather and scatter: 0, or which index lay outside. */
    Operand notes() {
        return Operand.dense(noteSlot, Shape.of(Math.toIntExact(noteSlot.size())), 0);
    }

    /** A number on the device by which a run shows that it took place: {@link #PROOF}. */
    Operand proof() {
        return proof;
    }

    /** What the notes stand for. */
    List<Note> noted() {
        return notes;
    }

    /** The results by name, row-major. */
    Map<String, Operand> outputs() {
        return outputs;
    }

    /** The new values of weights by name. */
    Map<String, Operand> updates() {
        return updates;
    }

    /** The memory of a weight or state that the program replaces. */
    Slot state(String name) {
        Slot state = states.get(name);
        if (state == null) {
            throw new IllegalStateException("not replaced by the program: " + name);
        }
        return state;
    }

    /** Where a node's value lies. */
    private Operand operand(Tensor tensor) {
        Operand operand = operands.get(tensor);
        if (operand == null) {
            throw new IllegalStateException("not computed: " + tensor);
        }
        return operand;
    }

    /** How the values of a constant slot are made. */
    Constant constant(Slot slot) {
        Constant constant = constants.get(slot);
        if (constant == null) {
            throw new IllegalStateException("not a constant: a slot of " + slot.size() + " floats");
        }
        return constant;
    }

    /** Writes the values of a constant, in the order in which they lie. */
    interface Constant {
        void write(Upload to);
    }

    // Building blocks

    private Operand in(int i) {
        return read(current.input(i));
    }

    /** A node's value for a kernel: of a weight of 16 bits what it will be when it is widened. */
    private Operand read(Tensor tensor) {
        return widened(operand(tensor));
    }

    private Operand widened(Operand operand) {
        if (operand.slot().kind() != Slot.Kind.HALF) {
            return operand;
        }
        Slot slot = widened.computeIfAbsent(operand.slot(), half -> {
            Slot floats = new Slot(Slot.Kind.WIDENED, half.size());
            halves.put(floats, half);
            return floats;
        });
        return new Operand(slot, operand.layout());
    }

    /** Launches what widens an operand, if that is what it is and nothing has read it yet. */
    private Operand made(Operand operand) {
        Slot half = halves.get(operand.slot());
        if (half != null && made.add(operand.slot())) {
            int size = Math.toIntExact(half.size());
            Operand from = Operand.dense(half, Shape.of(size), 0);
            Operand to = Operand.dense(operand.slot(), Shape.of(size), 0);
            boolean isFloat16 = type(half) == DType.F16;
            Operand least = once(
                    type(half),
                    () -> numbers(isFloat16 ? WideningKernels.LEAST_OF_FLOAT16 : WideningKernels.LEAST_OF_BFLOAT16));
            Code.OfHalves kernel = isFloat16 ? WideningKernels::widenFloat16 : WideningKernels::widenBfloat16;
            tasks.add(new Task(
                    current, "widen", kernel, Grid.threads(size), List.of(from, least), List.of(to), null, null, () ->
                            new int[] {size, from.start(), to.start(), least.start()}));
        }
        return operand;
    }

    private void add(Task task) {
        task.reads().forEach(this::made);
        tasks.add(task);
    }

    /** The type in which a constant lies on the device. */
    DType type(Slot slot) {
        return types.getOrDefault(slot, DType.F32);
    }

    private Operand fresh(Tensor tensor) {
        return fresh(tensor.shape(), Layout.rowMajor(tensor.shape().rank()));
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public Operand fresh(Shape shape, int... order) {
        return Operand.dense(new Slot(Slot.Kind.ACTIVATION, shape.size()), shape, order);
    }

    @Override
    public Operand freshRounded(Shape shape) {
        return Operand.dense(new Slot(Slot.Kind.ROUNDED, shape.size()), shape, Layout.rowMajor(shape.rank()));
    }

    @Override
    public Operand rounded(Rounding copy) {
        Operand kept = kept(copy.from());
        return once(new Rounding(kept, copy.before(), copy.shape()).key(), () -> {
            String weight = loaded.get(kept.slot());
            return weight == null
                    ? copy.emit(this)
                    : halves(copy.shape(), to -> to.round(weights.apply(weight), kept.layout(), copy));
        });
    }

    @Override
    public @Nullable Operand parts(Operand operand) {
        String weight = loaded.get(operand.slot());
        if (weight == null) {
            return null;
        }
        return once(List.of("parts", operand.key()), () -> {
            Shape shape = Shape.of(Rounding.PARTS, Math.ceilDiv(operand.size(), 2) * 2);
            return halves(shape, to -> to.parts(weights.apply(weight), operand.layout()));
        });
    }

    /** A constant of 16 bits, as the precision says. */
    private Operand halves(Shape shape, Constant constant) {
        Slot slot = new Slot(Slot.Kind.HALF, shape.size());
        types.put(slot, precision == Precision.BFLOAT16 ? DType.BF16 : DType.F16);
        constants.put(slot, constant);
        return Operand.dense(slot, shape, Layout.rowMajor(shape.rank()));
    }

    @Override
    public Operand numbers(float... values) {
        HostTensor host = HostTensor.of(values, values.length);
        Slot slot = new Slot(Slot.Kind.CONSTANT, values.length);
        constants.put(slot, to -> to.write(host));
        return Operand.dense(slot, host.shape(), 0);
    }

    @Override
    public void emit(
            String label,
            Kernel kernel,
            Grid grid,
            List<Operand> reads,
            List<Operand> writes,
            Task.@Nullable Join join,
            Supplier<int[]> parameters) {
        add(new Task(current, label, kernel, grid, reads, writes, null, join, parameters));
    }

    @Override
    public void emit(
            String label,
            Code.OfHalves kernel,
            Grid grid,
            List<Operand> reads,
            List<Operand> writes,
            Supplier<int[]> parameters) {
        add(new Task(current, label, kernel, grid, reads, writes, null, null, parameters));
    }

    @Override
    public Operand once(Object key, Supplier<Operand> make) {
        Operand known = derived.get(key);
        if (known == null) {
            known = make.get();
            derived.put(key, known);
        }
        return known;
    }

    @Override
    public Operand dense(Operand operand, int... order) {
        if (operand.isDense(order)) {
            return operand;
        }
        return widened(laid(kept(operand), order));
    }

    /** The weight of 16 bits that is widened to the operand, or the operand. */
    private Operand kept(Operand operand) {
        Slot half = halves.get(operand.slot());
        return half == null ? operand : new Operand(half, operand.layout());
    }

    /** The elements in that order; those of a weight of 16 bits still of 16 bits. */
    private Operand laid(Operand operand, int... order) {
        if (operand.isDense(order)) {
            return operand;
        }
        return once(List.of(operand.key(), Arrays.toString(order)), () -> {
            String weight = loaded.get(operand.slot());
            return weight == null ? copied(widened(operand), order) : arranged(operand, weight, order);
        });
    }

    private Operand copied(Operand operand, int... order) {
        Operand copy = fresh(operand.shape(), order);
        copy(operand, copy);
        return copy;
    }

    /** A weight in another order, made on its way to the device. */
    private Operand arranged(Operand operand, String weight, int... order) {
        Shape shape = operand.shape();
        Slot slot = new Slot(operand.slot().kind(), shape.size());
        types.put(slot, type(operand.slot()));
        constants.put(slot, to -> to.arrange(weights.apply(weight), operand.layout(), order));
        return Operand.dense(slot, shape, order);
    }

    @Override
    public Operand rowMajor(Operand operand) {
        return dense(operand, Layout.rowMajor(operand.rank()));
    }

    @Override
    public Operand channelsLast(Operand operand) {
        return dense(operand, Layout.channelsLast(operand.rank()));
    }

    /** Writes all elements of {@code from} to the places of {@code to}, of the same shape. */
    private void copy(Operand from, Operand to) {
        if (to.size() > 0) {
            add(copyTask(from, to));
        }
    }

    /** The launch that writes all elements of {@code from} to the places of {@code to}, of the same shape. */
    Task copyTask(Operand from, Operand to) {
        return elementwise("copy", List.of(), List.of(from), to, to.layout().memoryOrder());
    }

    /** The launch of a chain; one without functions is the identity. */
    private Task elementwise(String label, List<Fused.Link> links, List<Operand> from, Operand out, int... order) {
        List<Operand> all = new ArrayList<>(List.of(out));
        all.addAll(from);
        Axes axes = Axes.of(order, all.toArray(Operand[]::new));
        return new Task(
                current,
                label,
                chains.kernel(links, from.size(), axes.count()),
                Grid.threads(out.size()),
                from,
                List.of(out),
                links,
                axes.count() == 1 ? Batch.ofChains(links, from.size(), chains) : null,
                () -> {
                    List<Integer> numbers = new ArrayList<>();
                    numbers.add(out.size());
                    for (int axis = 1; axis < axes.count(); axis++) {
                        numbers.add(axes.extent(axis));
                    }
                    for (int k = 0; k < all.size(); k++) {
                        numbers.add(all.get(k).start());
                        for (int axis = 0; axis < axes.count(); axis++) {
                            numbers.add(axes.stride(k, axis));
                        }
                    }
                    return numbers.stream().mapToInt(Integer::intValue).toArray();
                });
    }

    /** Zeros in a dense operand. */
    private void zero(Operand operand) {
        emit("zero", MovementKernels::zero, Grid.threads(operand.size()), List.of(), List.of(operand), () ->
                new int[] {operand.size(), operand.start()});
    }

    // Nodes

    private Operand lower(Tensor tensor) {
        if (tensor.shape().size() == 0 && !(tensor.op() instanceof Leaf)) {
            return fresh(tensor); // no elements, no kernel
        }
        return switch (tensor.op()) {
            case Leaf leaf -> leaf(leaf, tensor);
            case Elementwise op ->
                chain(
                        List.of(new Fused.Link(
                                op, IntStream.range(0, op.inputs()).boxed().toList())),
                        tensor);
            case Fused.Chain chain -> chain(chain.links(), tensor);
            case Reduce reduce -> ReduceTasks.reduce(this, reduce, in(0));
            case Movement movement -> movement(movement, tensor);
            case Barrier barrier -> operand(tensor.input(0));
            case Cast cast -> cast(cast, tensor);
            case MatMul matmul ->
                MatMulTasks.matmul(
                        this, matmul, in(0), in(1), tensor.inputs().size() == 3 ? in(2) : null, tensor.shape());
            case Conv conv -> conv(conv, tensor);
            case Norm norm -> norm(norm);
            case Attention attention -> attention(attention);
            case Gather gather -> gather(gather, tensor);
        };
    }

    private Operand leaf(Leaf leaf, Tensor tensor) {
        int[] order = Layout.rowMajor(tensor.shape().rank());
        return switch (leaf) {
            case Leaf.Input input -> {
                Operand operand = inputs.get(input.name());
                if (operand == null) {
                    throw new IllegalStateException("no input " + input.name());
                }
                yield operand;
            }
            case Leaf.Weight weight -> {
                Slot state = states.get(weight.name());
                if (state != null) {
                    yield Operand.dense(state, tensor.shape(), order);
                }
                DType type = kept.apply(weight.name());
                long size = tensor.shape().size();
                boolean half = type.bytes() == 2 && tensor.shape().rank() >= 2 && size >= LEAST_HALF;
                Slot slot = new Slot(half ? Slot.Kind.HALF : Slot.Kind.CONSTANT, size);
                types.put(slot, half ? type : DType.F32);
                loaded.put(slot, weight.name());
                constants.put(slot, to -> to.write(weights.apply(weight.name())));
                yield Operand.dense(slot, tensor.shape(), order);
            }
            case Leaf.Full full -> {
                Slot slot = new Slot(Slot.Kind.CONSTANT, 1);
                constants.put(slot, to -> to.write(HostTensor.scalar((float) full.value())));
                yield Operand.dense(slot, Shape.SCALAR).broadcast(tensor.shape());
            }
            case Leaf.Constant constant -> {
                Slot slot = new Slot(Slot.Kind.CONSTANT, tensor.shape().size());
                constants.put(slot, to -> {
                    double[] values = new double[Math.toIntExact(tensor.shape().size())];
                    constant.reference(new Operands(List.of(), List.of(), tensor.spec(), values));
                    to.write(HostTensor.of(values, tensor.shape().dims()));
                });
                yield Operand.dense(slot, tensor.shape(), order);
            }
        };
    }

    private Operand chain(List<Fused.Link> links, Tensor tensor) {
        List<Operand> from = tensor.inputs().stream()
                .map(input -> read(input).broadcast(tensor.shape()))
                .toList();
        int[] order =
                rowMajorRoots.contains(tensor) ? Layout.rowMajor(tensor.shape().rank()) : leadingOrder(tensor, from);
        Operand out = fresh(tensor.shape(), order);
        add(elementwise("elementwise", links, from, out, order));
        return out;
    }

    /** The memory order of the first operand that has all elements, so that most operands are read as they lie. */
    private static int[] leadingOrder(Tensor tensor, List<Operand> from) {
        for (int i = 0; i < from.size(); i++) {
            if (tensor.input(i).shape().equals(tensor.shape())
                    && from.get(i).isDense(from.get(i).layout().memoryOrder())) {
                return from.get(i).layout().memoryOrder();
            }
        }
        return Layout.rowMajor(tensor.shape().rank());
    }

    private Operand movement(Movement movement, Tensor tensor) {
        Operand whole = operand(current.input(0)); // a view of a weight of 16 bits is one too
        Operand x = widened(whole);
        return switch (movement) {
            case Movement.Reshape(Shape shape) -> {
                Operand view = whole.reshape(shape);
                if (view == null) {
                    Operand rows = laid(whole, Layout.rowMajor(whole.rank()));
                    view = new Operand(rows.slot(), reshaped(rows.layout(), shape));
                }
                yield view;
            }
            case Movement.Permute(List<Integer> order) ->
                whole.permute(order.stream().mapToInt(Integer::intValue).toArray());
            case Movement.Slice(int axis, int from, int to) -> whole.slice(axis, from, to);
            case Movement.Broadcast(Shape shape) -> whole.broadcast(shape);
            case Movement.Pad(int axis, int before, int after) -> {
                Operand out = fresh(tensor.shape(), x.layout().memoryOrder());
                zero(out);
                copy(x, out.slice(axis, before, before + x.dim(axis)));
                yield out;
            }
            case Movement.Concat(int axis) -> {
                Operand out = fresh(tensor.shape(), x.layout().memoryOrder());
                int at = 0;
                for (Tensor input : tensor.inputs()) {
                    Operand part = read(input);
                    copy(part, out.slice(axis, at, at + part.dim(axis)));
                    at += part.dim(axis);
                }
                yield out;
            }
            case Movement.UpsampleNearest up -> resized("upsample", MovementKernels::nearest, x, tensor, false);
            case Movement.UpsampleNearestGrad up ->
                resized("upsample_grad", MovementKernels::nearestGrad, x, tensor, true);
        };
    }

    /** Both resizings: the kernels take the extents of the smaller side (that of the forward input) first. */
    private Operand resized(String label, Kernel kernel, Operand x, Tensor tensor, boolean gradient) {
        Operand from = channelsLast(x);
        Operand out = fresh(tensor.shape(), Layout.channelsLast(4));
        Operand small = gradient ? out : from;
        Operand large = gradient ? from : out;
        emit(label, kernel, Grid.threads(out.size()), List.of(from), List.of(out), () -> new int[] {
            out.size(), from.start(), out.start(), small.dim(2), small.dim(3), large.dim(2), large.dim(3), out.dim(1)
        });
        return out;
    }

    private Operand cast(Cast cast, Tensor tensor) {
        Operand x = in(0);
        boolean wasFloat = tensor.input(0).dtype().isFloat();
        Kernel kernel = switch (cast.dtype()) {
            case F32, F64 -> null;
            case F16 -> MovementKernels::toFloat16;
            case BF16 -> MovementKernels::toBfloat16;
            case I32, I64 -> wasFloat || cast.dtype() == DType.I32 ? MovementKernels::toInteger : null;
            case U8 -> MovementKernels::toByte;
            case BOOL -> MovementKernels::toBoolean;
        };
        if (kernel == null) {
            return x; // every value stays what it is
        }
        int[] order = x.layout().memoryOrder();
        Operand from = dense(x, order);
        Operand out = fresh(tensor.shape(), order);
        emit("cast", kernel, Grid.threads(out.size()), List.of(from), List.of(out), () ->
                new int[] {out.size(), from.start(), out.start()});
        return out;
    }

    private Operand gather(Gather gather, Tensor tensor) {
        Operand out = fresh(tensor);
        int note = notes.size();
        switch (gather) {
            case Gather.Rows rows -> {
                Operand table = rowMajor(in(0));
                Operand ids = rowMajor(in(1));
                notes.add(new Note(tensor, table.dim(0)));
                emit(
                        "gather",
                        MovementKernels::gather,
                        Grid.threads(out.size()),
                        List.of(table, ids, notes()),
                        List.of(out),
                        () -> new int[] {
                            out.size(),
                            table.start(),
                            ids.start(),
                            out.start(),
                            table.dim(1),
                            table.dim(0),
                            notes().start() + note
                        });
            }
            case Gather.ScatterAdd scatter -> {
                Operand ids = rowMajor(in(0));
                Operand dy = rowMajor(in(1));
                notes.add(new Note(tensor, scatter.rows()));
                zero(out);
                emit(
                        "scatter_add",
                        MovementKernels::scatterAdd,
                        Grid.threads(dy.size()),
                        List.of(ids, dy, notes(), out),
                        List.of(),
                        () -> new int[] {
                            dy.size(),
                            ids.start(),
                            dy.start(),
                            out.start(),
                            out.dim(1),
                            out.dim(0),
                            notes().start() + note,
                            ids.size()
                        });
            }
        }
        return out;
    }

    private Operand norm(Norm norm) {
        return switch (norm) {
            case Norm.GroupNorm(int groups, double epsilon) ->
                NormTasks.groupNorm(this, in(0), in(1), in(2), groups, epsilon);
            case Norm.GroupNormGradInput(int groups, double epsilon) ->
                NormTasks.groupNormGradInput(this, in(0), in(1), in(2), groups, epsilon);
            case Norm.GroupNormGradAffine(int groups, double epsilon) ->
                NormTasks.groupNormGradAffine(this, in(0), in(1), groups, epsilon);
            case Norm.LayerNorm(double epsilon) -> NormTasks.layerNorm(this, in(0), in(1), in(2), epsilon);
            case Norm.LayerNormGradInput(double epsilon) ->
                NormTasks.layerNormGradInput(this, in(0), in(1), in(2), epsilon);
            case Norm.LayerNormGradAffine(double epsilon) -> NormTasks.layerNormGradAffine(this, in(0), in(1), epsilon);
            case Norm.Softmax() -> NormTasks.softmax(this, in(0));
            case Norm.LogSoftmax() -> NormTasks.logSoftmax(this, in(0));
        };
    }

    private Operand conv(Conv conv, Tensor tensor) {
        return switch (conv) {
            case Conv.Conv2d(int stride, Conv.Padding pad) -> {
                @Nullable Operand bias = tensor.inputs().size() == 3 ? in(2) : null;
                yield ConvTasks.forward(this, in(0), in(1), bias, stride, pad, tensor.shape());
            }
            case Conv.Conv2dGradInput(int height, int width, int stride, Conv.Padding pad) ->
                ConvTasks.gradInput(this, in(0), in(1), stride, pad, tensor.shape());
            case Conv.Conv2dGradWeight(int height, int width, int stride, Conv.Padding pad) ->
                ConvTasks.gradWeight(this, in(0), in(1), stride, pad, tensor.shape());
        };
    }

    private Operand attention(Attention attention) {
        return switch (attention) {
            case Attention.ScaledDotProduct forward -> AttentionTasks.forward(this, forward, in(0), in(1), in(2));
            case Attention.Gradient gradient ->
                AttentionTasks.gradient(this, gradient, in(0), in(1), in(2), in(3), in(4));
        };
    }
}
