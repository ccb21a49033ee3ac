package io.github.cones4j.concepts.find;

/** How neurons are chosen once every weight has its statistic. */
public sealed interface Selection {
    /** Which weights compete for a share. */
    enum Scope {
        /** All searched weights together, so that layers get as many neurons as they earn. */
        OVERALL,
        /** The weights of each layer by themselves, so that every layer gets the same share. */
        PER_LAYER;

        private String words() {
            return this == OVERALL ? "overall" : "per layer";
        }
    }

    /** Correction for testing many weights at once. */
    enum Correction {
        /** Each weight by itself: of weights without effect, the level's share is chosen. */
        NONE,
        /**
         * False discovery rate: of the chosen, at most the level's share is without effect (Benjamini and Hochberg
         * 1995).
         */
        BENJAMINI_HOCHBERG
    }

    /**
     * The share of weights with the highest statistic. Among equals, those with the higher mean of theta * grad come
     * first, then those earlier in the order of layers and elements.
     *
     * @param share 0 .. 1
     */
    record Share(double share, Scope scope) implements Selection {
        /** Checks the range. */
        public Share {
            checkShare(share);
        }
    }

    /**
     * The share of weights with the highest t of theta * grad over the steps, so that a small but steady effect counts
     * more than a large one that comes from a single step.
     *
     * @param share 0 .. 1
     */
    record ShareOfT(double share, Scope scope) implements Selection {
        /** Checks the range. */
        public ShareOfT {
            checkShare(share);
        }
    }

    /**
     * The weights whose statistic is above a threshold.
     *
     * @param tau threshold in the units of the statistic; of the mean, the units of the loss
     */
    record Tau(double tau) implements Selection {
        /** Checks that it is a number. */
        public Tau {
            if (!Double.isFinite(tau)) {
                throw new IllegalArgumentException("tau must be finite, but is " + tau + " (--tau)");
            }
        }
    }

    /**
     * The weights whose mean of theta * grad is significantly above zero: one-sided one-sample t-test over the steps.
     *
     * @param level probability of an error, above 0 and below 1
     * @param correction what the level is the probability of
     */
    record Significance(double level, Correction correction) implements Selection {
        /** Checks the range. */
        public Significance {
            if (!(level > 0 && level < 1)) {
                throw new IllegalArgumentException(
                        "the level of significance must be above 0 and below 1, but is " + level + " (--p)");
            }
        }
    }

    /** The words of reports and files, as {@code share 0.1 overall}. */
    default String words() {
        return switch (this) {
            case Share(double share, Scope scope) -> "share " + share + " " + scope.words();
            case ShareOfT(double share, Scope scope) -> "share " + share + " " + scope.words() + " by t";
            case Tau(double tau) -> "above tau " + tau;
            case Significance(double level, Correction correction) ->
                "p below " + level
                        + switch (correction) {
                            case NONE -> "";
                            case BENJAMINI_HOCHBERG -> " (Benjamini-Hochberg)";
                        };
        };
    }

    /** Whether steps are needed to see a spread: the t statistic of fewer than 2 steps is not defined. */
    default boolean needsSpread() {
        return switch (this) {
            case ShareOfT _, Significance _ -> true;
            case Share _, Tau _ -> false;
        };
    }

    private static void checkShare(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("the share must be 0 .. 1, but is " + share + " (--share)");
        }
    }
}
