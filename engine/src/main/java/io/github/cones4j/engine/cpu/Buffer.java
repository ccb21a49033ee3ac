package io.github.cones4j.engine.cpu;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A piece of memory of one executable: floats in a heap array, known by size first and by place once planned. */
final class Buffer {
    /** In floats: 64 bytes, one cache line. */
    static final int ALIGNMENT = 16;

    /** Writes the values of a constant. */
    @FunctionalInterface
    interface Maker {
        void make(Staging staging, float[] into, int at);
    }

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
    private final long staged;
    private final @Nullable Supplier<Object> key;
    private final @Nullable Maker maker;
    private @Nullable Buffer merged;
    private float[] array = new float[0];
    private int base;

    private Buffer(Kind kind, long size, long staged, @Nullable Supplier<Object> key, @Nullable Maker maker) {
        this.kind = kind;
        this.size = size;
        this.staged = staged;
        this.key = key;
        this.maker = maker;
    }

    static Buffer slab(long size) {
        return new Buffer(Kind.SLAB, size, 0, null, null);
    }

    static Buffer state(long size) {
        return new Buffer(Kind.STATE, size, 0, null, null);
    }

    /** Values made by {@code maker} unless the device knows {@code key}; both are asked for late. */
    static Buffer constant(long size, Supplier<Object> key, Maker maker) {
        return new Buffer(Kind.CONSTANT, size, 0, key, maker);
    }

    /** The same for values that are packed: the maker reads {@code staged} floats into the slab on its way. */
    static Buffer packed(long size, long staged, Supplier<Object> key, Maker maker) {
        return new Buffer(Kind.CONSTANT, size, staged, key, maker);
    }

    Kind kind() {
        return root().kind;
    }

    /** Size in floats. */
    long size() {
        return size;
    }

    /** Size in floats, rounded up to whole cache lines. */
    long alignedSize() {
        return Math.ceilDiv(size, ALIGNMENT) * ALIGNMENT;
    }

    /** How many floats its maker reads into the slab. */
    long staged() {
        return staged;
    }

    Object key() {
        return Objects.requireNonNull(key).get();
    }

    /** Writes the values of a constant. */
    void make(Staging staging, float[] into, int at) {
        Objects.requireNonNull(maker).make(staging, into, at);
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
