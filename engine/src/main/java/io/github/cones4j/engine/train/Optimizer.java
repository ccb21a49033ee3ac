package io.github.cones4j.engine.train;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Tensor;
import java.util.Map;

/** A rule that turns gradients into new weights, as nodes of the program. */
public sealed interface Optimizer permits AdamW, Sgd {
    /**
     * The new value of one weight and of the states the rule keeps for it, by name.
     *
     * @param weight a weight leaf
     * @param gradient the gradient of the loss, of its shape
     * @param decayed whether weight decay applies (usually not to biases, norm gains and embeddings)
     */
    Map<String, Tensor> updates(Tensor weight, Tensor gradient, boolean decayed);

    /**
     * What the rule needs to be given in a run.
     *
     * @param step number of the step, from 1
     * @param rate learning rate
     */
    Map<String, HostTensor> inputs(long step, double rate);

    /** The states of a weight before the first step, by name. */
    Map<String, HostTensor> initialState(Tensor weight);

    /**
     * The name of a weight leaf.
     *
     * @throws IllegalArgumentException if the tensor is none
     */
    static String nameOf(Tensor weight) {
        if (weight.op() instanceof Leaf.Weight(String name, var spec)) {
            return name;
        }
        throw new IllegalArgumentException("not a weight: " + weight);
    }
}
