package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.train.AdamW;
import io.github.cones4j.engine.train.LearningRate;
import io.github.cones4j.engine.train.TrainingStep;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Pictures are squeezed and restored: mean absolute plus mean squared error, and a little Kullback-Leibler divergence from
 * the standard normal distribution so that latents stay bounded and smooth (Kingma and Welling 2014, arXiv:1312.6114). A
 * second stage goes on from the first one's averages with the squared error alone, as Stable Diffusion's later autoencoder
 * did.
 */
final class VaeStage implements Stage {
    private static final int BATCH = 16;
    private static final double FIRST_RATE = 1.5e-3;
    private static final double SECOND_RATE = 1e-3;
    private static final double DIVERGENCE = 1e-4;
    private static final double SQUARED = 5; // weighs about as much as both errors together in the first stage
    private static final long SECOND_BATCHES = 1_000_000; // the number of the second stage's first batch

    private final @Nullable Map<String, HostTensor> start;
    private final long seed;
    private final long steps;
    private final PicturePool pool;
    private final Params params = Params.root();
    private final int[] latentDims;
    private final TrainingStep step;

    private VaeStage(long seed, long steps, PicturePool pool, @Nullable Map<String, HostTensor> start) {
        this.start = start;
        this.seed = seed;
        this.steps = steps;
        this.pool = pool;
        VaeConfig config = ToylandModels.vae(1);
        AutoencoderKL model = new AutoencoderKL(params, config);
        Tensor image = Tensor.input("pixels", BATCH, 3, Renderer.SIZE, Renderer.SIZE);
        AutoencoderKL.Latent latent = model.encode(image);
        latentDims = latent.mean().shape().dims();
        Tensor restored = model.decode(latent.sample(Tensor.input("noise", latentDims)));
        Tensor error = restored.sub(image);
        Tensor squared = error.square().mean();
        Tensor divergence = latent.mean()
                .square()
                .add(latent.logvar().exp())
                .sub(latent.logvar())
                .affine(0.5, -0.5)
                .mean();
        Tensor restoring = start == null ? error.abs().mean().add(squared) : squared.mul(SQUARED);
        Tensor loss = restoring.add(divergence.mul(DIVERGENCE));
        step = new TrainingStep(
                loss,
                List.copyOf(params.declared().values()),
                new AdamW(0.9, 0.99, 1e-8, 0.01),
                1,
                0.998,
                Map.of("squared_error", squared, "divergence", divergence));
    }

    /** The first stage, from random weights. */
    static VaeStage first(long seed, long steps, PicturePool pool) {
        return new VaeStage(seed, steps, pool, null);
    }

    /**
     * The second stage.
     *
     * @param start averages of the first
     */
    static VaeStage second(long seed, long steps, PicturePool pool, Map<String, HostTensor> start) {
        return new VaeStage(seed, steps, pool, start);
    }

    @Override
    public String name() {
        return start == null ? "vae" : "vae-mse";
    }

    @Override
    public TrainingStep step() {
        return step;
    }

    @Override
    public Map<String, HostTensor> initialWeights() {
        return start == null ? new Initializer(seed, name -> false).values(params.specs()) : start;
    }

    @Override
    public Map<String, HostTensor> batch(long number) {
        long batch = seed + number + (start == null ? 0 : SECOND_BATCHES);
        int[] indices = new SplittableRandom(batch).ints(BATCH, 0, pool.size()).toArray();
        float[] noise = new TorchCpuGenerator(batch).randn(latentDims);
        return Map.of("pixels", pool.batch(indices), "noise", HostTensor.of(noise, latentDims));
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public LearningRate rate() {
        double rate = start == null ? FIRST_RATE : SECOND_RATE;
        return LearningRate.cosine(rate, rate / 50, 100, steps);
    }
}
