package io.github.cones4j.diffusion.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.reference.ReferenceDevice;
import io.github.cones4j.weights.config.ClipConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClipModelTest {
    private final Params params = Params.root();
    private final ClipModel model =
            new ClipModel(params, ClipConfig.read(Reference.path("cases/micro-clip/config.json")));

    @Test
    void embeddingsLossAndAllGradients_arePyTorchs() {
        Weights stored = Reference.open("cases/micro-clip/clip.safetensors");
        Weights weights = Reference.open("cases/micro-clip/model.safetensors");
        weights.check("clip", params.specs(), Set.of());
        Tensor pixels = Tensor.input("pixel_values", 3, 3, 32, 32);
        Tensor image = model.imageEmbeds(pixels);
        Tensor text = model.textEmbeds(Tensor.indices("ids", 3, 77), Tensor.indices("rows", 3));
        Tensor logits = model.logitsPerImage(image, text);
        Tensor loss = ClipModel.loss(logits);
        Map<String, Tensor> outputs = new LinkedHashMap<>(Map.of(
                "vision.last_hidden_state",
                model.vision().apply(pixels).lastHiddenState(),
                "vision.pooler_output",
                model.imageFeatures(pixels), // transformers 5 gives the projected one
                "image_embeds",
                image,
                "text_embeds",
                text,
                "logits_per_image",
                logits,
                "loss",
                loss.reshape(1)));
        List<String> keys = List.copyOf(params.declared().keySet());
        List<Tensor> gradients = Gradients.of(loss, params.all(keys));
        for (int i = 0; i < keys.size(); i++) {
            outputs.put("grad." + keys.get(i), gradients.get(i));
        }

        Map<String, Double> errors = new TreeMap<>();
        try (ReferenceDevice device = new ReferenceDevice();
                Executable executable = device.compile(Program.of(outputs), weights)) {
            HostTensor ids = stored.get("ids");
            HostTensor rows = HostTensor.of(model.text().pooledRows(ids.toInts(), 3), 3);
            executable
                    .run(Map.of("pixel_values", stored.get("pixel_values"), "ids", ids, "rows", rows))
                    .tensors()
                    .forEach((key, value) -> errors.put(key, Reference.error(value, stored.get(key))));
        }

        errors.keySet().removeIf(key -> key.endsWith("k_proj.bias")); // zero in exact arithmetic: rounding noise there
        assertThat(errors)
                .hasSize(outputs.size() - 4)
                .allSatisfy((key, error) -> assertThat(error)
                        .as(key)
                        .isLessThan(
                                2e-5)); // gradients are sums of both signs; PyTorch's float32 error reaches 1e-5 there
    }

    @Test
    void loss_ofCertainPairs_isZero() {
        Tensor logits = Tensor.constant(new double[] {100, 0, 0, 100}, 2, 2);

        try (ReferenceDevice device = new ReferenceDevice()) {
            assertThat(device.eval(ClipModel.loss(logits)).get(0)).isEqualTo(0);
        }
    }

    @Test
    void loss_ofUnequalNumbers_namesTheShape() {
        Tensor logits = Tensor.input("logits", 2, 3);

        assertThatThrownBy(() -> ClipModel.loss(logits))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("logits[2,3]");
    }
}
