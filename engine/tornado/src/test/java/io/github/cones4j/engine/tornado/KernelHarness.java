package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Operands;
import io.github.cones4j.engine.graph.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Runs launch code by itself: every slot has its own memory, one after the other, and everything emitted becomes one graph of tasks.
 * Copies of inputs in another order are made on the host.
 */
final class KernelHarness implements Emitter {
    private record Launch(String label, Code code, Grid grid, Supplier<int[]> parameters) {}

    private static final AtomicInteger GRAPHS = new AtomicInteger();

    private final List<Slot> slots = new ArrayList<>();
    private final Map<Slot, float[]> contents = new LinkedHashMap<>();
    private final Map<Slot, HostTensor> divided = new LinkedHashMap<>();
    private final List<Launch> launches = new ArrayList<>();

    private final Precision precision;
    private int halves; // numbers of 16 bits

    KernelHarness() {
        this(Precision.FLOAT32);
    }

    KernelHarness(Precision precision) {
        this.precision = precision;
    }

    @Override
    public Precision precision() {
        return precision;
    }

    /** An input with row-major values, laid out in the order of axes. */
    Operand input(Shape shape, float[] values, int... order) {
        Operand operand = fresh(shape, order);
        float[] memory = new float[values.length];
        int[] index = new int[shape.rank()];
        for (float value : values) {
            memory[place(operand.layout(), index)] = value;
            Operands.next(index, shape);
        }
        contents.put(operand.slot(), memory);
        return operand;
    }

    /** An input whose memory holds these values as they come. */
    Operand memory(Shape shape, float[] values, int... order) {
        Operand operand = fresh(shape, order);
        contents.put(operand.slot(), values);
        return operand;
    }

    @Override
    public Operand fresh(Shape shape, int... order) {
        Slot slot = new Slot(Slot.Kind.ACTIVATION, shape.size());
        slots.add(slot);
        return Operand.dense(slot, shape, order);
    }

    @Override
    public Operand freshRounded(Shape shape) {
        Slot slot = new Slot(Slot.Kind.ROUNDED, shape.size());
        slots.add(slot);
        return Operand.dense(slot, shape, Layout.rowMajor(shape.rank()));
    }

    @Override
    public Operand rounded(Rounding copy) {
        return copy.emit(this);
    }

    /** Of an input. */
    @Override
    public Operand parts(Operand operand) {
        float[] values = Objects.requireNonNull(contents.get(operand.slot()), "only inputs are divided");
        Operand parts = freshRounded(Shape.of(Rounding.PARTS, Math.ceilDiv(values.length, 2) * 2));
        divided.put(parts.slot(), HostTensor.of(values, values.length));
        return parts;
    }

    @Override
    public Operand once(Object key, Supplier<Operand> make) {
        return make.get();
    }

    @Override
    public Operand numbers(float... values) {
        return input(Shape.of(values.length), values, 0);
    }

    @Override
    public Operand dense(Operand operand, int... order) {
        if (operand.isDense(order)) {
            return operand;
        }
        float[] memory = Objects.requireNonNull(contents.get(operand.slot()), "only inputs are copied");
        float[] values = new float[operand.size()];
        int[] index = new int[operand.rank()];
        for (int i = 0; i < values.length; i++) {
            values[i] = memory[place(operand.layout(), index)];
            Operands.next(index, operand.shape());
        }
        return input(operand.shape(), values, order);
    }

    @Override
    public Operand rowMajor(Operand operand) {
        return dense(operand, Layout.rowMajor(operand.rank()));
    }

    @Override
    public Operand channelsLast(Operand operand) {
        return dense(operand, Layout.channelsLast(operand.rank()));
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
        launches.add(new Launch(label, kernel, grid, parameters));
    }

    @Override
    public void emit(
            String label,
            Code.OfHalves kernel,
            Grid grid,
            List<Operand> reads,
            List<Operand> writes,
            Supplier<int[]> parameters) {
        launches.add(new Launch(label, kernel, grid, parameters));
    }

    /** The number of launches so far. */
    int launches() {
        return launches.size();
    }

