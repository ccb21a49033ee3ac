package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.find.ConceptSearch;
import io.github.cones4j.concepts.find.Example;
import io.github.cones4j.concepts.find.FindSettings;
import io.github.cones4j.concepts.find.Search;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.clip.ReservedWord;
import io.github.cones4j.diffusion.clip.TokenizedText;
import io.github.cones4j.diffusion.pipeline.Generated;
import io.github.cones4j.diffusion.pipeline.Photos;
import io.github.cones4j.diffusion.pipeline.Request;
import io.github.cones4j.diffusion.pipeline.Shot;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.weights.model.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cones find}: the concept neurons of a subject. */
@Command(
        name = "find",
        description = "Finds the concept neurons of a subject from a few photos of it.",
        footer = {
            "",
            "A text file beside a photo (dog1.png, dog1.txt) is its own prompt; all others have the subject's prompt.",
            "The class images keep the model's idea of the class; without --class-images the model makes them itself."
        })
final class FindCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "PHOTO", description = "Photos of the subject: a folder or files.")
    private List<Path> photos = List.of();

    @Option(
            names = "--subject-prompt",
            required = true,
            paramLabel = "TEXT",
            description = "What the photos show, with the subject's word: \"a photo of sks dog\".")
    private String subjectPrompt = "";

    @Option(
            names = "--class-prompt",
            required = true,
            paramLabel = "TEXT",
            description = "What the class images show: \"a photo of a dog\".")
    private String classPrompt = "";

    @Option(
            names = "--token",
            paramLabel = "WORD",
            description = "The word that stands for the subject; it gets a random vector. Default: ${DEFAULT-VALUE}.")
    private String token = "sks";

    @Option(names = "--subject", paramLabel = "NAME", description = "Its name for people. Default: the photos' folder.")
    private @Nullable String subject;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "The concept file to write. Default: the subject's name and " + ConceptFile.SUFFIX + ".")
    private @Nullable Path out;

    @Mixin
    private ModelOption model = new ModelOption();

    @Option(
            names = "--class-images",
            paramLabel = "PATH",
            description = "Pictures of the class: a folder or a file; several times. Default: the model makes them.")
    private List<Path> classImages = List.of();

    @Option(
            names = "--class-count",
            paramLabel = "N",
            description = "Class images that the model makes. Default: ${DEFAULT-VALUE}.")
    private int classCount = 16;

    @Mixin
    private SearchOptions options = new SearchOptions();

    @Option(names = "--self-attention", description = "Searches the self-attention too (measured: does harm).")
    private boolean selfAttention;

    @Option(
            names = "--at-once",
            paramLabel = "N",
            description = "Pictures computed at once; more take more memory. Default: 16 to 1, by size.")
    private @Nullable Integer atOnce;

    @Option(names = "--size", paramLabel = "PIXELS", description = "Side that photos are cut to. Default: the model's.")
    private @Nullable Integer size;

    @Mixin
    private DeviceOption deviceOption = new DeviceOption();

    @Option(names = "--json", description = "Prints the result as a JSON object.")
    private boolean json;

    FindCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        FindSettings settings = options.settings();
        List<Path> files = PictureFiles.of(photos, console);
        List<Path> classFiles = PictureFiles.of(classImages, console);
        ModelSource source = model.open();
        source.notes().forEach(console::progress);
        try (Device device = deviceOption.open(console);
                StableDiffusion diffusion =
                        new StableDiffusion(device, source, List.of(new ReservedWord(token, settings.seed())))) {
            checkPrompt("--class-prompt", classPrompt, false, diffusion.tokenizer());
            Request request = diffusion.request(classPrompt, settings.seed());
            int side = size != null ? size : request.width();
            Set<String> keys = diffusion.unet().keys();
            List<String> searched = selfAttention ? Search.allAttention(keys) : Search.crossAttention(keys);
            OptionalInt samples = atOnce == null ? OptionalInt.empty() : OptionalInt.of(atOnce);
            try (ConceptSearch search = new ConceptSearch(device, diffusion, side, searched, settings, samples)) {
                List<Example> subjects = new ArrayList<>();
                for (Path file : files) {
                    String caption = caption(file, subjectPrompt);
                    checkPrompt(file.toString(), caption, true, diffusion.tokenizer());
                    subjects.add(search.example(Photos.read(file), caption));
                }
                List<Example> classes = new ArrayList<>();
                for (Path file : classFiles) {
                    classes.add(search.example(Photos.read(file), caption(file, classPrompt)));
                }
                if (classes.isEmpty() && settings.prior() > 0) {
                    for (Generated picture : generateClass(diffusion, request.withSize(side, side), settings.seed())) {
                        classes.add(search.example(picture.image(), classPrompt));
                    }
                }
                console.progress(subjects.size() + " photos, " + classes.size() + " class images, " + searched.size()
                        + " layers; " + search.memory().summary());
                Concept concept = find(search, subjects, classes);
                Path file = out != null ? out : Path.of(subjectName() + ConceptFile.SUFFIX);
                ConceptFile.write(OutputFile.prepare(file), concept);
                console.step("the loss on fixed noise ...");
                report(file, concept, search.fixedNoise(subjects, concept.mask()));
            }
        }
        return 0;
    }

    private Concept find(ConceptSearch search, List<Example> subjects, List<Example> classes) {
        Pace pace = new Pace();
        int[] done = {0};
        Search.Result result = search.find(subjects, classes, (remaining, value) -> {
            done[0]++;
            console.step(String.format(
                    Locale.ROOT,
                    "gradient %d of %d: loss %.4f, %s",
                    done[0],
                    done[0] + remaining,
                    value,
                    pace.after(done[0], remaining)));
            return true;
        });
        return search.concept(
                result, Cones.Version.name(), result.origin(subjectName(), subjectPrompt, classPrompt, token));
    }

    /** The caption of a picture: that of the text file beside it, if there is one. */
    private static String caption(Path file, String usual) throws IOException {
        Path own = file.resolveSibling(String.valueOf(file.getFileName()).replaceFirst("\\.\\w+$", "") + ".txt");
        return Files.exists(own) ? Files.readString(own).strip() : usual;
    }

    /** The subject's word is in the prompts of its photos and nowhere else. */
    private void checkPrompt(String where, String prompt, boolean ofSubject, ClipTokenizer tokenizer) {
        TokenizedText text = tokenizer.tokenize(prompt);
        if (tokenizer.find(text, token).isEmpty() == ofSubject) {
            throw new IllegalArgumentException(where + ": the prompt \"" + prompt + "\" should "
                    + (ofSubject ? "" : "not ") + "hold the subject's word, " + token + " (--token names another)");
        }
        if (text.dropped() > 0) {
            throw new IllegalArgumentException(where + ": the prompt \"" + prompt + "\" is too long for the model, by "
                    + text.dropped() + " tokens");
        }
    }

    private List<Generated> generateClass(StableDiffusion diffusion, Request request, long seed) {
        if (classCount < 1) {
            throw new IllegalArgumentException("--class-count: expected at least 1, found " + classCount);
        }
        List<Shot> shots = LongStream.range(0, classCount)
                .mapToObj(i -> new Shot(classPrompt, seed + i))
                .toList();
        console.progress("Making " + classCount + " class images: \"" + classPrompt + "\"");
        Pace pace = new Pace();
        return diffusion.generate(
                request.withShots(shots),
                step -> console.step("class images, step " + step.number() + " of " + step.of() + ": "
                        + pace.after(step.number(), step.of() - step.number())));
    }

    private String subjectName() {
        if (subject != null) {
            return subject;
        }
        Path name = photos.getFirst().toAbsolutePath().normalize().getFileName();
        return String.valueOf(name).replaceFirst("\\.\\w+$", "");
    }

    private void report(Path file, Concept concept, ConceptSearch.FixedNoise losses) {
        NeuronMask mask = concept.mask();
        Concept.Origin origin = concept.origins().getFirst();
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("file", file.toString());
            fields.put("neurons", mask.size());
            fields.put("searched", mask.searched());
            origin.rho().ifPresent(rho -> fields.put("rho", rho));
            origin.tau().ifPresent(tau -> fields.put("tau", tau));
            fields.put("lossUnmasked", losses.unmasked());
            fields.put("lossShut", losses.shut());
            fields.put("lossRandom", losses.random());
            console.out().println(Json.line(fields));
            return;
        }
        console.out().println(file + ": " + mask);
        console.out()
                .println(String.format(
                        Locale.ROOT,
                        "loss on fixed noise: %.5f unmasked, %.5f with the neurons shut, %.5f with as many random ones shut",
                        losses.unmasked(),
                        losses.shut(),
                        losses.random()));
        console.out().println("use it: cones generate \"" + origin.subjectPrompt() + "\" --concept " + file);
    }
}
