package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** What a task runs on every thread. */
sealed interface Code permits Kernel, Code.OfHalves {
    /**
     * A kernel of the memory of 16 bits too, the third of its four arguments: kept weights, and what is rounded.
     *
     * <p>Public only because classes made at run time ({@link GeneratedKernel}) implement it.
     */
    @FunctionalInterface
    non-sealed interface OfHalves
            extends Code, TornadoFunctions.Task4<KernelContext, FloatArray, ShortArray, IntArray> {}
}
