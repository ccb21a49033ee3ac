package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.train.LearningRate;
import io.github.cones4j.engine.train.TrainingStep;
import java.util.Map;

/** One model's training: what a step computes and what it is given. Everything follows from the seed and the step. */
interface Stage {
    /** A short name, also of its files. */
    String name();

    /** The optimisation step. */
    TrainingStep step();

    /** The trained weights before the first step, by name. */
    Map<String, HostTensor> initialWeights();

    /** Weights that the step reads and does not train, by name. */
    default Map<String, HostTensor> frozenWeights() {
        return Map.of();
    }

    /** The inputs of a step, counted from 1, beside those of the optimiser. */
    Map<String, HostTensor> batch(long step);

    /** How many steps there are. */
    long steps();

    /** The learning rate. */
    LearningRate rate();
}
