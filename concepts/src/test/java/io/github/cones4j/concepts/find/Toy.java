package io.github.cones4j.concepts.find;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small sets of weights for tests; java.util.Random's numbers are part of its specification. */
final class Toy {
    static final String K = "up.attn2.to_k.weight";
    static final String V = "up.attn2.to_v.weight";

    private Toy() {}

    /** Two layers of the given values, in the order of their names. */
    static PerWeight of(float[] k, float[] v) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put(V, HostTensor.of(v, v.length));
        tensors.put(K, HostTensor.of(k, k.length));
        return PerWeight.of(Weights.of("toy", tensors), List.of(V, K));
    }

    static PerWeight gaussian(int k, int v, Random random) {
        return of(gaussian(k, random), gaussian(v, random));
    }

    static float[] gaussian(int size, Random random) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
