package io.github.cones4j.engine.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ParamsTest {

    @Test
    void buildingAModel_collectsItsKeysInOrder() {
        Params root = Params.root();
        Params block = root.at("down_blocks").at(0).at("resnets").at(1);
        new GroupNorm(block.at("norm1"), 2, 4, 1e-5);
        new Conv2d(block.at("conv1"), 4, 8, 3);
        new Linear(block.at("time_emb_proj"), 16, 8, true);
        new Linear(root.at("to_k"), 16, 8, false);
        new LayerNorm(root.at("norm"), 16, 1e-5);
        new Embedding(root.at("token_embedding"), 10, 16);

        assertThat(root.specs())
                .containsExactly(
                        Map.entry("down_blocks.0.resnets.1.norm1.weight", Spec.f32(4)),
                        Map.entry("down_blocks.0.resnets.1.norm1.bias", Spec.f32(4)),
                        Map.entry("down_blocks.0.resnets.1.conv1.weight", Spec.f32(8, 4, 3, 3)),
                        Map.entry("down_blocks.0.resnets.1.conv1.bias", Spec.f32(8)),
                        Map.entry("down_blocks.0.resnets.1.time_emb_proj.weight", Spec.f32(8, 16)),
                        Map.entry("down_blocks.0.resnets.1.time_emb_proj.bias", Spec.f32(8)),
                        Map.entry("to_k.weight", Spec.f32(8, 16)),
                        Map.entry("norm.weight", Spec.f32(16)),
                        Map.entry("norm.bias", Spec.f32(16)),
                        Map.entry("token_embedding.weight", Spec.f32(10, 16)));
        assertThat(block.declared()).isEqualTo(root.declared());
    }

    @Test
    void places_areCalledByTheirPathAndAsTheirModuleCallsThem() {
        Params place = Params.root().at("up_blocks").at(2).at("attentions").at(0);

        assertThat(place.path()).isEqualTo("up_blocks.2.attentions.0");
        assertThat(place.name()).isEqualTo("attentions.0");
        assertThat(place.at("norm").name()).isEqualTo("norm");
        assertThat(Params.root().path()).isEmpty();
    }

    @Test
    void keyAskedForTwice_givesTheSameNode_butNotInAnotherShape() {
        Params p = Params.root().at("proj");

        assertThat(p.tensor("weight", 2, 3)).isSameAs(p.tensor("weight", 2, 3));
        assertThatThrownBy(() -> p.tensor("weight", 3, 2))
                .isInstanceOf(ShapeException.class)
                .hasMessage("parameter proj.weight is f32[2,3] in one place and f32[3,2] in another");
    }

    @Test
    void givenParameters_areInputs() {
        Params root = Params.root(key -> key.endsWith("to_v.weight"));

        assertThat(root.at("to_k").tensor("weight", 2).op()).isInstanceOf(Leaf.Weight.class);
        assertThat(root.at("to_v").tensor("weight", 2).op()).isEqualTo(new Leaf.Input("to_v.weight", Spec.f32(2)));
    }

    @Test
    void parameters_areChosenByConditionOrByKey() {
        Params root = Params.root();
        Tensor k = root.at("to_k").tensor("weight", 2);
        Tensor v = root.at("to_v").tensor("weight", 2);
        Tensor bias = root.at("to_v").tensor("bias", 2);

        assertThat(root.select(key -> key.endsWith("weight"))).containsExactly(k, v);
        assertThat(root.all(List.of("to_v.bias", "to_k.weight"))).containsExactly(bias, k);
        assertThatThrownBy(() -> root.all(Set.of("to_q.weight")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the model has no parameter to_q.weight");
    }

    @Test
    void layers_nameThemselvesInShapeErrors() {
        Params p = Params.root().at("conv_in");
        Conv2d conv = new Conv2d(p, 4, 8, 3, 2, new Padding(0, 0, 1, 1));
        Linear linear = new Linear(Params.root().at("proj"), 6, 2, true);

        assertThat(conv.apply(Tensor.input("x", 1, 4, 8, 6)).shape()).isEqualTo(Shape.of(1, 8, 4, 3));
        assertThat(new Embedding(Params.root().at("e"), 10, 16)
                        .apply(Tensor.indices("ids", 2, 77))
                        .shape())
                .isEqualTo(Shape.of(2, 77, 16));
        assertThatThrownBy(() -> conv.apply(Tensor.input("x", 1, 3, 8, 6))).hasMessageEndingWith("(at conv_in)");
        assertThatThrownBy(() -> linear.apply(Tensor.input("x", 5))).hasMessageEndingWith("(at proj)");
    }
}
