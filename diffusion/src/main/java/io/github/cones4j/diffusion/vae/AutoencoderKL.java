package io.github.cones4j.diffusion.vae;

import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.VaeConfig;
import org.jspecify.annotations.Nullable;

/**
 * The autoencoder between pictures and latents (Kingma and Welling 2014, arXiv:1312.6114; Rombach et al. 2022,
 * arXiv:2112.10752). Keys and order of computation are those of diffusers' class of the same name. Pictures are RGB in
 * -1..1.
 */
public final class AutoencoderKL {
    private final VaeConfig config;
    private final Encoder encoder;
    private final @Nullable Conv2d quantConv;
    private final @Nullable Conv2d postQuantConv;
    private final Decoder decoder;

    /** A model of the shape that {@code config} describes. */
    public AutoencoderKL(Params p, VaeConfig config) {
        this.config = config;
        int latent = config.latentChannels();
        encoder = new Encoder(p.at("encoder"), config);
        quantConv = config.useQuantConv() ? new Conv2d(p.at("quant_conv"), 2 * latent, 2 * latent, 1) : null;
        postQuantConv = config.usePostQuantConv() ? new Conv2d(p.at("post_quant_conv"), latent, latent, 1) : null;
        decoder = new Decoder(p.at("decoder"), config);
    }

    /** Pixels per latent along each side: 8 in Stable Diffusion. */
    public int factor() {
        return config.factor();
    }

    /**
     * The distribution of a picture's latent. Shapes: image [b, 3, h, w], both sizes multiples of {@link #factor}.
     *
     * @throws ShapeException if they are not
     */
    public Latent encode(Tensor image) {
        if (image.shape().rank() != 4
                || image.shape().dim(2) % factor() != 0
                || image.shape().dim(3) % factor() != 0) {
            throw new ShapeException(
                    "vae: image" + image.shape() + " must be [b, 3, h, w], h and w multiples of " + factor());
        }
        Tensor moments = encoder.apply(image);
        return new Latent(quantConv == null ? moments : quantConv.apply(moments));
    }

    /** The picture of an unscaled latent. Shapes: latent [b, c, h, w], result [b, 3, h * factor, w * factor]. */
    public Tensor decode(Tensor latent) {
        return decoder.apply(postQuantConv == null ? latent : postQuantConv.apply(latent));
    }

    /** The latent as the UNet wants it, of about unit variance: (latent - shift) * scale (SD 1.x: 0 and 0.18215). */
    public Tensor scaled(Tensor latent) {
        return latent.affine(config.scalingFactor(), -config.shiftFactor() * config.scalingFactor());
    }

    /** The latent as {@link #decode} wants it: the inverse of {@link #scaled}. */
    public Tensor unscaled(Tensor latent) {
        return latent.affine(1 / config.scalingFactor(), config.shiftFactor());
    }

    /**
     * A normal distribution for every element of a latent.
     *
     * @param moments mean and logarithmic variance, one above the other, [b, 2 * c, h, w]
     */
    public record Latent(Tensor moments) {
        private static final double LEAST_LOGVAR = -30;
        private static final double GREATEST_LOGVAR = 20;

        /** [b, c, h, w]. */
        public Tensor mean() {
            return moments.slice(1, 0, channels());
        }

        /** The logarithm of the variance, clamped to -30..20; [b, c, h, w]. */
        public Tensor logvar() {
            return moments.slice(1, channels(), 2 * channels())
                    .maximum(Tensor.scalar(LEAST_LOGVAR))
                    .minimum(Tensor.scalar(GREATEST_LOGVAR));
        }

        /** mean + e^(logvar / 2) * noise, noise standard normal of the latent's shape. */
        public Tensor sample(Tensor noise) {
            return mean().add(logvar().mul(0.5).exp().mul(noise));
        }

        private int channels() {
            return moments.shape().dim(1) / 2;
        }
    }
}
