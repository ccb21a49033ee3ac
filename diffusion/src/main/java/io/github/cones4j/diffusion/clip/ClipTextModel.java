package io.github.cones4j.diffusion.clip;

import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Embedding;
import io.github.cones4j.engine.nn.LayerNorm;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.ClipTextConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The text encoder (Radford et al. 2021, arXiv:2103.00020): token and position embeddings, causal layers, a final
 * normalisation. Keys are those of the published files, under {@code text_model}.
 */
public final class ClipTextModel {
    private static final int LEGACY_EOS = 2;

    private final ClipTextConfig config;
    private final Embedding tokenEmbedding;
    private final Embedding positionEmbedding;
    private final List<ClipLayer> layers = new ArrayList<>();
    private final LayerNorm finalLayerNorm;

    /** A model of the shape that {@code config} describes; {@code p} is the root of the file. */
    public ClipTextModel(Params p, ClipTextConfig config) {
        this.config = config;
        Params model = p.at("text_model");
        ClipShape shape = ClipShape.of(config);
        Params embeddings = model.at("embeddings");
        tokenEmbedding = new Embedding(embeddings.at("token_embedding"), config.vocabSize(), config.hiddenSize());
        positionEmbedding =
                new Embedding(embeddings.at("position_embedding"), config.maxPositionEmbeddings(), config.hiddenSize());
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(new ClipLayer(model.at("encoder").at("layers").at(i), shape));
        }
        finalLayerNorm = new LayerNorm(model.at("final_layer_norm"), config.hiddenSize(), config.layerNormEps());
    }

    /**
     * Encodes token ids.
     *
     * @param ids int32 [b, t], t at most the number of positions (77)
     */
    public Encoding apply(Tensor ids) {
        if (ids.shape().rank() != 2 || ids.shape().dim(1) > config.maxPositionEmbeddings()) {
            throw new ShapeException("text encoder: ids" + ids.shape() + " must be [b, t] with t at most "
                    + config.maxPositionEmbeddings());
        }
        return Segment.named("text_model", () -> {
            // 1. embeddings
            Tensor h = Segment.named(
                    "embeddings",
                    () -> tokenEmbedding
                            .apply(ids)
                            .add(positionEmbedding
                                    .table()
                                    .slice(0, 0, ids.shape().dim(1))));

            // 2. layers
            List<Tensor> hidden = new ArrayList<>(List.of(h));
            for (ClipLayer layer : layers) {
                hidden.add(Segment.named("encoder", () -> layer.apply(hidden.getLast())));
            }

            // 3. final normalisation
            return new Encoding(List.copyOf(hidden), finalLayerNorm.apply(hidden.getLast()));
        });
    }

    /**
     * Where each text is pooled, counted in rows of the flattened [b * t]: at its largest id where the configuration has
     * the end token 2 (as published Stable Diffusion models have, although their tokenizer ends with another id), else at
     * its first end token.
     *
     * @param ids [batch * length] row by row
     * @return the row of each text: what {@link Encoding#pooled} takes
     */
    public int[] pooledRows(int[] ids, int batch) {
        int length = ids.length / batch;
        int[] rows = new int[batch];
        for (int b = 0; b < batch; b++) {
            int best = b * length;
            for (int i = b * length; i < (b + 1) * length; i++) {
                boolean better = config.eosTokenId() == LEGACY_EOS
                        ? ids[i] > ids[best]
                        : ids[i] == config.eosTokenId() && ids[best] != config.eosTokenId();
                best = better ? i : best;
            }
            rows[b] = best;
        }
        return rows;
    }

    /**
     * An earlier layer behind the final normalisation, as Stable Diffusion front ends use it.
     *
     * @param skipped layers left out at the end: 0 gives {@link Encoding#lastHiddenState}, 1 the last but one
     * @return [b, t, width]
     */
    public Tensor clipSkip(Encoding encoding, int skipped) {
        if (skipped < 0 || skipped > layers.size()) {
            throw new IllegalArgumentException(
                    "clip skip " + skipped + ": the text encoder has " + layers.size() + " layers");
        }
        return skipped == 0
                ? encoding.lastHiddenState()
                : Segment.named(
                        "text_model",
                        () -> finalLayerNorm.apply(encoding.hiddenStates().get(layers.size() - skipped)));
    }

    /**
     * What the encoder makes of a text.
     *
     * @param hiddenStates the embeddings and what each layer made of them, [b, t, width], before the final normalisation
     * @param lastHiddenState the last of them, normalised
     */
    public record Encoding(List<Tensor> hiddenStates, Tensor lastHiddenState) {
        /**
         * One vector for each text.
         *
         * @param rows int32 [b], from {@link ClipTextModel#pooledRows}
         * @return [b, width]
         */
        public Tensor pooled(Tensor rows) {
            int width = lastHiddenState.shape().dim(-1);
            return lastHiddenState.reshape(-1, width).gather(rows);
        }
    }
}
