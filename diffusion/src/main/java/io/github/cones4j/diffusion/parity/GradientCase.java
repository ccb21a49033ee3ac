package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.unet.Activations;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Gradients;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Gradients of mean((unet(x) - target)^2) with respect to weights, prediction, text and input. */
final class GradientCase {
    private static final String GRAD = "grad.";
    private static final long STRIDE = 2654435761L; // of the flat indices at which a full-size case samples a gradient

    private GradientCase() {}

    static void runKeyValue(Subject subject, CaseFile file, Comparisons to) {
        Map<String, HostTensor> expected = file.startingWith(GRAD);
        List.of("dpred", "demb", "dx").forEach(key -> expected.put(key, file.get(key)));
        Map<String, HostTensor> actual = compute(subject, file, Activations.KEPT, key -> file.has(GRAD + key), true);
        for (String key : List.of("pred", "loss")) {
            to.add(key, found(actual, key), file.get(key), to.tolerances().outputs());
        }
        to.gradients(actual, expected);
    }

    static void runAll(Subject subject, CaseFile file, Comparisons to) {
        try (CaseFile inputs = file.sibling("grad_kv")) {
            Map<String, HostTensor> actual =
                    compute(subject, inputs, Activations.RECOMPUTED, key -> file.has(GRAD + key), false);
            to.gradients(actual, file.tensors().tensors());
        }
    }

    /** Full size: every gradient is stored as norm, sum, dot product with its weight, and 64 elements. */
    static void runFull(Subject subject, CaseFile file, Comparisons to) {
        Map<String, HostTensor> inputs =
                UNetCase.inputs(file.get("sample"), file.get("timestep"), file.get("encoder_hidden_states"));
        inputs.put("target", file.get("target"));
        try (Weights weights = subject.source().unet()) {
            Map<String, HostTensor> actual =
                    compute(subject, weights, inputs, Activations.RECOMPUTED, key -> file.has(key + ".norm"), false);
            to.add(
                    "loss",
                    found(actual, "loss").reshape(),
                    file.get("loss"),
                    to.tolerances().outputs());
            actual.forEach((name, gradient) -> {
                if (name.startsWith(GRAD)) {
                    String key = name.substring(GRAD.length());
                    summary(key, gradient, weights.get(key), file, to);
                }
            });
        }
    }

    private static void summary(String key, HostTensor gradient, HostTensor weight, CaseFile file, Comparisons to) {
        double sum = 0;
        double dot = 0;
        for (long i = 0; i < gradient.size(); i++) {
            sum += gradient.get(i);
            dot += gradient.get(i) * weight.get(i);
        }
        float[] at = new float[Math.toIntExact(file.get(key + ".at").size())];
        for (int j = 0; j < at.length; j++) {
            at[j] = (float) gradient.get(j * STRIDE % gradient.size());
        }
        double norm = file.get(key + ".norm").get(0);
        double tolerance = to.tolerances().derived();
        scalar(key + ".norm", Comparisons.norm(gradient), norm, file, to);
        scalar(key + ".sum", sum, norm * Math.sqrt((double) gradient.size()), file, to);
        scalar(key + ".dot", dot, Comparisons.norm(weight) * norm, file, to);
        to.add(key + ".at", HostTensor.of(at, at.length), file.get(key + ".at"), tolerance);
    }

    private static void scalar(String key, double value, double scale, CaseFile file, Comparisons to) {
        HostTensor expected = file.get(key);
        HostTensor actual =
                HostTensor.of(new double[] {value}).reshape(expected.shape().dims());
        to.add(key, actual, expected, scale, to.tolerances().derived());
    }

    private static Map<String, HostTensor> compute(
            Subject subject, CaseFile file, Activations activations, Predicate<String> chosen, boolean ofInputs) {
        Map<String, HostTensor> inputs = UNetCase.inputs(file.get("x_t"), file.get("t"), file.get("emb"));
        inputs.put("target", file.get("target"));
        try (Weights weights = subject.source().unet()) {
            return compute(subject, weights, inputs, activations, chosen, ofInputs);
        }
    }

    /** Prediction, loss and gradients: {@code grad.KEY} of the chosen weights; dpred, demb and dx where asked for. */
    private static Map<String, HostTensor> compute(
            Subject subject,
            Weights weights,
            Map<String, HostTensor> inputs,
            Activations activations,
            Predicate<String> chosen,
            boolean ofInputs) {
        Params params = Params.root();
        UNet2DConditionModel model =
                new UNet2DConditionModel(params, subject.source().unetConfig(), activations);
        int[] shape = found(inputs, "x").shape().dims();
        Tensor x = Tensor.input("x", shape);
        Tensor emb = Tensor.input("emb", found(inputs, "emb").shape().dims());
        Tensor pred = model.apply(x, Tensor.input("t", shape[0]), emb);
        Tensor loss =
                pred.sub(Tensor.input("target", pred.shape().dims())).square().mean();

        Map<String, Tensor> wanted = new LinkedHashMap<>();
        params.declared().forEach((key, weight) -> {
            if (chosen.test(key)) {
                wanted.put(GRAD + key, weight);
            }
        });
        if (ofInputs) {
            wanted.putAll(Map.of("dpred", pred, "demb", emb, "dx", x));
        }
        List<String> names = List.copyOf(wanted.keySet());
        List<Tensor> gradients = Gradients.of(loss, List.copyOf(wanted.values()));
        Map<String, Tensor> outputs = new LinkedHashMap<>(Map.of("pred", pred, "loss", loss.reshape(1)));
        for (int i = 0; i < names.size(); i++) {
            outputs.put(names.get(i), gradients.get(i));
        }
        return subject.run(outputs, weights, inputs);
    }

    private static HostTensor found(Map<String, HostTensor> tensors, String name) {
        HostTensor found = tensors.get(name);
        if (found == null) {
            throw new IllegalStateException("not computed: " + name);
        }
        return found;
    }
}
