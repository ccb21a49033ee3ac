package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;

class LanesTest {

    @Test
    void width_isTheOneAskedForOrTheMachines() {
        int machine = Math.min(512, VectorShape.preferredShape().vectorBitSize());
        assertThat(Lanes.N * Float.SIZE).isEqualTo(Integer.getInteger("cones4j.vectorBits", machine));
    }

    @Test
    void sum_addsByHalves() {
        float[] x = new float[Lanes.N];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.sqrt(i + 2);
        }
        float[] tree = x.clone();
        for (int half = Lanes.N / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                tree[i] += tree[i + half];
            }
        }
        assertThat(Lanes.sum(FloatVector.fromArray(Lanes.FLOAT, x, 0))).isEqualTo(tree[0]);
    }
}
