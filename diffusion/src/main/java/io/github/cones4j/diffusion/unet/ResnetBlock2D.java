package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;
import org.jspecify.annotations.Nullable;

/**
 * y = shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))) + time_emb_proj(silu(t))))) (He et al. 2016,
 * arXiv:1603.05027; Ho et al. 2020, arXiv:2006.11239). The shortcut is a 1x1 convolution where the number of channels
 * changes.
 */
public final class ResnetBlock2D {
    private final String name;
    private final Activations activations;
    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final @Nullable Linear timeEmbProj;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d convShortcut;

    /**
     * A block from {@code in} to {@code out} channels.
     *
     * @param timeWidth width of the timestep's embedding, or 0 for a block that hears nothing of the timestep
     * @param groups groups of both normalisations
     * @param epsilon added to the variance in both
     */
    public ResnetBlock2D(
            Params p, int in, int out, int timeWidth, int groups, double epsilon, Activations activations) {
        name = p.name();
        this.activations = activations;
        norm1 = new GroupNorm(p.at("norm1"), groups, in, epsilon);
        conv1 = new Conv2d(p.at("conv1"), in, out, 3);
        timeEmbProj = timeWidth == 0 ? null : new Linear(p.at("time_emb_proj"), timeWidth, out, true);
        norm2 = new GroupNorm(p.at("norm2"), groups, out, epsilon);
        conv2 = new Conv2d(p.at("conv2"), out, out, 3);
        convShortcut = in == out ? null : new Conv2d(p.at("conv_shortcut"), in, out, 1);
    }

    /** Shapes: x [b, in, h, w], result [b, out, h, w]. For a block that hears nothing of the timestep. */
    public Tensor apply(Tensor x) {
        return activations.segment(name, () -> forward(x, null));
    }

    /** Shapes: x [b, in, h, w], t [b, timeWidth], result [b, out, h, w]. */
    public Tensor apply(Tensor x, Tensor t) {
        return activations.segment(name, () -> forward(x, t));
    }

    /** As {@link #apply(Tensor, Tensor)} on x and a skip connection, channels of x first. */
    public Tensor apply(Tensor x, Tensor skip, Tensor t) {
        return activations.segment(name, () -> forward(Tensor.concat(1, x, skip), t));
    }

    private Tensor forward(Tensor x, @Nullable Tensor t) {
        Tensor h = conv1.apply(norm1.apply(x).silu());
        if (timeEmbProj != null && t != null) {
            Tensor shift = timeEmbProj.apply(t.silu());
            h = h.add(shift.reshape(shift.shape().dim(0), -1, 1, 1));
        }
        h = conv2.apply(norm2.apply(h).silu());
        return (convShortcut == null ? x : convShortcut.apply(x)).add(h);
    }
}
