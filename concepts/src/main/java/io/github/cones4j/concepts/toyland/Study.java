package io.github.cones4j.concepts.toyland;

import io.github.cones4j.concepts.edit.ConceptEdit;
import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.find.ConceptSearch;
import io.github.cones4j.concepts.find.Example;
import io.github.cones4j.concepts.find.FindSettings;
import io.github.cones4j.concepts.find.Search;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.concepts.measure.CentredSimilarity;
import io.github.cones4j.concepts.measure.ScoreTable;
import io.github.cones4j.diffusion.clip.ReservedWord;
import io.github.cones4j.diffusion.pipeline.Branches;
import io.github.cones4j.diffusion.pipeline.Generated;
import io.github.cones4j.diffusion.pipeline.Photos;
import io.github.cones4j.diffusion.pipeline.Request;
import io.github.cones4j.diffusion.pipeline.Shot;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.toyland.ToylandClip;
import io.github.cones4j.diffusion.toyland.ToylandJudge;
import io.github.cones4j.diffusion.toyland.ToylandJudge.Verdict;
import io.github.cones4j.diffusion.toyland.world.Picture;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Scene;
import io.github.cones4j.diffusion.toyland.world.Subject;
import io.github.cones4j.diffusion.toyland.world.World;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.weights.model.ModelFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the concept neurons of Toyland's subjects and measures what shutting them does, by a {@link Protocol}: the same
 * prompts and seeds in every {@link Arm}. All pictures and concepts lie in a folder, so that a study that was ended goes on
 * where it was.
 */
public final class Study implements AutoCloseable {
    private static final int REFERENCE = 512; // pictures whose mean embedding is the centre of similarity
    private static final int BATCH = 8;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>(); // the last first
    private final StableDiffusion model;
    private final ToylandJudge judge;
    private final ToylandClip clip;
    private final Protocol protocol;
    private final FindSettings settings;
    private final PictureFolder pictures;
    private final Path folder;
    private final String tool;
    private final Listener listener;
    private final ConceptSearch search;
    private final CentredSimilarity similarity;

