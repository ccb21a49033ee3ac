package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Bindings;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoInternalError;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A lowered program as a plan of TornadoVM: a few graphs of kernels over one memory on the device, which each graph takes over
 * from the one before. Inputs travel to the device and results back in every run, weights once.
 */
final class TornadoExecutable implements Executable {
    /** TornadoVM's limit is about 204 tasks of five arguments in one graph. */
    private static final int TASKS_PER_GRAPH = Integer.getInteger("cones4j.tornado.tasksPerGraph", 150);

    /** One for all: the PTX backend names a kernel after it. */
    private static final KernelContext CONTEXT = new KernelContext();

    private static final boolean CUDA_GRAPHS =
            Boolean.parseBoolean(System.getProperty("cones4j.tornado.cudaGraphs", "true"));

    private static final int LARGEST_EXACT_INTEGER = 1 << 24;

    private final String label;
    private final Program program;
    private final Lowering lowering;
    private final Placement placement;
    private final String device;
    private final Runnable onClose;
    private final FloatArray memory;
    private final @Nullable ShortArray halves;
    private int graphsWithHalves; // from the first on
    private final FloatArray inputs;
    private final FloatArray results;
    private final Map<String, Integer> resultPlaces = new LinkedHashMap<>();
    private final int notesPlace;
    private final int proofPlace;
    private final @Nullable FloatArray states;
    private final Grids grids = new Grids();
    private final List<String> firstTasks = new ArrayList<>(); // of each graph
    private final List<ImmutableTaskGraph> graphs = new ArrayList<>();
    private final int runGraphs; // the graphs of a run; one more brings the states back
    private final TornadoExecutionPlan plan;
    private final @Nullable KernelTimes times = KernelTimes.WANTED ? new KernelTimes() : null;
    private boolean ran;
    private boolean closed;

