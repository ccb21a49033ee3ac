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
import io.github.cones4j.weights.config.ClipTextConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClipTextModelTest {
    private static final double FLOAT32 = 2e-6; // PyTorch computes in float32; its error is a few times 2^-24

    private final Params params = Params.root();

    private ClipTextModel model(String model) {
        return new ClipTextModel(
                params, ClipTextConfig.read(Reference.path("pipelines/" + model + "/text_encoder/config.json")));
    }

    private static Weights weights(String model) {
        return Reference.open("pipelines/" + model + "/text_encoder/model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"micro-sd15", "micro-sd21"})
    void keys_areThoseOfTheFile(String name) {
        model(name);

        weights(name).check("text encoder", params.specs(), Set.of("text_model.embeddings.position_ids"));
    }

    @ParameterizedTest
    @CsvSource({"micro-sd15, 0", "micro-sd15, 1", "micro-sd15, 2", "micro-sd15, 3", "micro-sd21, 0", "micro-sd21, 1"})
    void encodings_arePyTorchs(String name, int n) {
        Weights stored = Reference.open("cases/" + name + "/text.safetensors");
        ClipTextModel model = model(name);
        HostTensor ids = stored.get(n + ".ids");
        ClipTextModel.Encoding encoding = model.apply(Tensor.indices("ids", 1, 77));
        Map<String, Tensor> outputs = new LinkedHashMap<>(Map.of(
                n + ".last_hidden_state", encoding.lastHiddenState(),
                n + ".pooler_output", encoding.pooled(Tensor.indices("rows", 1)),
                n + ".clip_skip1", model.clipSkip(encoding, 1)));
        if (n == 0) {
            outputs.put("0.hidden.0", encoding.hiddenStates().get(0));
            outputs.put("0.hidden.1", encoding.hiddenStates().get(1));
            outputs.put("0.hidden.2", encoding.hiddenStates().get(2));
        }

        Map<String, Double> errors = new TreeMap<>();
        try (ReferenceDevice device = new ReferenceDevice();
                Executable executable = device.compile(Program.of(outputs), weights(name))) {
            int[] rows = model.pooledRows(ids.toInts(), 1);
            executable
                    .run(Map.of("ids", ids, "rows", HostTensor.of(rows, 1)))
                    .tensors()
                    .forEach((key, value) -> errors.put(key, Reference.error(value, stored.get(key))));
        }

        assertThat(errors)
                .hasSize(outputs.size())
                .allSatisfy((key, error) -> assertThat(error).as(key).isLessThan(FLOAT32));
    }

    @Test
    void gradientOfTheTokenEmbedding_isPyTorchs() {
        Weights stored = Reference.open("cases/micro-sd15/text.safetensors");
        Tensor last = model("micro-sd15").apply(Tensor.indices("ids", 1, 77)).lastHiddenState();
        Tensor sum = last.mul(Tensor.input("w", 1, 77, 16)).sum();
        List<Tensor> table = params.all(List.of("text_model.embeddings.token_embedding.weight"));
        Tensor rows = Gradients.of(sum, table)
                .getFirst()
                .gather(Tensor.indices(
                        "rows", stored.get("tokgrad.rows").shape().dims()));

        HostTensor actual;
        try (ReferenceDevice device = new ReferenceDevice()) {
            actual = device.eval(
                    rows,
                    Map.of(
                            "ids", stored.get("0.ids"),
                            "w", stored.get("tokgrad.w"),
                            "rows", stored.get("tokgrad.rows")),
                    weights("micro-sd15"));
        }

        assertThat(Reference.error(actual, stored.get("tokgrad.grad"))).isLessThan(FLOAT32);
    }

    @Test
    void pooledRows_withTheOldEndToken_areTheLargestIds() {
        ClipTextModel model = model("micro-sd15"); // eos_token_id 2

        assertThat(model.pooledRows(new int[] {998, 5, 999, 999, 998, 2, 7, 3}, 2))
                .containsExactly(2, 4);
    }

    @Test
    void pooledRows_withAnEndToken_areItsFirstPlaces() {
        ClipTextConfig config = ClipTextConfig.read(Reference.path("cases/micro-clip/config.json")); // eos_token_id 999
        ClipTextModel model = new ClipTextModel(params, config);

        assertThat(model.pooledRows(new int[] {998, 5, 999, 999, 998, 999, 7, 999, 1, 2, 3, 4}, 3))
                .containsExactly(2, 5, 8);
    }

    @Test
    void textOf78Tokens_isRefused() {
        ClipTextModel model = model("micro-sd15");

        assertThatThrownBy(() -> model.apply(Tensor.indices("ids", 1, 78)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("ids[1,78]")
                .hasMessageContaining("77");
    }
}
