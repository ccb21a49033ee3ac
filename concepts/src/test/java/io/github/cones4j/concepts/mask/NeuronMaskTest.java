package io.github.cones4j.concepts.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class NeuronMaskTest {
    private static final NeuronMask A = NeuronMask.of(Map.of("k", layer(1, 2, 3), "v", layer(0)));
    private static final NeuronMask B = NeuronMask.of(Map.of("k", layer(3, 4), "w", layer(5)));

    @Test
    void algebra_treatsALayerThatOneMaskLacksAsEmpty() {
        assertThat(A.union(B)).isEqualTo(NeuronMask.of(Map.of("k", layer(1, 2, 3, 4), "v", layer(0), "w", layer(5))));
        assertThat(A.intersection(B)).isEqualTo(NeuronMask.of(Map.of("k", layer(3), "v", layer(), "w", layer())));
        assertThat(A.difference(B)).isEqualTo(NeuronMask.of(Map.of("k", layer(1, 2), "v", layer(0), "w", layer())));
        assertThat(A.complement()).isEqualTo(NeuronMask.of(Map.of("k", layer(0, 4, 5), "v", layer(1, 2, 3, 4, 5))));
        assertThat(NeuronMask.union(List.of(A, B, A))).isEqualTo(A.union(B)).hasSameHashCodeAs(A.union(B));
    }

    @Test
    void measures_countNeuronsOverAllLayers() {
        assertThat(A.size()).isEqualTo(4);
        assertThat(A.searched()).isEqualTo(12);
        assertThat(A.density()).isEqualTo(4.0 / 12);
        assertThat(A.overlap(B)).isEqualTo(1);
        assertThat(A.jaccard(B)).isEqualTo(1.0 / 6);
        assertThat(A.jaccard(A)).isEqualTo(1);
        assertThat(A).hasToString("4 of 12 weights in 2 layers");
    }

    @Test
    void measures_ofAnEmptyMask_areDefined() {
        NeuronMask none = NeuronMask.of(Map.of());
        assertThat(none.density()).isZero();
        assertThat(none.jaccard(none)).isEqualTo(1);
        assertThat(none.jaccard(A)).isZero();
    }

    @Test
    void neurons_ofALayerThatWasNotSearched_namesTheLayersThatWere() {
        assertThatThrownBy(() -> A.neurons("w")).hasMessage("the mask does not cover w, but [k, v]");
    }

    @Test
    void algebra_ofMasksOfDifferentModels_namesTheLayerAndBothShapes() {
        NeuronMask other = NeuronMask.of(Map.of("k", new NeuronMask.Layer(Shape.of(3, 2), IndexSet.empty(6))));
        assertThatThrownBy(() -> A.union(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("union of masks: k is [2,3] in one and [3,2] in the other;"
                        + " masks of different models cannot be combined");
        assertThatThrownBy(() -> A.jaccard(other)).hasMessageContaining("[2,3] in one and [3,2]");
    }

    @Test
    void layer_whoseIndexSetIsOfAnotherSize_isRefused() {
        assertThatThrownBy(() -> new NeuronMask.Layer(Shape.of(2, 3), IndexSet.empty(5)))
                .hasMessage("a weight of shape [2,3] has 6 elements, but the index set is over 5");
    }

    @Test
    void randomLike_hasTheSameSizeInEveryLayer_andDiffersBetweenLayers() {
        NeuronMask mask = NeuronMask.of(Map.of(
                "k", new NeuronMask.Layer(Shape.of(1000), IndexSet.random(1000, 100, 1)),
                "v", new NeuronMask.Layer(Shape.of(1000), IndexSet.random(1000, 100, 2)),
                "w", new NeuronMask.Layer(Shape.of(50), IndexSet.empty(50))));
        NeuronMask random = mask.randomLike(9);
        mask.layers()
                .forEach((name, layer) -> assertThat(random.neurons(name).size())
                        .isEqualTo(layer.neurons().size()));
        assertThat(random).isEqualTo(mask.randomLike(9)).isNotEqualTo(mask.randomLike(10));
        assertThat(random.neurons("k")).isNotEqualTo(random.neurons("v"));
        // two random tenths share a hundredth: Jaccard 1 / 19 = 0.053, standard deviation about 0.016
        assertThat(random.jaccard(mask)).isCloseTo(0.053, within(0.065));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "F16", "BF16", "F64"})
    void shut_zeroesTheNeuronsAndLeavesTheBaseAlone(DType dtype) {
        HostTensor k = HostTensor.of(new double[] {1.5, -2, Double.NEGATIVE_INFINITY, 0.25, 1, 3}, 2, 3)
                .cast(dtype);
        HostTensor v = HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 6);
        Weights base = Weights.of("base", Map.of("k", k, "v", v));
        NeuronMask mask =
                NeuronMask.of(Map.of("k", layer(1, 2, 5), "v", new NeuronMask.Layer(Shape.of(6), IndexSet.empty(6))));

        Weights shut = mask.shut(base);
        assertThat(shut.get("k").dtype()).isEqualTo(dtype);
        assertThat(shut.get("k").toDoubles()).containsExactly(1.5, 0, 0, 0.25, 1, 0);
        assertThat(shut.get("v")).isSameAs(v);
        assertThat(base.get("k").toDoubles()).containsExactly(1.5, -2, Double.NEGATIVE_INFINITY, 0.25, 1, 3);
        assertThat(shut.name()).isEqualTo("base with 3 neurons times 0.0");
    }

    @Test
    void scale_multipliesTheNeurons() {
        Weights base = Weights.of("base", Map.of("k", HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)));
        NeuronMask mask = NeuronMask.of(Map.of("k", layer(0, 4)));
        assertThat(mask.scale(base, -0.5f).get("k").toFloats()).containsExactly(-0.5f, 2, 3, 4, -2.5f, 6);
        assertThat(mask.scale(base, 1).get("k").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void shut_ofOtherWeights_listsEveryFault() {
        Weights other =
                Weights.of("other", Map.of("k", HostTensor.of(new float[6], 6), "v", HostTensor.of(new int[6], 2, 3)));
        NeuronMask mask = NeuronMask.of(Map.of("k", layer(1), "v", layer(1), "w", layer(1)));
        assertThatThrownBy(() -> mask.shut(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("""
                        the mask does not fit other, 3 of 3 weights (was it found in another model?):
                          wrong shape k: mask [2,3], weights [6]
                          wrong type  v: i32[2,3] is not of floating-point numbers
                          missing     w [2,3]""");
    }

    private static NeuronMask.Layer layer(int... neurons) {
        return new NeuronMask.Layer(Shape.of(2, 3), IndexSet.of(6, neurons));
    }
}
