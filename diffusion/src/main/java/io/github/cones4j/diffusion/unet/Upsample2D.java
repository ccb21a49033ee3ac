package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.Params;

/** Enlarges by repeating pixels, then smooths by a 3x3 convolution. */
public final class Upsample2D {
    private final String name;
    private final Conv2d conv;

    /** A layer on maps of {@code channels} channels. */
    public Upsample2D(Params p, int channels) {
        name = p.name();
        conv = new Conv2d(p.at("conv"), channels, channels, 3);
    }

    /** Shapes: x [b, channels, h, w], result [b, channels, height, width]. */
    public Tensor apply(Tensor x, int height, int width) {
        return Segment.named(name, () -> conv.apply(x.upsampleNearest(height, width)));
    }
}
