package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.diffusion.toyland.world.Detail;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.train.AdamW;
import io.github.cones4j.engine.train.LearningRate;
import io.github.cones4j.engine.train.TrainingStep;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Noise is removed from latents, given the caption: v prediction (Salimans and Ho 2022, arXiv:2202.00512) on a schedule
 * that ends in pure noise (Lin et al. 2023, arXiv:2305.08891). One caption in ten is left out, for classifier-free guidance
 * (Ho and Salimans 2022, arXiv:2207.12598).
 *
 * <p>A second stage goes on from the first one's averages where patterns and details are decided: it draws timesteps of
 * about as much signal as noise more often, and pictures of things that wear a detail.
 */
final class UNetStage implements Stage {
    private static final int BATCH = 32;
    private static final double FIRST_RATE = 8e-4;
    private static final double SECOND_RATE = 6e-4;
    private static final double WITHOUT_CAPTION = 0.1;
    private static final double DETAILED =
            0.3; // the second stage draws so many pictures from those with a detail alone
    private static final double LEAST = 0.3; // how often the second stage draws pure noise, to how often the most drawn
    private static final long SECOND_BATCHES = 1_000_000; // the number of the second stage's first batch
    private static final int TIMESTEPS = 1000;

    private final @Nullable Map<String, HostTensor> start;
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
    private final double[] shares; // of the timesteps up to each, in what a stage draws
    private final int[] detailed;
    private final TrainingStep step;

    private UNetStage(
            long seed,
            long steps,
            PicturePool pool,
            LatentPool latents,
            ClipTokenizer tokenizer,
            Map<String, HostTensor> clip,
            @Nullable Map<String, HostTensor> start) {
        this.start = start;
        this.seed = seed;
        this.steps = steps;
        this.pool = pool;
        this.latents = latents;
        this.tokenizer = tokenizer;
        this.clip = clip;
        shares = shares(schedule);
        detailed = IntStream.range(0, pool.size())
                .filter(i -> pool.picture(i).spec().things().stream().anyMatch(thing -> thing.detail() != Detail.NONE))
                .toArray();
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

    /**
     * The first stage, from random weights.
     *
     * @param clip weights of the CLIP pair
     */
    static UNetStage first(
            long seed,
            long steps,
            PicturePool pool,
            LatentPool latents,
            ClipTokenizer tokenizer,
            Map<String, HostTensor> clip) {
        return new UNetStage(seed, steps, pool, latents, tokenizer, clip, null);
    }

    /**
     * The second stage.
     *
     * @param clip weights of the CLIP pair
     * @param start averages of the first
     */
    static UNetStage second(
            long seed,
            long steps,
            PicturePool pool,
            LatentPool latents,
            ClipTokenizer tokenizer,
            Map<String, HostTensor> clip,
            Map<String, HostTensor> start) {
        return new UNetStage(seed, steps, pool, latents, tokenizer, clip, start);
    }

    /** How often each timestep is drawn by the second stage, added up: most where signal and noise are alike. */
    private static double[] shares(NoiseSchedule schedule) {
        double[] sums = new double[TIMESTEPS];
        double sum = 0;
        for (int t = 0; t < TIMESTEPS; t++) {
            double signal = schedule.alphaCumprod(t);
            sum += LEAST + (1 - LEAST) * 4 * signal * (1 - signal);
            sums[t] = sum;
        }
        for (int t = 0; t < TIMESTEPS; t++) {
            sums[t] /= sum;
        }
        return sums;
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
        return start == null ? "unet" : "unet-second";
    }

    @Override
    public TrainingStep step() {
        return step;
    }

    @Override
    public Map<String, HostTensor> initialWeights() {
        return start == null ? new Initializer(seed, UNetStage::endsBranch).values(params.specs()) : start;
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
        long batch = seed + number + (start == null ? 0 : SECOND_BATCHES);
        SplittableRandom random = new SplittableRandom(batch);
        int[] indices = new int[BATCH];
        int[] ids = new int[BATCH * tokenizer.maxLength()];
        float[] timesteps = new float[BATCH];
        float[] signalWeights = new float[BATCH];
        float[] noiseWeights = new float[BATCH];
        for (int i = 0; i < BATCH; i++) {
            indices[i] = start != null && random.nextDouble() < DETAILED
                    ? detailed[random.nextInt(detailed.length)]
                    : random.nextInt(pool.size());
            boolean without = random.nextDouble() < WITHOUT_CAPTION;
            int[] tokens = tokenizer
                    .tokenize(without ? "" : pool.picture(indices[i]).caption())
                    .ids();
            System.arraycopy(tokens, 0, ids, i * tokens.length, tokens.length);
            int t = timestep((i + random.nextDouble()) / BATCH); // spread evenly, so that the loss scatters less
            timesteps[i] = t;
            signalWeights[i] = schedule.signalWeight(t);
            noiseWeights[i] = schedule.noiseWeight(t);
        }
        float[] noise = new TorchCpuGenerator(batch).randn(latentDims);
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        inputs.put("ids", HostTensor.of(ids, BATCH, tokenizer.maxLength()));
        inputs.put("latents", HostTensor.of(latents.batch(indices), latentDims));
        inputs.put("noise", HostTensor.of(noise, latentDims));
        inputs.put("timesteps", HostTensor.of(timesteps, BATCH));
        inputs.put("signal_weight", HostTensor.of(signalWeights, BATCH, 1, 1, 1));
        inputs.put("noise_weight", HostTensor.of(noiseWeights, BATCH, 1, 1, 1));
        return inputs;
    }

    /** The timestep that this share of all draws lies below. */
    private int timestep(double share) {
        if (start == null) {
            return (int) (share * TIMESTEPS);
        }
        int found = Arrays.binarySearch(shares, share);
        return Math.min(found < 0 ? -found - 1 : found + 1, TIMESTEPS - 1);
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public LearningRate rate() {
        double rate = start == null ? FIRST_RATE : SECOND_RATE;
        return LearningRate.cosine(rate, rate / 50, 200, steps);
    }
}
