package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** What a task runs on every thread. */
sealed interface Code permits Kernel, Code.Widening {
    /** Brings weights of 16 bits into the memory of floats; of the four arguments the third holds all such weights. */
    @FunctionalInterface
    non-sealed interface Widening
            extends Code, TornadoFunctions.Task4<KernelContext, FloatArray, ShortArray, IntArray> {}
}
