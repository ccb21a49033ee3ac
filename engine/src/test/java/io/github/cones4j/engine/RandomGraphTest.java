package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random programs on the CPU device against the reference, against one thread, against the same listed in another order, and with
 * every intermediate result kept: merging, fusing, views and the reuse of memory must not change the results.
 */
final class RandomGraphTest {
    private static final int GRAPHS_PER_TEST = 20;

    private static final ReferenceDevice REFERENCE = new ReferenceDevice();
    private static final CpuDevice CPU = new CpuDevice(2);
    private static final CpuDevice ONE_THREAD = new CpuDevice(1);

    @AfterAll
    static void close() {
        REFERENCE.close();
        CPU.close();
        ONE_THREAD.close();
    }

    static LongStream seeds() {
        return LongStream.range(0, 10).map(i -> (OpSpecs.SEED * 1000 + i) * GRAPHS_PER_TEST);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void results_areThoseOfTheReference_oneThreadAndAllMemoryKept(long first) {
        for (long seed = first; seed < first + GRAPHS_PER_TEST; seed++) {
            RandomGraph graph = new RandomGraph(seed, (int) (10 + seed % 30));
            check(graph, graph.outputs(), Map.of(), 1, seed);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void threeSteps_withUpdates_areThoseOfTheReference_oneThreadAndAllMemoryKept(long first) {
        for (long seed = first; seed < first + GRAPHS_PER_TEST; seed++) {
            RandomGraph graph = new RandomGraph(~seed, (int) (8 + seed % 20));
            check(graph, graph.outputs(), graph.updates(), 3, seed);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void gradients_throughRecomputedParts_areThoseOfKeptOnes(long first) {
        for (long seed = first; seed < first + GRAPHS_PER_TEST; seed++) {
            int size = (int) (8 + seed % 30);
            RandomGraph recomputing = new RandomGraph(seed, size);
            RandomGraph keeping = new RandomGraph(seed, size, false);
            Program program = Program.of(recomputing.outputs(), recomputing.updates());
            try (Executable recomputed = REFERENCE.compile(program, recomputing.weights());
                    Executable kept =
                            REFERENCE.compile(Program.of(keeping.outputs(), keeping.updates()), keeping.weights())) {
                Map<String, HostTensor> inputs = recomputing.inputs();
                inputs.keySet().retainAll(program.inputs().keySet());
                recomputed.run(inputs);
                kept.run(inputs);
                Executable.Results expected = new Executable.Results(kept.state());
                // the same float64 operations, sums perhaps in another order
                recomputed.state().forEach((name, value) -> close(value, expected.get(name), 1e-12, "weight " + name));
            }
        }
    }

    private static void check(
            RandomGraph graph, Map<String, Tensor> outputs, Map<String, Tensor> updates, int steps, long seed) {
        String what = "graph of seed " + seed + " (cones4j.seed " + OpSpecs.SEED + ") ";
        Program program = Program.of(outputs, updates);
        try (Executable reference = REFERENCE.compile(program, graph.weights());
                Executable cpu = CPU.compile(program, graph.weights());
                Executable alone = ONE_THREAD.compile(program, graph.weights());
                Executable observed = CPU.compile(graph.observed(outputs, updates), graph.weights());
                Executable turned = CPU.compile(Program.of(reversed(outputs), reversed(updates)), graph.weights())) {
            for (int step = 1; step <= steps; step++) {
                Map<String, HostTensor> inputs = graph.inputs();
                inputs.keySet().retainAll(program.inputs().keySet());
                Executable.Results right = reference.run(inputs);
                Executable.Results results = cpu.run(inputs);
                Executable.Results kept = observed.run(inputs);
                Executable.Results serial = alone.run(inputs);
                Executable.Results listed = turned.run(inputs);
                for (String name : outputs.keySet()) {
                    String where = what + "step " + step + " " + name + " " + outputs.get(name) + ": ";
                    close(results.get(name), right.get(name), 1e-3, where);
                    close(results.get(name), kept.get(name), 1e-4, where + "all kept");
                    same(results.get(name), serial.get(name), where + "one thread");
                    same(results.get(name), listed.get(name), where + "listed in another order");
                }
                Executable.Results state = new Executable.Results(cpu.state());
                for (String name : updates.keySet()) {
                    String where = what + "step " + step + " weight " + name + ": ";
                    HostTensor now = state.get(name);
                    close(now, new Executable.Results(reference.state()).get(name), 1e-3, where);
                    close(now, new Executable.Results(observed.state()).get(name), 1e-4, where + "all kept");
                    same(now, new Executable.Results(alone.state()).get(name), where + "one thread");
                    same(now, new Executable.Results(turned.state()).get(name), where + "listed in another order");
                }
            }
        } catch (RuntimeException e) {
            fail(what + e, e);
        }
    }

    private static Map<String, Tensor> reversed(Map<String, Tensor> tensors) {
        Map<String, Tensor> reversed = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(tensors.keySet()).reversed();
        names.forEach(name -> reversed.put(name, Objects.requireNonNull(tensors.get(name))));
        return reversed;
    }

    private static void same(HostTensor actual, HostTensor expected, String what) {
        long at = actual.data().mismatch(expected.data());
        if (at >= 0) {
            fail(what + ": element " + at / 4 + " is " + actual.get(at / 4) + ", should be " + expected.get(at / 4));
        }
    }

    /**
     * Against the reference 1e-3: what some twenty operations in a row may make of roundings of 6e-8. With all kept 1e-4:
     * the memory orders of fused functions, and so the orders of sums, may differ. Wrong memory is off by far more.
     */
    private static void close(HostTensor actual, HostTensor expected, double tolerance, String what) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        for (long i = 0; i < expected.size(); i++) {
            double right = expected.get(i);
            if (!(Math.abs(actual.get(i) - right) <= tolerance * Math.max(1, Math.abs(right)))) {
                fail(what + "element " + i + " is " + actual.get(i) + ", should be " + right);
            }
        }
    }
}
