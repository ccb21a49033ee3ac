package io.github.cones4j.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against torch 2.13.0+cpu on AVX-512: {@code reference/noise/randn_reference.safetensors}, made by {@code make_randn.py} beside it. */
class TorchCpuGeneratorTest {
    private static final Weights STORED = Reference.open("noise/randn_reference.safetensors");
    private static final Pattern NAME = Pattern.compile("(.*?)_(?:(\\d[\\dx]*)_)?seed(-?\\d+)(_noncontig_t)?");

    static Stream<String> names() {
        return STORED.keys().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyStoredDraw_isReproducedBitForBit(String name) {
        Matcher parts = NAME.matcher(name);
        assertThat(parts.matches()).as(name).isTrue();
        HostTensor expected = STORED.get(name);
        TorchCpuGenerator generator = new TorchCpuGenerator(Long.parseLong(parts.group(3)));
        int[] shape = expected.shape().dims();
        if (parts.group(4) != null) {
            // the memory of the permuted tensor is [64, 64, 4, 1]
            assertThat(bits(permute3201(generator.randnOneByOne(64, 64, 4, 1), 64, 64, 4)))
                    .isEqualTo(bits(expected.toFloats()));
            return;
        }
        switch (parts.group(1)) {
            case "randn" -> assertThat(bits(generator.randn(shape))).isEqualTo(bits(expected.toFloats()));
            case "second_draw" -> {
                generator.randn(shape);
                assertThat(bits(generator.randn(shape))).isEqualTo(bits(expected.toFloats()));
            }
            case "mixed_1_1_16" -> {
                float[] drawn = new float[19];
                int at = 0;
                for (int n : new int[] {1, 1, 16, 1}) {
                    System.arraycopy(generator.randn(n), 0, drawn, at, n);
                    at += n;
                }
                assertThat(bits(drawn)).isEqualTo(bits(expected.toFloats()));
            }
            case "rand" -> assertThat(bits(generator.rand(shape))).isEqualTo(bits(expected.toFloats()));
            case "randn_f64" -> assertThat(bits(generator.randnFloat64(shape))).isEqualTo(bits(expected.toDoubles()));
            case "randn_f16" ->
                assertThat(generator.randnFloat16(shape))
                        .isEqualTo(expected.data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
            case "randn_bf16" ->
                assertThat(generator.randnBfloat16(shape))
                        .isEqualTo(expected.data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
            case "randint_1000" ->
                assertThat(generator.randint(0, 1000, shape))
                        .isEqualTo(expected.data().toArray(ValueLayout.JAVA_LONG_UNALIGNED));
            case "randperm" ->
                assertThat(Arrays.stream(generator.randperm(shape[0]))
                                .asLongStream()
                                .toArray())
                        .isEqualTo(expected.data().toArray(ValueLayout.JAVA_LONG_UNALIGNED));
            default -> throw new AssertionError("no draw is known for " + name);
        }
    }

    @Test
    void seeds_countByTheirLow32Bits() {
        float[] expected = new TorchCpuGenerator(42).randn(33);

        assertThat(new TorchCpuGenerator((1L << 32) + 42).randn(33)).isEqualTo(expected);
        assertThat(new TorchCpuGenerator(-1).randn(33)).isEqualTo(new TorchCpuGenerator(0xffffffffL).randn(33));
    }

    @Test
    void restore_continuesTheStream_evenBetweenTheTwoNormalsOfAPair() {
        TorchCpuGenerator generator = new TorchCpuGenerator(7);
        generator.randn(1000);
        generator.randn(1);

        NoiseGenerator copy = NoiseGenerator.restore(generator.kind(), generator.state());

        assertThat(copy.randn(1)).isEqualTo(generator.randn(1));
        assertThat(copy.randn(3, 500)).isEqualTo(generator.randn(3, 500));
    }

    @Test
    void restore_ofForeignNumbers_namesWhatItExpects() {
        assertThatThrownBy(() -> TorchCpuGenerator.restore(new long[3]))
                .hasMessage("torch-cpu state: found 3 numbers, expected 627");
        long[] state = new TorchCpuGenerator(0).state();
        state[624] = 625;
        assertThatThrownBy(() -> TorchCpuGenerator.restore(state))
                .hasMessageContaining("found position 625, expected 0..624");
    }

    @Test
    void randint_from2To28On_takesTwoWordsPerNumber() {
        TorchCpuGenerator narrow = new TorchCpuGenerator(3);
        TorchCpuGenerator wide = new TorchCpuGenerator(3);
        TorchCpuGenerator words = new TorchCpuGenerator(3);
        narrow.randint(-5, (1 << 28) - 6, 8);
        wide.randint(-5, (1 << 28) - 5, 4);
        words.rand(8);

        assertThat(narrow.state()).isEqualTo(words.state());
        assertThat(wide.state()).isEqualTo(words.state());
    }

    @Test
    void randint_ofAnEmptyRange_namesIt() {
        assertThatThrownBy(() -> new TorchCpuGenerator(0).randint(5, 5, 1)).hasMessageContaining("[5, 5)");
    }

    @Test
    void randn_ofAnImpossibleShape_namesIt() {
        assertThatThrownBy(() -> new TorchCpuGenerator(0).randn(2, -1)).hasMessageContaining("[2, -1]");
        assertThatThrownBy(() -> new TorchCpuGenerator(0).randn(1 << 16, 1 << 16))
                .hasMessageContaining("[65536, 65536]");
    }

    @Test
    void randn_withoutExtents_isOneNumber_andWithAZeroExtent_none() {
        assertThat(new TorchCpuGenerator(0).randn()).isEqualTo(new TorchCpuGenerator(0).randn(1));
        assertThat(new TorchCpuGenerator(0).randn(4, 0)).isEmpty();
    }

    private static float[] permute3201(float[] memory, int a, int b, int c) {
        float[] out = new float[memory.length];
        for (int i = 0; i < a; i++) {
            for (int j = 0; j < b; j++) {
                for (int k = 0; k < c; k++) {
                    out[(k * a + i) * b + j] = memory[(i * b + j) * c + k];
                }
            }
        }
        return out;
    }

    private static int[] bits(float[] x) {
        int[] bits = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = Float.floatToRawIntBits(x[i]);
        }
        return bits;
    }

    private static long[] bits(double[] x) {
        return Arrays.stream(x).mapToLong(Double::doubleToRawLongBits).toArray();
    }
}
