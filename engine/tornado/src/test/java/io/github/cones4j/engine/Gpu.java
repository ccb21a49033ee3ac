package io.github.cones4j.engine;

import io.github.cones4j.engine.exec.Device;
import java.util.function.Supplier;

/** The device that the tests of this module run on. */
final class Gpu {
    /** How many examples of an operation are run; all with {@code -Dcones4j.tornado.examples=1000}: each costs compilations. */
    static final int EXAMPLES = Integer.getInteger("cones4j.tornado.examples", 4);

    private Gpu() {}

    /** The first device of TornadoVM; where there is none the test that asks for it is left out, with the reason. */
    static Device open() {
        return OtherDevices.all()
                .map(Supplier::get)
                .findFirst()
                .orElseThrow(() -> new AssertionError("this module's provider is not found"));
    }
}
