package io.github.cones4j.bench;

import io.github.cones4j.concepts.find.Search;
import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.model.Published;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * A part of Stable Diffusion 1.5 as a program, with inputs to run it on.
 *
 * @param program its output is named {@code out}, that of a gradient step {@code loss}
 * @param parameters every weight of the part by its key
 * @param inputs standard normal, the same at every call
 */
public record ModelProgram(Program program, Map<String, Spec> parameters, Map<String, HostTensor> inputs) {
    private static final int TOKENS = 77;
    private static final int WIDTH = 768; // of the text encoder
    private static final int VOCABULARY = 49406; // words, without start and end
    private static final float TIMESTEP = 481;
    private static final int SEED = 7;
    private static final int TARGET_SEED = 8;
    private static final double STEP_SIZE = 1e-6;

    /** One evaluation of the UNet. */
    public static ModelProgram unet(int batch, int side) {
        Params params = Params.root();
        Tensor y = unet(params, batch, side, Activations.KEPT);
        return new ModelProgram(Program.of(y), params.specs(), unetInputs(batch, side));
    }

    /** From a latent to a picture. */
    public static ModelProgram vaeDecode(int side) {
        Params params = Params.root();
        AutoencoderKL model = new AutoencoderKL(params, Published.sd1().vae());
        Tensor y = model.decode(Tensor.input("latent", 1, 4, side, side));
        return new ModelProgram(Program.of(y), params.specs(), Map.of("latent", random(1, 4, side, side)));
    }

    /** From a picture to mean and logarithmic variance of its latent; {@code side} is that of the latent. */
    public static ModelProgram vaeEncode(int side) {
        Params params = Params.root();
        AutoencoderKL model = new AutoencoderKL(params, Published.sd1().vae());
        int pixels = model.factor() * side;
        Tensor y = model.encode(Tensor.input("image", 1, 3, pixels, pixels)).moments();
        return new ModelProgram(
                Program.of(y), params.specs(), Map.of("image", normal(SEED, 0.5, 1, 3, pixels, pixels)));
    }

    /** One text of 77 tokens. */
    public static ModelProgram text() {
        Params params = Params.root();
        ClipTextModel model = new ClipTextModel(params, Published.sd1().text());
        Tensor y = model.apply(Tensor.indices("ids", 1, TOKENS)).lastHiddenState();
        int[] ids = new Random(SEED).ints(TOKENS, 0, VOCABULARY).toArray();
        ids[0] = VOCABULARY;
        ids[TOKENS - 1] = VOCABULARY + 1;
        return new ModelProgram(Program.of(y), params.specs(), Map.of("ids", HostTensor.of(ids, 1, TOKENS)));
    }

    /**
     * One step of gradient descent on mean((unet - target)^2). The gradients go into an update of the weights, so that they
     * stay where they were computed, as PyTorch's do.
     *
     * @param chosen the keys of the weights to change, of all
     */
    public static ModelProgram gradientStep(
            int side, Activations activations, UnaryOperator<Collection<String>> chosen) {
        Params params = Params.root();
        Tensor loss = loss(params, side, activations);
        List<String> keys = List.copyOf(chosen.apply(params.specs().keySet()));
        List<Tensor> weights = params.all(keys);
        List<Tensor> gradients = Gradients.of(loss, weights);
        Map<String, Tensor> updates = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            updates.put(keys.get(i), weights.get(i).sub(gradients.get(i).mul(STEP_SIZE)));
        }
        return new ModelProgram(Program.of(Map.of("loss", loss), updates), params.specs(), gradientInputs(side));
    }

    /**
     * The gradients of {@link #gradientStep} as outputs: of every weight KEY its norm as {@code norm.KEY}; those of
     * the cross-attention's K and V whole, as {@code grad.KEY}.
     */
    public static ModelProgram gradients(int side, UnaryOperator<Collection<String>> chosen) {
        Params params = Params.root();
        Tensor loss = loss(params, side, Activations.KEPT);
        List<String> keys = List.copyOf(chosen.apply(params.specs().keySet()));
        List<String> whole = keyValue(keys);
        List<Tensor> weights = params.all(keys);
        List<Tensor> gradients = Gradients.of(loss, weights);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("loss", loss);
        for (int i = 0; i < keys.size(); i++) {
            Tensor gradient = gradients.get(i);
            outputs.put("norm." + keys.get(i), gradient.square().sum().reshape().sqrt());
            if (whole.contains(keys.get(i))) {
                outputs.put("grad." + keys.get(i), gradient);
            }
        }
        return new ModelProgram(Program.of(outputs), params.specs(), gradientInputs(side));
    }

    /** The keys of the cross-attention's K and V, of those given. */
    public static List<String> keyValue(Collection<String> keys) {
        return Search.crossAttention(keys);
    }

    /** All of the keys given. */
    public static List<String> all(Collection<String> keys) {
        return new ArrayList<>(keys);
    }

    private static Tensor loss(Params params, int side, Activations activations) {
        Tensor y = unet(params, 1, side, activations);
        return y.sub(Tensor.input("target", 1, 4, side, side)).square().mean().reshape();
    }

    private static Tensor unet(Params params, int batch, int side, Activations activations) {
        return new UNet2DConditionModel(params, Published.sd1().unet(), activations)
                .apply(
                        Tensor.input("sample", batch, 4, side, side),
                        Tensor.input("timestep", batch),
                        Tensor.input("text", batch, TOKENS, WIDTH));
    }

    private static Map<String, HostTensor> unetInputs(int batch, int side) {
        float[] timesteps = new float[batch];
        Arrays.fill(timesteps, TIMESTEP);
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        inputs.put("sample", random(batch, 4, side, side));
        inputs.put("timestep", HostTensor.of(timesteps, batch));
        inputs.put("text", random(batch, TOKENS, WIDTH));
        return inputs;
    }

    private static Map<String, HostTensor> gradientInputs(int side) {
        Map<String, HostTensor> inputs = unetInputs(1, side);
        inputs.put("target", normal(TARGET_SEED, 1, 1, 4, side, side));
        return inputs;
    }

    /** A standard normal tensor, the same for the same shape. */
    public static HostTensor random(int... dims) {
        return normal(SEED, 1, dims);
    }

    /** A normal tensor of a given deviation, the same for the same seed and shape but for that. */
    public static HostTensor normal(int seed, double deviation, int... dims) {
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(Shape.of(dims).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return HostTensor.of(values, dims);
    }
}
