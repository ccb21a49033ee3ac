package io.github.cones4j.concepts.find;

import io.github.cones4j.concepts.find.Selection.Scope;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.NeuronMask;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A search for concept neurons as arithmetic: it says at which weights the next gradient of the concept-implanting loss
 * is wanted, and takes it. Whoever drives it computes the gradient, with noise, timesteps and pictures of its own for
 * each.
 *
 * <pre>{@code Search search = new Search(PerWeight.of(weights, Search.crossAttention(weights.keys())), settings); while
 * (!search.isDone()) { search.accept(gradientAt(search.weights())); } NeuronMask neurons =
 * search.result().selected().mask(); }</pre>
 *
 * <p>The original weights are kept; what the scaled or masked weights become never leaves the search.
 */
public final class Search {
    private static final Pattern CROSS_ATTENTION = Pattern.compile(".*\\battn2\\.to_[kv]\\.weight");
    private static final Pattern ALL_ATTENTION = Pattern.compile(".*\\battn[12]\\.to_[kv]\\.weight");

    private final FindSettings settings;
    private final PerWeight original;
    private final PerWeight current;
    private final Attribution attribution;
    private final RhoCalibration calibration = new RhoCalibration();
    private final @Nullable LearnedMask learned;
    private int toCalibrate;
    private double rho;
    private long limited;

    /**
     * What a search found.
     *
     * @param settings what it was run with
     * @param selected the neurons and their threshold
     * @param score the statistic by which they were ranked
     * @param attribution mean, variance and signs of theta * grad over the steps
     * @param rho the step size that was used, where the weights moved by rho
     * @param limited number of changes of a weight that were limited, over all steps
     */
    public record Result(
            FindSettings settings,
            Selected selected,
            PerWeight score,
            Attribution attribution,
            OptionalDouble rho,
            long limited) {

        /**
         * How the neurons were found, for their file.
         *
         * @param subject what a person calls it
         * @param subjectPrompt prompt of the subject's photos
         * @param classPrompt prompt of the class images
         * @param token the word that stands for the subject
         */
        public Concept.Origin origin(String subject, String subjectPrompt, String classPrompt, String token) {
            boolean calibrated = rho.isPresent() || settings.statistic() == Statistic.SIGN;
            OptionalDouble step = calibrated && settings.stepSize() instanceof StepSize.Relative(double relative)
                    ? OptionalDouble.of(relative)
                    : OptionalDouble.empty();
            return new Concept.Origin(
                    subject,
                    subjectPrompt,
                    classPrompt,
                    token,
                    settings.statistic().id(),
                    settings.selection().words(),
                    settings.steps(),
                    rho,
                    step,
                    selected.tau(),
                    selected.mask().density(),
                    settings.seed());
        }
    }

    /** A search that begins at the given weights, which it does not change. */
    public Search(PerWeight original, FindSettings settings) {
        this.settings = settings;
        this.original = original;
        this.current = original.copy();
        this.attribution = new Attribution(original);
        this.learned = settings.statistic() == Statistic.LEARNED ? new LearnedMask(original, settings.learned()) : null;
        switch (settings.statistic()) {
            case MEAN -> {
                switch (settings.stepSize()) {
                    case StepSize.Relative _ -> toCalibrate = settings.calibration();
                    case StepSize.Rho(double given) -> rho = given;
                }
            }
            case LEARNED -> toCalibrate = settings.calibration();
            case SIGN, MASKED -> {}
        }
    }

    /**
     * The key and value projections of the cross-attention, which is where a prompt meets the picture (all in one
     * order, whatever the order of the keys).
     *
     * @throws IllegalArgumentException if there are none
     */
    public static List<String> crossAttention(Collection<String> keys) {
        return matching(keys, CROSS_ATTENTION);
    }

    /** As {@link #crossAttention}, with those of self-attention, whose shutting measured as destructive. */
    public static List<String> allAttention(Collection<String> keys) {
        return matching(keys, ALL_ATTENTION);
    }

