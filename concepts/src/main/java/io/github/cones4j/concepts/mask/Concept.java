package io.github.cones4j.concepts.mask;

import io.github.cones4j.diffusion.clip.ReservedWord;
import io.github.cones4j.engine.exec.Weights;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.BinaryOperator;

/**
 * Concept neurons with all that is needed to use them and to find them again.
 *
 * @param mask the neurons
 * @param base digest of the searched weights of the model in which they were found ({@link #digest})
 * @param tool name and version of the program that found them
 * @param origins one for each concept in the mask, at least one
 */
public record Concept(NeuronMask mask, String base, String tool, List<Origin> origins) {

    /**
     * How the neurons of one subject were found.
     *
     * @param subject what a person calls it
     * @param subjectPrompt prompt of the subject's photos, as {@code a photo of V* dog}
     * @param classPrompt prompt of the class images, as {@code a photo of a dog}
     * @param token the word that stands for the subject, as {@code V*}
     * @param statistic what was kept of theta * grad
     * @param selection how neurons were chosen by it
     * @param steps number of gradients K, at least 1
     * @param rho step size of the scaled weights, where there was one
     * @param relativeStep rho * rms(theta * grad) for which rho was calibrated, where it was
     * @param tau the threshold: neurons are the weights whose statistic is above it; absent if there is no single one
     * @param share share of the searched weights that were chosen, 0 .. 1
     * @param seed seed of the search
     */
    public record Origin(
            String subject,
            String subjectPrompt,
            String classPrompt,
            String token,
            String statistic,
            String selection,
            int steps,
            OptionalDouble rho,
            OptionalDouble relativeStep,
            OptionalDouble tau,
            double share,
            long seed) {
        /** Checks the ranges. */
        public Origin {
            if (steps < 1) {
                throw new IllegalArgumentException(
                        "concept " + subject + ": steps must be at least 1, but is " + steps);
            }
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("concept " + subject + ": share must be 0 .. 1, but is " + share);
            }
            checkFinite(subject, "rho", rho);
            checkFinite(subject, "relative step", relativeStep);
            checkFinite(subject, "tau", tau);
        }

        /** The token as the text encoder is taught it: its vector follows from the token and the seed of the search. */
        public ReservedWord word() {
            return new ReservedWord(token, seed);
        }

        private static void checkFinite(String subject, String what, OptionalDouble value) {
            if (value.isPresent() && !Double.isFinite(value.getAsDouble())) {
                throw new IllegalArgumentException(
                        "concept " + subject + ": " + what + " must be finite, but is " + value.getAsDouble());
            }
        }
    }

    /** Checks the digest's form and that there is an origin. */
    public Concept {
        if (!base.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "concept: the base must be a SHA-256 digest of 64 lower-case hexadecimal digits, but is " + base);
        }
        if (origins.isEmpty()) {
            throw new IllegalArgumentException("concept: no origin");
        }
        origins = List.copyOf(origins);
    }

    /**
     * The digest by which a concept knows its model: SHA-256 over names, shapes and float32 values of the weights that
     * the mask covers.
     *
     * @throws IllegalArgumentException listing every weight that the mask does not fit
     */
    public static String digest(Weights base, NeuronMask mask) {
        mask.checkFits(base);
        return Digest.of(base, new TreeSet<>(mask.layers().keySet()));
    }

    /** The digest, as before, over all of some weights. */
    public static String digest(Weights weights) {
        return Digest.of(weights, new TreeSet<>(weights.keys()));
    }

    /** Whether these are, value for value, the weights in which the concept was found. */
    public boolean isOf(Weights weights) {
        return digest(weights, mask).equals(base);
    }

    /**
     * Several concepts as one: the union of their neurons, with the origins of all.
     *
     * @param concepts at least one
     * @throws IllegalArgumentException if they were not found in the same weights
     */
    public static Concept union(List<Concept> concepts, String tool) {
        return combined("union", concepts, NeuronMask::union, tool, originsOf(concepts));
    }

    /**
     * What several concepts have in common: the neurons that all of them have, with the origins of all.
     *
     * @param concepts at least one
     * @throws IllegalArgumentException if they were not found in the same weights
     */
    public static Concept intersection(List<Concept> concepts, String tool) {
        return combined("intersection", concepts, NeuronMask::intersection, tool, originsOf(concepts));
    }

    /**
     * What is a concept's own: the neurons of the first that none of the others has, with its origins.
     *
     * @param concepts at least one
     * @throws IllegalArgumentException if they were not found in the same weights
     */
    public static Concept difference(List<Concept> concepts, String tool) {
        return combined("difference", concepts, NeuronMask::difference, tool, concepts.getFirst().origins);
    }

    private static Concept combined(
            String operation,
            List<Concept> concepts,
            BinaryOperator<NeuronMask> operator,
            String tool,
            List<Origin> origins) {
        Concept first = concepts.getFirst();
        for (Concept concept : concepts) {
            if (!concept.base.equals(first.base)) {
                throw new IllegalArgumentException(operation + " of concepts: " + first.names()
                        + " was found in the weights " + first.base + " and " + concept.names() + " in "
                        + concept.base + "; search them in the same model, over the same layers");
            }
        }
        NeuronMask mask = concepts.stream().map(Concept::mask).reduce(operator).orElseThrow();
        return new Concept(mask, first.base, tool, origins);
    }

    private static List<Origin> originsOf(List<Concept> concepts) {
        return concepts.stream().flatMap(concept -> concept.origins.stream()).toList();
    }

    /** The subjects, as {@code blue dog + red car}. */
    public String names() {
        return String.join(" + ", origins.stream().map(Origin::subject).toList());
    }
}