    /** Gives every slot its place and returns the memory with the inputs in it. */
    FloatArray place() {
        long end = 0;
        long endOfHalves = 0;
        for (Slot slot : slots) {
            long taken = Math.ceilDiv(slot.size(), Slot.ALIGNMENT) * Slot.ALIGNMENT + Slot.ALIGNMENT;
            slot.place(Math.toIntExact(slot.isOfHalves() ? endOfHalves : end));
            endOfHalves += slot.isOfHalves() ? taken : 0;
            end += slot.isOfHalves() ? 0 : taken;
        }
        halves = Math.toIntExact(endOfHalves);
        FloatArray memory = new FloatArray(Math.toIntExact(end));
        memory.init(Float.NaN);
        MemorySegment segment = memory.getSegment();
        contents.forEach((slot, content) -> MemorySegment.copy(
                content, 0, segment, ValueLayout.JAVA_FLOAT, (long) slot.base() * Float.BYTES, content.length));
        return memory;
    }

    /** Row-major values of an operand. */
    static float[] values(FloatArray memory, Operand operand) {
        float[] values = new float[operand.size()];
        int[] index = new int[operand.rank()];
        for (int i = 0; i < values.length; i++) {
            values[i] = memory.get(operand.slot().base() + place(operand.layout(), index));
            Operands.next(index, operand.shape());
        }
        return values;
    }

    private static int place(Layout layout, int[] index) {
        int at = layout.offset();
        for (int axis = 0; axis < index.length; axis++) {
            at += index[axis] * layout.stride(axis);
        }
        return at;
    }

    /** Runs everything once and copies the memory back. */
    void run(FloatArray memory) throws TornadoExecutionPlanException {
        execute(memory, 1, true);
    }

    /**
     * Runs everything {@code runs} times over and leaves the results on the device.
     *
     * @return nanoseconds of each run: of the kernels alone if the backend tells, else until the host has seen the end
     */
    long[] time(FloatArray memory, int runs) throws TornadoExecutionPlanException {
        return execute(memory, runs, false);
    }

    private long[] execute(FloatArray memory, int runs, boolean back) throws TornadoExecutionPlanException {
        String name = "g" + GRAPHS.incrementAndGet();
        TaskGraph graph = new TaskGraph(name).transferToDevice(DataTransferMode.FIRST_EXECUTION, memory);
        GridScheduler scheduler = new GridScheduler();
        List<IntArray> parameters = launches.stream()
                .map(launch -> IntArray.fromArray(launch.parameters().get()))
                .toList();
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, parameters.toArray());
        ShortArray memoryOfHalves = new ShortArray(Math.max(halves, 1));
        memoryOfHalves.init((short) -1); // NaN
        DType type = precision == Precision.BFLOAT16 ? DType.BF16 : DType.F16;
        divided.forEach((slot, values) -> new Upload(memoryOfHalves.getSegment(), slot.base(), type)
                .parts(values, Layout.dense(values.shape(), 0)));
        if (halves > 0) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, memoryOfHalves);
        }
        KernelContext context = new KernelContext();
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            String task = "t" + i + launch.label();
            switch (launch.code()) {
                case Kernel kernel -> graph.task(task, kernel, context, memory, parameters.get(i));
                case Code.OfHalves kernel ->
                    graph.task(task, kernel, context, memory, memoryOfHalves, parameters.get(i));
            }
            WorkerGrid2D worker =
                    new WorkerGrid2D(launch.grid().globalX(), launch.grid().globalY());
            worker.setLocalWork(launch.grid().localX(), launch.grid().localY(), 1);
            scheduler.addWorkerGrid(name + "." + task, worker);
        }
        graph.transferToHost(back ? DataTransferMode.EVERY_EXECUTION : DataTransferMode.UNDER_DEMAND, memory);
        long[] times = new long[runs];
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler);
            if (!back) {
                plan.withProfiler(ProfilerMode.SILENT);
            }
            for (int run = 0; run < runs; run++) {
                long start = System.nanoTime();
                TornadoExecutionResult result = plan.execute();
                long wall = System.nanoTime() - start;
                long kernels = back ? 0 : result.getProfilerResult().getDeviceKernelTime();
                times[run] = kernels > 0 ? kernels : wall;
            }
            plan.freeDeviceMemory();
        }
        return times;
    }
}
