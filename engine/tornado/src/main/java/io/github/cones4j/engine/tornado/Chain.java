package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The shape of the classes that {@link ChainCompiler} makes: each has this one's name and methods, in a class loader of its
 * own, with other code in {@link #chain}. TornadoVM looks for annotations in the class file of a kernel's class, by name
 * and from the application's class path, and finds this one, which has none.
 */
public final class Chain implements Kernel {
    /** As TornadoVM calls it: by looking into it for the static method. */
    @Override
    public void apply(KernelContext c, FloatArray m, IntArray p) {
        chain(c, m, p);
    }

    /** The identity: a flat copy. Numbers: count, start out, stride out, start in, stride in. */
    static void chain(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            m.set(p.get(1) + i * p.get(2), m.get(p.get(3) + i * p.get(4)));
        }
    }
}
