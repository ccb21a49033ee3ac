package io.github.cones4j.diffusion.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
import io.github.cones4j.weights.config.UNetConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNet2DConditionModelTest {
    private static final double FLOAT32 = 2e-6; // PyTorch's own float32 error here is about 7e-7

    private final Params params = Params.root();

    private static UNetConfig config(String model) {
        return UNetConfig.read(Reference.path("pipelines/" + model + "/unet/config.json"));
    }

    private static Weights weights(String model) {
        return Reference.open("pipelines/" + model + "/unet/diffusion_pytorch_model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"micro-sd15", "micro-sd21"})
    void keys_areThoseOfTheFile(String model) {
        new UNet2DConditionModel(params, config(model));

        weights(model).check("unet", params.specs(), Set.of());
    }

    @ParameterizedTest
    @CsvSource({
        "micro-sd15, 0", "micro-sd15, 1", "micro-sd15, 2", "micro-sd15, 3", "micro-sd15, 4", "micro-sd15, 5",
        "micro-sd21, 0", "micro-sd21, 1", "micro-sd21, 2", "micro-sd21, 3", "micro-sd21, 4", "micro-sd21, 5"
    })
    void result_isPyTorchs(String model, int n) {
        Weights stored = Reference.open("cases/" + model + "/unet.safetensors");
        HostTensor x = stored.get(n + ".x");
        HostTensor emb = stored.get(n + ".emb");
        int batch = x.shape().dim(0);
        float[] t = new float[batch];
        java.util.Arrays.fill(t, stored.get(n + ".t").toFloats()[0]);
        Tensor y = new UNet2DConditionModel(params, config(model))
                .apply(
                        Tensor.input("x", x.shape().dims()),
                        Tensor.input("t", batch),
                        Tensor.input("emb", emb.shape().dims()));

        HostTensor actual;
        try (ReferenceDevice device = new ReferenceDevice()) {
            actual = device.eval(y, Map.of("x", x, "t", HostTensor.of(t, batch), "emb", emb), weights(model));
        }

        assertThat(Reference.error(actual, stored.get(n + ".y"))).isLessThan(FLOAT32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"KEPT", "RECOMPUTED"})
    void gradients_arePyTorchs_whateverIsKept(Activations activations) {
        Weights stored = Reference.open("cases/micro-sd15/grad_kv.safetensors");
        Tensor x = Tensor.input("x_t", 2, 4, 8, 8);
        Tensor emb = Tensor.input("emb", 2, 77, 16);
        Tensor pred =
                new UNet2DConditionModel(params, config("micro-sd15"), activations).apply(x, Tensor.input("t", 2), emb);
        Tensor loss =
                pred.sub(Tensor.input("target", 2, 4, 8, 8)).square().mean().reshape(1);
        Map<String, Tensor> wanted = new LinkedHashMap<>(Map.of("dx", x, "demb", emb));
        params.declared().forEach((key, weight) -> {
            if (key.contains("attn2.to_k") || key.contains("attn2.to_v")) {
                wanted.put("grad." + key, weight);
            }
        });
        List<Tensor> gradients = Gradients.of(loss, List.copyOf(wanted.values()));
        Map<String, Tensor> outputs = new LinkedHashMap<>(Map.of("loss", loss));
        List<String> names = List.copyOf(wanted.keySet());
        for (int i = 0; i < names.size(); i++) {
            outputs.put(names.get(i), gradients.get(i));
        }

        Map<String, Double> errors = new TreeMap<>();
        try (ReferenceDevice device = new ReferenceDevice();
                Executable executable = device.compile(Program.of(outputs), weights("micro-sd15"))) {
            Map<String, HostTensor> inputs = new LinkedHashMap<>();
            List.of("x_t", "t", "emb", "target").forEach(name -> inputs.put(name, stored.get(name)));
            executable
                    .run(inputs)
                    .tensors()
                    .forEach((name, value) -> errors.put(name, Reference.error(value, stored.get(name))));
        }

        // PyTorch's own float32 error of these gradients is about 5e-6
        assertThat(errors)
                .hasSize(35)
                .allSatisfy((name, error) -> assertThat(error).as(name).isLessThan(2e-5));
    }

    @Test
    void attentionMaps_areProbabilitiesThatExplainTheResult() {
        Tensor y = new UNet2DConditionModel(params, config("micro-sd21"))
                .apply(Tensor.input("x", 1, 4, 8, 8), Tensor.input("t", 1), Tensor.input("emb", 1, 77, 16));
        Map<String, Tensor> maps = AttentionMaps.of(y, path -> path.endsWith("attn2"));
        Tensor map = List.copyOf(maps.values()).get(7);
        Weights stored = Reference.open("cases/micro-sd21/unet.safetensors");

        HostTensor sums;
        try (ReferenceDevice device = new ReferenceDevice()) {
            sums = device.eval(
                    map.sum(-1),
                    Map.of("x", stored.get("0.x"), "t", stored.get("0.t"), "emb", stored.get("0.emb")),
                    weights("micro-sd21"));
        }

        assertThat(maps).hasSize(16).containsKey("up_blocks.1.attentions.0.transformer_blocks.0.attn2");
        assertThat(map.shape().dims()).containsExactly(1, 4, 4, 77);
        assertThat(sums.toDoubles()).containsOnly(new double[] {1}, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"KEPT", "RECOMPUTED"})
    void attentionMaps_haveAGradientWithRespectToTheLatents(Activations activations) {
        Tensor x = Tensor.input("x", 1, 4, 8, 8);
        Tensor y = new UNet2DConditionModel(params, config("micro-sd15"), activations)
                .apply(x, Tensor.input("t", 1), Tensor.input("emb", 1, 77, 16));
        Tensor map = AttentionMaps.of(y, path -> path.startsWith("up_blocks.1.attentions.0") && path.endsWith("attn2"))
                .values()
                .iterator()
                .next();
        Tensor attended = map.slice(3, 2, 3).max(); // how much the third word is looked at, as in Attend-and-Excite
        Tensor gradient = Gradients.of(attended, List.of(x)).getFirst();
        Weights stored = Reference.open("cases/micro-sd15/unet.safetensors");
        Map<String, HostTensor> inputs =
                new LinkedHashMap<>(Map.of("x", stored.get("0.x"), "t", stored.get("0.t"), "emb", stored.get("0.emb")));

        try (ReferenceDevice device = new ReferenceDevice();
                Weights weights = weights("micro-sd15");
                Executable value = device.compile(Program.of(attended), weights)) {
            double[] slope = device.eval(gradient, inputs, weights).toDoubles();
            double step = 1e-5;
            double[] there = stored.get("0.x").toDoubles();
            double[] back = there.clone();
            double expected = 0;
            for (int i = 0; i < there.length; i++) {
                double direction = Math.sin(i);
                there[i] += step * direction;
                back[i] -= step * direction;
                expected += slope[i] * direction;
            }
            inputs.put("x", HostTensor.of(there, 1, 4, 8, 8));
            double above = value.run(inputs).scalar("out");
            inputs.put("x", HostTensor.of(back, 1, 4, 8, 8));
            double below = value.run(inputs).scalar("out");

            assertThat(Math.abs(expected)).isGreaterThan(1e-4);
            // central difference in double: error of the order of step^2
            assertThat((above - below) / (2 * step)).isCloseTo(expected, within(1e-6 * Math.abs(expected)));
        }
    }

    @Test
    void segments_areNamedLikeTheKeys() {
        Tensor y = new UNet2DConditionModel(params, config("micro-sd15"))
                .apply(Tensor.input("x", 1, 4, 8, 8), Tensor.input("t", 1), Tensor.input("emb", 1, 77, 16));

        for (Tensor node : Program.topological(List.of(y))) {
            String path = String.valueOf(node.segment());
            for (Tensor input : node.inputs()) {
                if (params.declared().containsValue(input)) {
                    assertThat(input.toString()).contains("weight " + path + ".");
                }
            }
        }
        assertThat(y.segment()).hasToString("conv_out");
    }

    @Test
    void timestep_ofAnotherBatch_namesBothShapes() {
        UNet2DConditionModel model = new UNet2DConditionModel(params, config("micro-sd15"));

        assertThatThrownBy(() -> model.apply(
                        Tensor.input("x", 2, 4, 8, 8), Tensor.input("t", 1), Tensor.input("emb", 2, 77, 16)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("timestep[1]")
                .hasMessageContaining("sample[2,4,8,8]");
    }

    @Test
    void context_ofAnotherWidth_namesTheLayer() {
        UNet2DConditionModel model = new UNet2DConditionModel(params, config("micro-sd15"));

        assertThatThrownBy(() -> model.apply(
                        Tensor.input("x", 1, 4, 8, 8), Tensor.input("t", 1), Tensor.input("emb", 1, 77, 24)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("at down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k");
    }
}
