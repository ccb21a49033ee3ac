package io.github.cones4j.concepts.cli;

import java.util.OptionalLong;

/** Watches the memory of this process and keeps the largest figures seen, until it is closed. */
public final class PeakMemory implements AutoCloseable {
    private static final long EVERY_MILLIS = 20;

    private final Thread watcher;
    private volatile long anonymous = -1;
    private volatile long mapped = -1;

    /** Begins to watch. */
    public PeakMemory() {
        look();
        watcher = Thread.ofPlatform().daemon().name("peak-memory").start(this::watch);
    }

    private void watch() {
        try {
            while (anonymous >= 0) {
                Thread.sleep(EVERY_MILLIS);
                look();
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private synchronized void look() {
        anonymous = Math.max(anonymous, Machine.status("RssAnon").orElse(-1));
        mapped = Math.max(mapped, Machine.status("RssFile").orElse(-1));
    }

    /** The most anonymous memory in bytes: heap, stacks and the JVM itself; empty where the system does not say. */
    public OptionalLong anonymous() {
        return anonymous < 0 ? OptionalLong.empty() : OptionalLong.of(anonymous);
    }

    /** The most memory in bytes that showed pages of files: mapped weights, the JVM's own code. */
    public OptionalLong mapped() {
        return mapped < 0 ? OptionalLong.empty() : OptionalLong.of(mapped);
    }

    /** Looks once more and stops. */
    @Override
    public void close() {
        look();
        watcher.interrupt();
    }
}
