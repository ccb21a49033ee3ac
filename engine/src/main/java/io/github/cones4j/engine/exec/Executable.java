package io.github.cones4j.engine.exec;

import java.util.List;
import java.util.Map;

/** A program compiled for a device. Runs one at a time; not to be shared between threads without order. */
public interface Executable extends AutoCloseable {
    /**
     * Computes the outputs once and applies the updates.
     *
     * @param inputs a value for every input of the program, of its shape; integers and floats convert to the declared
     *     type
     * @return the outputs by name: copies that stay valid
     * @throws IllegalArgumentException naming every input that is missing, unknown or mis-shaped
     */
    Results run(Map<String, HostTensor> inputs);

    /** The present values of all weights and states that the program replaces, by name: copies. */
    Map<String, HostTensor> state();

    /** What the executable holds in memory. */
    MemoryPlan memory();

    /** How each piece is computed, in order of computation; empty if the device does not say. */
    default List<Choice> choices() {
        return List.of();
    }

    /** Nanoseconds spent in each kind of kernel since compilation, by its name; empty if the device does not count. */
    default Map<String, Long> profile() {
        return Map.of();
    }

    @Override
    void close();

    /**
     * The outputs of one run.
     *
     * @param tensors outputs by name, in the order of the program
     */
    record Results(Map<String, HostTensor> tensors) {
        /**
         * The output of that name.
         *
         * @throws IllegalArgumentException if the program has none
         */
        public HostTensor get(String name) {
            HostTensor found = tensors.get(name);
            if (found == null) {
                throw new IllegalArgumentException("no output named " + name + "; there are " + tensors.keySet());
            }
            return found;
        }

        /** An output of one element as a number. */
        public double scalar(String name) {
            HostTensor tensor = get(name);
            if (tensor.size() != 1) {
                throw new IllegalArgumentException("output " + name + " is " + tensor + ", not one number");
            }
            return tensor.get(0);
        }
    }
}
