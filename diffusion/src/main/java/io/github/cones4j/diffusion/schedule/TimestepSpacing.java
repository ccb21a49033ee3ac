package io.github.cones4j.diffusion.schedule;

/** Which of the training timesteps the steps of a plan fall on (Lin et al. 2023, arXiv:2305.08891, table 2). */
public enum TimestepSpacing {
    /** Every (T / n)th from {@code steps_offset} up; the last timesteps are left out. */
    LEADING,
    /** Every (T / n)th from T - 1 down. */
    TRAILING,
    /** Evenly from 0 to T - 1, both included. */
    LINSPACE
}
