package io.github.cones4j.diffusion.schedule;

/** Which noise levels sigma the steps of a plan fall on. */
public enum SigmaSpacing {
    /** Those of the timesteps. */
    TIMESTEPS,
    /** Evenly in sigma^(1/7) (Karras et al. 2022, arXiv:2206.00364, equation 5). */
    KARRAS,
    /** Evenly in ln sigma. */
    EXPONENTIAL
}
