package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.clip.ReservedWord;
import io.github.cones4j.diffusion.noise.NoiseGenerator;
import io.github.cones4j.diffusion.schedule.Plan;
import io.github.cones4j.diffusion.schedule.Scheduler;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.model.ModelSource;
import io.github.cones4j.weights.model.TokenizerFiles;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/**
 * A Stable Diffusion model on a device: from text to pictures, and from pictures to pictures (Rombach et al. 2022,
 * arXiv:2112.10752).
 *
 * <p>Each part is compiled when it is first needed, and kept for the next request of the same size. Not for several threads
 * at once.
 */
public final class StableDiffusion implements AutoCloseable {
    private static final int STEPS = 30;
    private static final double GUIDANCE = 7.5;
    private static final int LATENT_SIZE = 64; // where the configuration does not say

    private final Device device;
    private final String name;
    private final UNetConfig unetConfig;
    private final VaeConfig vaeConfig;
    private final ClipTextConfig textConfig;
    private final SchedulerConfig scheduler;
    private final ClipTokenizer tokenizer;
    private final Weights unet;
    private final Weights vae;
    private final Weights fileText;
    private final Weights text;
    private final Branches original;
    private final Kept<Prompting, PromptEncoder> prompts = new Kept<>(PromptEncoder::close);
    private final Kept<Compiled, GuidedUNet> guided = new Kept<>(GuidedUNet::close);
    private final Kept<Shape, PictureCodec> codec = new Kept<>(PictureCodec::close);

    /** What a compiled text encoder serves. */
    private record Prompting(Weights weights, int clipSkip) {}

    /** What a compiled UNet serves. */
    private record Compiled(Branches branches, boolean guided, Shape latents, Shape text) {}

    /**
     * Opens a model's files; they stay mapped until {@link #close}.
     *
     * @param device computes; stays the caller's, to be closed after this
     */
    public StableDiffusion(Device device, ModelSource source) {
        this(device, source, List.of());
    }

    /**
     * As before, with words that stand for subjects.
     *
     * @param words each becomes one token with a random vector
     */
    public StableDiffusion(Device device, ModelSource source, List<ReservedWord> words) {
        this.device = device;
        this.name = String.valueOf(source.path().getFileName());
        unetConfig = source.unetConfig();
        vaeConfig = source.vaeConfig();
        scheduler = SchedulerConfig.parse(
                source.schedulerConfig().name(), source.schedulerConfig().root().toString());
        unet = source.unet();
        vae = source.vae();
        fileText = source.textEncoder();
        ReservedWord.Known known = new ReservedWord.Known(tokenizer(source.tokenizer()), source.textConfig(), fileText);
        ReservedWord.Known taught = words.isEmpty() ? known : ReservedWord.teach(known, words);
        tokenizer = taught.tokenizer();
        textConfig = taught.config();
        text = taught.weights();
        original = Branches.both(unet);
    }

    /** The tokenizer that a model's files describe. */
    public static ClipTokenizer tokenizer(TokenizerFiles files) {
        return switch (files) {
            case TokenizerFiles.Folder(var folder) -> ClipTokenizer.load(folder);
            case TokenizerFiles.Clip(String padToken) -> ClipTokenizer.bundled(padToken);
        };
    }

    /** The model's name: that of its folder or file. */
    public String name() {
        return name;
    }

    /** Settings of the UNet. */
    public UNetConfig unetConfig() {
        return unetConfig;
    }

    /** Settings of the autoencoder. */
    public VaeConfig vaeConfig() {
        return vaeConfig;
    }

    /** Settings of the text encoder. */
    public ClipTextConfig textConfig() {
        return textConfig;
    }

    /** The model's own sampler and noise schedule. */
    public SchedulerConfig scheduler() {
        return scheduler;
    }

    /** The tokenizer. */
    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    /** The UNet's weights, for overlays; owned by this. */
    public Weights unet() {
        return unet;
    }

    /** The autoencoder's weights; owned by this. */
    public Weights vae() {
        return vae;
    }

    /** The text encoder's weights; owned by this. */
    public Weights textEncoder() {
        return text;
    }

    /** One picture with the model's own settings: its size and sampler, 30 steps, guidance 7.5, PyTorch's CPU noise. */
    public Request request(String prompt, long seed) {
        Integer sample = unetConfig.sampleSize();
        int size = (sample == null ? LATENT_SIZE : sample) * vaeConfig.factor();
        return new Request(
                List.of(new Shot(prompt, seed)),
                "",
                size,
                size,
                STEPS,
                GUIDANCE,
                scheduler,
                NoiseGenerator.Kind.TORCH_CPU,
                0,
                1,
                null);
    }

    /** Makes pictures by the original weights. */
    public List<Generated> generate(Request request, StepListener listener) {
        return generate(request, original, listener);
    }

    /**
     * Makes pictures.
     *
     * @param branches the UNet's weights in both branches of the guidance, usually overlays of {@link #unet}
     * @param listener hears of every step, counted over all batches
     * @return one for each shot, in their order
     */
    public List<Generated> generate(Request request, Branches branches, StepListener listener) {
        return generate(request, branches, text, listener);
    }

