package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.Params;

/** Halves height and width by a 3x3 convolution with stride 2. */
public final class Downsample2D {
    private final String name;
    private final Conv2d conv;

    /**
     * A layer on maps of {@code channels} channels.
     *
     * @param padding one pixel on all sides in the UNet; right and below only in the autoencoder
     */
    public Downsample2D(Params p, int channels, Padding padding) {
        name = p.name();
        conv = new Conv2d(p.at("conv"), channels, channels, 3, 2, padding);
    }

    /** Shapes: x [b, channels, h, w], result [b, channels, h / 2, w / 2] (rounded up in the UNet, down else). */
    public Tensor apply(Tensor x) {
        return Segment.named(name, () -> conv.apply(x));
    }
}
