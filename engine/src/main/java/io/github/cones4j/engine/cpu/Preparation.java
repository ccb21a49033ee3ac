package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Operands as kernels read them: in another order of memory, or packed. What is made of a weight that never changes is made once, when
 * the program is compiled; of anything else in each run, by a step before the kernel's.
 */
final class Preparation {
    private final Lowering lowering;
    private final Workers workers;
    private final Function<String, HostTensor> weights;
    private final Function<String, DType> stored;
    private final Map<Object, View> made = new HashMap<>();
    private final Map<Buffer, String> loaded = new IdentityHashMap<>();

    Preparation(
            Lowering lowering, Workers workers, Function<String, HostTensor> weights, Function<String, DType> stored) {
        this.lowering = lowering;
        this.workers = workers;
        this.weights = weights;
        this.stored = stored;
    }

    /** A weight that never changes, as it is stored. */
    View weight(String name, Shape shape) {
        Buffer buffer = Buffer.constant(
                shape.size(),
                () -> List.of("raw", new Same(weights.apply(name))),
                (staging, into, at) -> staging.read(weights.apply(name), into, at));
        loaded.put(buffer, name);
        return View.dense(buffer, shape, Layout.rowMajor(shape.rank()));
    }

    /** The view itself if it is dense in that order, else a copy that is. */
    View dense(View view, int... order) {
        if (view.isDense(order)) {
            return view;
        }
        Object key = List.of("copy", view.key(), Arrays.toString(order));
        View known = made.get(key);
        if (known != null) {
            return known;
        }
        View copy;
        if (isWeight(view)) {
            copy = constant(view, Shape.of(view.dims()), order);
        } else {
            copy = lowering.fresh(Shape.of(view.dims()), order);
            lowering.emit("copy", List.of(view), List.of(copy), () -> StridedKernels.copy(workers, view, copy));
        }
        made.put(key, copy);
        return copy;
    }

    View rowMajor(View view) {
        return dense(view, Layout.rowMajor(view.rank()));
    }

    View channelsLast(View view) {
        return dense(view, Layout.channelsLast(view.rank()));
    }

    /** A copy of a weight in another order, made once. */
    private View constant(View view, Shape shape, int... order) {
        String name = source(view);
        Buffer buffer = Buffer.packed(
                shape.size(),
                view.buffer().size(),
                () -> List.of("order", new Same(weights.apply(name)), view.layout(), Arrays.toString(order)),
                (staging, into, at) -> {
                    View to = View.dense(placed(into, at, shape.size()), shape, order);
                    StridedKernels.copy(staging.workers(), raw(view, staging.read(weights.apply(name))), to);
                });
        return View.dense(buffer, shape, order);
    }

    private static Buffer placed(float[] memory, int start, long size) {
        Buffer buffer = Buffer.slab(size);
        buffer.place(memory, start);
        return buffer;
    }

    /** A tensor compared by identity, so that the same weight is packed once. */
    private record Same(HostTensor tensor) {
        @Override
        @SuppressWarnings("ReferenceEquality") // identity is the point
        public boolean equals(Object other) {
            return other instanceof Same same && same.tensor == tensor;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(tensor);
        }
    }

    private String source(View view) {
        String name = loaded.get(view.buffer());
        if (name == null) {
            throw new IllegalStateException("not a weight: " + view);
        }
        return name;
    }

    /** The same view of the values of a weight. */
    private static View raw(View view, float[] values) {
        Buffer buffer = placed(values, Workers.ALIGNED, view.buffer().size());
        return new View(buffer, view.layout());
    }

    /** Packs an operand for a kernel: once if it is a weight that never changes, else in each run. */
    interface Packer {
        void pack(Workers team, float[] from, int start, Packed to);
    }

    /** A packed operand before it has a place; a weight of 16 bits keeps them. */
    record Pack(View view, DType dtype) {
        Packed values() {
            return new Packed(view.array(), view.start(), dtype);
        }
    }

    /** Whether a view shows a weight that never changes. */
    boolean isWeight(View view) {
        return view.buffer().kind() == Buffer.Kind.CONSTANT && loaded.containsKey(view.buffer());
    }

    /** The values of a weight, where they lie. */
    HostTensor values(View weight) {
        return weights.apply(source(weight));
    }

    /** Whether an operand has been packed before. */
    boolean isPacked(Object kind, View view) {
        return made.containsKey(List.of(kind, view.key()));
    }

    /** The type in which an operand is packed: weights of 16 bits stay as they are stored. */
    private DType packedType(View view) {
        DType type = isWeight(view) ? stored.apply(source(view)) : DType.F32;
        return Packed.isHalf(type) ? type : DType.F32;
    }

    /**
     * A row-major (or otherwise dense) operand packed for a kernel.
     *
     * @param floats what its values take in each type
     */
    Pack packed(View view, Object kind, ToIntFunction<DType> floats, Packer packer) {
        DType dtype = packedType(view);
        int size = floats.applyAsInt(dtype);
        Object key = List.of(kind, view.key());
        View known = made.get(key);
        if (known != null) {
            return new Pack(known, dtype);
        }
        View result;
        if (isWeight(view)) {
            String name = source(view);
            result = View.dense(
                    Buffer.packed(
                            size,
                            view.buffer().size(),
                            () -> List.of(kind, new Same(weights.apply(name)), view.layout()),
                            (staging, into, at) -> {
                                View raw = raw(view, staging.read(weights.apply(name)));
                                packer.pack(staging.workers(), raw.array(), raw.start(), new Packed(into, at, dtype));
                            }),
                    Shape.of(size),
                    0);
        } else {
            result = lowering.fresh(Shape.of(size), 0);
            lowering.emit(
                    "pack",
                    List.of(view),
                    List.of(result),
                    () -> packer.pack(
                            workers, view.array(), view.start(), Packed.floats(result.array(), result.start())));
        }
        made.put(key, result);
        return new Pack(result, dtype);
    }
}
