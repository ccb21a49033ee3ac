package io.github.cones4j.diffusion.parity;

/**
 * How large an error counts as equal. PyTorch's own float32 error against float64 is 7e-7 for a UNet, 5e-6 for the
 * gradients of its K and V weights, 3e-6 for pipelines and 1.4e-6 for weights after training.
 *
 * @param outputs of models and schedulers beside float32 references
 * @param exact of models beside float64 references
 * @param derived gradients, weights after training, pipelines
 */
public record Tolerances(double outputs, double exact, double derived) {
    /** 1e-5 for outputs, 5e-6 beside float64, 1e-4 for what is derived. */
    public static Tolerances usual() {
        return new Tolerances(1e-5, 5e-6, 1e-4);
    }

    /** One tolerance for everything. */
    public static Tolerances all(double tolerance) {
        return new Tolerances(tolerance, tolerance, tolerance);
    }
}
