package io.github.cones4j.concepts.toyland;

import io.github.cones4j.concepts.find.FindSettings;
import io.github.cones4j.concepts.find.Selection;
import io.github.cones4j.concepts.find.Statistic;
import io.github.cones4j.concepts.find.StepSize;
import io.github.cones4j.diffusion.toyland.world.Scene;
import io.github.cones4j.diffusion.toyland.world.Subject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a study does, fixed in a file before anything is searched for the subjects it reports on.
 *
 * @param judge SHA-256 of the weights of the classifier that judges the pictures
 * @param word stands for each subject in prompts
 * @param subjects for each subject its prompts, with {@link Subject#PLACEHOLDER} for the word, in scenes of which it has
 *     no photo
 * @param seeds of the pictures of every prompt
 * @param samplerSteps steps of the model's own sampler
 * @param guidance scale of classifier-free guidance
 * @param classPictures pictures that the model draws for the prior, in each of Toyland's scenes
 * @param search settings of the search
 */
public record Protocol(
        String judge,
        String word,
        Map<String, List<String>> subjects,
        List<Long> seeds,
        int samplerSteps,
        double guidance,
        int classPictures,
        SearchPlan search) {
    private static final String FROZEN = "protocol.json";
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /**
     * Settings of a search as the file names them; {@link FindSettings} says what they mean.
     *
     * @param statistic its id, as {@code mean}
     * @param perLayer whether every layer gives the same share
     */
    public record SearchPlan(
            String statistic,
            double relativeStep,
            double limit,
            double share,
            boolean perLayer,
            double ramp,
            int steps,
            int calibration,
            int photos,
            int classPictures,
            double prior,
            long seed) {

        /** The settings. */
        public FindSettings settings() {
            Statistic which = Arrays.stream(Statistic.values())
                    .filter(known -> known.id().equals(statistic))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "statistic: expected mean, sign, masked or learned, found '" + statistic + "'"));
            return new FindSettings(
                    prior,
                    photos,
                    classPictures,
                    steps,
                    which,
                    new StepSize.Relative(relativeStep),
                    calibration,
                    limit,
                    new Selection.Share(share, perLayer ? Selection.Scope.PER_LAYER : Selection.Scope.OVERALL),
                    ramp,
                    FindSettings.usual().learned(),
                    seed);
        }
    }

    /** Checks that all of it can be done. */
    public Protocol {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        subjects.forEach((name, prompts) -> {
            checkPrompts(subject(name), prompts);
            copy.put(name, List.copyOf(prompts));
        });
        subjects = Collections.unmodifiableMap(copy);
        seeds = List.copyOf(seeds);
        if (subjects.isEmpty() || seeds.size() < 2) {
            throw new IllegalArgumentException("a study needs a subject and at least 2 seeds, found " + subjects.size()
                    + " subjects and " + seeds.size() + " seeds");
        }
        if (samplerSteps < 1 || classPictures < 1) {
            throw new IllegalArgumentException("a study needs at least 1 step and 1 class picture a scene, found "
                    + samplerSteps + " and " + classPictures);
        }
        search.settings();
    }

    private static void checkPrompts(Subject subject, List<String> prompts) {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException(subject.name() + ": no prompt");
        }
        for (String prompt : prompts) {
            scene(subject, prompt);
        }
    }

    /** The protocol of the published figures, which is part of the program. */
    public static Protocol frozen() {
        try (InputStream file = Protocol.class.getResourceAsStream(FROZEN)) {
            if (file == null) {
                throw new IllegalStateException(FROZEN + " is not in the program");
            }
            return parse(FROZEN, new String(file.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a file like the frozen one.
     *
     * @throws IllegalArgumentException if it is not one, naming file and field
     */
    public static Protocol read(Path file) throws IOException {
        return parse(file.toString(), Files.readString(file));
    }

    static Protocol parse(String name, String text) {
        try {
            return MAPPER.readValue(text, Protocol.class);
        } catch (JacksonException e) {
            String where =
                    e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
            String what = e.getOriginalMessage()
                    .replaceFirst("Missing creator property '(\\w+)'.*", "the field '$1' is missing")
                    .replaceFirst("Unrecognized property (\"\\w+\").*", "the field $1 is not known");
            throw new IllegalArgumentException(name + where + ": " + what, e);
        }
    }

    /** The text of a file that {@link #read} reads. */
    public String toJson() {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    }

    /** This protocol for other subjects, with the prompts of {@link Subject#evaluationPrompts}. */
    public Protocol withSubjects(List<String> names) {
        Map<String, List<String>> others = new LinkedHashMap<>();
        names.forEach(name -> others.put(name, subject(name).evaluationPrompts()));
        return new Protocol(judge, word, others, seeds, samplerSteps, guidance, classPictures, search);
    }

    /** This protocol with other seeds. */
    public Protocol withSeeds(List<Long> others) {
        return new Protocol(judge, word, subjects, others, samplerSteps, guidance, classPictures, search);
    }

    /** This protocol for another judge. */
    public Protocol withJudge(String other) {
        return new Protocol(other, word, subjects, seeds, samplerSteps, guidance, classPictures, search);
    }

    /**
     * The prompts of a subject.
     *
     * @throws IllegalArgumentException if it is not in the protocol
     */
    public List<String> prompts(Subject subject) {
        List<String> prompts = subjects.get(subject.name());
        if (prompts == null) {
            throw new IllegalArgumentException(subject.name() + ": not a subject of the protocol");
        }
        return prompts;
    }

    /** The subject of a name. */
    static Subject subject(String name) {
        List<String> names = new ArrayList<>();
        for (Subject subject : Subject.ALL) {
            if (subject.name().equals(name)) {
                return subject;
            }
            names.add(subject.name());
        }
        throw new IllegalArgumentException(
                "subject: expected one of " + String.join(", ", names) + ", found '" + name + "'");
    }

    /** The scene of a prompt, which must be one of which the subject has no photo. */
    static Scene scene(Subject subject, String prompt) {
        for (Scene scene : Scene.values()) {
            if (subject.prompt(scene).equals(prompt)) {
                if (subject.photoScenes().contains(scene)) {
                    throw new IllegalArgumentException(
                            subject.name() + ": the prompt \"" + prompt + "\" is in the scene of one of its photos");
                }
                return scene;
            }
        }
        throw new IllegalArgumentException(subject.name() + ": expected a prompt like \""
                + subject.evaluationPrompts().getFirst() + "\", found \"" + prompt + "\"");
    }
}
