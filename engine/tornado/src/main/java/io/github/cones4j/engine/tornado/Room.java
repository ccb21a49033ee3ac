package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.MemoryPlan;
import java.util.Locale;

/**
 * The memory of a device, of which open executables hold parts. What does not fit beside them is refused when it is compiled: TornadoVM
 * takes memory in the first run, and with OpenCL goes on without what it did not get.
 */
final class Room {
    /** What to do where a device is full. */
    static final String REMEDY =
            "close other executables, use a smaller picture or batch, or --device cpu; -Dtornado.device.memory in"
                    + " CONES_JAVA_OPTS must not set less than the device has";

    private final String device;
    private final long bytes;
    private long held;

    /**
     * Room that nobody holds.
     *
     * @param device its name, for messages
     */
    Room(String device, long bytes) {
        this.device = device;
        this.bytes = bytes;
    }

    /**
     * Holds what an executable needs.
     *
     * @throws IllegalStateException naming device, sizes and remedy, if there is not as much left
     */
    synchronized void take(MemoryPlan plan) {
        if (plan.total() > bytes - held) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "%s has room for %,d MiB, of which open executables hold %,d, and the program needs %s; %s",
                    device,
                    bytes >> 20,
                    held >> 20,
                    plan.summary(),
                    REMEDY));
        }
        held += plan.total();
    }

    /** Gives back what {@link #take} held. */
    synchronized void giveBack(MemoryPlan plan) {
        held -= plan.total();
    }
}
