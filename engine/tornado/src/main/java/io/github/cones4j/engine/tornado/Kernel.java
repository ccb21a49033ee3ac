package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The code of one thread. All kernels have the same three arguments, so that the tasks of a graph pass on the same buffers:
 * the thread's place in the grid, the whole memory of the executable, and the task's own numbers (places, sizes, strides).
 *
 * <p>TornadoVM compiles the static method that the function calls, and compiles scalar arguments into it as constants;
 * whatever differs between two launches of one kernel therefore stands among the numbers, so that both have the same source.
 *
 * <p>Public only because classes made at run time ({@link GeneratedKernel}) implement it.
 */
@FunctionalInterface
public non-sealed interface Kernel extends Code, TornadoFunctions.Task3<KernelContext, FloatArray, IntArray> {}
