package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks that values fit the names and shapes a program declares; every device uses it. */
public final class Bindings {
    private Bindings() {}

    /**
     * Every input must be given, with its shape, and nothing else.
     *
     * @throws IllegalArgumentException naming everything that does not fit
     */
    public static void checkInputs(Program program, Map<String, HostTensor> inputs) {
        List<String> faults = compare("input", program.inputs(), inputs);
        inputs.forEach((name, value) -> {
            Spec spec = program.inputs().get(name);
            if (spec == null) {
                faults.add("  unknown input " + name + " " + value + "; the program has "
                        + program.inputs().keySet());
            } else if (!spec.dtype().isFloat() && value.dtype().isFloat()) {
                faults.add("  input " + name + ": program " + spec + ", given " + value + "; give integers");
            }
        });
        report("inputs", faults);
    }

    /**
     * Every weight must be there, with its shape.
     *
     * @throws IllegalArgumentException naming everything that does not fit
     */
    public static void checkWeights(Program program, Weights weights) {
        report("weights of " + weights.name(), compare("weight", program.weights(), weights.tensors()));
    }

    private static List<String> compare(String what, Map<String, Spec> expected, Map<String, HostTensor> given) {
        List<String> faults = new ArrayList<>();
        expected.forEach((name, spec) -> {
            HostTensor value = given.get(name);
            if (value == null) {
                faults.add("  missing " + what + " " + name + " " + spec);
            } else if (!value.shape().equals(spec.shape())) {
                faults.add("  " + what + " " + name + ": program " + spec + ", given " + value);
            }
        });
        return faults;
    }

    private static void report(String what, List<String> faults) {
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(what + " do not fit the program:\n" + String.join("\n", faults));
        }
    }
}
