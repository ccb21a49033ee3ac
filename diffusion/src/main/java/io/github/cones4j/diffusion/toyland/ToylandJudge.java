package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.pipeline.Pixels;
import io.github.cones4j.diffusion.toyland.ToylandClassifier.Question;
import io.github.cones4j.diffusion.toyland.world.Colour;
import io.github.cones4j.diffusion.toyland.world.Detail;
import io.github.cones4j.diffusion.toyland.world.Kind;
import io.github.cones4j.diffusion.toyland.world.Pattern;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Scene;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Says what pictures of one thing show: the classifier that was trained on Toyland's pictures apart from the model that
 * makes new ones.
 */
public final class ToylandJudge implements AutoCloseable {
    private static final int BATCH = 16;
    private static final String PIXELS = "pixels";
    private static final String EMBEDDING = "embedding";

    private final Weights weights;
    private final Executable executable;

    /**
     * What a picture shows.
     *
     * @param embedding of the thing, 64 numbers: things are alike as these are; the scene is not in it
     * @param pattern what is painted on the thing
     * @param patternColour its colour; the thing's own if it is plain
     * @param detail what the thing wears
     * @param detailColour its colour; the thing's own if it wears nothing
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Verdict(
            float[] embedding,
            Kind kind,
            Colour colour,
            Pattern pattern,
            Colour patternColour,
            Detail detail,
            Colour detailColour,
            Scene scene) {}

    private ToylandJudge(Weights weights, Executable executable) {
        this.weights = weights;
        this.executable = executable;
    }

    /** The file of the judge's weights in a model's folder. */
    public static Path file(Path model) {
        return model.resolve("classifier").resolve("model.safetensors");
    }

    /**
     * The judge that lies in the folder of a Toyland model.
     *
     * @throws io.github.cones4j.weights.safetensors.WeightsFormatException if there is none
     */
    public static ToylandJudge open(Device device, Path model) {
        Params params = Params.root();
        ToylandClassifier.Answers answers =
                new ToylandClassifier(params).apply(Tensor.input(PIXELS, BATCH, 3, Renderer.SIZE, Renderer.SIZE));
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put(EMBEDDING, answers.embedding());
        answers.logits().forEach((question, logits) -> outputs.put(question.name(), logits));
        Weights weights = Safetensors.open(file(model));
        weights.check("classifier", params.specs(), Set.of());
        return new ToylandJudge(weights, device.compile(Program.of(outputs), weights));
    }

    /** The weights, which are open as long as this is. */
    public Weights weights() {
        return weights;
    }

    /** Judges pictures of 64 x 64 pixels, in their order. */
    public List<Verdict> judge(List<BufferedImage> pictures) {
        List<Verdict> verdicts = new ArrayList<>();
        for (int first = 0; first < pictures.size(); first += BATCH) {
            int count = Math.min(BATCH, pictures.size() - first);
            BufferedImage[] some = new BufferedImage[BATCH];
            for (int i = 0; i < BATCH; i++) {
                some[i] = pictures.get(first + Math.min(i, count - 1)); // the last one fills up the batch
            }
            HostTensor pixels = HostTensor.of(Pixels.of(some), BATCH, 3, Renderer.SIZE, Renderer.SIZE);
            Executable.Results results = executable.run(Map.of(PIXELS, pixels));
            for (int i = 0; i < count; i++) {
                verdicts.add(verdict(results, i));
            }
        }
        return verdicts;
    }

    @SuppressWarnings("EnumOrdinal") // answers are numbered in the order of the constants
    private static Verdict verdict(Executable.Results results, int row) {
        float[] embedding = new float[ToylandClassifier.EMBEDDING];
        results.get(EMBEDDING).copyTo((long) row * embedding.length, embedding, 0, embedding.length);
        return new Verdict(
                embedding,
                Kind.values()[answer(results, Question.KIND, row)],
                Colour.values()[answer(results, Question.COLOUR, row)],
                Pattern.values()[answer(results, Question.PATTERN, row)],
                Colour.values()[answer(results, Question.PATTERN_COLOUR, row)],
                Detail.values()[answer(results, Question.DETAIL, row)],
                Colour.values()[answer(results, Question.DETAIL_COLOUR, row)],
                Scene.values()[answer(results, Question.SCENE, row)]);
    }

    private static int answer(Executable.Results results, Question question, int row) {
        float[] logits = new float[question.answers()];
        results.get(question.name()).copyTo((long) row * logits.length, logits, 0, logits.length);
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    @Override
    public void close() {
        executable.close();
        weights.close();
    }
}