    private static List<String> matching(Collection<String> keys, Pattern pattern) {
        List<String> names = keys.stream()
                .filter(key -> pattern.matcher(key).matches())
                .sorted()
                .toList();
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no weight of " + keys.size() + " is named " + pattern
                    + ": expected those of a UNet in the diffusers layout");
        }
        return names;
    }

    /** The number of gradients still wanted. */
    public int remaining() {
        return toCalibrate + settings.steps() - attribution.steps();
    }

    /** Whether all gradients were taken. */
    public boolean isDone() {
        return remaining() == 0;
    }

    /** The weights at which the next gradient is wanted; the arrays change with the next {@link #accept}. */
    public PerWeight weights() {
        return current;
    }

    /**
     * Takes the gradient of the loss with respect to {@link #weights} and moves on.
     *
     * @throws IllegalStateException if the search is done
     * @throws IllegalArgumentException if the gradient is not finite or of other layers
     */
    public void accept(PerWeight gradient) {
        if (isDone()) {
            throw new IllegalStateException("find: all " + settings.steps() + " steps are done");
        }
        if (toCalibrate > 0) {
            calibrate(gradient);
            return;
        }
        switch (settings.statistic()) {
            case MEAN -> {
                attribution.add(current, gradient);
                limited += ScaledStep.follow(current, gradient, rho, settings.limit());
            }
            case SIGN -> {
                attribution.add(current, gradient);
                ScaledStep.followSign(current, gradient, relativeStep());
            }
            case MASKED, LEARNED -> {
                attribution.add(original, gradient);
                if (settings.statistic() == Statistic.LEARNED) {
                    learned().update(original, gradient, calibration.rms());
                }
                shutHighest();
            }
        }
    }

    /** Relative step, of the statistics that have one. */
    private double relativeStep() {
        return settings.stepSize() instanceof StepSize.Relative(double step) ? step : 0;
    }

    private void calibrate(PerWeight gradient) {
        calibration.add(original, gradient);
        toCalibrate--;
        if (toCalibrate == 0 && settings.stepSize() instanceof StepSize.Relative step) {
            rho = calibration.rho(step);
        }
    }

    /** The original weights with what ranks highest so far set to zero. */
    private void shutHighest() {
        NeuronMask shut = switch (settings.selection()) {
            case Selection.Share(double share, Scope scope) -> {
                double now = new ShareRamp(share, settings.steps(), settings.ramp()).at(attribution.steps());
                yield Selected.highest(now, scope, score(), attribution.mean()).mask();
            }
            case Selection.Tau(double tau) -> Selected.above(tau, score()).mask();
            case Selection.ShareOfT _, Selection.Significance _ ->
                throw new IllegalStateException(
                        "find: the settings allow no " + settings.selection().words());
        };
        current.set(original);
        for (Map.Entry<String, NeuronMask.Layer> layer : shut.layers().entrySet()) {
            float[] values = current.values(layer.getKey());
            layer.getValue().neurons().forEach(index -> values[index] = 0);
        }
    }

    private PerWeight score() {
        return switch (settings.statistic()) {
            case MEAN, MASKED -> attribution.mean();
            case SIGN -> attribution.meanSign();
            case LEARNED -> learned().scores();
        };
    }

    private LearnedMask learned() {
        return Objects.requireNonNull(learned, "only the statistic learned has scores");
    }

    /**
     * The neurons.
     *
     * @throws IllegalStateException if gradients are still wanted
     */
    public Result result() {
        if (!isDone()) {
            throw new IllegalStateException("find: " + remaining() + " gradients are still wanted");
        }
        PerWeight score = score();
        Selected selected = Selected.by(settings.selection(), score, attribution);
        OptionalDouble used = settings.statistic() == Statistic.MEAN ? OptionalDouble.of(rho) : OptionalDouble.empty();
        return new Result(settings, selected, score, attribution, used, limited);
    }
}
