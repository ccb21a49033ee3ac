package io.github.cones4j.weights.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.keys.TextKeys;
import io.github.cones4j.weights.keys.UNetKeys;
import io.github.cones4j.weights.keys.VaeKeys;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.TestFiles;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSourceTest {
    private static final Path SD15 = TestFiles.reference("pipelines/micro-sd15");
    private static final Path LDM = TestFiles.reference("pipelines/micro-sd15-ldm.safetensors");

    @TempDir
    Path temp;

    private Path copy(Path folder) throws IOException {
        Path target = temp.resolve("model");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(folder.relativize(file).toString()));
            }
        }
        return target;
    }

    private static void expect(String message, Path path, Runnable action) {
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(action::run)
                .withMessageStartingWith(path.toString())
                .withMessageContaining(message);
    }

    @Test
    void folder_givesSettingsWeightsAndVocabulary() {
        ModelSource model = ModelSource.open(SD15, null);
        assertThat(model.unetConfig().normNumGroups()).isEqualTo(4);
        assertThat(model.vaeConfig().factor()).isEqualTo(8);
        assertThat(model.textConfig().hiddenSize()).isEqualTo(16);
        assertThat(model.schedulerConfig().string("_class_name")).isEqualTo("PNDMScheduler");
        assertThat(model.tokenizer()).isEqualTo(new TokenizerFiles.Folder(SD15.resolve("tokenizer")));
        assertThat(model.notes()).isEmpty();
        try (Weights unet = model.unet();
                Weights vae = model.vae();
                Weights text = model.textEncoder()) {
            assertThat(unet.keys()).hasSize(684);
            assertThat(vae.keys()).hasSize(240);
            assertThat(text.keys()).hasSize(36);
            assertThat(unet.name()).endsWith("diffusion_pytorch_model.safetensors");
        }
    }

    @Test
    void folder_insideAZip_isReadLikeOneOnTheDisk() throws IOException {
        Path zip = temp.resolve("model.zip");
        try (FileSystem inside = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            try (Stream<Path> files = Files.walk(SD15)) {
                for (Path file : files.toList()) {
                    Path target = inside.getPath("/model", SD15.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(target);
                    } else {
                        Files.copy(file, target);
                    }
                }
            }
            ModelSource model = ModelSource.open(inside.getPath("/model"), null);
            assertThat(model.unetConfig())
                    .isEqualTo(ModelSource.open(SD15, null).unetConfig());
            try (Weights zipped = model.vae();
                    Weights plain = ModelSource.open(SD15, null).vae()) {
                assertThat(zipped.get("decoder.conv_out.bias").toFloats())
                        .isEqualTo(plain.get("decoder.conv_out.bias").toFloats());
            }
        }
    }

    @Test
    void folder_withHalfPrecisionShards_findsThem() throws IOException {
        Path model = copy(SD15);
        Path full = model.resolve("vae/diffusion_pytorch_model.safetensors");
        Map<String, HostTensor> first = new LinkedHashMap<>();
        Map<String, HostTensor> second = new LinkedHashMap<>();
        StringBuilder index = new StringBuilder();
        try (Weights vae = Safetensors.open(full)) {
            vae.tensors().forEach((key, tensor) -> {
                boolean encoder = key.startsWith("encoder");
                (encoder ? first : second).put(key, tensor.cast(DType.F16));
                index.append(index.isEmpty() ? "{\"weight_map\":{" : ",")
                        .append("\"%s\":\"%s.safetensors\"".formatted(key, encoder ? "a" : "b"));
            });
        }
        Files.delete(full);
        Safetensors.write(model.resolve("vae/a.safetensors"), first, Map.of());
        Safetensors.write(model.resolve("vae/b.safetensors"), second, Map.of());
        Files.writeString(model.resolve("vae/diffusion_pytorch_model.safetensors.index.fp16.json"), index.append("}}"));
        try (Weights vae = ModelSource.open(model, null).vae()) {
            assertThat(vae.keys()).hasSize(240);
            assertThat(vae.get("encoder.conv_in.weight").dtype()).isEqualTo(DType.F16);
        }
    }

    @Test
    void folder_withSomethingMissing_namesIt() throws IOException {
        Path model = copy(SD15);
        Files.delete(model.resolve("tokenizer/merges.txt"));
        Files.delete(model.resolve("unet/config.json"));
        Files.delete(model.resolve("unet/diffusion_pytorch_model.safetensors"));
        Files.move(model.resolve("vae"), temp.resolve("away"));
        ModelSource source = ModelSource.open(model, null);
        expect("merges.txt is missing", model.resolve("tokenizer"), source::tokenizer);
        expect("no such file", model.resolve("unet/config.json"), source::unetConfig);
        expect(
                "no weights: expected diffusion_pytorch_model.safetensors or model.safetensors, found nothing",
                model.resolve("unet"),
                source::unet);
        expect("the folder vae is missing", model, source::vae);
        Files.write(model.resolve("unet/diffusion_pytorch_model.bin"), new byte[] {1});
        expect("only weights as pickle (diffusion_pytorch_model.bin)", model.resolve("unet"), source::unet);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'_class_name':'StableDiffusionXLPipeline','text_encoder_2':['transformers','CLIPTextModelWithProjection']"
                        + " | StableDiffusionXLPipeline has the part text_encoder_2",
                "'_class_name':'FluxPipeline','transformer':['diffusers','FluxTransformer2DModel'] | has the part transformer",
                "'unet':['diffusers','UNetMotionModel'] | unet is of the class UNetMotionModel, Cones4J has UNet2DConditionModel",
                "'vae':['diffusers','AutoencoderTiny'] | vae is of the class AutoencoderTiny",
                "'text_encoder':['transformers','T5EncoderModel'] | text_encoder is of the class T5EncoderModel",
                "'unet':'UNet2DConditionModel' | unet is \"UNet2DConditionModel\", should be a list of library and class",
            })
    void folder_ofAnotherPipeline_isRefused(String fields, String expected) throws IOException {
        Path index = Files.writeString(temp.resolve("model_index.json"), "{" + fields.replace('\'', '"') + "}");
        expect(expected, index, () -> ModelSource.open(temp, null));
    }

    @Test
    void open_ofNothing_saysSo() {
        expect("no such file", temp.resolve("none"), () -> ModelSource.open(temp.resolve("none"), null));
        expect("not a model in the diffusers layout", temp, () -> ModelSource.open(temp, null));
        expect("--config is for single files", SD15, () -> ModelSource.open(SD15, SD15));
        expect("no such folder", temp.resolve("x"), () -> ModelSource.open(LDM, temp.resolve("x")));
    }

    @Test
    void singleFile_withTheSettingsOfAFolder_givesTheSameWeights() {
        ModelSource file = ModelSource.open(LDM, SD15);
        ModelSource folder = ModelSource.open(SD15, null);
        assertThat(file.unetConfig()).isEqualTo(folder.unetConfig());
        assertThat(file.tokenizer()).isEqualTo(folder.tokenizer());
        assertThat(file.notes()).isEmpty();
        for (Map.Entry<Weights, Weights> pair : List.of(
                Map.entry(file.unet(), folder.unet()),
                Map.entry(file.vae(), folder.vae()),
                Map.entry(file.textEncoder(), folder.textEncoder()))) {
            try (Weights found = pair.getKey();
                    Weights expected = pair.getValue()) {
                assertThat(found.keys()).containsExactlyInAnyOrderElementsOf(expected.keys());
                expected.tensors()
                        .forEach((key, tensor) -> assertThat(
                                        found.get(key).data().mismatch(tensor.data()))
                                .as(key)
                                .isEqualTo(-1));
            }
        }
    }

    @Test
    void singleFile_ofNoPublishedShape_asksForAConfig() {
        expect(
                "not of the shape of Stable Diffusion 1.x: unet: conv_in.weight should be [320,4,3,3], is [8,4,3,3]",
                LDM,
                () -> ModelSource.open(LDM, null));
        expect("--config DIR", LDM, () -> ModelSource.open(LDM, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"})
    void singleFile_ofOnePart_saysWhatItHolds(String part) {
        Path file = SD15.resolve(part);
        expect("no tensor is named model.diffusion_model.*; it holds ", file, () -> ModelSource.open(file, null));
    }

    @Test
    void singleFile_ofAnotherModel_namesIt() throws IOException {
        Path file = temp.resolve("x.safetensors");
        for (Map.Entry<String, String> kind : Map.of(
                        "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight", "Stable Diffusion XL",
                        "model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.bias", "Stable Diffusion 3",
                        "lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight", "a LoRA")
                .entrySet()) {
            Safetensors.write(file, Map.of(kind.getKey(), HostTensor.scalar(1)), Map.of());
            expect(kind.getValue(), file, () -> ModelSource.open(file, null));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sd1, '', '', epsilon, 0",
        "sd2, '', '', v_prediction, 1",
        "sd2, modelspec.prediction_type, v, v_prediction, 0",
        "sd2, modelspec.prediction_type, epsilon, epsilon, 0",
        "sd2, modelspec.architecture, stable-diffusion-v2-512, epsilon, 0",
        "sd2, modelspec.architecture, stable-diffusion-v2-768-v, v_prediction, 0",
    })
    void singleFile_ofAPublishedShape_hasItsSettings(
            String kind, String field, String value, String prediction, int notes) throws IOException {
        Published published = kind.equals("sd1") ? Published.sd1() : Published.sd2();
        Path file = temp.resolve("model.safetensors");
        Safetensors.write(file, skeleton(published), field.isEmpty() ? Map.of() : Map.of(field, value));
        ModelSource model = ModelSource.open(file, null);
        assertThat(model.unetConfig().crossAttentionDim())
                .isEqualTo(published.unet().crossAttentionDim());
        assertThat(model.unetConfig().numAttentionHeads())
                .isEqualTo(published.unet().numAttentionHeads());
        assertThat(model.textConfig()).isEqualTo(published.text());
        assertThat(model.schedulerConfig().string("prediction_type")).isEqualTo(prediction);
        assertThat(model.tokenizer()).isEqualTo(new TokenizerFiles.Clip(published.padToken()));
        assertThat(model.notes()).hasSize(notes);
    }

    @Test
    void singleFile_withTensorsOfNoPart_notesThem() throws IOException {
        Path file = temp.resolve("model.safetensors");
        Map<String, HostTensor> tensors = skeleton(Published.sd1());
        tensors.put("model_ema.decay", HostTensor.scalar(1));
        tensors.put("embedding_manager.x", HostTensor.scalar(1));
        Safetensors.write(file, tensors, Map.of());
        assertThat(ModelSource.open(file, null).notes())
                .containsExactly("not used: 1 tensors (embedding_manager.x [])");
    }

    /** The weights by which a published model is recognised, under their original names. */
    private static Map<String, HostTensor> skeleton(Published published) {
        boolean second = published.text().hiddenSize() == 1024;
        int width = published.text().hiddenSize();
        Map<String, HostTensor> unet = new LinkedHashMap<>();
        unet.put("conv_in.weight", zeros(320, 4, 3, 3));
        unet.put("time_embedding.linear_1.weight", zeros(1280, 320));
        unet.put("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", zeros(320, width));
        unet.put("down_blocks.3.resnets.1.conv1.weight", zeros(1280, 1280, 3, 3));
        unet.put("mid_block.resnets.0.conv1.weight", zeros(1280, 1280, 3, 3));
        unet.put("up_blocks.3.resnets.2.conv1.weight", zeros(320, 640, 3, 3));
        unet.put("conv_out.weight", zeros(4, 320, 3, 3));
        Map<String, HostTensor> vae = new LinkedHashMap<>();
        vae.put("encoder.conv_in.weight", zeros(128, 3, 3, 3));
        vae.put("encoder.down_blocks.3.resnets.1.conv1.weight", zeros(512, 512, 3, 3));
        vae.put("decoder.conv_in.weight", zeros(512, 4, 3, 3));
        vae.put("decoder.mid_block.attentions.0.to_q.weight", zeros(512, 512));
        Map<String, HostTensor> text = new LinkedHashMap<>();
        text.put("text_model.embeddings.token_embedding.weight", zeros(49408, width));
        int layer = published.text().numHiddenLayers() - 1;
        text.put("text_model.encoder.layers." + layer + ".mlp.fc1.weight", zeros(4 * width, width));
        Map<String, HostTensor> all = new LinkedHashMap<>(new UNetKeys(published.unet()).toOriginal(unet));
        all.putAll(new VaeKeys(published.vae()).toOriginal(vae));
        all.putAll(second ? TextKeys.toOpenClip(text) : TextKeys.toClip(text));
        return all;
    }

    private static HostTensor zeros(int... dims) {
        Spec spec = new Spec(DType.U8, Shape.of(dims)); // one byte per element keeps the file small
        return new HostTensor(
                spec,
                MemorySegment.ofArray(new byte[Math.toIntExact(spec.shape().size())]));
    }
}
