package io.github.cones4j.diffusion.clip;

import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.ClipConfig;

/**
 * A text and a vision encoder whose vectors lie in one space (Radford et al. 2021, arXiv:2103.00020). Keys are those of
 * transformers' {@code CLIPModel}.
 */
public final class ClipModel {
    private final ClipTextModel text;
    private final ClipVisionModel vision;
    private final Linear textProjection;
    private final Linear visualProjection;
    private final Tensor logitScale;

    /** A pair of encoders of the shapes that {@code config} describes; {@code p} is the root of the file. */
    public ClipModel(Params p, ClipConfig config) {
        text = new ClipTextModel(p, config.text());
        vision = new ClipVisionModel(p, config.vision());
        textProjection = new Linear(p.at("text_projection"), config.text().hiddenSize(), config.projectionDim(), false);
        visualProjection =
                new Linear(p.at("visual_projection"), config.vision().hiddenSize(), config.projectionDim(), false);
        logitScale = p.tensor("logit_scale");
    }

    /** The text encoder. */
    public ClipTextModel text() {
        return text;
    }

    /** The vision encoder. */
    public ClipVisionModel vision() {
        return vision;
    }

    /**
     * Texts in the common space.
     *
     * @param ids int32 [b, t]
     * @param rows int32 [b], from {@link ClipTextModel#pooledRows}
     * @return [b, projection]
     */
    public Tensor textFeatures(Tensor ids, Tensor rows) {
        return textProjection.apply(text.apply(ids).pooled(rows));
    }

    /** Pictures in the common space. Shapes: pixelValues [b, channels, size, size], result [b, projection]. */
    public Tensor imageFeatures(Tensor pixelValues) {
        return visualProjection.apply(vision.apply(pixelValues).pooled());
    }

    /** {@link #textFeatures} brought to unit length. */
    public Tensor textEmbeds(Tensor ids, Tensor rows) {
        return unit(textFeatures(ids, rows));
    }

    /** {@link #imageFeatures} brought to unit length. */
    public Tensor imageEmbeds(Tensor pixelValues) {
        return unit(imageFeatures(pixelValues));
    }

    /** e^logit_scale times the cosine of every picture with every text. Shapes: [b, p], [b', p], result [b, b']. */
    public Tensor logitsPerImage(Tensor imageEmbeds, Tensor textEmbeds) {
        return imageEmbeds.matmul(textEmbeds, false, true).mul(logitScale.exp());
    }

    /**
     * The contrastive loss: the mean of the cross-entropies with which each picture finds its text and each text its
     * picture.
     *
     * @param logitsPerImage [b, b], pair i on the diagonal
     * @return a tensor of one element
     */
    public static Tensor loss(Tensor logitsPerImage) {
        int n = logitsPerImage.shape().dim(0);
        if (logitsPerImage.shape().rank() != 2 || logitsPerImage.shape().dim(1) != n) {
            throw new ShapeException("contrastive loss: logits" + logitsPerImage.shape() + " must be square");
        }
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++) {
            identity[i * (n + 1)] = 1;
        }
        Tensor pairs = Tensor.constant(identity, n, n);
        Tensor byImage = logitsPerImage.logSoftmax();
        Tensor byText = logitsPerImage.transpose(0, 1).logSoftmax();
        return byImage.add(byText).mul(pairs).sum().mul(-0.5 / n);
    }

    private static Tensor unit(Tensor x) {
        return x.div(x.square().sum(-1).sqrt());
    }
}
