package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Bindings;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.OpenState;
import io.github.cones4j.engine.exec.Schedule;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Computes in float32 with the Vector API on several threads. Results do not depend on the number of threads. Needs
 * {@code --add-modules jdk.incubator.vector}.
 */
public final class CpuDevice implements Device {
    private final Workers workers;
    private final SharedMemory shared = new SharedMemory();
    private final Budget budget;
    private final List<Rehearsal> rehearsals = new CopyOnWriteArrayList<>();
    private final OpenState state;

    /** A device that uses all processors. */
    public CpuDevice() {
        this(Runtime.getRuntime().availableProcessors());
    }

    /** A device that uses the given number of threads, at least 1. */
    public CpuDevice(int threads) {
        this(threads, Runtime.getRuntime().maxMemory());
    }

    /**
     * A device of limited memory.
     *
     * @param threads at least 1
     * @param memory bytes that all its executables together may hold; no more than the heap's limit counts
     */
    public CpuDevice(int threads, long memory) {
        budget = new Budget(Math.min(memory, Runtime.getRuntime().maxMemory()));
        workers = new Workers(threads);
        state = new OpenState(name());
    }

    @Override
    public String name() {
        return "cpu (" + workers.threads() + (workers.threads() == 1 ? " thread, " : " threads, ") + vectorBits()
                + "-bit vectors)";
    }

    /** How many threads compute, the caller's included. */
    public int threads() {
        return workers.threads();
    }

    /** The width of the vectors it computes with: 128, 256 or 512 bits. */
    public int vectorBits() {
        return 32 * Lanes.N;
    }

    /**
     * Begins to run a small network on a thread of its own, until the just-in-time compiler has compiled the kernels for this JVM: best
     * while a large model is opened, read and packed. Results do not depend on it. Closing the device ends it.
     *
     * @return whether the kernels keep their vectors in registers, once that is known; where they do not, everything takes 10 to 100
     *     times as long. Cancelled if the device is closed before
     */
    public CompletableFuture<Boolean> rehearse() {
        state.requireOpen();
        Rehearsal rehearsal = new Rehearsal();
        rehearsals.add(rehearsal);
        return rehearsal.vectorised();
    }

    @Override
    public MemoryPlan plan(Program program) {
        state.requireOpen();
        return plan(program, name -> DType.F32);
    }

    @Override
    public MemoryPlan plan(Program program, Weights weights) {
        state.requireOpen();
        Bindings.checkWeights(program, weights);
        return plan(program, name -> weights.get(name).dtype());
    }

    private MemoryPlan plan(Program program, Function<String, DType> stored) {
        Weights unread = Weights.none();
        Lowering lowering = new Lowering(workers, unread::get, stored, Schedule.of(program));
        return new Placement(program, lowering, workers.threads()).plan();
    }

    @Override
    public Executable compile(Program program, Weights weights) {
        state.requireOpen();
        Bindings.checkWeights(program, weights);
        String label = "executable of " + program.outputs().keySet();
        state.opened(label);
        boolean done = false;
        try {
            Lowering lowering = new Lowering(
                    workers, weights::get, name -> weights.get(name).dtype(), Schedule.of(program));
            Executable executable = new CpuExecutable(
                    label, program, lowering, weights, workers, shared, budget, () -> state.closed(label));
            done = true;
            return executable;
        } finally {
            if (!done) {
                state.closed(label); // what failed to compile is not open
            }
        }
    }

    @Override
    public void close() {
        if (state.close()) {
            rehearsals.forEach(Rehearsal::stop);
            workers.close();
        }
    }
}
