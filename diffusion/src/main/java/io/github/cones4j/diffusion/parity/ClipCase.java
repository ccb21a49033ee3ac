package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.clip.ClipModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.ClipConfig;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A CLIP pair: both encoders, the contrastive loss and the gradients of all its parameters. */
final class ClipCase {
    private static final String GRAD = "grad.";

    private ClipCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        Params params = Params.root();
        ClipModel model = new ClipModel(params, ClipConfig.read(subject.model().resolve("config.json")));
        HostTensor pixels = file.get("pixel_values");
        HostTensor ids = file.get("ids");
        int batch = ids.shape().dim(0);
        Tensor picture = Tensor.input("pixel_values", pixels.shape().dims());
        Tensor image = model.imageEmbeds(picture);
        Tensor text = model.textEmbeds(Tensor.indices("ids", ids.shape().dims()), Tensor.indices("rows", batch));
        Tensor logits = model.logitsPerImage(image, text);
        Tensor loss = ClipModel.loss(logits);

        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("vision.last_hidden_state", model.vision().apply(picture).lastHiddenState());
        outputs.put("vision.pooler_output", model.imageFeatures(picture)); // transformers 5 gives the projected one
        outputs.put("image_embeds", image);
        outputs.put("text_embeds", text);
        outputs.put("logits_per_image", logits);
        outputs.put("loss", loss.reshape(1));
        List<String> keys = List.copyOf(params.declared().keySet());
        List<Tensor> gradients = Gradients.of(loss, params.all(keys));
        for (int i = 0; i < keys.size(); i++) {
            outputs.put(GRAD + keys.get(i), gradients.get(i));
        }
        try (Weights weights = Safetensors.open(subject.model().resolve("model.safetensors"))) {
            weights.check("CLIP pair", params.specs(), Set.of());
            HostTensor rows = HostTensor.of(model.text().pooledRows(ids.toInts(), batch), batch);
            Map<String, HostTensor> actual =
                    subject.run(outputs, weights, Map.of("pixel_values", pixels, "ids", ids, "rows", rows));
            actual.forEach((key, value) -> {
                if (!key.startsWith(GRAD)) {
                    to.add(key, value, file.get(key), to.tolerances().outputs());
                }
            });
            to.gradients(actual, file.startingWith(GRAD));
        }
    }
}
