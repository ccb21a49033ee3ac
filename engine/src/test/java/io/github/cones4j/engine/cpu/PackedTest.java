package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.graph.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PackedTest {

    // each of these runs once per vector width: the build repeats the tests with cones4j.vectorBits set

    private static final int ALL = 1 << 16;

    private static float value(DType dtype, int bits) {
        return dtype == DType.F16 ? Float.float16ToFloat((short) bits) : Float.intBitsToFloat(bits << 16);
    }

    /** Every number of 16 bits, two to a float. */
    private static Packed everyNumber(DType dtype, int start) {
        float[] array = new float[start + Packed.floats(ALL, dtype)];
        for (int bits = 0; bits < ALL; bits++) {
            int at = start + bits / Packed.GROUP * Lanes.N + bits % Lanes.N;
            int shift = bits % Packed.GROUP < Lanes.N ? 0 : 16;
            array[at] = Float.intBitsToFloat(Float.floatToRawIntBits(array[at]) | bits << shift);
        }
        return new Packed(array, start, dtype);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void copy_ofEveryNumber_isExact(DType dtype) {
        Packed packed = everyNumber(dtype, 5);
        float[] wide = new float[3 + Packed.widened(ALL)];
        int at = packed.copy(0, ALL, wide, 3);
        assertThat(at).isEqualTo(3);
        for (int bits = 0; bits < ALL; bits++) {
            // floatToIntBits: all NaNs are equal, but a NaN must be one
            int expected = Float.floatToIntBits(value(dtype, bits));
            assertThat(Float.floatToIntBits(wide[at + bits])).as("%x", bits).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void copy_ofAPart_findsIt(DType dtype) {
        Packed packed = everyNumber(dtype, 0);
        for (int n : new int[] {1, 15, 16, 50, 97}) {
            for (int index = 1000; index < 1100; index++) {
                float[] wide = new float[7 + Packed.widened(n)];
                int at = packed.copy(index, n, wide, 7);
                for (int i = 0; i < n; i++) {
                    assertThat(wide[at + i]).isEqualTo(value(dtype, index + i));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void narrow_ofEveryNumber_givesItsBitsBack(DType dtype) {
        float[] wide = new float[2 + ALL];
        for (int bits = 0; bits < ALL; bits++) {
            wide[2 + bits] = value(dtype, bits);
        }
        Packed packed = new Packed(new float[1 + Packed.floats(ALL, dtype)], 1, dtype);
        packed.narrow(wide, 2, 0, ALL);
        for (int bits = 0; bits < ALL; bits++) {
            int pair = Float.floatToRawIntBits(packed.array()[1 + bits / Packed.GROUP * Lanes.N + bits % Lanes.N]);
            int found = (bits % Packed.GROUP < Lanes.N ? pair : pair >>> 16) & 0xFFFF;
            if (Float.isNaN(value(dtype, bits))) {
                assertThat(value(dtype, found)).as("%x", bits).isNaN();
            } else {
                assertThat(found).isEqualTo(bits);
            }
        }
    }

    @Test
    void new_ofAnotherType_namesIt() {
        assertThatThrownBy(() -> new Packed(new float[1], 0, DType.F64)).hasMessageContaining("F64");
    }
}