    /**
     * As before, with other weights of the text encoder.
     *
     * @param textEncoder usually an overlay of {@link #textEncoder} that gives a new word its vector
     */
    public List<Generated> generate(Request request, Branches branches, Weights textEncoder, StepListener listener) {
        Request.Start start = request.start();
        Plan plan = Scheduler.of(request.scheduler()).plan(request.steps(), start == null ? 1 : start.strength());
        int batches = (request.shots().size() + request.batch() - 1) / request.batch();
        List<Generated> all = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            int done = i * plan.calls();
            int first = i * request.batch();
            List<Shot> shots = request.shots()
                    .subList(
                            first,
                            Math.min(first + request.batch(), request.shots().size()));
            float[] latents = denoise(
                    request,
                    shots,
                    plan,
                    branches,
                    textEncoder,
                    step -> listener.done(
                            new Step(done + step.number(), batches * plan.calls(), step.timestep(), step.latents())));
            List<BufferedImage> pictures = decode(latents, request.width(), request.height());
            for (int j = 0; j < shots.size(); j++) {
                Recipe recipe = Recipe.of(request, shots.get(j), name, branches);
                all.add(new Generated(shots.get(j), pictures.get(j), recipe));
            }
        }
        return all;
    }

    /**
     * What the UNet would hold in memory for a request, planned without allocating it: one program, or one for each branch
     * of the guidance where their weights differ. The autoencoder and the text encoder are small beside it.
     */
    public List<MemoryPlan> memory(Request request, Branches branches) {
        int batch = Math.min(request.batch(), request.shots().size());
        Shape latents =
                Shape.of(codec(request.width(), request.height()).latentDims()).with(0, batch);
        Shape prompt = Shape.of(batch, tokenizer.maxLength(), textConfig.hiddenSize());
        return GuidedUNet.plans(device, unetConfig, branches, request.guided(), latents, prompt);
    }

    private float[] denoise(
            Request request,
            List<Shot> shots,
            Plan plan,
            Branches branches,
            Weights textEncoder,
            StepListener listener) {
        PromptEncoder encoder = prompts(textEncoder, request.clipSkip());
        HostTensor prompt = encoder.encode(shots.stream().map(Shot::prompt).toList());
        HostTensor negative = encoder.encode(Collections.nCopies(shots.size(), request.negativePrompt()));

        PictureCodec pictures = codec(request.width(), request.height());
        Shape latents = Shape.of(pictures.latentDims()).with(0, shots.size());
        List<NoiseGenerator> generators = shots.stream()
                .map(shot -> NoiseGenerator.of(request.noise(), shot.seed()))
                .toList();
        Supplier<float[]> noise = () -> draw(generators, pictures.latentDims());
        Request.Start start = request.start();
        float[] from;
        if (start == null) {
            from = plan.start(noise.get());
        } else {
            float[] drawn = noise.get(); // for the encoder first, as diffusers draws
            from = plan.start(encode(pictures, start.picture(), drawn, shots.size()), noise.get());
        }

        Compiled key = new Compiled(branches, request.guided(), latents, prompt.shape());
        GuidedUNet model = guided.get(
                key, () -> new GuidedUNet(device, unetConfig, branches, request.guided(), latents, prompt.shape()));
        return Denoiser.run(
                plan,
                shots.size(),
                from,
                (x, t) -> model.predict(x, t, prompt, negative, request.guidance()),
                noise,
                listener);
    }

    /** The next numbers of every picture's own generator. */
    private static float[] draw(List<NoiseGenerator> generators, int... dims) {
        int size = Math.toIntExact(Shape.of(dims).size());
        float[] all = new float[generators.size() * size];
        for (int i = 0; i < generators.size(); i++) {
            System.arraycopy(generators.get(i).randn(dims), 0, all, i * size, size);
        }
        return all;
    }

    private static float[] encode(PictureCodec codec, BufferedImage picture, float[] noise, int batch) {
        int size = noise.length / batch;
        float[] latents = new float[noise.length];
        for (int i = 0; i < batch; i++) {
            float[] own = new float[size];
            System.arraycopy(noise, i * size, own, 0, size);
            System.arraycopy(codec.encode(picture, own), 0, latents, i * size, size);
        }
        return latents;
    }

    /**
     * The pictures of scaled latents, [b, c, height / factor, width / factor].
     *
     * @param width of a picture in pixels
     * @param height of a picture in pixels
     */
    public List<BufferedImage> decode(float[] latents, int width, int height) {
        PictureCodec pictures = codec(width, height);
        int size = Math.toIntExact(Shape.of(pictures.latentDims()).size());
        List<BufferedImage> decoded = new ArrayList<>();
        for (int from = 0; from < latents.length; from += size) {
            float[] one = new float[size];
            System.arraycopy(latents, from, one, 0, size);
            decoded.add(pictures.decode(one));
        }
        return decoded;
    }

    /** The autoencoder for pictures of a size. */
    public PictureCodec codec(int width, int height) {
        return codec.get(Shape.of(width, height), () -> new PictureCodec(device, vaeConfig, vae, width, height));
    }

    /** Tokenizer and text encoder; open until other weights or another skip are asked for. */
    public PromptEncoder prompts() {
        return prompts(text, 0);
    }

    /**
     * Tokenizer and text encoder with other weights.
     *
     * @param clipSkip layers left out at the end, 0 usually
     */
    public PromptEncoder prompts(Weights textEncoder, int clipSkip) {
        return prompts.get(
                new Prompting(textEncoder, clipSkip),
                () -> new PromptEncoder(device, tokenizer, textConfig, textEncoder, clipSkip));
    }

    @Override
    public void close() {
        guided.close();
        codec.close();
        prompts.close();
        unet.close();
        vae.close();
        fileText.close();
    }
}
