package io.github.cones4j.concepts.find;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a search is run with.
 *
 * @param prior weight lambda of the class images in the loss (prior preservation), from 0
 * @param subjectBatch photos of the subject in each step, from 1
 * @param classBatch class images in each step, from 1 unless the prior's weight is 0
 * @param steps number K of gradients that the statistics are over, 1 .. 32767
 * @param statistic what is followed and ranked by
 * @param stepSize how far the scaled weights move in a step; without meaning for the statistics masked and learned
 * @param calibration number of gradients, before the K, from which rho is found for a relative step, from 1
 * @param limit most relative change of a weight in one step, above 0 and at most 1
 * @param selection how neurons are chosen
 * @param ramp part of the steps over which the shut share grows, above 0 and at most 1; only for masked and learned
 * @param learned settings of the statistic learned
 * @param seed seed of noise, timesteps and batches
 */
public record FindSettings(
        double prior,
        int subjectBatch,
        int classBatch,
        int steps,
        Statistic statistic,
        StepSize stepSize,
        int calibration,
        double limit,
        Selection selection,
        double ramp,
        LearnedMask.Settings learned,
        long seed) {

    /** Checks every value and how they go together; the message names the option of the command line. */
    public FindSettings {
        check(
                prior >= 0 && Double.isFinite(prior),
                "the weight of the prior must be finite and at least 0",
                prior,
                "--prior");
        check(subjectBatch >= 1, "the batch of photos must be at least 1", subjectBatch, "--batch");
        check(
                classBatch >= (prior == 0 ? 0 : 1),
                "the batch of class images must be at least 1 while the prior has a weight",
                classBatch,
                "--class-batch");
        check(
                steps >= 1 && steps <= Attribution.MOST_STEPS,
                "the steps must be 1 .. " + Attribution.MOST_STEPS,
                steps,
                "--steps");
        check(calibration >= 1, "the calibration must take at least 1 gradient", calibration, "--calibration");
        check(limit > 0 && limit <= 1, "the limit of change per step must be above 0 and at most 1", limit, "--limit");
        check(ramp > 0 && ramp <= 1, "the ramp must be above 0 and at most 1 of the steps", ramp, "--ramp");
        if (selection.needsSpread() && steps < 2) {
            throw new IllegalArgumentException(
                    "find: a t-test needs at least 2 steps, but there is " + steps + " (--steps)");
        }
        if (statistic == Statistic.SIGN && stepSize instanceof StepSize.Rho) {
            throw new IllegalArgumentException(
                    "find: the statistic sign takes a relative step (--relative-step), and no rho (--rho)");
        }
        boolean ramped = statistic == Statistic.MASKED
                || (statistic == Statistic.LEARNED && !(selection instanceof Selection.Tau));
        if (ramped && !(selection instanceof Selection.Share)) {
            throw new IllegalArgumentException("find: the statistic " + statistic.id()
                    + " shuts a share while it searches: choose by share (--share), not by "
                    + selection.words());
        }
    }

    /**
     * The settings that measured well, for a statistic: 100 steps of 8 + 8 pictures, the highest tenth of all weights.
     */
    public static FindSettings usual(Statistic statistic) {
        return new FindSettings(
                1,
                8,
                8,
                100,
                statistic,
                statistic.usualStep(),
                4,
                0.5,
                new Selection.Share(0.10, Selection.Scope.OVERALL),
                0.7,
                LearnedMask.Settings.usual(),
                0);
    }

    /** The settings that measured well, with the mean. */
    public static FindSettings usual() {
        return usual(Statistic.MEAN);
    }

    /** These settings with another weight of the prior and other batches. */
    public FindSettings withBatches(double otherPrior, int photos, int classImages) {
        return new FindSettings(
                otherPrior,
                photos,
                classImages,
                steps,
                statistic,
                stepSize,
                calibration,
                limit,
                selection,
                ramp,
                learned,
                seed);
    }

    /** These settings with another number of steps. */
    public FindSettings withSteps(int other) {
        return new FindSettings(
                prior,
                subjectBatch,
                classBatch,
                other,
                statistic,
                stepSize,
                calibration,
                limit,
                selection,
                ramp,
                learned,
                seed);
    }

    /** These settings with another step size. */
    public FindSettings withStepSize(StepSize other) {
        return new FindSettings(
                prior,
                subjectBatch,
                classBatch,
                steps,
                statistic,
                other,
                calibration,
                limit,
                selection,
                ramp,
                learned,
                seed);
    }

    /** These settings with another selection. */
    public FindSettings withSelection(Selection other) {
        return new FindSettings(
                prior,
                subjectBatch,
                classBatch,
                steps,
                statistic,
                stepSize,
                calibration,
                limit,
                other,
                ramp,
                learned,
                seed);
    }

    /** These settings with another seed. */
    public FindSettings withSeed(long other) {
        return new FindSettings(
                prior,
                subjectBatch,
                classBatch,
                steps,
                statistic,
                stepSize,
                calibration,
                limit,
                selection,
                ramp,
                learned,
                other);
    }

    /** Names and values for reports, in reading order; only what has a meaning with this statistic. */
    public Map<String, String> describe() {
        Map<String, String> table = new LinkedHashMap<>();
        table.put("statistic", statistic.id());
        table.put("selection", selection.words());
        table.put("steps K", String.valueOf(steps));
        table.put("pictures per step", subjectBatch + " of the subject + " + classBatch + " of the class");
        table.put("prior weight λ", String.valueOf(prior));
        switch (statistic) {
            case MEAN -> {
                switch (stepSize) {
                    case StepSize.Relative(double step) ->
                        table.put("relative step", step + " (ρ from the first " + calibration + " gradients)");
                    case StepSize.Rho(double rho) -> table.put("ρ", String.valueOf(rho));
                }
                table.put("limit of change per step", String.valueOf(limit));
            }
            case SIGN -> {
                if (stepSize instanceof StepSize.Relative(double step)) {
                    table.put("relative step", String.valueOf(step));
                }
            }
            case MASKED -> table.put("ramp", ramp + " of the steps");
            case LEARNED -> {
                table.put("ramp", ramp + " of the steps");
                table.put("Adam β1, β2", learned.beta1() + ", " + learned.beta2());
                table.put("sparsity", String.valueOf(learned.sparsity()));
            }
        }
        table.put("seed", String.valueOf(seed));
        return table;
    }

    private static void check(boolean holds, String rule, Number value, String option) {
        if (!holds) {
            throw new IllegalArgumentException("find: " + rule + ", but is " + value + " (" + option + ")");
        }
    }
}
