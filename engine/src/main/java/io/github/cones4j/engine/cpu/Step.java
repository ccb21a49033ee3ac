package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.stream.Stream;

/**
 * One kernel call of a compiled program.
 *
 * @param tensor the node it serves, for messages and profiles
 * @param label what it does
 * @param reads what it reads
 * @param replaceable what it reads besides, each element at the latest when it writes the element of the first result in the same
 *     place: the result may take over the memory of one that lies as it does
 * @param writes what it writes, each piece for the first time
 * @param reason why it is done so where there was a choice, else empty
 * @param body the call
 */
record Step(
        Tensor tensor,
        String label,
        List<View> reads,
        List<View> replaceable,
        List<View> writes,
        String reason,
        Runnable body) {

    /** All that it reads. */
    Stream<View> operands() {
        return Stream.concat(reads.stream(), replaceable.stream());
    }
}
