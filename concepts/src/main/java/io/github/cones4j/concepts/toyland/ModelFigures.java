package io.github.cones4j.concepts.toyland;

import io.github.cones4j.concepts.measure.Proportion;
import io.github.cones4j.concepts.measure.Psnr;
import io.github.cones4j.concepts.measure.Retrieval;
import io.github.cones4j.diffusion.pipeline.Generated;
import io.github.cones4j.diffusion.pipeline.PictureCodec;
import io.github.cones4j.diffusion.pipeline.Pixels;
import io.github.cones4j.diffusion.pipeline.Shot;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.toyland.ToylandClip;
import io.github.cones4j.diffusion.toyland.ToylandJudge;
import io.github.cones4j.diffusion.toyland.ToylandJudge.Verdict;
import io.github.cones4j.diffusion.toyland.world.Picture;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Thing;
import io.github.cones4j.diffusion.toyland.world.World;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.weights.model.ModelFolder;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * How good a model of Toyland is, on pictures and captions that training never saw (seeds below 0).
 *
 * @param retrieval top-1 of the CLIP pair among 100 pairs with pairwise different captions, over several hundreds
 * @param psnr of the autoencoder, mean over pictures, in dB
 * @param drawn number of pictures drawn, one for each prompt of one thing
 * @param right how many of the answers of a question are as the prompt says, of the prompts that say it
 * @param photos the same for real pictures of the same specifications: what the judge can tell at best
 * @param restored the same for those pictures through the autoencoder: what a perfect UNet would reach
 */
