package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.edit.ConceptEdit;
import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.Concept.Origin;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.diffusion.clip.ReservedWord;
import io.github.cones4j.diffusion.clip.TokenizedText;
import io.github.cones4j.diffusion.noise.NoiseGenerator;
import io.github.cones4j.diffusion.pipeline.Branches;
import io.github.cones4j.diffusion.pipeline.Generated;
import io.github.cones4j.diffusion.pipeline.Photos;
import io.github.cones4j.diffusion.pipeline.Recipe;
import io.github.cones4j.diffusion.pipeline.Request;
import io.github.cones4j.diffusion.pipeline.Shot;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.weights.model.ModelSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cones generate}: pictures of a prompt, with concepts or without. */
@Command(
        name = "generate",
        description = "Makes pictures of a prompt; with a concept, of its subject.",
        footer = {
            "",
            "A picture is a PNG file that holds its whole recipe (iTXt, keyword cones4j). The same seed gives the same picture,",
            "alone and in any batch. With concepts, write their words into the prompt: \"a photo of sks dog\"."
        })
final class GenerateCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1", paramLabel = "PROMPT", description = "What the picture shall show.")
    private String prompt = "";

    @Option(names = "--negative", paramLabel = "TEXT", description = "What it shall not show. Default: nothing.")
    private String negative = "";

    @Mixin
    private ModelOption model = new ModelOption();

    @Option(
            names = "--concept",
            paramLabel = "FILE",
            description = "A concept file whose neurons to shut; several times for several subjects in one picture.")
    private List<Path> concepts = List.of();

    @Option(
            names = "--scale",
            paramLabel = "F",
            description = "What the neurons are multiplied by: 0 shuts them, 1 changes nothing. Default: 0.")
    private float scale;

    @Option(
            names = "--unconditional",
            paramLabel = "WHICH",
            description = "Weights of the guidance's other branch: original or shut. Default: original.")
    private String unconditional = "original";

    @Option(
            names = "--out",
            paramLabel = "PATH",
            description = "A .png file, or a folder. Default: the present folder.")
    private Path out = Path.of("");

    @Option(names = "--seed", paramLabel = "S", converter = Seed.class, description = "Seed of the noise. Default: 0.")
    private long seed;

    @Option(names = "--count", paramLabel = "N", description = "Pictures, of the seeds S, S+1, ... Default: 1.")
    private int count = 1;

    @Option(names = "--batch", paramLabel = "N", description = "Pictures computed at once. Default: 1.")
    private int batch = 1;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the sampler. Default: 30.")
    private @Nullable Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "W",
            description = "Scale of classifier-free guidance; 1 or less for none. Default: 7.5.")
    private @Nullable Double guidance;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description = "ddpm, ddim, pndm, euler, euler-a, heun, dpm++, lms or unipc. Default: the model's own.")
    private @Nullable String sampler;

    @Option(
            names = "--noise",
            paramLabel = "KIND",
            description = "What a seed stands for: torch-cpu or philox (GPU front ends). Default: torch-cpu.")
    private String noise = "torch-cpu";

    @Option(names = "--width", paramLabel = "PIXELS", description = "Width. Default: the model's.")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "PIXELS", description = "Height. Default: the model's.")
    private @Nullable Integer height;

    @Option(names = "--init-image", paramLabel = "FILE", description = "A picture to begin from instead of noise.")
    private @Nullable Path initImage;

    @Option(
            names = "--strength",
            paramLabel = "F",
            description = "How much of it is made anew, above 0 to 1: the share of the steps. Default: 0.8.")
    private @Nullable Double strength;

    @Mixin
    private DeviceOption deviceOption = new DeviceOption();

    @Option(names = "--json", description = "Prints one JSON object per picture: file, recipe.")
    private boolean json;

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (count < 1) {
            throw new IllegalArgumentException("--count: expected at least 1, found " + count);
        }
        if (strength != null && initImage == null) {
            throw new IllegalArgumentException("--strength belongs to --init-image, which is not given");
        }
        List<Concept> found = concepts.stream().map(ConceptFile::read).toList();
        ModelSource source = model.open();
        source.notes().forEach(console::progress);
        try (Device device = deviceOption.open(console);
                StableDiffusion diffusion = new StableDiffusion(device, source, words(found))) {
            Request request = request(diffusion);
            found.forEach(concept -> checkUse(concept, diffusion));
            noteDropped(diffusion);
            console.progress(count + (count == 1 ? " picture of " : " pictures of ") + request.width() + "x"
                    + request.height() + ", " + request.steps() + " steps of "
                    + request.scheduler().kind().label() + ", " + device.name());
            Branches branches = branches(found, diffusion);
            diffusion.memory(request, branches).forEach(plan -> console.progress("UNet: memory " + plan.summary()));
            Pace pace = new Pace();
            List<Generated> pictures = diffusion.generate(
                    request,
                    branches,
                    step -> console.step("step " + step.number() + " of " + step.of() + ": "
                            + pace.after(step.number(), step.of() - step.number())));
            for (Generated picture : pictures) {
                write(picture);
            }
        }
        return 0;
    }

    private Request request(StableDiffusion diffusion) {
        Request request = diffusion.request(prompt, seed);
        List<Shot> shots = LongStream.range(0, count)
                .mapToObj(i -> new Shot(prompt, seed + i))
                .toList();
        request = request.withShots(shots)
                .withNegativePrompt(negative)
                .withBatch(Math.min(batch, count))
                .withNoise(NoiseGenerator.Kind.of(noise))
                .withSize(width != null ? width : request.width(), height != null ? height : request.height());
        if (steps != null) {
            request = request.withSteps(steps);
        }
        if (guidance != null) {
            request = request.withGuidance(guidance);
        }
        if (sampler != null) {
            request = request.withScheduler(request.scheduler().with(SamplerKind.of(sampler)));
        }
        if (initImage != null) {
            request = request.from(
                    Photos.fit(Photos.read(initImage), request.width(), request.height()),
                    strength != null ? strength : 0.8);
        }
        return request;
    }

    /** The words of the concepts, which the text encoder is taught. */
    private static List<ReservedWord> words(List<Concept> concepts) {
        Map<String, Origin> known = new LinkedHashMap<>();
        for (Concept concept : concepts) {
            for (Origin origin : concept.origins()) {
                Origin other = known.putIfAbsent(origin.token(), origin);
                if (other != null && !other.word().equals(origin.word())) {
                    throw new IllegalArgumentException("the word " + origin.token() + " stands for " + other.subject()
                            + " and for " + origin.subject() + "; find one of them again with another --token");
                }
            }
        }
        return known.values().stream().map(Origin::word).toList();
    }

    /** Notes what a concept will hardly do with this model and prompt. */
    private void checkUse(Concept concept, StableDiffusion diffusion) {
        if (!concept.isOf(diffusion.unet())) {
            console.progress("Note: " + concept.names() + " was found in other weights than those of "
                    + diffusion.name() + " and may do nothing here.");
        }
        TokenizedText text = diffusion.tokenizer().tokenize(prompt);
        for (Origin origin : concept.origins()) {
            if (diffusion.tokenizer().find(text, origin.token()).isEmpty()) {
                console.progress("Note: the prompt does not hold " + origin.token() + ", the word for "
                        + origin.subject() + ": it was found with \"" + origin.subjectPrompt() + "\".");
            }
        }
    }

    private void noteDropped(StableDiffusion diffusion) {
        int dropped = diffusion.tokenizer().tokenize(prompt).dropped();
        if (dropped > 0) {
            console.progress("Note: the prompt is too long, its last " + dropped + " tokens have no place.");
        }
    }

    private Branches branches(List<Concept> found, StableDiffusion diffusion) {
        Unconditional which = switch (unconditional) {
            case "original" -> Unconditional.ORIGINAL;
            case "shut" -> Unconditional.SHUT;
            default ->
                throw new IllegalArgumentException(
                        "--unconditional: expected original or shut, found '" + unconditional + "'");
        };
        return found.isEmpty()
                ? Branches.both(diffusion.unet())
                : new ConceptEdit(found.stream().map(Concept::mask).toList(), scale, which).branches(diffusion.unet());
    }

    private void write(Generated picture) throws IOException {
        Recipe recipe = picture.recipe();
        if (!concepts.isEmpty()) {
            List<String> names = new ArrayList<>();
            concepts.forEach(file -> names.add(String.valueOf(file.getFileName())));
            recipe = recipe.with("concepts", names).with("neurons_times", scale);
        }
        Path file = OutputFile.prepare(file(picture.shot().seed()));
        new Generated(picture.shot(), picture.image(), recipe).write(file);
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("file", file.toString());
            fields.put("recipe", recipe.entries());
            console.out().println(Json.line(fields));
        } else {
            console.out().println(file);
        }
    }

    /** The named file, with the seed in its name where there are several; a name in the named folder. */
    private Path file(long pictureSeed) {
        String name = String.valueOf(out.getFileName());
        if (!name.toLowerCase(Locale.ROOT).endsWith(".png")) {
            return out.resolve("cones-" + Long.toUnsignedString(pictureSeed) + ".png");
        }
        return count == 1
                ? out
                : out.resolveSibling(name.substring(0, name.length() - 4) + "-" + Long.toUnsignedString(pictureSeed)
                        + name.substring(name.length() - 4));
    }
}
