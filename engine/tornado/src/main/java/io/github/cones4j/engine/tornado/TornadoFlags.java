package io.github.cones4j.engine.tornado;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Settings of TornadoVM without which it computes wrongly in silence, fails on a program of some size, or is slow. They are system
 * properties that it reads once, when it starts.
 */
final class TornadoFlags {
    private static final String SEQUENTIAL = "tornado.recover.bailout";
    private static final String BYTECODES = "tornado.tvm.maxbytecodesize";
    private static final int ENOUGH_BYTECODES = 262144;

    private static final Map<String, String> WANTED = Map.of(
            // a kernel that cannot be compiled is an error; else its Java is run, as one thread of the many it was
            // written for
            SEQUENTIAL,
            "False",
            // a graph of more than some sixty tasks does not fit into the usual 4096, and is cut off
            BYTECODES,
            Integer.toString(ENOUGH_BYTECODES),
            // TornadoVM's own flags have fast-relaxed-math, which takes NaN and infinity for impossible
            "tornado.opencl.compiler.flags",
            "-cl-mad-enable -cl-fp32-correctly-rounded-divide-sqrt -w",
            // the usual limit of 4 GB is TornadoVM's own, whatever the device has
            "tornado.device.memory",
            "1024GB",
            // what these look for, in every execution anew, does not occur
            "tornado.check.parameters",
            "False",
            "tornado.experimental.reduce",
            "False",
            // with the usual 32768, a large graph takes two to four times as long to launch
            "tornado.max.events",
            "64");

    private TornadoFlags() {}

    /**
     * Sets what the user has not.
     *
     * @throws IllegalStateException if the user has set what gives wrong results
     */
    static void set() {
        new TreeMap<>(WANTED).forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        if (!"false".equals(System.getProperty(SEQUENTIAL, "").toLowerCase(Locale.ROOT))) {
            throw wrong(SEQUENTIAL, "kernels that cannot be compiled would give wrong results");
        }
        if (Integer.getInteger(BYTECODES, 0) < ENOUGH_BYTECODES) {
            throw wrong(BYTECODES, "graphs of many kernels would give wrong results");
        }
    }

    private static IllegalStateException wrong(String name, String what) {
        return new IllegalStateException("with -D" + name + "=" + System.getProperty(name) + " " + what
                + "; leave it away, or set " + WANTED.get(name));
    }
}
