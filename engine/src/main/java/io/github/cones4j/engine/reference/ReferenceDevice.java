package io.github.cones4j.engine.reference;

import io.github.cones4j.engine.exec.Bindings;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.OpenState;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Operands;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates programs node by node in double precision by the operations' own plain loops. Slow and simple: what it gives
 * is right by definition, and the other devices are tested against it. Results are float64.
 */
public final class ReferenceDevice implements Device {
    private final OpenState state = new OpenState(name());

    @Override
    public String name() {
        return "reference (float64, one thread)";
    }

    @Override
    public MemoryPlan plan(Program program) {
        state.requireOpen();
        long values = Program.topological(program.roots()).stream()
                .mapToLong(tensor -> tensor.shape().size() * 8)
                .sum();
        long held = program.weights().values().stream()
                .mapToLong(spec -> spec.shape().size() * 8)
                .sum();
        return new MemoryPlan(values, held, 0, 0, 0, List.of());
    }

    @Override
    public Executable compile(Program program, Weights weights) {
        state.requireOpen();
        Bindings.checkWeights(program, weights);
        Interpreter interpreter = new Interpreter(program, weights);
        state.opened(interpreter.toString());
        return interpreter;
    }

    @Override
    public void close() {
        state.close();
    }

    private final class Interpreter implements Executable {
        private final Program program;
        private final Map<String, double[]> weights = new LinkedHashMap<>();
        private final List<Tensor> order;
        private boolean closed;

        Interpreter(Program program, Weights weights) {
            this.program = program;
            program.weights()
                    .keySet()
                    .forEach(key -> this.weights.put(key, weights.get(key).toDoubles()));
            this.order = Program.topological(program.roots());
        }

        @Override
        public Results run(Map<String, HostTensor> inputs) {
            requireOpen();
            Bindings.checkInputs(program, inputs);
            Map<Tensor, double[]> values = new IdentityHashMap<>();
            for (Tensor tensor : order) {
                values.put(tensor, evaluate(tensor, values, inputs));
            }
            Map<String, HostTensor> results = new LinkedHashMap<>();
            program.outputs().forEach((name, tensor) -> results.put(name, host(values, tensor)));
            Map<String, double[]> updated = new LinkedHashMap<>();
            program.updates()
                    .forEach((name, tensor) ->
                            updated.put(name, value(values, tensor).clone()));
            weights.putAll(updated);
            return new Results(results);
        }

        private double[] evaluate(Tensor tensor, Map<Tensor, double[]> values, Map<String, HostTensor> inputs) {
            return switch (tensor.op()) {
                case Leaf.Input input -> {
                    HostTensor given = inputs.get(input.name());
                    yield given == null ? new double[0] : given.toDoubles();
                }
                case Leaf.Weight weight -> weights.getOrDefault(weight.name(), new double[0]);
                default -> {
                    double[] out = new double[Math.toIntExact(tensor.shape().size())];
                    List<double[]> in = new ArrayList<>();
                    tensor.inputs().forEach(input -> in.add(value(values, input)));
                    tensor.op()
                            .reference(new Operands(
                                    tensor.inputs().stream().map(Tensor::spec).toList(), in, tensor.spec(), out));
                    yield out;
                }
            };
        }

        private static double[] value(Map<Tensor, double[]> values, Tensor tensor) {
            double[] value = values.get(tensor);
            if (value == null) {
                throw new IllegalStateException("not computed: " + tensor);
            }
            return value;
        }

        private static HostTensor host(Map<Tensor, double[]> values, Tensor tensor) {
            return HostTensor.of(value(values, tensor).clone(), tensor.shape().dims());
        }

        @Override
        public Map<String, HostTensor> state() {
            requireOpen();
            Map<String, HostTensor> now = new LinkedHashMap<>();
            program.updates()
                    .forEach((name, tensor) -> now.put(
                            name,
                            HostTensor.of(
                                    weights.getOrDefault(name, new double[0]).clone(),
                                    tensor.shape().dims())));
            return now;
        }

        private void requireOpen() {
            if (closed) {
                throw new IllegalStateException("executable is closed: " + this);
            }
        }

        @Override
        public MemoryPlan memory() {
            return plan(program);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                state.closed(toString());
            }
        }

        @Override
        public String toString() {
            return "reference executable of " + program.outputs().keySet();
        }
    }
}
