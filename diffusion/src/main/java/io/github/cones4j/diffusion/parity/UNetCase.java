package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** One evaluation of the UNet. */
final class UNetCase {
    private UNetCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        try (Weights weights = subject.source().unet()) {
            for (int n = 0; n < file.count("x"); n++) {
                HostTensor y = predict(subject, weights, file.get(n + ".x"), file.get(n + ".t"), file.get(n + ".emb"));
                to.add(n + ".y", y, file.get(n + ".y"), to.tolerances().outputs());
            }
        }
    }

    static void runFull(Subject subject, CaseFile file, Comparisons to) {
        try (Weights weights = subject.source().unet()) {
            HostTensor y = predict(
                    subject, weights, file.get("sample"), file.get("timestep"), file.get("encoder_hidden_states"));
            to.add("out64", y, file.get("out64"), to.tolerances().exact());
            to.add("out32", y, file.get("out32"), to.tolerances().outputs());
        }
    }

    private static HostTensor predict(Subject subject, Weights weights, HostTensor x, HostTensor t, HostTensor emb) {
        Params params = Params.root();
        UNet2DConditionModel model =
                new UNet2DConditionModel(params, subject.source().unetConfig());
        weights.check("UNet", params.specs(), Set.of());
        Tensor y = trace(model, x, emb);
        return subject.run(Map.of("y", y), weights, inputs(x, t, emb))
                .values()
                .iterator()
                .next();
    }

    /** The result of a model on inputs x, t and emb of the given shapes. */
    static Tensor trace(UNet2DConditionModel model, HostTensor x, HostTensor emb) {
        return model.apply(
                Tensor.input("x", x.shape().dims()),
                Tensor.input("t", x.shape().dim(0)),
                Tensor.input("emb", emb.shape().dims()));
    }

    /** What {@link #trace} needs; one timestep serves the whole batch. */
    static Map<String, HostTensor> inputs(HostTensor x, HostTensor t, HostTensor emb) {
        int batch = x.shape().dim(0);
        float[] each = t.toFloats();
        if (each.length == 1) {
            float only = each[0];
            each = new float[batch];
            Arrays.fill(each, only);
        }
        return new LinkedHashMap<>(Map.of("x", x, "t", HostTensor.of(each, batch), "emb", emb));
    }
}
