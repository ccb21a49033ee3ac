package io.github.cones4j.engine.cpu;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Packed weights, made once and shared by all executables of a device that use the same tensor in the same way. */
final class SharedMemory {
    private static final class Entry {
        private final float[] memory;
        private int users;

        Entry(float[] memory) {
            this.memory = memory;
        }
    }

    private final Map<Object, Entry> entries = new HashMap<>();

    /** The memory under a key, made if no executable holds it; to be released once per call. */
    float[] acquire(Object key, Supplier<float[]> maker) {
        synchronized (this) {
            Entry known = entries.get(key);
            if (known != null) {
                known.users++;
                return known.memory;
            }
        }
        float[] made = maker.get(); // outside the lock: several are made at once
        synchronized (this) {
            Entry entry = entries.computeIfAbsent(key, k -> new Entry(made));
            entry.users++;
            return entry.memory;
        }
    }

    /** Gives one use back. */
    synchronized void release(Object key) {
        Entry entry = entries.get(key);
        if (entry != null && --entry.users == 0) {
            entries.remove(key);
        }
    }
}
