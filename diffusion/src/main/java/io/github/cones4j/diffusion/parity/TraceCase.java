package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The result of every block inside the UNet, for the first input of {@code unet}. */
final class TraceCase {
    /** PyTorch counts these dropouts as modules of their own; here they are what comes before them. */
    private static final Map<String, String> DROPOUTS = Map.of(".to_out.1", ".to_out.0", ".net.1", ".net.0");

    private TraceCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        try (Weights weights = subject.source().unet();
                CaseFile unet = file.sibling("unet")) {
            HostTensor x = unet.get("0.x");
            HostTensor emb = unet.get("0.emb");
            UNet2DConditionModel model =
                    new UNet2DConditionModel(Params.root(), subject.source().unetConfig());
            Map<String, Tensor> results = results(UNetCase.trace(model, x, emb));
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            for (String key : file.tensors().keys()) {
                String path = key;
                for (Map.Entry<String, String> dropout : DROPOUTS.entrySet()) {
                    path = path.endsWith(dropout.getKey())
                            ? path.substring(0, path.length() - dropout.getKey().length()) + dropout.getValue()
                            : path;
                }
                Tensor result = results.get(path);
                if (result == null) {
                    throw new IllegalArgumentException(file.path() + ": the model has no block " + key);
                }
                outputs.put(key, result);
            }
            subject.run(outputs, weights, UNetCase.inputs(x, unet.get("0.t"), emb))
                    .forEach((key, value) ->
                            to.add(key, value, file.get(key), to.tolerances().outputs()));
        }
    }

    /** The result of every segment: of all nodes made in it or below it the one furthest from the inputs. */
    private static Map<String, Tensor> results(Tensor y) {
        Map<String, Tensor> results = new LinkedHashMap<>();
        for (Tensor node : Program.topological(List.of(y))) {
            String path = node.segment() == null ? "" : node.segment().path();
            while (!path.isEmpty()) {
                results.merge(path, node, (a, b) -> b.depth() > a.depth() ? b : a);
                path = path.substring(0, Math.max(0, path.lastIndexOf('.')));
            }
        }
        return results;
    }
}
