package io.github.cones4j.weights.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.runs.Checkpoints;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
    @TempDir
    Path temp;

    private static void expect(Path path, String what) {
        Diagnosis diagnosis = Doctor.examine(path);
        assertThat(diagnosis.error()).isNull();
        assertThat(diagnosis.ok()).isTrue();
        assertThat(diagnosis.what()).isEqualTo(what);
    }

    private static void expectError(Path path, String error) {
        Diagnosis diagnosis = Doctor.examine(path);
        assertThat(diagnosis.ok()).isFalse();
        assertThat(diagnosis.error()).startsWith(path.toString()).contains(error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pipelines/micro-sd15 | a model in the diffusers layout: channels [8, 8, 16, 16], text width 16,"
                        + " 64x64 pixels, epsilon prediction",
                "pipelines/micro-sd21 | a model in the diffusers layout: channels [8, 8, 16, 16], text width 16,"
                        + " 64x64 pixels, v prediction",
                "pipelines/micro-sd15-ldm.safetensors | a single-file checkpoint of a Stable Diffusion of no published"
                        + " shape: 961 tensors, 0.9 MB, F32, I64",
                "pipelines/micro-sd15/unet | a config of the class UNet2DConditionModel with its weights: 684 tensors, 0.6 MB, F32",
                "pipelines/micro-sd15/unet/config.json | a config of the class UNet2DConditionModel",
                "pipelines/micro-sd15/vae/config.json | a config of the class AutoencoderKL",
                "pipelines/micro-sd15/unet/diffusion_pytorch_model.safetensors | the weights of a UNet (diffusers):"
                        + " 684 tensors, 0.6 MB, F32",
                "pipelines/micro-sd15/vae/diffusion_pytorch_model.safetensors | the weights of an autoencoder (diffusers):"
                        + " 240 tensors, 0.1 MB, F32",
                "pipelines/micro-sd15/text_encoder/model.safetensors | the weights of a CLIP text encoder:"
                        + " 37 tensors, 0.1 MB, F32, I64",
                "micro-clip | a config of the class clip with its weights: 78 tensors, 0.1 MB, F32",
                "micro-clip/model.safetensors | the weights of a CLIP: 78 tensors, 0.1 MB, F32",
            })
    void examine_ofAGoodFileOrFolder_saysWhatItIs(String path, String what) {
        expect(TestFiles.reference(path), what);
    }

    @Test
    void examine_ofASingleFileOfNoPublishedShape_notesWhatItNeeds() {
        assertThat(Doctor.examine(TestFiles.reference("pipelines/micro-sd15-ldm.safetensors"))
                        .notes())
                .singleElement()
                .asString()
                .contains("conv_in.weight should be [320,4,3,3], is [8,4,3,3]")
                .contains("--config DIR");
    }

    @Test
    void examine_ofFilesOfCones4J_saysWhichKind() throws IOException {
        Path concept = temp.resolve("cat.concept.safetensors");
        Safetensors.write(concept, Map.of("m", HostTensor.scalar(1)), Map.of("cones4j.format", "concept 1"));
        expect(concept, "a concept file: 1 tensors, 0.0 MB, F32");
        Path run = new Checkpoints(temp, "unet", 1).write(12, Map.of("w", HostTensor.scalar(1)), Map.of());
        expect(run, "a checkpoint of a training run (unet, step 12): 1 tensors, 0.0 MB, F32");
    }

    @Test
    void examine_ofAnIndex_saysSo() throws IOException {
        Safetensors.write(temp.resolve("a.safetensors"), Map.of("w", HostTensor.scalar(1)), Map.of());
        Path index = Files.writeString(
                temp.resolve("m.safetensors.index.json"), "{\"weight_map\":{\"w\":\"a.safetensors\"}}");
        expect(index, "a safetensors file in several files: 1 tensors, 0.0 MB, F32");
    }

    @Test
    void examine_ofABadFile_givesTheOneError() throws IOException {
        expectError(temp.resolve("none"), "no such file");
        expectError(temp, "not a model in the diffusers layout");
        expectError(
                Files.writeString(temp.resolve("a.ckpt"), "PK\3\4 archive/data.pkl"), "a PyTorch checkpoint (pickle");
        expectError(Files.writeString(temp.resolve("b.json"), "{"), "not strict JSON");
        Path lora = temp.resolve("lora.safetensors");
        Safetensors.write(lora, Map.of("lora_unet_x.lora_up.weight", HostTensor.scalar(1)), Map.of());
        expectError(lora, "a LoRA");
        Path config = Files.writeString(
                temp.resolve("config.json"),
                "{\"_class_name\":\"UNet2DConditionModel\",\"class_embed_type\":\"identity\"}");
        expectError(config, "class_embed_type is \"identity\"");
    }

    @Test
    void examine_ofAModelWithoutWeights_namesTheFolder() throws IOException {
        Path source = TestFiles.reference("pipelines/micro-sd15");
        for (String file : new String[] {
            "model_index.json",
            "unet/config.json",
            "vae/config.json",
            "text_encoder/config.json",
            "scheduler/scheduler_config.json",
            "tokenizer/vocab.json",
            "tokenizer/merges.txt"
        }) {
            Path target = temp.resolve(file);
            Files.createDirectories(target.getParent());
            Files.copy(source.resolve(file), target);
        }
        Diagnosis diagnosis = Doctor.examine(temp);
        assertThat(diagnosis.error()).startsWith(temp.resolve("unet") + ": no weights");
    }
}
