package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;

/** The two layers after attention: a gate to four times the width, and back. */
public final class FeedForward {
    private static final int WIDENING = 4;

    private final String name;
    private final GEGLU gate;
    private final Linear out;

    /** Layers on tokens of {@code width}. */
    public FeedForward(Params p, int width) {
        name = p.name();
        gate = new GEGLU(p.at("net").at(0), width, WIDENING * width);
        out = new Linear(p.at("net").at(2), WIDENING * width, width, true); // net.1 is dropout
    }

    /** Shapes: x and result [..., width]. */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> out.apply(gate.apply(x)));
    }
}
