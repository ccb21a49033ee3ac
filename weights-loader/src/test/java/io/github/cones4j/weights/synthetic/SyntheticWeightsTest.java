package io.github.cones4j.weights.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyntheticWeightsTest {
    private static Shape shape(String dims) {
        return Shape.of(
                Arrays.stream(dims.split(" ", -1)).mapToInt(Integer::parseInt).toArray());
    }

    /** Seeds, bits of the first elements and of the last, and sums, as synthetic.py printed them (NumPy 2.4.6). */
    @ParameterizedTest
    @CsvSource({
        "conv_in.weight, 320 4 3 3, 1ce69906bdc574a7, 3d287e74 3e6296ac be7260aa bde9bfa6, 3d810b10, 14.8135865",
        "conv_in.bias, 320, 29f32b7d35d784a2, bc291217 3c8b9d1f bc3d64cd babe92a4, 3c1a4f88, 0.182487248",
        "conv_norm_out.weight, 320, 565e43d6be8f374d, 3f72599c 3f823c40 3f74a63d 3f759f2c, 3f7e6cad, 318.669274",
        "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight, 320 768, 055538ac6e7104e9,"
                + " bd1abdba 3d57a310 3d3ef7fa bce1b550, 3d49a4b0, -2.10719773",
        "text_model.embeddings.token_embedding.weight, 49408 768, b72fe613ce2fafc1,"
                + " bd2640e2 bc836aa3 3c79fffa 3ba50140, 3ce7c74d, 118.224331",
    })
    void tensor_givesTheBitsOfTheScript(String key, String dims, String seed, String first, String last, double sum) {
        HostTensor tensor = SyntheticWeights.tensor("", key, shape(dims));
        float[] values = tensor.toFloats();
        assertThat(SyntheticWeights.seed(key)).isEqualTo(Long.parseUnsignedLong(seed, 16));
        String[] bits = first.split(" ", -1);
        for (int i = 0; i < bits.length; i++) {
            assertThat(Integer.toHexString(Float.floatToRawIntBits(values[i]))).isEqualTo(bits[i]);
        }
        assertThat(Integer.toHexString(Float.floatToRawIntBits(values[values.length - 1])))
                .isEqualTo(last);
        double total = 0;
        for (float value : values) {
            total += value;
        }
        assertThat(total).isCloseTo(sum, within(Math.abs(sum) * 5e-9)); // the script prints 9 digits
    }

    /** Names, ranks and salts that meet every branch of the rule, as synthetic.py gave them. */
    @ParameterizedTest
    @CsvSource({
        "'', a, '', af63dc4c8601ec8c, bba81ff6",
        "s/, mid_block.resnets.0.conv2.weight, 2 3 3 3, 83123dd172b6b4dd, 3dc6fa22 bd9ac03e 3dc42ed2",
        "ä, embedding.weight, 2 2, 78bef48b94e542cf, bbfde58d 3d0358ab bd0c74db",
        "'', x.embedding.weight, 3, 4081624ce21898c2, 3f8b4570 3f82c202 3f8959b9",
        "'', fc2.weight.more, 2 5, b32b4292b6bbbdd9, 3e46ebef be2776b9 3d44bf91",
    })
    void tensor_ofEveryKind_givesTheBitsOfTheScript(String salt, String key, String dims, String seed, String bits) {
        HostTensor tensor = SyntheticWeights.tensor(salt, key, dims.isEmpty() ? Shape.SCALAR : shape(dims));
        assertThat(SyntheticWeights.seed(salt + key)).isEqualTo(Long.parseUnsignedLong(seed, 16));
        float[] values = tensor.toFloats();
        String[] expected = bits.split(" ", -1);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Integer.toHexString(Float.floatToRawIntBits(values[i]))).isEqualTo(expected[i]);
        }
    }

    @Test
    void of_aWholeModel_givesTheFileThatPyTorchWrote(@TempDir Path folder) throws IOException {
        Path clip = TestFiles.reference("micro-clip/model.safetensors");
        Path written = folder.resolve("synthetic.safetensors");
        Map<String, Spec> specs = new LinkedHashMap<>();
        try (Weights expected = Safetensors.open(clip)) {
            expected.tensors().forEach((key, tensor) -> specs.put(key, tensor.spec()));
            specs.remove("logit_scale"); // the only parameter that the script sets to something else
            SyntheticWeights.write(written, "clip/", specs);
            try (Weights made = SyntheticWeights.of("clip", "clip/", specs);
                    Weights read = Safetensors.open(written)) {
                assertThat(made.keys()).hasSize(77);
                for (String key : made.keys()) {
                    assertThat(made.get(key).data().mismatch(expected.get(key).data()))
                            .as(key)
                            .isEqualTo(-1);
                    assertThat(read.get(key).data().mismatch(expected.get(key).data()))
                            .as(key)
                            .isEqualTo(-1);
                }
            }
        }
        assertThat(Safetensors.header(written).metadata()).containsEntry("cones4j.synthetic.salt", "clip/");
    }

    @Test
    void of_16Bits_isTheFloat32Weight_rounded() {
        for (DType dtype : List.of(DType.F16, DType.BF16)) {
            HostTensor expected =
                    SyntheticWeights.tensor("s", "conv.weight", Shape.of(7, 9)).cast(dtype);
            Map<String, Spec> specs = Map.of("conv.weight", new Spec(dtype, Shape.of(7, 9)));
            try (Weights made = SyntheticWeights.of("x", "s", specs)) {
                assertThat(made.get("conv.weight").toFloats()).isEqualTo(expected.toFloats());
            }
        }
    }

    @Test
    void of_integers_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SyntheticWeights.of("x", "", Map.of("ids", Spec.i32(3))))
                .withMessageContaining("ids should be i32[3]");
    }
}
