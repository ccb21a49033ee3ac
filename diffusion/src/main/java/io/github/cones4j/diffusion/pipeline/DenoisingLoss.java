package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.PredictionType;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.Map;

/**
 * What diffusion training minimises: the squared distance between prediction and target, for noisy latents x_t = sqrt(abar)
 * x_0 + sqrt(1 - abar) eps (Ho et al. 2020, arXiv:2006.11239). The target is eps, the velocity or x_0, as the model was
 * trained.
 *
 * <p>The graph takes what {@link #inputs} makes on the host.
 */
public final class DenoisingLoss {
    private static final String NOISY = "noisy_latents";
    private static final String TIMESTEPS = "timesteps";
    private static final String TEXT = "encoder_hidden_states";
    private static final String TARGET = "target";

    private final Tensor prediction;
    private final Tensor target;

    /**
     * The loss of a model.
     *
     * @param latents shape of the latents, [b, c, h, w]
     * @param text shape of the encoded texts, [b, t, d]
     */
    public DenoisingLoss(UNet2DConditionModel unet, Shape latents, Shape text) {
        this(unet, latents, Tensor.input(TEXT, text.dims()));
    }

    /** As before, on texts that the graph itself encodes. Shapes: latents [b, c, h, w], text [b, t, d]. */
    public DenoisingLoss(UNet2DConditionModel unet, Shape latents, Tensor text) {
        prediction = unet.apply(Tensor.input(NOISY, latents.dims()), Tensor.input(TIMESTEPS, latents.dim(0)), text);
        target = Tensor.input(TARGET, latents.dims());
    }

    /** The prediction, [b, c, h, w]. */
    public Tensor prediction() {
        return prediction;
    }

    /** The mean over the elements of each sample: [b]. */
    public Tensor perSample() {
        return prediction.sub(target).square().mean(1, 2, 3).reshape(-1);
    }

    /** The mean over all elements: a scalar. */
    public Tensor mean() {
        return prediction.sub(target).square().mean().reshape();
    }

    /**
     * What one evaluation takes.
     *
     * @param latents x_0, scaled, [b, c, h, w]
     * @param noise as many standard normal numbers
     * @param text the encoded texts [b, t, d]
     * @param timesteps one for each sample, 0..999
     */
    public static Map<String, HostTensor> inputs(
            NoiseSchedule schedule,
            PredictionType type,
            HostTensor latents,
            float[] noise,
            HostTensor text,
            int... timesteps) {
        float[] x0 = latents.toFloats();
        int[] dims = latents.shape().dims();
        return Map.of(
                NOISY, HostTensor.of(schedule.addNoise(x0, noise, timesteps), dims),
                TIMESTEPS, HostTensor.of(timesteps, timesteps.length),
                TARGET, HostTensor.of(schedule.target(type, x0, noise, timesteps), dims),
                TEXT, text);
    }
}
