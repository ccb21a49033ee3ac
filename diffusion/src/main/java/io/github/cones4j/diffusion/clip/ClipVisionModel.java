package io.github.cones4j.diffusion.clip;

import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Embedding;
import io.github.cones4j.engine.nn.LayerNorm;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.ClipVisionConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The vision encoder (Radford et al. 2021, arXiv:2103.00020; Dosovitskiy et al. 2021, arXiv:2010.11929): patches of the
 * picture as tokens behind a class token. Keys are those of the published files, under {@code vision_model},
 * {@code pre_layrnorm} included.
 */
public final class ClipVisionModel {
    private final ClipVisionConfig config;
    private final Tensor classEmbedding;
    private final Tensor patchEmbedding;
    private final Embedding positionEmbedding;
    private final LayerNorm preLayrnorm;
    private final List<ClipLayer> layers = new ArrayList<>();
    private final LayerNorm postLayernorm;

    /** A model of the shape that {@code config} describes; {@code p} is the root of the file. */
    public ClipVisionModel(Params p, ClipVisionConfig config) {
        this.config = config;
        Params model = p.at("vision_model");
        ClipShape shape = ClipShape.of(config);
        int width = config.hiddenSize();
        int patch = config.patchSize();
        int perSide = config.imageSize() / patch;
        Params embeddings = model.at("embeddings");
        classEmbedding = embeddings.tensor("class_embedding", width);
        patchEmbedding = embeddings.at("patch_embedding").tensor("weight", width, config.numChannels(), patch, patch);
        positionEmbedding = new Embedding(embeddings.at("position_embedding"), perSide * perSide + 1, width);
        preLayrnorm = new LayerNorm(model.at("pre_layrnorm"), width, config.layerNormEps());
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(new ClipLayer(model.at("encoder").at("layers").at(i), shape));
        }
        postLayernorm = new LayerNorm(model.at("post_layernorm"), width, config.layerNormEps());
    }

    /**
     * Encodes pictures.
     *
     * @param pixelValues [b, channels, size, size] of the configured size, normalised as the model was trained
     */
    public Encoding apply(Tensor pixelValues) {
        int size = config.imageSize();
        Shape expected = Shape.of(pixelValues.shape().dim(0), config.numChannels(), size, size);
        if (!pixelValues.shape().equals(expected)) {
            throw new ShapeException("vision encoder: pixel values" + pixelValues.shape() + " must be " + expected);
        }
        return Segment.named("vision_model", () -> {
            // 1. embeddings
            Tensor h = Segment.named("embeddings", () -> embed(pixelValues));
            h = preLayrnorm.apply(h);

            // 2. layers
            for (ClipLayer layer : layers) {
                Tensor x = h;
                h = Segment.named("encoder", () -> layer.apply(x));
            }

            // 3. the class token
            Tensor token = h.slice(1, 0, 1).reshape(-1, config.hiddenSize());
            return new Encoding(h, postLayernorm.apply(token));
        });
    }

    private Tensor embed(Tensor pixelValues) {
        int batch = pixelValues.shape().dim(0);
        int width = config.hiddenSize();
        Tensor patches = pixelValues
                .conv2d(patchEmbedding, null, config.patchSize(), Padding.same(0))
                .permute(0, 2, 3, 1)
                .reshape(batch, -1, width);
        Tensor first = classEmbedding.reshape(1, 1, width).broadcastTo(Shape.of(batch, 1, width));
        return Tensor.concat(1, first, patches).add(positionEmbedding.table());
    }

    /**
     * What the encoder makes of a picture.
     *
     * @param lastHiddenState [b, 1 + patches, width]
     * @param pooled the class token behind the last normalisation, [b, width]
     */
    public record Encoding(Tensor lastHiddenState, Tensor pooled) {}
}
