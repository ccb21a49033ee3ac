package io.github.cones4j.diffusion.clip;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.LayerNorm;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;

/**
 * One layer of either encoder: self-attention, then two linear layers, each behind a normalisation and added to its
 * input (transformers' {@code CLIPEncoderLayer}).
 */
final class ClipLayer {
    private final String name;
    private final ClipShape shape;
    private final LayerNorm layerNorm1;
    private final Linear qProj;
    private final Linear kProj;
    private final Linear vProj;
    private final Linear outProj;
    private final LayerNorm layerNorm2;
    private final Linear fc1;
    private final Linear fc2;

    ClipLayer(Params p, ClipShape shape) {
        name = p.name();
        this.shape = shape;
        int width = shape.width();
        layerNorm1 = new LayerNorm(p.at("layer_norm1"), width, shape.epsilon());
        Params attention = p.at("self_attn");
        qProj = new Linear(attention.at("q_proj"), width, width, true);
        kProj = new Linear(attention.at("k_proj"), width, width, true);
        vProj = new Linear(attention.at("v_proj"), width, width, true);
        outProj = new Linear(attention.at("out_proj"), width, width, true);
        layerNorm2 = new LayerNorm(p.at("layer_norm2"), width, shape.epsilon());
        fc1 = new Linear(p.at("mlp").at("fc1"), width, shape.innerWidth(), true);
        fc2 = new Linear(p.at("mlp").at("fc2"), shape.innerWidth(), width, true);
    }

    /** Shapes: x and result [b, t, width]. */
    Tensor apply(Tensor x) {
        return Segment.named(name, () -> {
            Tensor h = x.add(attend(layerNorm1.apply(x)));
            return h.add(feedForward(layerNorm2.apply(h)));
        });
    }

    private Tensor attend(Tensor x) {
        return Segment.named("self_attn", () -> {
            Tensor q = qProj.apply(x);
            return outProj.apply(q.attention(kProj.apply(x), vProj.apply(x), shape.heads(), shape.causal()));
        });
    }

    private Tensor feedForward(Tensor x) {
        return Segment.named("mlp", () -> fc2.apply(shape.activate(fc1.apply(x))));
    }
}
