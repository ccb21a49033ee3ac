package io.github.cones4j.diffusion.parity;

import io.github.cones4j.engine.exec.Device;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Runs a model on inputs that PyTorch was run on, and compares what comes out. A case is recognised by its keys and reads
 * its siblings from the same folder where it needs them.
 */
public final class Parity {
    private final Device device;
    private final @Nullable Path model;
    private final @Nullable Path config;
    private final Tolerances tolerances;

    /**
     * A model on a device.
     *
     * @param model a folder in the diffusers layout, a single-file checkpoint or the folder of a CLIP pair; may be null for
     *     cases that need none
     * @param config for a single file: the folder whose settings to use, or null
     */
    public Parity(Device device, @Nullable Path model, @Nullable Path config, Tolerances tolerances) {
        this.device = device;
        this.model = model;
        this.config = config;
        this.tolerances = tolerances;
    }

    /**
     * Computes and compares one case.
     *
     * @throws IllegalArgumentException if the file is no case, or the model does not fit it
     */
    public ParityReport run(Path file) {
        long start = System.nanoTime();
        try (CaseFile stored = CaseFile.open(file)) {
            ParityCase kind = ParityCase.of(stored);
            Subject subject = new Subject(device, model, config);
            Comparisons comparisons = new Comparisons(tolerances);
            kind.run(subject, stored, comparisons);
            return new ParityReport(
                    file,
                    kind.label(),
                    comparisons.all(),
                    comparisons.leftOut(),
                    (System.nanoTime() - start) * 1e-9,
                    subject.plannedBytes());
        }
    }
}
