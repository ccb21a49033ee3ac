package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.fail;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random programs with updates on TornadoVM's device against the reference: merging, fusing, views and the reuse of memory. */
final class TornadoRandomGraphTest {
    private static final int GRAPHS = Integer.getInteger("cones4j.tornado.graphs", 8);

    /** What some twenty operations in a row may make of roundings of 6e-8; wrong memory is off by far more. */
    private static final double TOLERANCE = 1e-3;

    static LongStream seeds() {
        return LongStream.range(0, GRAPHS).map(i -> OpSpecs.SEED * 1000 + i);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void threeSteps_withUpdates_areThoseOfTheReference(long seed) {
        RandomGraph graph = new RandomGraph(~seed, (int) (8 + seed % 20));
        Map<String, Tensor> outputs = graph.outputs();
        Program program = Program.of(outputs, graph.updates());
        try (Device device = Gpu.open();
                ReferenceDevice reference = new ReferenceDevice();
                Executable expected = reference.compile(program, graph.weights());
                Executable actual = device.compile(program, graph.weights())) {
            for (int step = 1; step <= 3; step++) {
                String what = "graph of seed " + seed + " (cones4j.seed " + OpSpecs.SEED + ") step " + step + " ";
                Map<String, HostTensor> inputs = graph.inputs();
                inputs.keySet().retainAll(program.inputs().keySet());
                Executable.Results right = expected.run(inputs);
                actual.run(inputs)
                        .tensors()
                        .forEach((name, found) ->
                                close(found, right.get(name), what + name + " " + outputs.get(name) + ": "));
                Executable.Results state = new Executable.Results(expected.state());
                actual.state().forEach((name, found) -> close(found, state.get(name), what + "weight " + name + ": "));
            }
        }
    }

    private static void close(HostTensor actual, HostTensor expected, String what) {
        for (long i = 0; i < expected.size(); i++) {
            double right = expected.get(i);
            if (!(Math.abs(actual.get(i) - right) <= TOLERANCE * Math.max(1, Math.abs(right)))) {
                fail(what + "element " + i + " is " + actual.get(i) + ", should be " + right);
            }
        }
    }
}
