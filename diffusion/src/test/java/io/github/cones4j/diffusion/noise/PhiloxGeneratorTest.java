package io.github.cones4j.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PhiloxGeneratorTest {

    @Test
    void encrypt_givesThePublishedAnswers() {
        // Random123 1.14, tests/kat_vectors, philox4x32 10
        assertThat(PhiloxGenerator.encrypt(new int[4], 0, 0))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(PhiloxGenerator.encrypt(new int[] {-1, -1, -1, -1}, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(PhiloxGenerator.encrypt(
                        new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void seed0_beginsAsGpuFrontEndsDo() {
        // the first values that GPU front ends draw from seed 0, to eight digits
        assertThat(new PhiloxGenerator(0).randn(3))
                .containsExactly((float) -0.92466259, (float) -0.42534415, (float) -2.6438457);
    }

    @Test
    void elements_dependOnTheirIndexAndTheDraw_notOnTheShape() {
        PhiloxGenerator generator = new PhiloxGenerator(99);
        float[] first = generator.randn(1, 4, 8, 8);
        float[] second = generator.randn(10);

        assertThat(Arrays.copyOf(first, 10))
                .isEqualTo(new PhiloxGenerator(99).randn(10))
                .isNotEqualTo(second);
    }

    @Test
    void allSixtyFourBitsOfTheSeedCount() {
        assertThat(new PhiloxGenerator(1L << 32).randn(4)).isNotEqualTo(new PhiloxGenerator(0).randn(4));
    }

    @Test
    void restore_continuesTheStream() {
        NoiseGenerator generator = NoiseGenerator.of(NoiseGenerator.Kind.PHILOX, -5);
        generator.randn(7);

        NoiseGenerator copy = NoiseGenerator.restore(generator.kind(), generator.state());

        assertThat(copy.randn(7)).isEqualTo(generator.randn(7));
    }

    @Test
    void kind_ofAnUnknownLabel_namesThoseThereAre() {
        assertThat(NoiseGenerator.Kind.of("philox")).isEqualTo(NoiseGenerator.Kind.PHILOX);
        assertThatThrownBy(() -> NoiseGenerator.Kind.of("cuda"))
                .hasMessageContaining("'cuda'")
                .hasMessageContaining("[torch-cpu, philox]");
    }
}
