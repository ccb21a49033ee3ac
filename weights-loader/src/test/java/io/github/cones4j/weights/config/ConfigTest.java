package io.github.cones4j.weights.config;

import static io.github.cones4j.weights.config.BlockType.CROSS_ATTENTION;
import static io.github.cones4j.weights.config.BlockType.PLAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.cones4j.weights.safetensors.TestFiles;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    @TempDir
    Path folder;

    private static JsonFile json(String text) {
        return JsonFile.parse("config.json", text.replace('\'', '"'));
    }

    @Test
    void unet_ofStableDiffusion1_hasItsSettings() {
        UNetConfig config = UNetConfig.read(TestFiles.reference("pipelines/micro-sd15/unet/config.json"));
        assertThat(config)
                .isEqualTo(new UNetConfig(
                        4,
                        4,
                        8,
                        List.of(CROSS_ATTENTION, CROSS_ATTENTION, CROSS_ATTENTION, PLAIN),
                        List.of(PLAIN, CROSS_ATTENTION, CROSS_ATTENTION, CROSS_ATTENTION),
                        List.of(8, 8, 16, 16),
                        List.of(2, 2, 2, 2),
                        List.of(1, 1, 1, 1),
                        List.of(2, 2, 2, 2),
                        List.of(16, 16, 16, 16),
                        false,
                        false,
                        4,
                        1e-5,
                        true,
                        0));
        assertThat(config.timeEmbedDim()).isEqualTo(32);
    }

    @Test
    void unet_ofStableDiffusion2_hasHeadsPerBlockAndLinearProjection() {
        UNetConfig config = UNetConfig.read(TestFiles.reference("pipelines/micro-sd21/unet/config.json"));
        assertThat(config.numAttentionHeads()).containsExactly(1, 2, 4, 4);
        assertThat(config.useLinearProjection()).isTrue();
        assertThat(config.upcastAttention()).isTrue();
    }

    @Test
    void unet_ofAnEmptyObject_hasTheDefaultsOfDiffusers() {
        UNetConfig config = UNetConfig.of(json("{}"));
        assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
        assertThat(config.crossAttentionDim()).containsOnly(1280);
        assertThat(config.numAttentionHeads()).containsOnly(8);
        assertThat(config.normNumGroups()).isEqualTo(32);
        assertThat(config.sampleSize()).isNull();
    }

    @Test
    void unet_withNumAttentionHeads_prefersThemToAttentionHeadDim() {
        UNetConfig config = UNetConfig.of(json("{'num_attention_heads':[5,10,20,20],'attention_head_dim':64}"));
        assertThat(config.numAttentionHeads()).containsExactly(5, 10, 20, 20);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'_class_name':'UNet2DModel' | _class_name is \"UNet2DModel\", Cones4J supports \"UNet2DConditionModel\"",
                "'class_embed_type':'timestep' | class_embed_type is \"timestep\", Cones4J supports null",
                "'addition_embed_type':'text_time' | addition_embed_type is \"text_time\"",
                "'resnet_time_scale_shift':'scale_shift' | resnet_time_scale_shift is \"scale_shift\"",
                "'dual_cross_attention':true | dual_cross_attention is true, Cones4J supports false",
                "'center_input_sample':true | center_input_sample is true",
                "'only_cross_attention':[true,false,false,false] | only_cross_attention is [true,false,false,false]",
                "'num_class_embeds':1000 | num_class_embeds is 1000",
                "'time_cond_proj_dim':256 | time_cond_proj_dim is 256",
                "'mid_block_type':'UNetMidBlock2D' | mid_block_type",
                "'mid_block_type':null | mid_block_type is null",
                "'act_fn':'gelu' | act_fn is \"gelu\", Cones4J supports \"silu\" or \"swish\"",
                "'conv_in_kernel':5 | conv_in_kernel is 5",
                "'downsample_padding':0 | downsample_padding is 0",
                "'dropout':0.1 | dropout is 0.1",
                "'encoder_hid_dim':2048 | encoder_hid_dim is 2048",
                "'norm_num_groups':null | norm_num_groups is null, should be a whole number",
                "'norm_num_groups':0 | norm_num_groups is 0, should be at least 1",
                "'norm_num_groups':24 | norm_num_groups 24 does not divide block_out_channels[0] = 320",
                "'norm_eps':0 | norm_eps is 0, should be above 0",
                "'norm_eps':'1e-5' | norm_eps is \"1e-5\", should be a number",
                "'in_channels':4.0 | in_channels is 4.0, should be a whole number",
                "'in_channels':-4 | in_channels is -4, should be a whole number",
                "'in_channels':4294967300 | in_channels is 4294967300, should be a whole number",
                "'block_out_channels':320 | block_out_channels is 320, should be a list of whole numbers",
                "'block_out_channels':[] | block_out_channels is [], should be a list of whole numbers",
                "'block_out_channels':[320,640] | block_out_channels has 2 entries, down_block_types 4",
                "'attention_head_dim':[5,10,20] | attention_head_dim is [5,10,20], should be one number, or a list of 4",
                "'attention_head_dim':7 | 7 heads (attention_head_dim) do not divide block_out_channels[0] = 320",
                "'attention_head_dim':null | attention_head_dim is null",
                "'transformer_layers_per_block':[[1,1],[2,2],[1,1],[1,1]] | should be a whole number",
                "'down_block_types':['DownBlock2D','AttnDownBlock2D'] | should be CrossAttnDownBlock2D or DownBlock2D",
                "'down_block_types':'DownBlock2D' | down_block_types is \"DownBlock2D\", should be a list of strings",
                "'sample_size':[64,96] | sample_size is [64,96], should be one number",
                "'use_linear_projection':1 | use_linear_projection is 1, should be true or false",
                "'a':1,'a':2 | not strict JSON: Duplicate",
            })
    void unet_withWhatIsNotSupported_namesFileFieldAndValue(String fields, String expected) {
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> UNetConfig.of(json("{" + fields + "}")))
                .withMessageStartingWith("config.json: ")
                .withMessageContaining(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"micro-sd15", "micro-sd21"})
    void toJson_isReadBackAsTheSame(String model) {
        Path path = TestFiles.reference("pipelines/" + model);
        UNetConfig unet = UNetConfig.read(path.resolve("unet/config.json"));
        VaeConfig vae = VaeConfig.read(path.resolve("vae/config.json"));
        ClipTextConfig text = ClipTextConfig.read(path.resolve("text_encoder/config.json"));
        ClipConfig clip = ClipConfig.read(TestFiles.reference("micro-clip/config.json"));
        assertThat(UNetConfig.of(json(unet.toJson()))).isEqualTo(unet);
        assertThat(VaeConfig.of(json(vae.toJson()))).isEqualTo(vae);
        assertThat(ClipTextConfig.of(json(text.toJson()))).isEqualTo(text);
        assertThat(ClipConfig.of(json(clip.toJson()))).isEqualTo(clip);
    }

    @Test
    void vae_hasItsSettings() {
        VaeConfig config = VaeConfig.read(TestFiles.reference("pipelines/micro-sd15/vae/config.json"));
        assertThat(config)
                .isEqualTo(new VaeConfig(3, 3, 4, List.of(8, 8, 8, 8), 2, 4, 64, 0.18215, 0, true, true, true));
        assertThat(config.factor()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'_class_name':'AutoencoderTiny' | _class_name is \"AutoencoderTiny\"",
                "'act_fn':'relu' | act_fn is \"relu\"",
                "'latents_mean':[0,0,0,0] | latents_mean is [0,0,0,0]",
                "'block_out_channels':[64,64] | down_block_types is missing, should be 2 times DownEncoderBlock2D",
                "'block_out_channels':[60] | norm_num_groups 32 does not divide block_out_channels 60",
                "'scaling_factor':0 | scaling_factor is 0, should be above 0",
                "'down_block_types':['AttnDownEncoderBlock2D'] | should be 1 times DownEncoderBlock2D",
            })
    void vae_withWhatIsNotSupported_namesFileFieldAndValue(String fields, String expected) {
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> VaeConfig.of(json("{" + fields + "}")))
                .withMessageStartingWith("config.json: ")
                .withMessageContaining(expected);
    }

    @Test
    void text_ofStableDiffusion_hasItsSettings() {
        Path path = TestFiles.reference("pipelines/micro-sd21/text_encoder/config.json");
        assertThat(ClipTextConfig.read(path))
                .isEqualTo(new ClipTextConfig(1000, 16, 32, 2, 2, 77, Activation.GELU, 1e-5, 8, false, 0, 2, 1));
    }

    @Test
    void clip_takesTheSharedWidthFromTheTop() {
        Path path = TestFiles.reference("micro-clip/config.json");
        ClipConfig config = ClipConfig.read(path);
        assertThat(config.projectionDim()).isEqualTo(12);
        assertThat(config.text().projectionDim()).isEqualTo(12);
        assertThat(config.text().eosTokenId()).isEqualTo(999);
        assertThat(config.vision())
                .isEqualTo(new ClipVisionConfig(24, 48, 2, 3, 3, 32, 8, Activation.QUICK_GELU, 1e-5, 12));
        assertThat(config.vision().patches()).isEqualTo(16);
        assertThat(ClipTextConfig.read(path)).isEqualTo(config.text());
        assertThat(ClipVisionConfig.read(path)).isEqualTo(config.vision());
    }

    @Test
    void clip_withTheDictionariesOfOldFiles_prefersThem() {
        ClipConfig config = ClipConfig.of(json("{'text_config':{'hidden_size':512},'text_config_dict':"
                + "{'hidden_size':768,'num_attention_heads':12},'vision_config':{},'vision_config_dict':null}"));
        assertThat(config.text().hiddenSize()).isEqualTo(768);
        assertThat(config.vision().hiddenSize()).isEqualTo(768);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'model_type':'t5' | model_type is \"t5\", Cones4J supports \"clip_text_model\"",
                "'architectures':['T5EncoderModel'] | should be CLIPTextModel or CLIPTextModelWithProjection",
                "'hidden_act':'gelu_new' | hidden_act is \"gelu_new\", Cones4J supports \"quick_gelu\" or \"gelu\"",
                "'attention_dropout':0.1 | attention_dropout is 0.1",
                "'use_attention_mask':true | use_attention_mask is true",
                "'num_attention_heads':7 | 7 heads (num_attention_heads) do not divide hidden_size 512",
            })
    void text_withWhatIsNotSupported_namesFileFieldAndValue(String fields, String expected) {
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> ClipTextConfig.of(json("{" + fields + "}")))
                .withMessageStartingWith("config.json: ")
                .withMessageContaining(expected);
    }

    @Test
    void read_ofWhatIsNoConfig_saysWhatItIs() throws IOException {
        expect("no such file", folder.resolve("none.json"));
        expect("not a file", folder);
        expect("an empty file", Files.writeString(folder.resolve("empty.json"), ""));
        expect("an HTML page, not a JSON config", Files.writeString(folder.resolve("page.json"), "<html>"));
        expect("not strict JSON", Files.writeString(folder.resolve("cut.json"), "{\"a\":"));
        expect("a JSON text: \"[1]\"", Files.writeString(folder.resolve("list.json"), "[1]"));
        expect(
                "not UTF-8",
                Files.write(folder.resolve("latin.json"), "{\"ä\":1}".getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static void expect(String message, Path file) {
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> UNetConfig.read(file))
                .withMessageStartingWith(file + ": ")
                .withMessageContaining(message);
    }

    @Test
    void read_ofSeededMutations_throwsNothingButFormatErrors() throws IOException {
        String unet = Files.readString(TestFiles.reference("pipelines/micro-sd15/unet/config.json"));
        String vae = Files.readString(TestFiles.reference("pipelines/micro-sd15/vae/config.json"));
        String clip = Files.readString(TestFiles.reference("micro-clip/config.json"));
        String[] pieces = {
            "null", "0", "-1", "1e400", "9".repeat(400), "[]", "[1,2]", "{}", "\"\"", "true", "\uD800", ","
        };
        long seed = 20250102;
        SplittableRandom random = new SplittableRandom(seed);
        int accepted = 0;
        int rounds = 3000;
        for (int round = 0; round < rounds; round++) {
            for (String original : List.of(unet, vae, clip)) {
                int at = random.nextInt(original.length());
                int to = Math.min(original.length(), at + random.nextInt(6));
                String piece = pieces[random.nextInt(pieces.length)];
                String[] values = original.split(": ", -1); // half of the time, one whole value is replaced
                int value = random.nextInt(1, values.length);
                values[value] = values[value].replaceFirst("^[^,\n{\\[]+", Matcher.quoteReplacement(piece));
                String mutated = random.nextBoolean()
                        ? String.join(": ", values)
                        : original.substring(0, at) + piece + original.substring(to);
                try {
                    JsonFile config = JsonFile.parse("mutation", mutated);
                    if (original.equals(unet)) {
                        UNetConfig.of(config);
                    } else if (original.equals(vae)) {
                        VaeConfig.of(config);
                    } else {
                        ClipConfig.of(config);
                    }
                    accepted++;
                } catch (WeightsFormatException e) {
                    assertThat(e).hasMessageStartingWith("mutation");
                } catch (RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", round " + round + ": " + mutated, e);
                }
            }
        }
        // Fields that do not matter can have any value.
        assertThat(accepted).isBetween(rounds / 10, 3 * rounds - rounds / 10);
    }
}
