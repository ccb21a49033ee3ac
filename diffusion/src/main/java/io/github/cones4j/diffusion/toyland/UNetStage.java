package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.train.AdamW;
import io.github.cones4j.engine.train.LearningRate;
import io.github.cones4j.engine.train.TrainingStep;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Noise is removed from latents, given the caption: v prediction (Salimans and Ho 2022, arXiv:2202.00512) on a schedule
 * that ends in pure noise (Lin et al. 2023, arXiv:2305.08891). One caption in ten is left out, for classifier-free guidance
 * (Ho and Salimans 2022, arXiv:2207.12598).
 */
final class UNetStage implements Stage {
    private static final int BATCH = 32;
    private static final double RATE = 8e-4;
    private static final double WITHOUT_CAPTION = 0.1;
    private static final int TIMESTEPS = 1000;

    private final long seed;
    private final long steps;
    private final PicturePool pool;
    private final LatentPool latents;
    private final ClipTokenizer tokenizer;
    private final Map<String, HostTensor> clip;
    private final Params params = Params.root();
    private final Params textParams = Params.root();
    private final NoiseSchedule schedule = NoiseSchedule.of(scheduler());
    private final int[] latentDims;
    private final TrainingStep step;

    UNetStage(
            long seed,
            long steps,
            PicturePool pool,
            LatentPool latents,
            ClipTokenizer tokenizer,
            Map<String, HostTensor> clip) {
        this.seed = seed;
        this.steps = steps;
        this.pool = pool;
        this.latents = latents;
        this.tokenizer = tokenizer;
        this.clip = clip;
        UNetConfig config = ToylandModels.unet();
        int size = ToylandModels.LATENT_SIZE;
        latentDims = new int[] {BATCH, config.inChannels(), size, size};
        ClipTextModel text = new ClipTextModel(
                textParams, ToylandModels.clip(tokenizer.vocabularySize()).text());
        UNet2DConditionModel model = new UNet2DConditionModel(params, config);
        Tensor context =
                text.apply(Tensor.indices("ids", BATCH, tokenizer.maxLength())).lastHiddenState();
        Tensor z = Tensor.input("latents", latentDims);
        Tensor noise = Tensor.input("noise", latentDims);
        Tensor signalWeight = Tensor.input("signal_weight", BATCH, 1, 1, 1);
        Tensor noiseWeight = Tensor.input("noise_weight", BATCH, 1, 1, 1);
        Tensor noisy = z.mul(signalWeight).add(noise.mul(noiseWeight));
        Tensor velocity = noise.mul(signalWeight).sub(z.mul(noiseWeight));
        Tensor predicted = model.apply(noisy, Tensor.input("timesteps", BATCH), context);
        step = new TrainingStep(
                predicted.sub(velocity).square().mean(),
                List.copyOf(params.declared().values()),
                new AdamW(0.9, 0.99, 1e-8, 0.01),
                1,
                0.999,
                Map.of());
    }

    /** The scheduler of the finished model. */
    static SchedulerConfig scheduler() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("num_train_timesteps", TIMESTEPS);
        fields.put("beta_start", 0.00085);
        fields.put("beta_end", 0.012);
        fields.put("beta_schedule", "scaled_linear");
        fields.put("prediction_type", "v_prediction");
        fields.put("rescale_betas_zero_snr", true);
        fields.put("timestep_spacing", "trailing");
        fields.put("clip_sample", false);
        fields.put("set_alpha_to_one", true);
        return SchedulerConfig.of(SamplerKind.DDIM, fields);
    }

    @Override
    public String name() {
        return "unet";
    }

    @Override
    public TrainingStep step() {
        return step;
    }

    @Override
    public Map<String, HostTensor> initialWeights() {
        return new Initializer(seed, UNetStage::endsBranch).values(params.specs());
    }

    private static boolean endsBranch(String name) {
        return name.endsWith("conv2.weight") || name.endsWith("proj_out.weight") || name.equals("conv_out.weight");
    }

    @Override
    public Map<String, HostTensor> frozenWeights() {
        Map<String, HostTensor> frozen = new LinkedHashMap<>(clip);
        frozen.keySet().retainAll(textParams.specs().keySet());
        return frozen;
    }

    @Override
    public Map<String, HostTensor> batch(long number) {
        SplittableRandom random = new SplittableRandom(seed + number);
        int[] indices = new int[BATCH];
        int[] ids = new int[BATCH * tokenizer.maxLength()];
        float[] timesteps = new float[BATCH];
        float[] signalWeights = new float[BATCH];
        float[] noiseWeights = new float[BATCH];
        for (int i = 0; i < BATCH; i++) {
            indices[i] = random.nextInt(pool.size());
            boolean without = random.nextDouble() < WITHOUT_CAPTION;
            int[] tokens = tokenizer
                    .tokenize(without ? "" : pool.picture(indices[i]).caption())
                    .ids();
            System.arraycopy(tokens, 0, ids, i * tokens.length, tokens.length);
            int t = (int)
                    ((i + random.nextDouble()) / BATCH * TIMESTEPS); // spread evenly, so that the loss scatters less
            timesteps[i] = t;
            signalWeights[i] = schedule.signalWeight(t);
            noiseWeights[i] = schedule.noiseWeight(t);
        }
        float[] noise = new TorchCpuGenerator(seed + number).randn(latentDims);
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        inputs.put("ids", HostTensor.of(ids, BATCH, tokenizer.maxLength()));
        inputs.put("latents", HostTensor.of(latents.batch(indices), latentDims));
        inputs.put("noise", HostTensor.of(noise, latentDims));
        inputs.put("timesteps", HostTensor.of(timesteps, BATCH));
        inputs.put("signal_weight", HostTensor.of(signalWeights, BATCH, 1, 1, 1));
        inputs.put("noise_weight", HostTensor.of(noiseWeights, BATCH, 1, 1, 1));
        return inputs;
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public LearningRate rate() {
        return LearningRate.cosine(RATE, RATE / 50, 200, steps);
    }
}