    TornadoExecutable(
            String label,
            Program program,
            Lowering lowering,
            Placement placement,
            Weights weights,
            TornadoDevice device,
            Runnable onClose) {
        this.label = label;
        this.program = program;
        this.lowering = lowering;
        this.placement = placement;
        this.device = io.github.cones4j.engine.tornado.TornadoDevice.name(device);
        this.onClose = onClose;
        memory = new FloatArray(placement.total());
        halves = placement.totalHalves() == 0 ? null : new ShortArray(placement.totalHalves());
        inputs = new FloatArray(Math.max(1, Math.toIntExact(lowering.inputSlot().size())));
        MemorySegment host = floats(memory);
        for (String name : program.updates().keySet()) {
            new Upload(host, lowering.state(name).base(), DType.F32).write(weights.get(name));
        }
        for (Slot constant : placement.constants()) {
            lowering.constant(constant).write(new Upload(host, constant.base(), DType.F32));
        }
        for (Slot half : placement.halves()) {
            MemorySegment to = Objects.requireNonNull(halves).getSegment();
            lowering.constant(half).write(new Upload(to, half.base(), lowering.type(half)));
        }
        List<Launch> launches = new ArrayList<>();
        int loaded = Math.toIntExact(lowering.inputSlot().size());
        if (loaded > 0) {
            launches.add((graph, id) -> {
                grid(graph, id, Grid.threads(loaded));
                IntArray numbers =
                        IntArray.fromElements(loaded, 0, lowering.inputSlot().base());
                graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers);
                graph.task(id, MovementKernels::load, CONTEXT, memory, inputs, numbers);
            });
        }
        for (Task task : lowering.tasks()) {
            launches.add(launch(task));
        }
        placement.copiedUpdates().forEach((name, value) -> {
            int[] order = Layout.rowMajor(value.rank());
            launches.add(launch(lowering.copyTask(value, Operand.dense(lowering.state(name), value.shape(), order))));
        });
        int at = 0;
        List<int[]> stored = new ArrayList<>(); // count, place in memory, place in results
        for (Map.Entry<String, Operand> output : placement.outputs().entrySet()) {
            resultPlaces.put(output.getKey(), at);
            Operand value = output.getValue();
            if (value.size() > 0) {
                stored.add(new int[] {value.size(), value.start(), at});
            }
            at += value.size();
        }
        notesPlace = at;
        if (!lowering.noted().isEmpty()) {
            stored.add(new int[] {lowering.noted().size(), lowering.notes().start(), at});
            at += lowering.noted().size();
        }
        proofPlace = at++;
        stored.add(new int[] {1, lowering.proof().start(), proofPlace});
        results = new FloatArray(at);
        int firstStore = launches.size();
        for (int[] numbers : stored) {
            launches.add((graph, id) -> {
                grid(graph, id, Grid.threads(numbers[0]));
                IntArray array = IntArray.fromArray(numbers);
                graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, array);
                graph.task(id, MovementKernels::store, CONTEXT, memory, results, array);
            });
        }
        build(launches, loaded > 0, firstStore);
        runGraphs = graphs.size();
        states = placement.states() == 0 ? null : new FloatArray(placement.states());
        if (states != null) {
            TaskGraph graph = consuming();
            grid(graph, "states", Grid.threads(placement.states()));
            IntArray numbers = IntArray.fromElements(placement.states(), 0, 0);
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers);
            graph.task("states", MovementKernels::store, CONTEXT, memory, states, numbers);
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, states);
            graph.persistOnDevice(memory);
            graphs.add(graph.snapshot());
        }
        plan = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device);
        grids.name(firstTasks.getFirst());
        plan.withGridScheduler(grids);
        if (times != null) {
            plan.withProfiler(ProfilerMode.SILENT);
        } else if (device.getTornadoVMBackend() == TornadoVMBackendType.CUDA && CUDA_GRAPHS) {
            plan.withCUDAGraph(); // each graph is captured once and replayed: 13 instead of 36 ms for 1,000 tasks
        }
    }

    /** Adds one task to a graph. */
    private interface Launch {
        void into(TaskGraph graph, String id);
    }

    private Launch launch(Task task) {
        return (graph, id) -> {
            if (times != null) {
                times.name(graph.getTaskGraphName() + "." + id, task.label());
            }
            grid(graph, id, task.grid());
            IntArray numbers = IntArray.fromArray(task.parameters().get());
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers);
            switch (task.code()) {
                case Kernel kernel -> graph.task(id, kernel, CONTEXT, memory, numbers);
                case Code.OfHalves kernel -> graph.task(id, kernel, CONTEXT, memory, consumedHalves(graph), numbers);
            }
        };
    }

    /** The memory of 16 bits, for the first task of a graph taken over from the graph before. */
    private ShortArray consumedHalves(TaskGraph graph) {
        ShortArray weights = Objects.requireNonNull(halves);
        if (graphsWithHalves == graphs.size()) {
            graphsWithHalves++;
            if (graphs.isEmpty()) {
                graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, weights);
            } else {
                graph.consumeFromDevice("g" + (graphs.size() - 1), weights);
            }
            graph.persistOnDevice(weights);
        }
        return weights;
    }

    /** TornadoVM hands over only what a graph has a task for: one that widens nothing. */
    private void keepHalves(TaskGraph graph) {
        if (halves != null && graphsWithHalves == graphs.size()) {
            grid(graph, "keep", Grid.threads(1));
            IntArray numbers = new IntArray(4);
            numbers.init(0);
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers);
            graph.task("keep", WideningKernels::widenFloat16, CONTEXT, memory, consumedHalves(graph), numbers);
        }
    }

    private void grid(TaskGraph graph, String id, Grid grid) {
        WorkerGrid worker;
        if (grid.globalY() == 1) {
            worker = new WorkerGrid1D(grid.globalX());
        } else {
            worker = new WorkerGrid2D(grid.globalX(), grid.globalY());
        }
        worker.setLocalWork(grid.localX(), grid.localY(), 1);
        String name = graph.getTaskGraphName() + "." + id;
        grids.addWorkerGrid(name, worker);
        if (firstTasks.size() == graphs.size()) {
            firstTasks.add(name);
        }
    }

    private TaskGraph consuming() {
        TaskGraph graph = new TaskGraph("g" + graphs.size());
        if (graphs.isEmpty()) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, memory);
        } else {
            graph.consumeFromDevice("g" + (graphs.size() - 1), memory);
        }
        return graph;
    }

    /**
     * Divides tasks among graphs.
     *
     * @param firstStore the first of the tasks at the end that write results; they may take more than one graph, each of which
     *     takes over what the one before has written
     */
    private void build(List<Launch> launches, boolean withInputs, int firstStore) {
        int number = 0;
        for (int from = 0; from < launches.size(); from += TASKS_PER_GRAPH) {
            int to = Math.min(launches.size(), from + TASKS_PER_GRAPH);
            TaskGraph graph = consuming();
            if (from > firstStore) {
                graph.consumeFromDevice("g" + (graphs.size() - 1), results);
            }
            if (from == 0 && withInputs) {
                graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, inputs);
            }
            for (int i = from; i < to; i++) {
                launches.get(i).into(graph, "t" + number++);
            }
            keepHalves(graph);
            if (to > firstStore && to == launches.size()) {
                graph.transferToHost(DataTransferMode.EVERY_EXECUTION, results);
                graph.persistOnDevice(memory);
            } else if (to > firstStore) {
                graph.persistOnDevice(memory, results);
            } else {
                graph.persistOnDevice(memory);
            }
            graphs.add(graph.snapshot());
        }
    }

    /** All floats of an array, without the header. */
    private static MemorySegment floats(FloatArray array) {
        return array.getSegment();
    }

    @Override
    public Results run(Map<String, HostTensor> values) {
        requireOpen();
        Bindings.checkInputs(program, values);
        lowering.inputs().forEach((name, operand) -> copyIn(name, values, operand));
        results.set(proofPlace, 0);
        for (int i = 0; i < runGraphs; i++) {
            execute(i);
        }
        checkProof();
        ran = true;
        checkNotes();
        Map<String, HostTensor> found = new LinkedHashMap<>();
        placement.outputs().forEach((name, operand) -> found.put(name, copyOut(name, operand)));
        return new Results(found);
    }

    private void execute(int graph) {
        grids.name(firstTasks.get(graph));
        try {
            TornadoExecutionResult result = plan.withGraph(graph).execute();
            if (times != null) {
                times.add(result.getProfilerResult().getProfileLog());
            }
        } catch (TornadoOutOfMemoryException e) {
            release(); // TornadoVM ends the JVM if this is run again
            throw new IllegalStateException(
                    device + " has no room left for the " + label + ", now closed, and it needs "
                            + placement.plan().summary() + "; " + Room.REMEDY,
                    e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("executable is closed: " + label);
        }
    }

    private void copyIn(String name, Map<String, HostTensor> values, Operand operand) {
        HostTensor value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("no input " + name);
        }
        int size = operand.size();
        if (size == 0) {
            return;
        }
        float[] floats = new float[size];
        value.copyTo(0, floats, 0, size);
        if (!value.dtype().isFloat()) {
            for (int i = 0; i < size; i++) { // of the integers: their floats may be rounded
                if (Math.abs(value.get(i)) > LARGEST_EXACT_INTEGER) {
                    throw new IllegalArgumentException("input " + name + " holds " + (long) value.get(i)
                            + "; integers must lie within +-" + LARGEST_EXACT_INTEGER);
                }
            }
        }
        MemorySegment.copy(
                floats,
                0,
                floats(inputs),
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                4L * operand.layout().offset(),
                size);
    }

    /** TornadoVM's OpenCL does not look at what the driver answers when there is no memory, and goes on without. */
    private void checkProof() {
        if (results.get(proofPlace) != Lowering.PROOF) {
            throw new IllegalStateException(device + " did not compute the " + label
                    + " and reported no error; most likely other processes hold its memory, and it needs "
                    + placement.plan().summary() + "; " + Room.REMEDY);
        }
    }

    private void checkNotes() {
        for (int i = 0; i < lowering.noted().size(); i++) {
            float note = results.get(notesPlace + i);
            if (note != 0) {
                Lowering.Note noted = lowering.noted().get(i);
                throw new IndexOutOfBoundsException(noted.tensor().op().label() + ": index " + (long) Math.floor(note)
                        + " lies outside a table of " + noted.rows() + " rows");
            }
        }
    }

    private HostTensor copyOut(String name, Operand operand) {
        Integer place = resultPlaces.get(name);
        if (place == null) {
            throw new IllegalStateException("no output " + name);
        }
        float[] values = new float[operand.size()];
        MemorySegment.copy(floats(results), ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * place, values, 0, values.length);
        Tensor tensor = program.outputs().get(name);
        if (tensor != null && tensor.dtype() == DType.I32) {
            int[] integers = new int[values.length];
            for (int i = 0; i < values.length; i++) {
                integers[i] = (int) values[i];
            }
            return HostTensor.of(integers, operand.shape().dims());
        }
        return HostTensor.of(values, operand.shape().dims());
    }

    @Override
    public Map<String, HostTensor> state() {
        requireOpen();
        FloatArray source = memory; // before the first run the device has nothing
        if (ran && states != null) {
            execute(runGraphs);
            source = states;
        }
        Map<String, HostTensor> now = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> update : program.updates().entrySet()) {
            Shape shape = update.getValue().shape();
            float[] values = new float[Math.toIntExact(shape.size())];
            MemorySegment.copy(
                    floats(source),
                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                    4L * lowering.state(update.getKey()).base(),
                    values,
                    0,
                    values.length);
            now.put(update.getKey(), HostTensor.of(values, shape.dims()));
        }
        return now;
    }

    @Override
    public Map<String, Long> profile() {
        return times == null ? Map.of() : times.byLabel();
    }

    @Override
    public MemoryPlan memory() {
        return placement.plan();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try {
                plan.freeDeviceMemory();
                plan.close();
            } catch (TornadoExecutionPlanException e) {
                throw new IllegalStateException("device memory of " + label + " could not be released", e);
            } finally {
                onClose.run();
            }
        }
    }

    /** Closes after memory was refused, which TornadoVM cannot give back either: it fails there, behind what it has given back. */
    private void release() {
        try {
            close();
        } catch (TornadoInternalError e) {
            // that piece was never there
        }
    }

    @Override
    public String toString() {
        return label;
    }
}
