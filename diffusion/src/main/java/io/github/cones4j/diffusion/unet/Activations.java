package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import java.util.function.Supplier;

/** What a gradient finds of the activations inside a residual or attention block. */
public enum Activations {
    /** All of them, kept since the forward computation: fastest. */
    KEPT,
    /** The block's inputs only; the rest is computed a second time: little memory, one more forward computation. */
    RECOMPUTED;

    /** Builds a block in a segment of that name. */
    public <T> T segment(String name, Supplier<T> body) {
        return switch (this) {
            case KEPT -> Segment.named(name, body);
            case RECOMPUTED -> Segment.recomputed(name, body);
        };
    }
}
