package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.VaeConfig;
import java.awt.image.BufferedImage;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The autoencoder between pictures and latents as the UNet has them, compiled for one picture of one size at a time; each
 * half when it is first used.
 */
public final class PictureCodec implements AutoCloseable {
    private static final String LATENT = "latent";
    private static final String IMAGE = "image";
    private static final String NOISE = "noise";

    private final Device device;
    private final VaeConfig config;
    private final Weights weights;
    private final AutoencoderKL model;
    private final int width;
    private final int height;
    private @Nullable Executable encoder;
    private @Nullable Executable decoder;

    /**
     * A codec for pictures of one size.
     *
     * @param width in pixels, a multiple of the autoencoder's factor
     * @param height in pixels, a multiple of the autoencoder's factor
     */
    public PictureCodec(Device device, VaeConfig config, Weights weights, int width, int height) {
        if (width <= 0 || height <= 0 || width % config.factor() != 0 || height % config.factor() != 0) {
            throw new IllegalArgumentException(
                    width + "x" + height + ": width and height of a picture must be multiples of " + config.factor()
                            + ", the autoencoder's factor");
        }
        this.device = device;
        this.config = config;
        this.weights = weights;
        this.width = width;
        this.height = height;
        Params params = Params.root();
        model = new AutoencoderKL(params, config);
        weights.check("VAE", params.specs(), Set.of());
    }

    /** The shape of a picture's latent, [1, c, h, w]. */
    public int[] latentDims() {
        return new int[] {1, config.latentChannels(), height / config.factor(), width / config.factor()};
    }

    /** The picture of a scaled latent. */
    public BufferedImage decode(float... latent) {
        if (decoder == null) {
            decoder = device.compile(
                    Program.of(model.decode(model.unscaled(Tensor.input(LATENT, latentDims())))), weights);
        }
        float[] planes = decoder.run(Map.of(LATENT, HostTensor.of(latent, latentDims())))
                .get("out")
                .toFloats();
        return Pixels.image(planes, 0, height, width);
    }

    /**
     * The scaled latent of a picture, drawn from its distribution.
     *
     * @param noise standard normal numbers of the latent's size; zeros give the mean
     */
    public float[] encode(BufferedImage picture, float... noise) {
        if (picture.getWidth() != width || picture.getHeight() != height) {
            throw new IllegalArgumentException("a picture of " + picture.getWidth() + "x" + picture.getHeight()
                    + " where one of " + width + "x" + height + " is expected");
        }
        int[] dims = {1, config.inChannels(), height, width};
        if (encoder == null) {
            Tensor sample = model.encode(Tensor.input(IMAGE, dims)).sample(Tensor.input(NOISE, latentDims()));
            encoder = device.compile(Program.of(model.scaled(sample)), weights);
        }
        return encoder.run(Map.of(
                        IMAGE, HostTensor.of(Pixels.of(picture), dims), NOISE, HostTensor.of(noise, latentDims())))
                .get("out")
                .toFloats();
    }

    @Override
    public void close() {
        if (encoder != null) {
            encoder.close();
        }
        if (decoder != null) {
            decoder.close();
        }
    }
}
