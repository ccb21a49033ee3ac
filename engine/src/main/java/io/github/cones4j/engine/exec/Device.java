package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.Map;

/**
 * Something that computes programs. Closing is idempotent; closing a device with open executables fails and names them;
 * using a closed device fails and names it.
 */
public interface Device extends AutoCloseable {
    /** What the device is, for messages: {@code cpu (2 threads, 512-bit vectors)}. */
    String name();

    /** What {@link #compile} would allocate for a program with weights in float32, without doing so. */
    MemoryPlan plan(Program program);

    /**
     * What {@link #compile} would allocate for a program with these weights: some devices keep weights of 16 bits as they are stored.
     *
     * @throws IllegalArgumentException as {@link #compile} does
     */
    default MemoryPlan plan(Program program, Weights weights) {
        return plan(program);
    }

    /**
     * Prepares a program for many runs: plans memory, allocates it, packs weights.
     *
     * @param program what to compute
     * @param weights must hold every weight the program reads or replaces, with its shape; stays open and unchanged as
     *     long as the executable, which may read tables of embeddings where they lie
     * @throws IllegalArgumentException listing every weight that is missing or mis-shaped
     */
    Executable compile(Program program, Weights weights);

    /** Computes one tensor once: compile, run, close. For tests and exploration. */
    default HostTensor eval(Tensor tensor, Map<String, HostTensor> inputs, Weights weights) {
        try (Executable executable = compile(Program.of(tensor), weights)) {
            return executable.run(inputs).get("out");
        }
    }

    /** Computes one tensor without inputs or weights once. */
    default HostTensor eval(Tensor tensor) {
        return eval(tensor, Map.of(), Weights.none());
    }

    @Override
    void close();
}