    /** Hears what is being done. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A part of the work is done.
         *
         * @param what for people
         * @param done parts of it, from 1
         * @param of all parts of it
         */
        void step(String what, int done, int of);
    }

    /**
     * Opens a model and begins or takes up a study.
     *
     * @param model folder of a Toyland model, with its judge and its CLIP pair
     * @param folder of pictures, concepts and results; made if need be
     * @param tool name and version of the program
     * @throws IllegalArgumentException if the folder holds another study, or the model's judge is not the protocol's
     */
    public Study(Device device, Path model, Protocol protocol, Path folder, String tool, Listener listener)
            throws IOException {
        this.protocol = protocol;
        this.folder = folder;
        this.tool = tool;
        this.listener = listener;
        settings = protocol.search().settings();
        try {
            this.model = opened(new StableDiffusion(
                    device, ModelFolder.open(model), List.of(new ReservedWord(protocol.word(), settings.seed()))));
            judge = opened(ToylandJudge.open(device, model));
            clip = opened(ToylandClip.open(device, model));
            String digest = Concept.digest(judge.weights());
            if (!protocol.judge().equals(digest)) {
                throw new IllegalArgumentException(ToylandJudge.file(model) + ": the protocol is for the judge "
                        + protocol.judge() + ", but this is " + digest);
            }
            String weights = "unet " + Concept.digest(this.model.unet()) + "\nvae " + Concept.digest(this.model.vae());
            pictures = PictureFolder.open(folder, tool + "\n" + weights + "\n" + protocol.toJson());
            search = opened(new ConceptSearch(
                    device,
                    this.model,
                    Renderer.SIZE,
                    Search.crossAttention(this.model.unet().keys()),
                    settings,
                    OptionalInt.empty()));
            similarity = CentredSimilarity.around(embeddings(reference()));
        } catch (RuntimeException | IOException e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        opened.addFirst(part);
        return part;
    }

    /** Pictures of one thing each that training never saw. */
    private static List<BufferedImage> reference() {
        return LongStream.iterate(-1, seed -> seed - 1)
                .mapToObj(World::picture)
                .map(Picture::spec)
                .filter(spec -> spec.things().size() == 1)
                .limit(REFERENCE)
                .map(Renderer::image)
                .toList();
    }

    private List<float[]> embeddings(List<BufferedImage> images) {
        return judge.judge(images).stream().map(Verdict::embedding).toList();
    }

    /**
     * Does all of it.
     *
     * @param modes which weights the unconditional branch of the guidance has, each measured by itself
     */
    public StudyResult run(List<Unconditional> modes) throws IOException {
        List<Subject> subjects =
                protocol.subjects().keySet().stream().map(Protocol::subject).toList();
        List<Found> all = new ArrayList<>();
        for (Subject subject : subjects) {
            List<Example> photos = photos(subject);
            Concept concept = concept(subject, photos);
            all.add(new Found(subject, concept, search.fixedNoise(photos, concept.mask())));
        }
        List<StudyResult.OfSubject> results = new ArrayList<>();
        for (Found found : all) {
            Subject subject = found.subject();
            Scale scale = scale(subject);
            Map<Metric, ScoreTable> unmasked =
                    scores(scale, draw(subject, "unmasked", protocol.prompts(subject), null));
            Map<Unconditional, Map<Arm, Map<Metric, ScoreTable>>> scores = new EnumMap<>(Unconditional.class);
            for (Unconditional mode : modes) {
                scores.put(mode, arms(found, scale, all, mode, unmasked));
            }
            List<Path> described = draw(subject, "description", descriptions(subject), null);
            results.add(new StudyResult.OfSubject(
                    subject,
                    found.concept(),
                    found.fixedNoise(),
                    real(subject, scale),
                    scores(scale, described),
                    scores));
        }
        return new StudyResult(protocol, List.copyOf(modes), results, pictures);
    }

    /** A subject and what was found of it. */
    private record Found(Subject subject, Concept concept, ConceptSearch.FixedNoise fixedNoise) {}

    private Map<Arm, Map<Metric, ScoreTable>> arms(
            Found found, Scale scale, List<Found> all, Unconditional mode, Map<Metric, ScoreTable> unmasked)
            throws IOException {
        Subject subject = found.subject();
        List<String> prompts = protocol.prompts(subject);
        NeuronMask own = found.concept().mask();
        String prefix = mode.name().toLowerCase(Locale.ROOT);
        Map<Arm, Map<Metric, ScoreTable>> arms = new EnumMap<>(Arm.class);
        arms.put(Arm.UNMASKED, unmasked);
        arms.put(Arm.OWN, scores(scale, draw(subject, prefix + "-own", prompts, branches(own, mode))));
        List<Map<Metric, ScoreTable>> others = new ArrayList<>();
        for (Found other : all) {
            if (!other.subject().equals(subject)) {
                Branches branches = branches(other.concept().mask(), mode);
                String arm = prefix + "-" + other.subject().name();
                others.add(scores(scale, draw(subject, arm, prompts, branches)));
            }
        }
        if (!others.isEmpty()) {
            Map<Metric, ScoreTable> means = new EnumMap<>(Metric.class);
            for (Metric metric : Metric.values()) {
                means.put(
                        metric,
                        ScoreTable.mean(others.stream()
                                .map(scores -> scores.get(metric))
                                .toList()));
            }
            arms.put(Arm.OTHERS, means);
        }
        NeuronMask random = own.randomLike(settings.seed());
        arms.put(Arm.RANDOM, scores(scale, draw(subject, prefix + "-random", prompts, branches(random, mode))));
        return arms;
    }

    private Branches branches(NeuronMask mask, Unconditional mode) {
        return new ConceptEdit(List.of(mask), 0, mode).branches(model.unet());
    }

    private List<Example> photos(Subject subject) {
        return subject.photos().stream()
                .map(photo -> search.example(Renderer.image(photo.spec()), worded(photo.caption())))
                .toList();
    }

    private String worded(String prompt) {
        return prompt.replace(Subject.PLACEHOLDER, protocol.word());
    }

    /** The subject's concept, from its file if the study has found it before. */
    private Concept concept(Subject subject, List<Example> photos) throws IOException {
        Path file = folder.resolve(subject.name() + ConceptFile.SUFFIX);
        if (Files.exists(file)) {
            return ConceptFile.read(file);
        }
        List<Example> classImages = new ArrayList<>();
        if (settings.prior() > 0) {
            List<Shot> shots = new ArrayList<>();
            for (String caption : subject.classCaptions()) {
                for (int i = 0; i < protocol.classPictures(); i++) {
                    shots.add(new Shot(caption, settings.seed() + shots.size()));
                }
            }
            String what = subject.name() + ": pictures of the class";
            for (Generated picture :
                    model.generate(request(shots), step -> listener.step(what, step.number(), step.of()))) {
                classImages.add(search.example(picture.image(), picture.shot().prompt()));
            }
        }
        int all = settings.steps() + settings.calibration();
        Search.Result result = search.find(photos, classImages, (remaining, loss) -> {
            listener.step(subject.name() + ": gradients", all - remaining, all);
            return true;
        });
        Concept.Origin origin = result.origin(
                subject.name(),
                "a photo of " + protocol.word() + " " + subject.classWord(),
                "a photo of a " + subject.classWord(),
                protocol.word());
        Concept concept = search.concept(result, tool, origin);
        ConceptFile.write(file, concept);
        return concept;
    }

    private Request request(List<Shot> shots) {
        return model.request("", 0)
                .withShots(shots)
                .withSteps(protocol.samplerSteps())
                .withGuidance(protocol.guidance())
                .withBatch(BATCH);
    }

    /** What the pictures of a subject are compared with. */
    private record Scale(Subject subject, List<float[]> photos, List<float[]> clipPhotos, List<float[]> clipTexts) {}

    private Scale scale(Subject subject) {
        List<BufferedImage> photos = subject.photos().stream()
                .map(Picture::spec)
                .map(Renderer::image)
                .toList();
        List<String> texts = scenes(subject).stream().map(subject::classPrompt).toList();
        return new Scale(subject, embeddings(photos), clip.pictures(photos), clip.texts(texts));
    }

    /** The scene of every prompt. */
    private List<Scene> scenes(Subject subject) {
        return protocol.prompts(subject).stream()
                .map(prompt -> Protocol.scene(subject, prompt))
                .toList();
    }

    private List<String> descriptions(Subject subject) {
        return scenes(subject).stream().map(subject::descriptionPrompt).toList();
    }

    /**
     * The pictures of an arm, prompt by prompt, each with all seeds; those that are not there are drawn.
     *
     * @param branches the weights, or null for the model's own
     */
    private List<Path> draw(Subject subject, String arm, List<String> prompts, @Nullable Branches branches)
            throws IOException {
        List<Path> files = new ArrayList<>();
        List<Path> missing = new ArrayList<>();
        List<Shot> shots = new ArrayList<>();
        for (int p = 0; p < prompts.size(); p++) {
            for (long seed : protocol.seeds()) {
                Path file = pictures.file(subject.name(), arm, p, seed);
                files.add(file);
                if (!Files.exists(file)) {
                    missing.add(file);
                    shots.add(new Shot(worded(prompts.get(p)), seed));
                }
            }
        }
        if (!shots.isEmpty()) {
            String what = subject.name() + ", " + arm + ": steps of " + shots.size() + " pictures";
            Branches weights = branches == null ? Branches.both(model.unet()) : branches;
            List<Generated> drawn =
                    model.generate(request(shots), weights, step -> listener.step(what, step.number(), step.of()));
            for (int i = 0; i < drawn.size(); i++) {
                pictures.write(missing.get(i), drawn.get(i));
            }
        }
        return files;
    }

    /** The scores of pictures, which lie prompt by prompt. */
    private Map<Metric, ScoreTable> scores(Scale scale, List<Path> files) {
        return scores(
                scale,
                files.stream().map(Photos::read).toList(),
                protocol.seeds().size());
    }

    private Map<Metric, ScoreTable> scores(Scale scale, List<BufferedImage> images, int seeds) {
        List<Scene> scenes = scenes(scale.subject());
        List<Verdict> verdicts = judge.judge(images);
        List<float[]> vectors = clip.pictures(images);
        CentredSimilarity plain = CentredSimilarity.around(new float[vectors.getFirst().length]);
        Map<Metric, ScoreTable> scores = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            double[][] table = new double[images.size() / seeds][seeds];
            for (int i = 0; i < images.size(); i++) {
                int prompt = i / seeds;
                Verdict verdict = verdicts.get(i);
                float[] vector = vectors.get(i);
                table[prompt][i % seeds] = switch (metric) {
                    case SIMILARITY -> similarity.toSubject(verdict.embedding(), scale.photos());
                    case CLASS -> verdict.kind() == scale.subject().thing().kind() ? 1 : 0;
                    case SCENE -> verdict.scene() == scenes.get(prompt) ? 1 : 0;
                    case CLIP_IMAGE ->
                        scale.clipPhotos().stream()
                                .mapToDouble(photo -> plain.cosine(vector, photo))
                                .average()
                                .orElseThrow();
                    case CLIP_TEXT -> plain.cosine(vector, scale.clipTexts().get(prompt));
                };
            }
            scores.put(metric, ScoreTable.of(table));
        }
        return scores;
    }

    /** The scores of real pictures of the subject in the scenes of the prompts: what a perfect model would reach. */
    private Map<Metric, ScoreTable> real(Subject subject, Scale scale) {
        List<BufferedImage> images = scenes(subject).stream()
                .flatMap(scene -> protocol.seeds().stream().map(seed -> subject.picture(scene, seed)))
                .map(Picture::spec)
                .map(Renderer::image)
                .toList();
        return scores(scale, images, protocol.seeds().size());
    }

    @Override
    public void close() {
        for (AutoCloseable part : opened) {
            try {
                part.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        opened.clear();
    }
}