public record ModelFigures(
        Retrieval retrieval,
        double psnr,
        int drawn,
        Map<Question, Proportion> right,
        Map<Question, Proportion> photos,
        Map<Question, Proportion> restored) {
    private static final int HUNDREDS = 10;
    private static final int PAIRS = 100;
    private static final int RESTORED = 256;
    private static final int PROMPTS = 200;
    private static final int BATCH = 8;

    /** What is asked of a picture of one thing. */
    public enum Question {
        /** Its class. */
        CLASS("class"),
        /** Its colour. */
        COLOUR("colour"),
        /** Its pattern and the pattern's colour. */
        PATTERN("pattern"),
        /** What it wears, and of what colour. */
        DETAIL("detail"),
        /** Where it is. */
        SCENE("scene");

        private final String title;

        Question(String title) {
            this.title = title;
        }

        /** A word for reports. */
        public String title() {
            return title;
        }

        private boolean isSaid(Picture picture) {
            Thing thing = picture.spec().things().getFirst();
            String phrase = switch (this) {
                case CLASS -> thing.kind().word();
                case COLOUR -> thing.colour().word() + " " + thing.kind().word();
                case PATTERN ->
                    thing.patternColour().word() + " " + thing.pattern().word();
                case DETAIL ->
                    thing.detailColour().word() + " " + thing.detail().word();
                case SCENE -> picture.spec().scene().phrase();
            };
            return (" " + picture.caption() + " ").contains(" " + phrase + " ");
        }

        boolean isRight(Verdict verdict, Picture picture) {
            Thing thing = picture.spec().things().getFirst();
            return switch (this) {
                case CLASS -> verdict.kind() == thing.kind();
                case COLOUR -> verdict.colour() == thing.colour();
                case PATTERN ->
                    verdict.pattern() == thing.pattern() && verdict.patternColour() == thing.patternColour();
                case DETAIL -> verdict.detail() == thing.detail() && verdict.detailColour() == thing.detailColour();
                case SCENE -> verdict.scene() == picture.spec().scene();
            };
        }
    }

    /** How many of the answers of a question are as the prompt says. */
    public Proportion right(Question question) {
        return Objects.requireNonNull(right.get(question));
    }

    /** The same for real pictures. */
    public Proportion real(Question question) {
        return Objects.requireNonNull(photos.get(question));
    }

    /** The same for real pictures through the autoencoder. */
    public Proportion restored(Question question) {
        return Objects.requireNonNull(restored.get(question));
    }

    /**
     * Measures a model.
     *
     * @param model folder of a Toyland model, with its judge and its CLIP pair
     * @param samplerSteps steps of the model's own sampler
     * @param guidance scale of classifier-free guidance
     */
    public static ModelFigures of(
            Device device, Path model, int samplerSteps, double guidance, Study.Listener listener) {
        try (StableDiffusion diffusion = new StableDiffusion(device, ModelFolder.open(model));
                ToylandJudge judge = ToylandJudge.open(device, model);
                ToylandClip clip = ToylandClip.open(device, model)) {
            Retrieval retrieval = retrieval(clip);
            double psnr = psnr(diffusion);
            List<Picture> asked = unseen().filter(
                            picture -> picture.spec().things().size() == 1)
                    .limit(PROMPTS)
                    .toList();
            List<Shot> shots = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                shots.add(new Shot(asked.get(i).caption(), i));
            }
            List<Generated> drawn = diffusion.generate(
                    diffusion
                            .request("", 0)
                            .withShots(shots)
                            .withSteps(samplerSteps)
                            .withGuidance(guidance)
                            .withBatch(BATCH),
                    step -> listener.step("steps of " + PROMPTS + " pictures", step.number(), step.of()));
            List<BufferedImage> photos =
                    asked.stream().map(Picture::spec).map(Renderer::image).toList();
            return new ModelFigures(
                    retrieval,
                    psnr,
                    drawn.size(),
                    right(
                            asked,
                            judge.judge(drawn.stream().map(Generated::image).toList())),
                    right(asked, judge.judge(photos)),
                    right(asked, judge.judge(restored(diffusion, photos))));
        }
    }

    private static Stream<Picture> unseen() {
        return LongStream.iterate(-1, seed -> seed - 1).mapToObj(World::picture);
    }

    /** Hundreds of pairs, in each of which no two captions are equal. */
    private static Retrieval retrieval(ToylandClip clip) {
        Iterator<Picture> pictures = unseen().iterator();
        Proportion captions = null;
        Proportion images = null;
        for (int i = 0; i < HUNDREDS; i++) {
            Map<String, BufferedImage> pairs = new LinkedHashMap<>();
            while (pairs.size() < PAIRS) {
                Picture picture = pictures.next();
                pairs.putIfAbsent(picture.caption(), Renderer.image(picture.spec()));
            }
            Retrieval one =
                    Retrieval.top1(clip.pictures(List.copyOf(pairs.values())), clip.texts(List.copyOf(pairs.keySet())));
            captions = captions == null ? one.captionOfPicture() : captions.plus(one.captionOfPicture());
            images = images == null ? one.pictureOfCaption() : images.plus(one.pictureOfCaption());
        }
        return new Retrieval(Objects.requireNonNull(captions), Objects.requireNonNull(images));
    }

    private static double psnr(StableDiffusion diffusion) {
        List<BufferedImage> images =
                unseen().limit(RESTORED).map(Picture::spec).map(Renderer::image).toList();
        List<BufferedImage> restored = restored(diffusion, images);
        return IntStream.range(0, images.size())
                .mapToDouble(i -> Psnr.of(Pixels.of(images.get(i)), Pixels.of(restored.get(i)), 2))
                .average()
                .orElseThrow();
    }

    private static List<BufferedImage> restored(StableDiffusion diffusion, List<BufferedImage> images) {
        PictureCodec codec = diffusion.codec(Renderer.SIZE, Renderer.SIZE);
        float[] noNoise = new float[Math.toIntExact(Shape.of(codec.latentDims()).size())];
        return images.stream()
                .map(image -> codec.decode(codec.encode(image, noNoise)))
                .toList();
    }

    private static Map<Question, Proportion> right(List<Picture> asked, List<Verdict> verdicts) {
        Map<Question, Proportion> right = new EnumMap<>(Question.class);
        for (Question question : Question.values()) {
            int said = 0;
            int hits = 0;
            for (int i = 0; i < asked.size(); i++) {
                if (question.isSaid(asked.get(i))) {
                    said++;
                    hits += question.isRight(verdicts.get(i), asked.get(i)) ? 1 : 0;
                }
            }
            right.put(question, new Proportion(hits, said));
        }
        return right;
    }
}
