package io.github.cones4j.concepts.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.concepts.find.PerWeight;
import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.diffusion.pipeline.Branches;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EditTest {
    private static final String KEY = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";

    private final Weights unet = Weights.of(
            "unet", Map.of(KEY, HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3), "other", HostTensor.scalar(7)));

    private static NeuronMask mask(int... indices) {
        return NeuronMask.of(Map.of(KEY, new NeuronMask.Layer(Shape.of(2, 3), IndexSet.of(6, indices))));
    }

    @Test
    void shut_ofTwoMasks_zeroesTheirUnionInTheConditionalBranchOnly() {
        Branches branches = ConceptEdit.shut(mask(0, 2), mask(2, 5)).branches(unet);

        assertThat(branches.conditional().get(KEY).toFloats()).containsExactly(0, 2, 0, 4, 5, 0);
        assertThat(branches.unconditional()).isSameAs(unet);
        assertThat(unet.get(KEY).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void shutInBothBranches_usesTheSameWeightsTwice() {
        Branches branches = new ConceptEdit(List.of(mask(1)), 0, ConceptEdit.Unconditional.SHUT).branches(unet);

        assertThat(branches.same()).isTrue();
        assertThat(branches.unconditional().get(KEY).toFloats()).containsExactly(1, 0, 3, 4, 5, 6);
    }

    @Test
    void scale_multipliesTheNeurons() {
        Branches branches =
                new ConceptEdit(List.of(mask(1, 3)), -0.5f, ConceptEdit.Unconditional.ORIGINAL).branches(unet);

        assertThat(branches.conditional().get(KEY).toFloats()).containsExactly(1, -1, 3, -2, 5, 6);
    }

    @Test
    void edit_withoutMasks_saysSo() {
        assertThatThrownBy(() -> new ConceptEdit(List.of(), 0, ConceptEdit.Unconditional.SHUT))
                .hasMessageContaining("no mask is given");
    }

    @Test
    void tuner_movesTheClusterAlone_asAdamDoes() {
        PerWeight start = PerWeight.of(unet, List.of(KEY));
        PerWeight gradient = start.zeros();
        System.arraycopy(new float[] {1, -2, 0.5f, 3, 4, -5}, 0, gradient.values(KEY), 0, 6);
        Tuner tuner = new Tuner(start, mask(1, 3), 0.1);

        tuner.accept(gradient);
        tuner.accept(gradient);

        // with a constant gradient every step of Adam is the learning rate times its sign
        assertThat(tuner.weights().values(KEY)[1]).isCloseTo(2.2f, within(1e-5f));
        assertThat(tuner.weights().values(KEY)[3]).isCloseTo(3.8f, within(1e-5f));
        assertThat(tuner.weights().values(KEY)).contains(new float[] {1, 3, 5, 6});
        assertThat(start.values(KEY)).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(tuner.steps()).isEqualTo(2);
    }
}
