package io.github.cones4j.engine.train;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101), computed as PyTorch's {@code AdamW}:
 *
 * <pre>
 * m' = beta1 m + (1 - beta1) g
 * v' = beta2 v + (1 - beta2) g^2
 * w' = (1 - rate decay) w - rate / (1 - beta1^t) * m' / (sqrt(v') / sqrt(1 - beta2^t) + epsilon)
 * </pre>
 *
 * The three factors that change from step to step are inputs of the program, computed in double on the host.
 *
 * @param beta1 decay of the mean, 0 .. 1
 * @param beta2 decay of the mean square, 0 .. 1
 * @param epsilon added to the denominator
 * @param decay weight decay per unit of learning rate
 */
public record AdamW(double beta1, double beta2, double epsilon, double decay) implements Optimizer {
    private static final String MEAN = "adamw.mean.";
    private static final String SQUARE = "adamw.square.";
    private static final String KEEP = "adamw.keep";
    private static final String RATE = "adamw.rate";
    private static final String ROOT = "adamw.root";

    /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01. */
    public static AdamW defaults() {
        return new AdamW(0.9, 0.999, 1e-8, 0.01);
    }

    @Override
    public Map<String, Tensor> updates(Tensor weight, Tensor gradient, boolean decayed) {
        String name = Optimizer.nameOf(weight);
        int[] dims = weight.shape().dims();
        Tensor mean = Tensor.weight(MEAN + name, dims).mul(beta1).add(gradient.mul(1 - beta1));
        Tensor square = Tensor.weight(SQUARE + name, dims)
                .mul(beta2)
                .add(gradient.square().mul(1 - beta2));
        Tensor denominator = square.sqrt().mul(Tensor.input(ROOT)).add(epsilon);
        Tensor kept = decayed && decay != 0 ? weight.mul(Tensor.input(KEEP)) : weight;
        Map<String, Tensor> updates = new LinkedHashMap<>();
        updates.put(MEAN + name, mean);
        updates.put(SQUARE + name, square);
        updates.put(name, kept.sub(mean.mul(Tensor.input(RATE)).div(denominator)));
        return updates;
    }

    @Override
    public Map<String, HostTensor> inputs(long step, double rate) {
        Map<String, HostTensor> inputs = new LinkedHashMap<>();
        if (decay != 0) {
            inputs.put(KEEP, HostTensor.scalar((float) (1 - rate * decay)));
        }
        inputs.put(RATE, HostTensor.scalar((float) (rate / (1 - Math.pow(beta1, (double) step)))));
        inputs.put(ROOT, HostTensor.scalar((float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step)))));
        return inputs;
    }

    @Override
    public Map<String, HostTensor> initialState(Tensor weight) {
        String name = Optimizer.nameOf(weight);
        Map<String, HostTensor> state = new LinkedHashMap<>();
        state.put(MEAN + name, HostTensor.zeros(weight.shape()));
        state.put(SQUARE + name, HostTensor.zeros(weight.shape()));
        return state;
    }
}
