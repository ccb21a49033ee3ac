package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One launch of a kernel.
 *
 * @param tensor the node it serves, for messages, segments and profiles
 * @param label what it does: the name of the kernel in profiles
 * @param code what runs on every thread
 * @param grid on how many threads
 * @param reads what it reads
 * @param writes what it writes, each piece for the first time
 * @param chain the elementwise functions it computes, or null: each element of their result depends only on the elements
 *     in the same place, so that the result may overwrite an operand that lies as it does
 * @param join how it can share a launch with others like it, or null
 * @param parameters the numbers that the kernel reads; asked for when every slot has its place
 */
record Task(
        Tensor tensor,
        String label,
        Code code,
        Grid grid,
        List<Operand> reads,
        List<Operand> writes,
        @Nullable List<Fused.Link> chain,
        @Nullable Join join,
        Supplier<int[]> parameters) {
    /**
     * How tasks share one launch.
     *
     * @param key tasks with equal keys can
     * @param together makes the one task of several
     */
    record Join(Object key, Function<List<Task>, Task> together) {}
}
