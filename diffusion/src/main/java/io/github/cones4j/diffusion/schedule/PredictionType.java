package io.github.cones4j.diffusion.schedule;

/** What a model's output stands for. */
public enum PredictionType {
    /** The noise. */
    EPSILON,
    /** The velocity alpha eps - sigma x_0 (Salimans and Ho 2022, arXiv:2202.00512). */
    V_PREDICTION,
    /** The sample without noise. */
    SAMPLE
}
