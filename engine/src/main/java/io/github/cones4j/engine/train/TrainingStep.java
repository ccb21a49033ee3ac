package io.github.cones4j.engine.train;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A loss and the weights to train, made into a program whose every run is one optimisation step: gradients, clipping by
 * their global norm, the optimiser's update and a moving average of the weights (EMA).
 */
public final class TrainingStep {
    /** The name of the output that holds the loss. */
    public static final String LOSS = "loss";

    /** The name of the output that holds the global norm of the gradients before clipping. */
    public static final String GRADIENT_NORM = "gradient_norm";

    private static final String AVERAGE = "ema.";
    private static final String AVERAGE_DECAY = "ema.decay";

    private final Optimizer optimizer;
    private final double averaging;
    private final List<Tensor> weights;
    private final Program program;

    /**
     * Builds the program.
     *
     * @param loss a tensor of one element
     * @param weights the weight leaves to train; those of rank 2 or more are decayed
     * @param optimizer the update rule
     * @param maxNorm gradients are scaled so that their global norm is at most this; infinity leaves them
     * @param averaging decay of the moving average of the weights, 0 .. 1; 0 keeps none. In early steps t it is at most
     *     (1 + t) / (10 + t)
     * @param extra further outputs by name; in the order of their names
     */
    public TrainingStep(
            Tensor loss,
            List<Tensor> weights,
            Optimizer optimizer,
            double maxNorm,
            double averaging,
            Map<String, Tensor> extra) {
        this.optimizer = optimizer;
        this.averaging = averaging;
        this.weights = List.copyOf(weights);
        List<Tensor> gradients = Gradients.of(loss, weights);
        List<Tensor> squares = new ArrayList<>();
        for (Tensor gradient : gradients) {
            squares.add(gradient.square().sum().reshape(1));
        }
        Tensor norm = Tensor.concat(0, squares).sum().sqrt().reshape();
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put(LOSS, loss);
        outputs.put(GRADIENT_NORM, norm);
        outputs.putAll(new TreeMap<>(extra)); // the same order in every run of the program
        Map<String, Tensor> updates = new LinkedHashMap<>();
        for (int i = 0; i < weights.size(); i++) {
            Tensor gradient = gradients.get(i);
            if (Double.isFinite(maxNorm)) {
                Tensor factor = Tensor.scalar(maxNorm).div(norm.add(1e-6)).minimum(Tensor.scalar(1));
                gradient = gradient.mul(factor);
            }
            Tensor weight = weights.get(i);
            Map<String, Tensor> own =
                    optimizer.updates(weight, gradient, weight.shape().rank() >= 2);
            updates.putAll(own);
            String name = Optimizer.nameOf(weight);
            Tensor value = own.get(name);
            if (averaging > 0 && value != null) {
                Tensor decay = Tensor.input(AVERAGE_DECAY);
                Tensor average = Tensor.weight(AVERAGE + name, weight.shape().dims());
                updates.put(AVERAGE + name, value.add(average.sub(value).mul(decay)));
            }
        }
        program = Program.of(outputs, updates);
    }

    /** One run is one step. */
    public Program program() {
        return program;
    }

    /**
     * What a step needs beside the inputs of the loss.
     *
     * @param step number of the step, from 1
     * @param rate learning rate
     */
    public Map<String, HostTensor> inputs(long step, double rate) {
        Map<String, HostTensor> inputs = new LinkedHashMap<>(optimizer.inputs(step, rate));
        if (averaging > 0) {
            double decay = Math.min(averaging, (1.0 + step) / (10 + step));
            inputs.put(AVERAGE_DECAY, HostTensor.scalar((float) decay));
        }
        inputs.keySet().retainAll(program.inputs().keySet()); // where no weight decays, nobody asks for the decay
        return inputs;
    }

    /**
     * The whole state before the first step: the given weights, the optimiser's states and the averages.
     *
     * @param initial a value for every weight, by name
     */
    public Map<String, HostTensor> initialState(Map<String, HostTensor> initial) {
        Map<String, HostTensor> state = new LinkedHashMap<>(initial);
        for (Tensor weight : weights) {
            state.putAll(optimizer.initialState(weight));
            String name = Optimizer.nameOf(weight);
            HostTensor value = initial.get(name);
            if (value == null) {
                throw new IllegalArgumentException("no initial value of " + name);
            }
            if (averaging > 0) {
                state.put(AVERAGE + name, value);
            }
        }
        return state;
    }

    /** The averaged weights within a run's state, under the weights' own names. */
    public Map<String, HostTensor> averages(Map<String, HostTensor> state) {
        Map<String, HostTensor> averages = new LinkedHashMap<>();
        for (Tensor weight : weights) {
            String name = Optimizer.nameOf(weight);
            HostTensor value = state.get(averaging > 0 ? AVERAGE + name : name);
            if (value == null) {
                throw new IllegalArgumentException("no average of " + name + " in the state");
            }
            averages.put(name, value);
        }
        return averages;
    }
}
