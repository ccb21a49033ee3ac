package io.github.cones4j.concepts.find;

import java.util.Locale;

/** What a search moves along, and by what it then ranks the weights. */
public enum Statistic {
    /**
     * The mean of theta * grad, while the weights follow theta - rho * theta * (theta * grad): the method of Liu et al.
     * 2023 (arXiv:2303.05125).
     */
    MEAN,
    /** The mean sign of theta * grad, while every weight shrinks or grows by the same share a step. */
    SIGN,
    /**
     * The mean of theta * grad at the masked model: the highest ranked so far are shut, more of them from step to step.
     */
    MASKED,
    /** A score per weight, learned by Adam through the mask as if shutting were continuous (straight-through). */
    LEARNED;

    /** The name in files and on the command line. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The step that measured well: relative change of the weights per step. */
    public StepSize.Relative usualStep() {
        return switch (this) {
            case MEAN, MASKED, LEARNED -> new StepSize.Relative(3e-2);
            case SIGN -> new StepSize.Relative(1e-2);
        };
    }
}
