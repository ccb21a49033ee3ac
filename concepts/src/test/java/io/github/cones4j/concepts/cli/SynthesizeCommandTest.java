package io.github.cones4j.concepts.cli;

import static io.github.cones4j.concepts.cli.CommandRun.reference;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.model.Doctor;
import io.github.cones4j.weights.model.ModelFolder;
import io.github.cones4j.weights.model.ModelSource;
import io.github.cones4j.weights.model.Published;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SynthesizeCommandTest {
    @TempDir
    private Path folder;

    private static Published micro() {
        ModelSource model = ModelFolder.open(reference("pipelines/micro-sd15"));
        return new Published(
                "micro",
                model.unetConfig(),
                model.vaeConfig(),
                model.textConfig(),
                model.schedulerConfig(),
                "<|endoftext|>");
    }

    @Test
    void syntheticModel_isAWholeModelWhoseWeightsFollowFromTheirNames() throws IOException {
        List<String> progress = new ArrayList<>();
        SyntheticModel model = new SyntheticModel(micro(), "pepper", DType.F32);

        model.write(folder, progress::add);

        assertThat(progress).hasSize(3);
        assertThat(Doctor.examine(folder).error()).isNull();
        ModelFolder written = ModelFolder.open(folder);
        assertThat(written.unetConfig()).isEqualTo(micro().unet());
        assertThat(written.vaeConfig()).isEqualTo(micro().vae());
        assertThat(written.textConfig()).isEqualTo(micro().text());
        assertThat(written.schedulerConfig().root())
                .isEqualTo(micro().scheduler().root());
        try (Weights unet = written.unet();
                Weights vae = written.vae();
                Weights text = written.textEncoder()) {
            unet.check("UNet", model.unet(), Set.of());
            vae.check("autoencoder", model.vae(), Set.of());
            text.check("text encoder", model.textEncoder(), Set.of());
            String key = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";
            HostTensor expected =
                    SyntheticWeights.tensor("pepper", key, unet.get(key).shape());
            assertThat(unet.get(key).toFloats()).isEqualTo(expected.toFloats());
        }
    }

    @Test
    void syntheticModel_of16Bits_holdsTheRoundedWeightsInHalfTheSize() throws IOException {
        SyntheticModel model = new SyntheticModel(micro(), "pepper", DType.F16);

        model.write(folder, line -> {});

        try (Weights unet = ModelFolder.open(folder).unet()) {
            String key = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";
            HostTensor expected = SyntheticWeights.tensor(
                            "pepper", key, unet.get(key).shape())
                    .cast(DType.F16);
            assertThat(unet.get(key).dtype()).isEqualTo(DType.F16);
            assertThat(unet.get(key).toFloats()).isEqualTo(expected.toFloats());
        }
    }

    /** The keys of a file that diffusers and transformers wrote. */
    @Test
    void syntheticModel_hasTheKeysOfAPublishedFile() {
        SyntheticModel model = new SyntheticModel(micro(), "", DType.F32);
        try (Weights unet =
                        Safetensors.open(reference("pipelines/micro-sd15/unet/diffusion_pytorch_model.safetensors"));
                Weights text = Safetensors.open(reference("pipelines/micro-sd15/text_encoder/model.safetensors"))) {
            assertThat(model.unet().keySet()).containsExactlyInAnyOrderElementsOf(unet.keys());
            text.check("text encoder", model.textEncoder(), Set.of("text_model.embeddings.position_ids"));
        }
    }

    @Test
    void fullSize_hasAsManyParametersAsTheOriginals() {
        SyntheticModel first = new SyntheticModel(SynthesizeCommand.Arch.sd15.settings(), "", DType.F32);
        SyntheticModel second = new SyntheticModel(SynthesizeCommand.Arch.sd21.settings(), "", DType.F32);

        // num_parameters() of the models in diffusers and transformers
        assertThat(parameters(first.unet())).isEqualTo(859_520_964);
        assertThat(parameters(first.vae())).isEqualTo(83_653_863);
        assertThat(parameters(first.textEncoder())).isEqualTo(123_060_480);
        assertThat(parameters(second.unet())).isEqualTo(865_910_724);
        assertThat(parameters(second.textEncoder())).isEqualTo(340_387_840);
    }

    private static long parameters(Map<String, Spec> specs) {
        return specs.values().stream().mapToLong(spec -> spec.shape().size()).sum();
    }

    @Test
    void aFolderWithRealWeights_isLeftAlone() throws IOException {
        Path file = Files.createDirectories(folder.resolve("unet")).resolve("diffusion_pytorch_model.safetensors");
        Safetensors.write(file, Map.of("weight", HostTensor.scalar(1)), Map.of("format", "pt"));

        CommandRun run = CommandRun.of("synthesize", "--arch", "sd15", "--out", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .contains(file.toString(), "not synthetic", "name another folder");
        assertThat(Safetensors.header(file).tensors()).containsOnlyKeys("weight");
    }

    @Test
    void anUnknownArchitecture_exitsWithTwoAndNamesThoseThereAre() {
        CommandRun run = CommandRun.of("synthesize", "--arch", "sdxl", "--out", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("sdxl").contains("sd15, sd21");
    }
}
