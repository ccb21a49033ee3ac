package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Tensor;
import java.util.List;

/**
 * One kernel call of a compiled program.
 *
 * @param tensor the node it serves, for messages and profiles
 * @param label what it does
 * @param reads what it reads
 * @param writes what it writes, each piece for the first time
 * @param elementwise whether each element of the result depends only on the elements in the same place, so that the
 *     result may overwrite an operand that lies as it does
 * @param body the call
 */
record Step(Tensor tensor, String label, List<View> reads, List<View> writes, boolean elementwise, Runnable body) {}
