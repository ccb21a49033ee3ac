package io.github.cones4j.engine.cpu;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A piece of memory of one executable: floats in a heap array, known by size first and by place once planned. */
final class Buffer {
    /** Whose memory it is. */
    enum Kind {
        /** A slot in the slab of activations, reused when the value is dead. */
        SLAB,
        /** A weight or a packed weight: written once when the executable is made, shared between executables. */
        CONSTANT,
        /** A weight or state that the program replaces: the executable's own copy. */
        STATE
    }

    private final Kind kind;
    private final long size;
    private final @Nullable Supplier<Object> key;
    private final @Nullable Function<Staging, float[]> maker;
    private @Nullable Buffer merged;
    private float[] array = new float[0];
    private int base;

    private Buffer(Kind kind, long size, @Nullable Supplier<Object> key, @Nullable Function<Staging, float[]> maker) {
        this.kind = kind;
        this.size = size;
        this.key = key;
        this.maker = maker;
    }

    static Buffer slab(long size) {
        return new Buffer(Kind.SLAB, size, null, null);
    }

    static Buffer state(long size) {
        return new Buffer(Kind.STATE, size, null, null);
    }

    /** Values made by {@code maker} (from index {@link Workers#ALIGNED} on) unless the device knows {@code key}; both are asked for late. */
    static Buffer constant(long size, Supplier<Object> key, Function<Staging, float[]> maker) {
        return new Buffer(Kind.CONSTANT, size, key, maker);
    }

    Kind kind() {
        return root().kind;
    }

    /** Size in floats. */
    long size() {
        return size;
    }

    Object key() {
        return Objects.requireNonNull(key).get();
    }

    float[] make(Staging staging) {
        return Objects.requireNonNull(maker).apply(staging);
    }

    /** Lets this buffer live in the memory of another, whose value is dead when this one is written. */
    void mergeInto(Buffer other) {
        root().merged = other.root();
    }

    /** The buffer whose memory this one uses. */
    Buffer root() {
        Buffer root = this;
        while (root.merged != null) {
            root = root.merged;
        }
        return root;
    }

    void place(float[] memory, int start) {
        array = memory;
        base = start;
    }

    void release() {
        array = new float[0];
    }

    /** The array it lies in; empty before it is placed. */
    float[] array() {
        return root().array;
    }

    /** The index of its first element in {@link #array}. */
    int base() {
        return root().base;
    }
}
