package io.github.cones4j.engine.nn;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;

/** A table of vectors chosen by number. Key: {@code weight} [count, width]. */
public final class Embedding {
    private final String name;
    private final Tensor weight;

    /** A table of {@code count} vectors. */
    public Embedding(Params p, int count, int width) {
        name = p.name();
        weight = p.tensor("weight", count, width);
    }

    /** Shapes: ids (int32) of any shape, result [ids..., width]. */
    public Tensor apply(Tensor ids) {
        return Segment.named(name, () -> weight.gather(ids));
    }

    /** The whole table [count, width]. */
    public Tensor table() {
        return weight;
    }
}
