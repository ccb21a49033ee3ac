package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.find.FindSettings;
import io.github.cones4j.concepts.find.LearnedMask;
import io.github.cones4j.concepts.find.Selection;
import io.github.cones4j.concepts.find.Statistic;
import io.github.cones4j.concepts.find.StepSize;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say how a search goes and how its neurons are chosen. */
final class SearchOptions {
    private static final FindSettings USUAL = FindSettings.usual();

    @Option(
            names = "--steps",
            paramLabel = "K",
            description = "Gradients that the statistic is over. Default: ${DEFAULT-VALUE}.")
    private int steps = USUAL.steps();

    @Option(names = "--batch", paramLabel = "N", description = "Photos in each step. Default: ${DEFAULT-VALUE}.")
    private int subjectBatch = USUAL.subjectBatch();

    @Option(
            names = "--class-batch",
            paramLabel = "N",
            description = "Class images in each step. Default: ${DEFAULT-VALUE}.")
    private int classBatch = USUAL.classBatch();

    @Option(
            names = "--prior",
            paramLabel = "L",
            description = "Weight of the class images in the loss; 0 for none. Default: ${DEFAULT-VALUE}.")
    private double prior = USUAL.prior();

    @Option(
            names = "--statistic",
            paramLabel = "NAME",
            description = "mean, sign, masked (the mean at the masked model) or learned. Default: mean.")
    private String statistic = Statistic.MEAN.id();

    @ArgGroup
    private Step step = new Step();

    @ArgGroup
    private Choice choice = new Choice();

    @Option(names = "--per-layer", description = "The share is of each layer's weights, not of all together.")
    private boolean perLayer;

    @Option(
            names = "--by-t",
            description = "The share is of the highest t over the steps, not of the highest statistic.")
    private boolean byT;

    @Option(names = "--uncorrected", description = "With --p: each weight by itself, without Benjamini-Hochberg.")
    private boolean uncorrected;

    @Option(
            names = "--calibration",
            paramLabel = "N",
            description = "Gradients from which rho follows, before the steps. Default: ${DEFAULT-VALUE}.")
    private int calibration = USUAL.calibration();

    @Option(
            names = "--limit",
            paramLabel = "R",
            description = "Most relative change of a weight in one step. Default: ${DEFAULT-VALUE}.")
    private double limit = USUAL.limit();

    @Option(
            names = "--ramp",
            paramLabel = "F",
            description =
                    "Part of the steps over which the shut share grows (masked, learned). Default: ${DEFAULT-VALUE}.")
    private double ramp = USUAL.ramp();

    @Option(
            names = "--sparsity",
            paramLabel = "C",
            description = "What a shut weight costs (learned, with --tau), in rms(weight * gradient). Default: 0.")
    private double sparsity;

    @Option(names = "--seed", paramLabel = "S", converter = Seed.class, description = "Seed of the search. Default: 0.")
    private long seed;

    /** How far a step goes. */
    private static final class Step {
        @Option(
                names = "--relative-step",
                paramLabel = "R",
                description = "Mean relative change of a weight per step. Default: 0.03; 0.01 with sign.")
        private @Nullable Double relative;

        @Option(names = "--rho", paramLabel = "R", description = "Step size; its unit is the model's own.")
        private @Nullable Double rho;
    }

    /** Which weights are chosen. */
    private static final class Choice {
        @Option(
                names = "--share",
                paramLabel = "F",
                description = "Share of the searched weights that become neurons, 0 to 1. Default: 0.1.")
        private @Nullable Double share;

        @Option(names = "--tau", paramLabel = "T", description = "Neurons are the weights whose statistic is above it.")
        private @Nullable Double tau;

        @Option(
                names = "--p",
                paramLabel = "P",
                description = "Neurons are the weights whose mean is above 0 at this level of significance.")
        private @Nullable Double level;
    }

    /** The settings; what goes together is checked by them. */
    FindSettings settings() {
        Statistic which = statistic();
        StepSize stepSize = step.rho != null
                ? new StepSize.Rho(step.rho)
                : step.relative != null ? new StepSize.Relative(step.relative) : which.usualStep();
        return new FindSettings(
                prior,
                subjectBatch,
                classBatch,
                steps,
                which,
                stepSize,
                calibration,
                limit,
                selection(),
                ramp,
                new LearnedMask.Settings(
                        USUAL.learned().beta1(), USUAL.learned().beta2(), sparsity),
                seed);
    }

    private Statistic statistic() {
        for (Statistic known : Statistic.values()) {
            if (known.id().equals(statistic)) {
                return known;
            }
        }
        throw new IllegalArgumentException(
                "--statistic: expected mean, sign, masked or learned, found '" + statistic + "'");
    }

    private Selection selection() {
        if (choice.tau != null) {
            return new Selection.Tau(choice.tau);
        }
        if (choice.level != null) {
            return new Selection.Significance(
                    choice.level, uncorrected ? Selection.Correction.NONE : Selection.Correction.BENJAMINI_HOCHBERG);
        }
        double share = choice.share != null ? choice.share : 0.1;
        Selection.Scope scope = perLayer ? Selection.Scope.PER_LAYER : Selection.Scope.OVERALL;
        return byT ? new Selection.ShareOfT(share, scope) : new Selection.Share(share, scope);
    }
}
