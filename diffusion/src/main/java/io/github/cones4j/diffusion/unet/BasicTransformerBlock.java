package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.LayerNorm;
import io.github.cones4j.engine.nn.Params;

/** Self-attention, attention to the text, feed-forward; each behind a normalisation and added to its input. */
public final class BasicTransformerBlock {
    private static final double EPSILON = 1e-5;

    private final String name;
    private final LayerNorm norm1;
    private final CrossAttention attn1;
    private final LayerNorm norm2;
    private final CrossAttention attn2;
    private final LayerNorm norm3;
    private final FeedForward ff;

    /** A block on tokens of {@code width} that hears a text of {@code contextWidth}. */
    public BasicTransformerBlock(Params p, int width, int contextWidth, int heads) {
        name = p.name();
        norm1 = new LayerNorm(p.at("norm1"), width, EPSILON);
        attn1 = new CrossAttention(p.at("attn1"), width, width, heads, false);
        norm2 = new LayerNorm(p.at("norm2"), width, EPSILON);
        attn2 = new CrossAttention(p.at("attn2"), width, contextWidth, heads, false);
        norm3 = new LayerNorm(p.at("norm3"), width, EPSILON);
        ff = new FeedForward(p.at("ff"), width);
    }

    /** Shapes: x and result [b, n, width], context [b, t, contextWidth]. */
    public Tensor apply(Tensor x, Tensor context) {
        return Segment.named(name, () -> {
            // 1. self-attention
            Tensor pixels = norm1.apply(x);
            Tensor h = x.add(attn1.apply(pixels, pixels));

            // 2. cross-attention
            h = h.add(attn2.apply(norm2.apply(h), context));

            // 3. feed-forward
            return h.add(ff.apply(norm3.apply(h)));
        });
    }
}
