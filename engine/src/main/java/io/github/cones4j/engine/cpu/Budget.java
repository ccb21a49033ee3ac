package io.github.cones4j.engine.cpu;

import java.util.Locale;

/** How much memory a device's executables may hold together: packed weights, each counted once, and what each has for itself. */
final class Budget {
    private final long most;
    private long held; // without packed weights

    /**
     * @param most bytes
     */
    Budget(long most) {
        this.most = most;
    }

    /**
     * Takes memory for an executable before it is allocated.
     *
     * @param own bytes that it holds for itself
     * @throws IllegalStateException if there is not so much, saying what lowers it
     */
    synchronized void take(long own, SharedMemory shared, Placement placement) {
        long before = held + shared.bytes();
        long more = own + shared.missing(placement.constants());
        if (before + more > most) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "the CPU device may use %,d MiB of memory%s, and the program needs %s%s; give it more, or take fewer pictures at"
                            + " once, a smaller picture, weights of 16 bits, or gradients of fewer weights",
                    mib(most),
                    before == 0
                            ? ""
                            : String.format(Locale.ROOT, ", of which other programs hold %,d MiB", mib(before)),
                    placement.plan().summary(),
                    more == placement.plan().total()
                            ? ""
                            : String.format(Locale.ROOT, " (%,d MiB of it not shared with them)", mib(more))));
        }
        held += own;
    }

    /** Gives back what an executable held for itself. */
    synchronized void give(long own) {
        held -= own;
    }

    private static long mib(long bytes) {
        return (bytes + (1 << 19)) >> 20;
    }
}
