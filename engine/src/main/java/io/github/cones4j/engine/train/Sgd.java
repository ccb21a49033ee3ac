package io.github.cones4j.engine.train;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gradient descent with momentum, as PyTorch's {@code SGD}: b' = momentum b + g + decay w, w' = w - rate b'.
 *
 * @param momentum decay of the velocity b, 0 .. 1; 0 keeps none
 * @param decay weight decay (added to the gradient)
 */
public record Sgd(double momentum, double decay) implements Optimizer {
    private static final String VELOCITY = "sgd.velocity.";
    private static final String RATE = "sgd.rate";

    @Override
    public Map<String, Tensor> updates(Tensor weight, Tensor gradient, boolean decayed) {
        String name = Optimizer.nameOf(weight);
        Map<String, Tensor> updates = new LinkedHashMap<>();
        Tensor step = decayed && decay != 0 ? gradient.add(weight.mul(decay)) : gradient;
        if (momentum != 0) {
            step = Tensor.weight(VELOCITY + name, weight.shape().dims())
                    .mul(momentum)
                    .add(step);
            updates.put(VELOCITY + name, step);
        }
        updates.put(name, weight.sub(step.mul(Tensor.input(RATE))));
        return updates;
    }

    @Override
    public Map<String, HostTensor> inputs(long step, double rate) {
        return Map.of(RATE, HostTensor.scalar((float) rate));
    }

    @Override
    public Map<String, HostTensor> initialState(Tensor weight) {
        return momentum == 0 ? Map.of() : Map.of(VELOCITY + Optimizer.nameOf(weight), HostTensor.zeros(weight.shape()));
    }
}
