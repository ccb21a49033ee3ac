package io.github.cones4j.weights.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.TestFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
    private static final Path SD15 = TestFiles.reference("pipelines/micro-sd15");
    private static final Path SD21 = TestFiles.reference("pipelines/micro-sd21");
    private static final UNetConfig UNET15 = UNetConfig.read(SD15.resolve("unet/config.json"));
    private static final UNetConfig UNET21 = UNetConfig.read(SD21.resolve("unet/config.json"));
    private static final VaeConfig VAE15 = VaeConfig.read(SD15.resolve("vae/config.json"));
    private static final ClipTextConfig TEXT15 = ClipTextConfig.read(SD15.resolve("text_encoder/config.json"));
    private static final ClipTextConfig TEXT21 = ClipTextConfig.read(SD21.resolve("text_encoder/config.json"));

    private static Weights unet(Path folder) {
        return Safetensors.open(folder.resolve("unet/diffusion_pytorch_model.safetensors"));
    }

    private static Weights vae(Path folder) {
        return Safetensors.open(folder.resolve("vae/diffusion_pytorch_model.safetensors"));
    }

    private static Weights text(Path folder) {
        return Safetensors.open(folder.resolve("text_encoder/model.safetensors"));
    }

    private static HostTensor get(Map<String, HostTensor> tensors, String key) {
        return Objects.requireNonNull(tensors.get(key), key);
    }

    private static void assertSame(Map<String, HostTensor> found, Map<String, HostTensor> expected) {
        assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach((key, tensor) -> {
            assertThat(get(found, key).spec()).as(key).isEqualTo(tensor.spec());
            assertThat(get(found, key).data().mismatch(tensor.data())).as(key).isEqualTo(-1);
        });
    }

    @Test
    void fromOriginal_ofASingleFile_givesEveryTensorOfTheDiffusersFolder() {
        try (Weights file = Safetensors.open(TestFiles.reference("pipelines/micro-sd15-ldm.safetensors"));
                Weights unet = unet(SD15);
                Weights vae = vae(SD15);
                Weights text = text(SD15)) {
            assertSame(new UNetKeys(UNET15).fromOriginal(file.tensors()), unet.tensors());
            assertSame(new VaeKeys(VAE15).fromOriginal(file.tensors()), vae.tensors());
            assertSame(TextKeys.fromOriginal(file.tensors(), TEXT15), TextKeys.canonical(text.tensors()));
        }
    }

    @Test
    void toOriginal_ofTheDiffusersFolder_givesEveryTensorOfTheSingleFile() {
        try (Weights file = Safetensors.open(TestFiles.reference("pipelines/micro-sd15-ldm.safetensors"));
                Weights unet = unet(SD15);
                Weights vae = vae(SD15);
                Weights text = text(SD15)) {
            Map<String, HostTensor> all = new LinkedHashMap<>(new UNetKeys(UNET15).toOriginal(unet.tensors()));
            all.putAll(new VaeKeys(VAE15).toOriginal(vae.tensors()));
            all.putAll(TextKeys.toClip(text.tensors()));
            Map<String, HostTensor> expected = new LinkedHashMap<>(file.tensors());
            expected.remove("cond_stage_model.transformer.text_model.embeddings.position_ids");
            assertSame(all, expected);
        }
    }

    @Test
    void fromOriginal_copiesNothing() {
        try (Weights file = Safetensors.open(TestFiles.reference("pipelines/micro-sd15-ldm.safetensors"))) {
            HostTensor original = file.get("first_stage_model.decoder.mid.attn_1.q.weight");
            HostTensor found =
                    get(new VaeKeys(VAE15).fromOriginal(file.tensors()), "decoder.mid_block.attentions.0.to_q.weight");
            assertThat(original.shape()).isEqualTo(Shape.of(8, 8, 1, 1));
            assertThat(found.shape()).isEqualTo(Shape.of(8, 8));
            assertThat(found.data().address()).isEqualTo(original.data().address());
        }
    }

    @Test
    void unetKeys_withLinearProjection_keepTheMatrix() {
        try (Weights unet = unet(SD21)) {
            Map<String, HostTensor> original = new UNetKeys(UNET21).toOriginal(unet.tensors());
            assertThat(get(original, "model.diffusion_model.input_blocks.1.1.proj_in.weight")
                            .shape())
                    .isEqualTo(Shape.of(8, 8));
            assertSame(new UNetKeys(UNET21).fromOriginal(original), unet.tensors());
            // The same file read with the settings of SD 1.x gives the 1x1 convolution.
            assertThat(get(new UNetKeys(UNET15).fromOriginal(original), "down_blocks.0.attentions.0.proj_in.weight")
                            .shape())
                    .isEqualTo(Shape.of(8, 8, 1, 1));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "model.diffusion_model.input_blocks.12.0.in_layers.0.weight",
        "model.diffusion_model.label_emb.0.0.weight",
        "model.diffusion_model.input_blocks.1.0.extra",
    })
    void fromOriginal_ofAnUnknownWeight_keepsItsNameForTheCheck(String key) {
        Map<String, HostTensor> file = Map.of(key, HostTensor.scalar(1));
        Map<String, HostTensor> found = new UNetKeys(UNET15).fromOriginal(file);
        assertThat(found.keySet()).containsExactly(key);
    }

    @Test
    void toOriginal_ofAnUnknownWeight_namesIt() {
        Map<String, HostTensor> extra = Map.of("down_blocks.4.resnets.0.conv1.weight", HostTensor.scalar(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UNetKeys(UNET15).toOriginal(extra))
                .withMessageContaining("no original name for down_blocks.4.resnets.0.conv1.weight");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VaeKeys(VAE15).toOriginal(extra))
                .withMessageContaining("no original name for down_blocks.4.resnets.0.conv1.weight");
    }

    @Test
    void vaeCanonical_ofTheNamesOf2022_givesTodays() {
        try (Weights vae = vae(SD15)) {
            Map<String, HostTensor> old = new LinkedHashMap<>();
            vae.tensors().forEach((key, tensor) -> {
                String name = !key.contains("mid_block.attentions")
                        ? key
                        : key.replace(".to_q.", ".query.")
                                .replace(".to_k.", ".key.")
                                .replace(".to_v.", ".value.")
                                .replace(".to_out.0.", ".proj_attn.");
                boolean matrix = !name.equals(key) && key.endsWith(".weight");
                old.put(name, matrix ? tensor.reshape(8, 8, 1, 1) : tensor);
            });
            assertThat(old)
                    .containsKey("decoder.mid_block.attentions.0.proj_attn.bias")
                    .doesNotContainKey("decoder.mid_block.attentions.0.to_out.0.bias");
            assertSame(VaeKeys.canonical(old), vae.tensors());
        }
    }

    @Test
    void textCanonical_withOrWithoutPrefix_isTheSame() {
        try (Weights text = text(SD15)) {
            Map<String, HostTensor> bare = new LinkedHashMap<>();
            text.tensors().forEach((key, tensor) -> bare.put(key.substring("text_model.".length()), tensor));
            assertThat(bare).hasSize(37).containsKey("embeddings.position_ids");
            Map<String, HostTensor> canonical = TextKeys.canonical(text.tensors());
            assertThat(canonical).hasSize(36).doesNotContainKey("text_model.embeddings.position_ids");
            assertSame(TextKeys.canonical(bare), canonical);
        }
    }

    @Test
    void openClip_thereAndBack_isTheSame() {
        try (Weights text = text(SD21)) {
            Map<String, HostTensor> original = TextKeys.toOpenClip(text.tensors());
            assertThat(get(original, "cond_stage_model.model.transformer.resblocks.1.attn.in_proj_weight")
                            .shape())
                    .isEqualTo(Shape.of(48, 16));
            assertThat(get(original, "cond_stage_model.model.positional_embedding")
                            .shape())
                    .isEqualTo(Shape.of(77, 16));
            // 2 layers of 16 weights, of which 6 are fused into 2; 4 weights outside of them.
            assertThat(original).hasSize(2 * 12 + 4);
            assertSame(TextKeys.fromOriginal(original, TEXT21), text.tensors());
        }
    }

    @Test
    void openClip_withMoreThanTheConfigHas_leavesItOut() {
        try (Weights text = text(SD21)) {
            Map<String, HostTensor> original = new LinkedHashMap<>(TextKeys.toOpenClip(text.tensors()));
            original.put("cond_stage_model.model.transformer.resblocks.2.ln_1.weight", HostTensor.zeros(Shape.of(16)));
            original.put(
                    "cond_stage_model.model.transformer.resblocks.2.attn.in_proj_bias", HostTensor.zeros(Shape.of(48)));
            original.put("cond_stage_model.model.logit_scale", HostTensor.scalar(100));
            original.put("cond_stage_model.model.text_projection", HostTensor.zeros(Shape.of(16, 8)));
            assertSame(TextKeys.fromOriginal(original, TEXT21), text.tensors());
        }
    }

    @Test
    void openClip_withAProjectionThatTheConfigAsksFor_transposesIt() {
        ClipTextConfig config = new ClipTextConfig(1000, 16, 32, 2, 2, 77, TEXT21.hiddenAct(), 1e-5, 8, true, 0, 2, 1);
        HostTensor projection = HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Map<String, HostTensor> found =
                TextKeys.fromOriginal(Map.of("cond_stage_model.model.text_projection", projection), config);
        HostTensor transposed = get(found, "text_projection.weight");
        assertThat(transposed.shape()).isEqualTo(Shape.of(3, 2));
        assertThat(transposed.toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
        assertSame(TextKeys.toOpenClip(found), Map.of("cond_stage_model.model.text_projection", projection));
    }

    @Test
    void openClip_ofAnIncompleteAttention_namesWhatIsMissing() {
        String q = "text_model.encoder.layers.0.self_attn.q_proj.weight";
        String k = "text_model.encoder.layers.0.self_attn.k_proj.weight";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextKeys.toOpenClip(Map.of(q, HostTensor.zeros(Shape.of(4, 4)))))
                .withMessageContaining("missing " + k);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextKeys.toOpenClip(Map.of(k, HostTensor.zeros(Shape.of(4, 4)))))
                .withMessageContaining("missing " + q);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextKeys.toOpenClip(Map.of("vision_model.x", HostTensor.scalar(1))))
                .withMessageContaining("no OpenCLIP name for vision_model.x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model_ema.decay",
                "model_ema.diffusion_modelinput_blocks00weight",
                "betas",
                "alphas_cumprod",
                "alphas_cumprod_prev",
                "sqrt_recipm1_alphas_cumprod",
                "log_one_minus_alphas_cumprod",
                "posterior_mean_coef1",
                "lvlb_weights",
                "logvar",
                "loss.logvar",
                "first_stage_model.loss.discriminator.main.0.weight",
                "global_step",
                "cond_stage_model.transformer.text_model.embeddings.position_ids",
                "cond_stage_model.model.logit_scale",
            })
    void extraKeys_ofTraining_areIgnored(String key) {
        assertThat(ExtraKeys.ignored(key)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.diffusion_model.out.2.weight",
                "first_stage_model.decoder.conv_in.weight",
                "cond_stage_model.model.ln_final.weight",
                "control_model.input_blocks.0.0.weight",
                "lossless",
            })
    void extraKeys_ofModels_areNot(String key) {
        assertThat(ExtraKeys.ignored(key)).isFalse();
    }
}
