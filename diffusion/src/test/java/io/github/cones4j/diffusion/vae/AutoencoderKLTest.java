package io.github.cones4j.diffusion.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.ShapeException;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.reference.ReferenceDevice;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoencoderKLTest {
    private static final double FLOAT32 = 2e-6; // PyTorch computes in float32; its error is a few times 2^-24

    private final Params params = Params.root();

    private AutoencoderKL model(String model) {
        return new AutoencoderKL(params, VaeConfig.read(Reference.path("pipelines/" + model + "/vae/config.json")));
    }

    private static Weights weights(String model) {
        return Reference.open("pipelines/" + model + "/vae/diffusion_pytorch_model.safetensors");
    }

    @ParameterizedTest
    @CsvSource({"micro-sd15, 0", "micro-sd15, 1", "micro-sd21, 0", "micro-sd21, 1"})
    void encodeSampleAndDecode_arePyTorchs(String name, int n) {
        Weights stored = Reference.open("cases/" + name + "/vae.safetensors");
        AutoencoderKL model = model(name);
        weights(name).check("vae", params.specs(), Set.of());
        Shape image = stored.get(n + ".image").shape();
        Shape latent = stored.get(n + ".latent_scaled").shape();
        AutoencoderKL.Latent encoded = model.encode(Tensor.input("image", image.dims()));
        Tensor scaled = Tensor.input("latent_scaled", latent.dims());
        Map<String, Tensor> outputs = Map.of(
                "moments", encoded.moments(),
                "mean", encoded.mean(),
                "logvar", encoded.logvar(),
                "sample", encoded.sample(Tensor.input("sample_noise", latent.dims())),
                "decoded", model.decode(model.unscaled(scaled)));

        Map<String, Double> errors = new TreeMap<>();
        try (ReferenceDevice device = new ReferenceDevice();
                Executable executable = device.compile(Program.of(outputs), weights(name))) {
            executable
                    .run(Map.of(
                            "image", stored.get(n + ".image"),
                            "sample_noise", stored.get(n + ".sample_noise"),
                            "latent_scaled", stored.get(n + ".latent_scaled")))
                    .tensors()
                    .forEach((key, value) -> errors.put(key, Reference.error(value, stored.get(n + "." + key))));
        }

        assertThat(errors)
                .hasSize(5)
                .allSatisfy((key, error) -> assertThat(error).as(key).isLessThan(FLOAT32));
    }

    @Test
    void scaled_undoesUnscaled() {
        AutoencoderKL model = model("micro-sd15");
        HostTensor latent = HostTensor.of(new float[] {1, -2, 0.5f, 3}, 1, 4, 1, 1);
        Tensor there = model.scaled(Tensor.input("z", 1, 4, 1, 1));

        try (ReferenceDevice device = new ReferenceDevice()) {
            Map<String, HostTensor> inputs = Map.of("z", latent);
            assertThat(device.eval(there, inputs, Weights.none()).get(0)).isEqualTo(0.18215);
            assertThat(device.eval(model.unscaled(there), inputs, Weights.none())
                            .toFloats())
                    .isEqualTo(latent.toFloats());
        }
    }

    @Test
    void encode_ofAnOddPicture_namesTheFactor() {
        AutoencoderKL model = model("micro-sd15");

        assertThat(model.factor()).isEqualTo(8);
        assertThatThrownBy(() -> model.encode(Tensor.input("image", 1, 3, 64, 60)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("image[1,3,64,60]")
                .hasMessageContaining("multiples of 8");
    }
}
