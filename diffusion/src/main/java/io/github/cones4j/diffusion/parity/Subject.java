package io.github.cones4j.diffusion.parity;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.weights.model.ModelSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The model under test on the device under test. */
final class Subject {
    private final Device device;
    private final @Nullable Path model;
    private final @Nullable Path config;
    private long plannedBytes;

    Subject(Device device, @Nullable Path model, @Nullable Path config) {
        this.device = device;
        this.model = model;
        this.config = config;
    }

    Device device() {
        return device;
    }

    /**
     * The model's folder or file.
     *
     * @throws IllegalArgumentException if none was named
     */
    Path model() {
        if (model == null) {
            throw new IllegalArgumentException("this case needs a model: name it (--model)");
        }
        return model;
    }

    /** The model as a pipeline. */
    ModelSource source() {
        return ModelSource.open(model(), config);
    }

    /** Computes outputs once. */
    Map<String, HostTensor> run(Map<String, Tensor> outputs, Weights weights, Map<String, HostTensor> inputs) {
        try (Executable executable = compile(Program.of(outputs), weights)) {
            return executable.run(inputs).tensors();
        }
    }

    /** Compiles a program and notes what it plans to hold. */
    Executable compile(Program program, Weights weights) {
        Executable executable = device.compile(program, weights);
        note(List.of(executable.memory()));
        return executable;
    }

    /** Notes what programs that live at the same time plan to hold. */
    void note(List<MemoryPlan> plans) {
        plannedBytes = Math.max(
                plannedBytes, plans.stream().mapToLong(MemoryPlan::total).sum());
    }

    /** The largest memory plan among the programs compiled so far. */
    long plannedBytes() {
        return plannedBytes;
    }
}
