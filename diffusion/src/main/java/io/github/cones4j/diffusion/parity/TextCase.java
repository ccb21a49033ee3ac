package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The text encoder: ids to hidden states, and the gradient of the token embedding. */
final class TextCase {
    private TextCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        Params params = Params.root();
        ClipTextModel model = new ClipTextModel(params, subject.source().textConfig());
        try (Weights weights = subject.source().textEncoder()) {
            weights.check("text encoder", params.specs(), Set.of());
            if (file.has("ids")) {
                encode(subject, file, to, "", model, weights);
            }
            for (int n = 0; n < file.count("ids"); n++) {
                encode(subject, file, to, n + ".", model, weights);
            }
            if (file.has("tokgrad.grad")) {
                tokenGradient(subject, file, to, params, model, weights);
            }
        }
    }

    private static void encode(
            Subject subject, CaseFile file, Comparisons to, String prefix, ClipTextModel model, Weights weights) {
        HostTensor ids = file.get(prefix + "ids");
        int batch = ids.shape().dim(0);
        ClipTextModel.Encoding encoding =
                model.apply(Tensor.indices("ids", ids.shape().dims()));
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put(prefix + "last_hidden_state", encoding.lastHiddenState());
        outputs.put(prefix + "pooler_output", encoding.pooled(Tensor.indices("rows", batch)));
        if (file.has(prefix + "clip_skip1")) {
            outputs.put(prefix + "clip_skip1", model.clipSkip(encoding, 1));
        }
        for (int i = 0; file.has(prefix + "hidden." + i); i++) {
            outputs.put(prefix + "hidden." + i, encoding.hiddenStates().get(i));
        }
        HostTensor rows = HostTensor.of(model.pooledRows(ids.toInts(), batch), batch);
        subject.run(outputs, weights, Map.of("ids", ids, "rows", rows))
                .forEach((key, value) ->
                        to.add(key, value, file.get(key), to.tolerances().outputs()));
    }

    private static void tokenGradient(
            Subject subject, CaseFile file, Comparisons to, Params params, ClipTextModel model, Weights weights) {
        HostTensor ids = file.get("0.ids");
        HostTensor rows = file.get("tokgrad.rows");
        HostTensor w = file.get("tokgrad.w");
        Tensor last = model.apply(Tensor.indices("ids", ids.shape().dims())).lastHiddenState();
        Tensor loss = last.mul(Tensor.input("w", w.shape().dims())).sum();
        Tensor gradient = Gradients.of(loss, params.all(List.of("text_model.embeddings.token_embedding.weight")))
                .getFirst()
                .gather(Tensor.indices("rows", rows.shape().dims()));
        Map<String, HostTensor> found =
                subject.run(Map.of("tokgrad.grad", gradient), weights, Map.of("ids", ids, "rows", rows, "w", w));
        to.gradients(found, file.startingWith("tokgrad.grad"));
    }
}
