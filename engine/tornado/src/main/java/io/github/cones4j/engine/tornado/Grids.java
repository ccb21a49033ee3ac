package io.github.cones4j.engine.tornado;

import java.util.Set;
import uk.ac.manchester.tornado.api.GridScheduler;

/**
 * The grids of all tasks of a plan. Before each execution TornadoVM looks for any of the names in the graph to be executed,
 * building each task's name anew for each of them, and writes all grids into a trace: for thousands of tasks that took ten
 * times as long as the tasks themselves. So this names one task of that graph, and no grids in the trace.
 */
final class Grids extends GridScheduler {
    private String named = "";

    /** Says which task to name: the first of the graph that is executed next. */
    void name(String task) {
        named = task;
    }

    @Override
    public Set<String> keySet() {
        return Set.of(named);
    }

    @Override
    public String toString() {
        return "grids";
    }
}
