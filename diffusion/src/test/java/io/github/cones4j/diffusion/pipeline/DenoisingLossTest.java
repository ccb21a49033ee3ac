package io.github.cones4j.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.PredictionType;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.engine.reference.ReferenceDevice;
import io.github.cones4j.weights.model.ModelSource;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DenoisingLossTest {
    @ParameterizedTest
    @CsvSource({"micro-sd15, EPSILON", "micro-sd21, V_PREDICTION"})
    void loss_isPyTorchs(String model, PredictionType type) {
        Weights stored = Reference.open("cases/" + model + "/grad_kv.safetensors");
        HostTensor latents = stored.get("latents");
        HostTensor text = stored.get("emb");
        ModelSource source = ModelSource.open(Reference.path("pipelines/" + model), null);
        DenoisingLoss loss = new DenoisingLoss(
                new UNet2DConditionModel(Params.root(), source.unetConfig()), latents.shape(), text.shape());
        NoiseSchedule schedule = NoiseSchedule.of(SchedulerConfig.stableDiffusion(SamplerKind.DDPM));
        Map<String, HostTensor> inputs = DenoisingLoss.inputs(
                schedule,
                type,
                latents,
                stored.get("noise").toFloats(),
                text,
                stored.get("t").toInts());

        try (ReferenceDevice device = new ReferenceDevice();
                Weights weights = source.unet();
                Executable executable = device.compile(
                        Program.of(Map.of("mean", loss.mean(), "each", loss.perSample(), "pred", loss.prediction())),
                        weights)) {
            Executable.Results results = executable.run(inputs);

            double expected = stored.get("loss").get(0);
            // noise and target are rounded to float32, as in PyTorch
            assertThat(results.scalar("mean")).isCloseTo(expected, within(1e-6 * expected));
            assertThat(Arrays.stream(results.get("each").toDoubles()).average().orElseThrow())
                    .isCloseTo(results.scalar("mean"), within(1e-12));
            assertThat(Reference.error(results.get("pred"), stored.get("pred"))).isLessThan(2e-6);
        }
    }
}
