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
        private final long size;
        private int users;

        Entry(float[] memory, int start, long size) {
            this.memory = memory;
            this.start = start;
            this.size = size;
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
        Map<Object, Entry> made = allocate(missing, staging.workers());
        missing.forEach((key, buffer) -> {
            Entry entry = Objects.requireNonNull(made.get(key));
            buffer.make(staging, entry.memory, entry.start);
        });
        entries.putAll(made); // only now: a weight that cannot be read leaves nothing behind
        for (Buffer buffer : constants) {
            Entry entry = Objects.requireNonNull(entries.get(buffer.key()));
            entry.users++;
            buffer.place(entry.memory, entry.start);
        }
    }

    /** Places for constants, in arrays that the whole team makes: the system gives and clears new memory page by page. */
    private static Map<Object, Entry> allocate(Map<Object, Buffer> constants, Workers workers) {
        record Place(int array, int start, long size) {}
        Map<Object, Place> places = new LinkedHashMap<>();
        List<Integer> lengths = new ArrayList<>(); // of the arrays
        for (Map.Entry<Object, Buffer> constant : constants.entrySet()) {
            long size = constant.getValue().alignedSize();
            if (lengths.isEmpty() || lengths.getLast() + size > GROUP) {
                lengths.add(Workers.ALIGNED);
            }
            int array = lengths.size() - 1;
            int start = lengths.get(array);
            places.put(constant.getKey(), new Place(array, start, size));
            lengths.set(array, Math.toIntExact(start + size));
        }
        float[][] arrays = new float[lengths.size()][];
        workers.run(arrays.length, (task, worker) -> arrays[task] = new float[lengths.get(task)]);
        Map<Object, Entry> made = new HashMap<>();
        places.forEach((key, place) -> made.put(key, new Entry(arrays[place.array()], place.start(), place.size())));
        return made;
    }

    /** Bytes of all that is in use. */
    synchronized long bytes() {
        return entries.values().stream().mapToLong(entry -> 4 * entry.size).sum();
    }

    /** Bytes that constants would add to that. */
    synchronized long missing(Collection<Buffer> constants) {
        Map<Object, Long> sizes = new HashMap<>();
        for (Buffer buffer : constants) {
            if (!entries.containsKey(buffer.key())) {
                sizes.put(buffer.key(), 4 * buffer.alignedSize());
            }
        }
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Gives one use back. */
    synchronized void release(Object key) {
        Entry entry = entries.get(key);
        if (entry != null && --entry.users == 0) {
            entries.remove(key);
        }
    }
}
