package io.github.cones4j.weights.runs;

import io.github.cones4j.engine.exec.Weights;
import java.nio.file.Path;
import java.util.Map;

/**
 * The state of a training run after one of its steps; whoever opens it closes {@link #weights}.
 *
 * @param file where it is
 * @param step number of steps done, 0 or more
 * @param values whatever else the run needs to go on: seed, state of random generators, settings
 * @param weights weights, moments of the optimiser, averages
 */
public record Checkpoint(Path file, long step, Map<String, String> values, Weights weights) {
    /** Copies the map. */
    public Checkpoint {
        values = Map.copyOf(values);
    }
}
