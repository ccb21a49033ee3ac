package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.clip.ClipModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.train.AdamW;
import io.github.cones4j.engine.train.LearningRate;
import io.github.cones4j.engine.train.TrainingStep;
import io.github.cones4j.weights.config.ClipConfig;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Pictures and captions are brought together (Radford et al. 2021, arXiv:2103.00020). */
final class ClipStage implements Stage {
    private static final int BATCH = 128;
    private static final double RATE = 1e-3;

    private final long seed;
    private final long steps;
    private final PicturePool pool;
    private final ClipTokenizer tokenizer;
    private final Params params = Params.root();
    private final ClipModel model;
    private final TrainingStep step;

    ClipStage(long seed, long steps, PicturePool pool, ClipTokenizer tokenizer) {
        this.seed = seed;
        this.steps = steps;
        this.pool = pool;
        this.tokenizer = tokenizer;
        ClipConfig config = ToylandModels.clip(tokenizer.vocabularySize());
        model = new ClipModel(params, config);
        int size = config.vision().imageSize();
        Tensor images = model.imageEmbeds(Tensor.input("pixels", BATCH, 3, size, size));
        Tensor texts =
                model.textEmbeds(Tensor.indices("ids", BATCH, tokenizer.maxLength()), Tensor.indices("rows", BATCH));
        Tensor loss = ClipModel.loss(model.logitsPerImage(images, texts));
        step = new TrainingStep(
                loss, List.copyOf(params.declared().values()), new AdamW(0.9, 0.98, 1e-8, 0.05), 1, 0.998, Map.of());
    }

    @Override
    public String name() {
        return "clip";
    }

    @Override
    public TrainingStep step() {
        return step;
    }

    @Override
    public Map<String, HostTensor> initialWeights() {
        Map<String, HostTensor> values =
                new LinkedHashMap<>(new Initializer(seed, name -> false).values(params.specs()));
        values.put(
                "logit_scale", HostTensor.scalar((float) ToylandModels.clip(2).logitScaleInitValue()));
        return values;
    }

    /** Pictures whose captions differ from each other. */
    @Override
    public Map<String, HostTensor> batch(long number) {
        SplittableRandom random = new SplittableRandom(seed + number);
        int[] indices = new int[BATCH];
        int[] ids = new int[BATCH * tokenizer.maxLength()];
        Set<String> captions = new HashSet<>();
        for (int i = 0; i < BATCH; ) {
            int index = random.nextInt(pool.size());
            String caption = pool.picture(index).caption();
            if (captions.add(caption)) {
                indices[i] = index;
                int[] tokens = tokenizer.tokenize(caption).ids();
                System.arraycopy(tokens, 0, ids, i * tokens.length, tokens.length);
                i++;
            }
        }
        return Map.of(
                "pixels",
                pool.batch(indices),
                "ids",
                HostTensor.of(ids, BATCH, tokenizer.maxLength()),
                "rows",
                HostTensor.of(model.text().pooledRows(ids, BATCH), BATCH));
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public LearningRate rate() {
        return LearningRate.cosine(RATE, RATE / 50, 100, steps);
    }
}
