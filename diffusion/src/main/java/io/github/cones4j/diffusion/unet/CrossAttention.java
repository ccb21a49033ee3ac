package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;

/**
 * Multi-head attention of tokens to a context: to_out(softmax(q k^T / sqrt(d)) v) with q = to_q(x), k = to_k(context), v
 * = to_v(context) (Vaswani et al. 2017, arXiv:1706.03762). Self-attention where the context is x.
 *
 * <p>The probabilities are never whole in memory; {@link AttentionMaps} gives them as nodes of their own.
 */
public final class CrossAttention {
    private final String name;
    private final int heads;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;
    private final Linear toOut;

    /**
     * Attention of tokens of {@code width} to a context of {@code contextWidth}.
     *
     * @param heads divides {@code width}
     * @param withBias whether q, k and v have a bias (to_out always has one)
     */
    public CrossAttention(Params p, int width, int contextWidth, int heads, boolean withBias) {
        name = p.name();
        this.heads = heads;
        toQ = new Linear(p.at("to_q"), width, width, withBias);
        toK = new Linear(p.at("to_k"), contextWidth, width, withBias);
        toV = new Linear(p.at("to_v"), contextWidth, width, withBias);
        toOut = new Linear(p.at("to_out").at(0), width, width, true);
    }

    /** Shapes: x [b, n, width], context [b, t, contextWidth], result [b, n, width]. */
    public Tensor apply(Tensor x, Tensor context) {
        return Segment.named(name, () -> {
            Tensor q = toQ.apply(x);
            Tensor k = toK.apply(context);
            Tensor v = toV.apply(context);
            return toOut.apply(q.attention(k, v, heads, false));
        });
    }
}
