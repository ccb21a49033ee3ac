package io.github.cones4j.engine.cpu;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Packed weights, made once and shared by all executables of a device that use the same tensor in the same way.
 *
 * <p>They lie side by side in large arrays: a collector may round a large array up to whole regions, which for hundreds
 * of arrays is much memory, and each starts on a cache line. An array lives as long as anything in it.
 */
final class SharedMemory {
    /** About how long the arrays are, in floats (64 MiB). */
    private static final long GROUP = 1L << 24;

    private static final class Entry {
        private final float[] memory;
        private final int start;
        private int users;

        Entry(float[] memory, int start) {
            this.memory = memory;
            this.start = start;
        }
    }

    private final Map<Object, Entry> entries = new HashMap<>();

    /** Places constants where they lie already or, made now, in new memory; each key is to be released once. */
    synchronized void acquire(Collection<Buffer> constants, Staging staging) {
        Map<Object, Buffer> missing = new LinkedHashMap<>();
        for (Buffer buffer : constants) {
            if (!entries.containsKey(buffer.key())) {
                missing.putIfAbsent(buffer.key(), buffer);
            }
        }
        Map<Object, Entry> made = new HashMap<>();
        List<Buffer> group = new ArrayList<>();
        long size = 0;
        for (Buffer buffer : missing.values()) {
            if (!group.isEmpty() && size + buffer.alignedSize() > GROUP) {
                make(group, size, staging, made);
                group.clear();
                size = 0;
            }
            group.add(buffer);
            size += buffer.alignedSize();
        }
        make(group, size, staging, made);
        entries.putAll(made); // only now: a weight that cannot be read leaves nothing behind
        for (Buffer buffer : constants) {
            Entry entry = Objects.requireNonNull(entries.get(buffer.key()));
            entry.users++;
            buffer.place(entry.memory, entry.start);
        }
    }

    private static void make(List<Buffer> group, long size, Staging staging, Map<Object, Entry> made) {
        float[] memory = new float[Math.toIntExact(Workers.ALIGNED + size)];
        long start = Workers.ALIGNED;
        for (Buffer buffer : group) {
            Entry entry = new Entry(memory, (int) start);
            buffer.make(staging, entry.memory, entry.start);
            made.put(buffer.key(), entry);
            start += buffer.alignedSize();
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
