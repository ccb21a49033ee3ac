package io.github.cones4j.engine.tornado;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cones4j.engine.exec.FoundDevice;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Leaves out the tests of kernels, one by one so that they are counted, where TornadoVM has no device. JUnit finds it by itself. */
public final class NeedsDevice implements ExecutionCondition {
    /** What there is, looked for once. */
    private static final List<FoundDevice> FOUND = new TornadoProvider().find();

    /** For JUnit. */
    public NeedsDevice() {}

    /** Leaves out a test of tensor cores where nothing has kernels for them: what has is TornadoVM's CUDA backend alone. */
    static void assumeTensorCores() {
        assumeTrue(
                FOUND.stream().anyMatch(found -> found.usable() && found.id().startsWith("cuda")),
                "left out: TornadoVM's CUDA backend alone has kernels for tensor cores");
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        boolean ofKernels = context.getTestClass()
                .filter(type -> type.getPackageName().endsWith(".tornado"))
                .isPresent();
        if (!ofKernels || context.getTestMethod().isEmpty() || FOUND.stream().anyMatch(FoundDevice::usable)) {
            return ConditionEvaluationResult.enabled("");
        }
        return ConditionEvaluationResult.disabled(
                "left out: " + FOUND.stream().map(FoundDevice::obstacle).toList());
    }
}
