package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Bindings;
import io.github.cones4j.engine.exec.Choice;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A lowered program with its memory: copies inputs in, calls the kernels in order, copies results out. */
final class CpuExecutable implements Executable {
    private static final int LARGEST_EXACT_INTEGER = 1 << 24;

    private final String label;
    private final Program program;
    private final Lowering lowering;
    private final Placement placement;
    private final Workers workers;
    private final SharedMemory shared;
    private final Budget budget;
    private final long own; // bytes in use that are no packed weights
    private final Runnable onClose;
    private final List<Object> acquired = new ArrayList<>();
    private final long[] nanos;
    private boolean closed;

    CpuExecutable(
            String label,
            Program program,
            Lowering lowering,
            Weights weights,
            Workers workers,
            SharedMemory shared,
            Budget budget,
            Runnable onClose) {
        this.label = label;
        this.program = program;
        this.lowering = lowering;
        this.workers = workers;
        this.shared = shared;
        this.budget = budget;
        this.onClose = onClose;
        placement = new Placement(program, lowering, workers.threads());
        nanos = new long[lowering.steps().size()];
        own = placement.plan().total() - placement.plan().weights();
        budget.take(own, shared, placement);
        boolean done = false;
        try {
            prepare(weights);
            done = true;
        } finally {
            if (!done) {
                budget.give(own);
            }
        }
    }

    private void prepare(Weights weights) {
        Staging staging = new Staging(workers, placement.allocate());
        for (String name : program.updates().keySet()) {
            Buffer state = lowering.state(name);
            float[] memory = new float[Math.toIntExact(Math.addExact(Workers.ALIGNED, state.size()))];
            staging.read(weights.get(name), memory, Workers.ALIGNED);
            state.place(memory, Workers.ALIGNED);
        }
        shared.acquire(placement.constants(), staging);
        placement.constants().forEach(buffer -> acquired.add(buffer.key()));
    }

    @Override
    public Results run(Map<String, HostTensor> inputs) {
        requireOpen();
        Bindings.checkInputs(program, inputs);
        placement.handedOut().values().forEach(CpuExecutable::makeRoom);
        lowering.inputs().forEach((name, view) -> copyIn(name, inputs, view));
        List<Step> steps = lowering.steps();
        long before = System.nanoTime();
        for (int i = 0; i < nanos.length; i++) {
            steps.get(i).body().run();
            long now = System.nanoTime();
            nanos[i] += now - before;
            before = now;
        }
        Map<String, HostTensor> results = new LinkedHashMap<>();
        placement.outputs().forEach((name, view) -> results.put(name, result(name, view)));
        placement.copiedUpdates().forEach((name, view) -> StridedKernels.copy(workers, view, state(name)));
        placement.handedOut().values().forEach(Buffer::release);
        return new Results(results);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("executable is closed: " + label);
        }
    }

    private View state(String name) {
        Tensor update = lowering.updates().get(name);
        if (update == null) {
            throw new IllegalStateException("no update of " + name);
        }
        return View.dense(
                lowering.state(name),
                update.shape(),
                Layout.rowMajor(update.shape().rank()));
    }

    private void copyIn(String name, Map<String, HostTensor> inputs, View view) {
        HostTensor value = inputs.get(name);
        if (value == null) {
            throw new IllegalStateException("no input " + name);
        }
        value.copyTo(0, view.array(), view.start(), view.size());
        if (!value.dtype().isFloat()) {
            for (int i = 0; i < view.size(); i++) { // of the integers: their floats may be rounded
                if (Math.abs(value.get(i)) > LARGEST_EXACT_INTEGER) {
                    throw new IllegalArgumentException("input " + name + " holds " + (long) value.get(i)
                            + "; integers must lie within +-" + LARGEST_EXACT_INTEGER);
                }
            }
        }
    }

    private static void makeRoom(Buffer result) {
        result.place(new float[Math.toIntExact(Workers.ALIGNED + result.size())], Workers.ALIGNED);
    }

    private HostTensor result(String name, View view) {
        if (!placement.handedOut().containsKey(name)) {
            return copyOut(name, view);
        }
        MemorySegment values = MemorySegment.ofArray(view.array())
                .asSlice((long) Float.BYTES * view.start(), (long) Float.BYTES * view.size());
        return new HostTensor(Spec.f32(view.dims()), values);
    }

    private HostTensor copyOut(String name, View view) {
        float[] values = new float[view.size()];
        Buffer buffer = Buffer.slab(values.length);
        buffer.place(values, 0);
        Shape shape = Shape.of(view.dims());
        StridedKernels.copy(workers, view, View.dense(buffer, shape, Layout.rowMajor(view.rank())));
        Tensor tensor = program.outputs().get(name);
        if (tensor != null && tensor.dtype() == DType.I32) {
            int[] integers = new int[values.length];
            for (int i = 0; i < values.length; i++) {
                integers[i] = (int) values[i];
            }
            return HostTensor.of(integers, view.dims());
        }
        return HostTensor.of(values, view.dims());
    }

    @Override
    public Map<String, HostTensor> state() {
        requireOpen();
        Map<String, HostTensor> now = new LinkedHashMap<>();
        program.updates().keySet().forEach(name -> now.put(name, copyOut(name, state(name))));
        return now;
    }

    @Override
    public MemoryPlan memory() {
        return placement.plan();
    }

    @Override
    public List<Choice> choices() {
        return lowering.steps().stream().map(CpuExecutable::choice).toList();
    }

    private static Choice choice(Step step) {
        Tensor tensor = step.tensor();
        Segment segment = tensor.segment();
        String inputs =
                tensor.inputs().stream().map(input -> input.shape().toString()).collect(Collectors.joining(" "));
        long weights = step.operands()
                .map(View::buffer)
                .filter(buffer -> buffer.kind() == Buffer.Kind.CONSTANT)
                .mapToLong(buffer -> 4 * buffer.alignedSize())
                .sum();
        long scratch = step.writes().stream()
                .skip(1)
                .mapToLong(view -> 4 * view.buffer().alignedSize())
                .sum();
        return new Choice(
                segment == null ? "" : segment.path(),
                tensor.op().getClass().getSimpleName() + " " + inputs + " -> " + tensor.shape(),
                step.label(),
                step.reason(),
                weights,
                scratch);
    }

    @Override
    public Map<String, Long> profile() {
        Map<String, Long> profile = new TreeMap<>();
        for (int i = 0; i < nanos.length; i++) {
            profile.merge(lowering.steps().get(i).label(), nanos[i], Long::sum);
        }
        return profile;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            acquired.forEach(shared::release);
            budget.give(own);
            onClose.run();
        }
    }

    @Override
    public String toString() {
        return label;
    }
}
