package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.toyland.ToylandClassifier.Question;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.train.AdamW;
import io.github.cones4j.engine.train.LearningRate;
import io.github.cones4j.engine.train.TrainingStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The judge of the pictures is trained by itself, on pictures of one thing: the sum of the cross-entropies of its answers. */
final class ClassifierStage implements Stage {
    private static final int BATCH = 64;
    private static final double RATE = 2e-3;

    private final long seed;
    private final long steps;
    private final PicturePool pool;
    private final int[] alone;
    private final Params params = Params.root();
    private final TrainingStep step;

    ClassifierStage(long seed, long steps, PicturePool pool) {
        this.seed = seed;
        this.steps = steps;
        this.pool = pool;
        alone = IntStream.range(0, pool.size())
                .filter(i -> pool.picture(i).spec().things().size() == 1)
                .toArray();
        ToylandClassifier model = new ToylandClassifier(params);
        ToylandClassifier.Answers answers = model.apply(Tensor.input("pixels", BATCH, 3, Renderer.SIZE, Renderer.SIZE));
        Tensor loss = Tensor.scalar(0);
        Map<String, Tensor> parts = new LinkedHashMap<>();
        for (Map.Entry<Question, Tensor> entry : answers.logits().entrySet()) {
            Question question = entry.getKey();
            Tensor truth = Tensor.input(question.name(), BATCH, question.answers());
            Tensor entropy = entry.getValue()
                    .logSoftmax()
                    .mul(truth)
                    .sum()
                    .mul(-1.0 / BATCH)
                    .reshape();
            parts.put(question.name(), entropy);
            loss = loss.add(entropy);
        }
        step = new TrainingStep(
                loss, List.copyOf(params.declared().values()), new AdamW(0.9, 0.99, 1e-8, 0.05), 1, 0.998, parts);
    }

    @Override
    public String name() {
        return "classifier";
    }

    @Override
    public TrainingStep step() {
        return step;
    }

    @Override
    public Map<String, HostTensor> initialWeights() {
        return new Initializer(seed, name -> name.endsWith("conv2.weight")).values(params.specs());
    }

    @Override
    public Map<String, HostTensor> batch(long number) {
        SplittableRandom random = new SplittableRandom(seed + number);
        int[] indices = random.ints(BATCH, 0, alone.length).map(i -> alone[i]).toArray();
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        inputs.put("pixels", pool.batch(indices));
        for (Question question : Question.values()) {
            float[] truth = new float[BATCH * question.answers()];
            for (int i = 0; i < BATCH; i++) {
                truth[
                        i * question.answers()
                                + question.truth(pool.picture(indices[i]).spec())] = 1;
            }
            inputs.put(question.name(), HostTensor.of(truth, BATCH, question.answers()));
        }
        return inputs;
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
