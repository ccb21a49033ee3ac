package io.github.cones4j.bench.kernels;

import io.github.cones4j.concepts.find.Search;
import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.model.Published;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A model of Stable Diffusion 1.5 at one size. Public because JMH makes its parameters from it. */
public enum Model {
    /** The text encoder: 77 tokens. */
    CLIP(0),
    /** The UNet: latents of 32 x 32. */
    UNET_32(32),
    /** The UNet: latents of 64 x 64, a picture of 512 x 512. */
    UNET_64(64),
    /** A step on the K and V weights of the cross-attention: latents of 32 x 32. */
    KV_GRADIENT_32(32),
    /** The encoder of the autoencoder: a picture of 512 x 512. */
    VAE_ENCODE_64(64),
    /** The decoder of the autoencoder: a picture of 512 x 512. */
    VAE_DECODE_64(64);

    private final int side;

    Model(int side) {
        this.side = side;
    }

    /** What a device needs to run it. */
    record Made(Program program, Weights weights, Map<String, HostTensor> inputs) {}

    /** For example {@code unet 64}. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Builds the model with synthetic weights. */
    Made make() {
        Params params = Params.root();
        return switch (this) {
            case CLIP -> {
                Tensor y = new ClipTextModel(params, Published.sd1().text())
                        .apply(Tensor.indices("ids", 1, 77))
                        .lastHiddenState();
                yield made(Program.of(y), params, Map.of("ids", HostTensor.of(new int[77], 1, 77)));
            }
            case UNET_32, UNET_64 -> made(Program.of(unet(params)), params, unetInputs());
            case KV_GRADIENT_32 -> {
                Tensor loss = unet(params)
                        .sub(Tensor.input("target", 1, 4, side, side))
                        .square()
                        .mean()
                        .reshape();
                List<String> keys = Search.crossAttention(params.specs().keySet());
                List<Tensor> wanted = params.all(keys);
                List<Tensor> gradients = Gradients.of(loss, wanted);
                Map<String, Tensor> updates = new LinkedHashMap<>();
                for (int i = 0; i < keys.size(); i++) {
                    updates.put(keys.get(i), wanted.get(i).sub(gradients.get(i).mul(1e-6)));
                }
                Map<String, HostTensor> inputs = unetInputs();
                inputs.put("target", Kernel.random(3, 1, 4, side, side));
                yield made(Program.of(Map.of("loss", loss), updates), params, inputs);
            }
            case VAE_ENCODE_64 -> {
                Tensor y = new AutoencoderKL(params, Published.sd1().vae())
                        .encode(Tensor.input("image", 1, 3, 8 * side, 8 * side))
                        .mean();
                yield made(Program.of(y), params, Map.of("image", Kernel.random(1, 1, 3, 8 * side, 8 * side)));
            }
            case VAE_DECODE_64 -> {
                Tensor y = new AutoencoderKL(params, Published.sd1().vae())
                        .decode(Tensor.input("latent", 1, 4, side, side));
                yield made(Program.of(y), params, Map.of("latent", Kernel.random(1, 1, 4, side, side)));
            }
        };
    }

    private Made made(Program program, Params params, Map<String, HostTensor> inputs) {
        return new Made(program, SyntheticWeights.of("synthetic " + label(), "", params.specs()), inputs);
    }

    private Tensor unet(Params params) {
        return new UNet2DConditionModel(params, Published.sd1().unet())
                .apply(
                        Tensor.input("sample", 1, 4, side, side),
                        Tensor.input("timestep", 1),
                        Tensor.input("text", 1, 77, 768));
    }

    private Map<String, HostTensor> unetInputs() {
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        inputs.put("sample", Kernel.random(1, 1, 4, side, side));
        inputs.put("timestep", HostTensor.of(new float[] {481}, 1));
        inputs.put("text", Kernel.random(2, 1, 77, 768));
        return inputs;
    }
}
