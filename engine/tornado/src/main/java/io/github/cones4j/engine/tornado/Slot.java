package io.github.cones4j.engine.tornado;

/** A piece of the device's memory: its size in elements is known first, its place once everything is planned. */
final class Slot {
    /** In elements: of floats 128 bytes, one memory transaction of a GPU. */
    static final int ALIGNMENT = 32;

    /** Whose memory it is. */
    enum Kind {
        /** Reused when the value is dead. */
        ACTIVATION,
        /** Written before the first run, never again. */
        CONSTANT,
        /** A constant of 16 bits, in the memory of such: kept as it is stored, or rounded once. */
        HALF,
        /** A copy of an activation, rounded to 16 bits, in the memory of such; reused when the value is dead. */
        ROUNDED,
        /** A constant of 16 bits widened for a task, then dead. */
        WIDENED,
        /** A weight or state that the program replaces; kept from run to run. */
        STATE
    }

    private final Kind kind;
    private final long size;
    private int base = -1;

    @org.jspecify.annotations.Nullable
    private Slot merged;

    Slot(Kind kind, long size) {
        this.kind = kind;
        this.size = size;
    }

    Kind kind() {
        return root().kind;
    }

    /** Whether its memory is reused when its value is dead. */
    boolean isTransient() {
        return kind() == Kind.ACTIVATION || kind() == Kind.WIDENED || kind() == Kind.ROUNDED;
    }

    /** Whether its elements have 16 bits, and so lie in the memory of such. */
    boolean isOfHalves() {
        return kind() == Kind.HALF || kind() == Kind.ROUNDED;
    }

    /** Bytes of its elements. */
    long bytes() {
        return size * (isOfHalves() ? Short.BYTES : Float.BYTES);
    }

    /** Whether its values are the same in every run. */
    boolean isConstant() {
        return kind() == Kind.CONSTANT || kind() == Kind.WIDENED;
    }

    /** Number of elements. */
    long size() {
        return size;
    }

    /** Lets this slot live in the memory of another, whose value is dead when this one is written. */
    void mergeInto(Slot other) {
        root().merged = other.root();
    }

    /** The slot whose memory this one uses. */
    Slot root() {
        Slot root = this;
        while (root.merged != null) {
            root = root.merged;
        }
        return root;
    }

    void place(int start) {
        base = start;
    }

    /**
     * The index of its first element in the device's memory of floats, or in that of 16 bits.
     *
     * @throws IllegalStateException before it is placed
     */
    int base() {
        int place = root().base;
        if (place < 0) {
            throw new IllegalStateException("a slot of " + size + " elements has no place yet");
        }
        return place;
    }
}
