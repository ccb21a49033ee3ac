package io.github.cones4j.engine.graph;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A named part of a model. Nodes remember the segment they were made in: it is the module path in errors and memory
 * plans, the scope of the profiler, the unit of recomputation and the only legal cut of a device's task graph.
 *
 * <p>Segments nest; each call of {@link #named} makes a new one, compared by identity.
 */
public final class Segment {
    private static final ScopedValue<Segment> CURRENT = ScopedValue.newInstance();

    private final @Nullable Segment parent;
    private final String name;
    private final boolean recomputed;

    private Segment(@Nullable Segment parent, String name, boolean recomputed) {
        this.parent = parent;
        this.name = name;
        this.recomputed = recomputed;
    }

    /** Builds a part of a model under the given name, for instance {@code resnets.0}. */
    public static <T> T named(String name, Supplier<T> body) {
        return within(new Segment(current(), name, false), body);
    }

    /**
     * As {@link #named}, and the gradient computes the part's activations again instead of keeping them (gradient
     * checkpointing; Chen et al. 2016, arXiv:1604.06174). Only the inputs of the outermost such segment are kept.
     */
    public static <T> T recomputed(String name, Supplier<T> body) {
        return within(new Segment(current(), name, true), body);
    }

    static <T> T within(@Nullable Segment segment, Supplier<T> body) {
        return segment == null
                ? body.get()
                : ScopedValue.where(CURRENT, segment).call(body::get);
    }

    static @Nullable Segment current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** The names from the outermost segment to this, joined by dots, as in the keys of the weights. */
    public String path() {
        return parent == null ? name : parent.path() + "." + name;
    }

    /** The outermost enclosing segment that is recomputed, or null. */
    @Nullable
    Segment recomputedRoot() {
        Segment outer = parent == null ? null : parent.recomputedRoot();
        return outer != null ? outer : recomputed ? this : null;
    }

    /** The path. */
    @Override
    public String toString() {
        return path();
    }
}
