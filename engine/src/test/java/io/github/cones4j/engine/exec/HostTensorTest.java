package io.github.cones4j.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class HostTensorTest {

    @Test
    void dataOfAnotherSize_isRefused() {
        Spec spec = new Spec(DType.F16, Shape.of(2, 3));

        assertThatThrownBy(() -> new HostTensor(spec, MemorySegment.ofArray(new byte[13])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("f16[2,3] needs 12 bytes, got 13");
    }

    @Test
    void everyType_isReadByValueAtAnyAlignment() {
        byte[] bytes = {0, -1, 0x3C, (byte) 0x80, 0x3F, 0, 0, 0, 0, 0, 0, 0};
        MemorySegment odd = MemorySegment.ofArray(bytes).asSlice(1);

        assertThat(new HostTensor(new Spec(DType.U8, Shape.of(2)), odd.asSlice(0, 2)).toInts())
                .containsExactly(255, 0x3C);
        assertThat(new HostTensor(new Spec(DType.I32, Shape.of(1)), odd.asSlice(0, 4)).get(0))
                .isEqualTo(0x3F803CFF);
        assertThat(new HostTensor(new Spec(DType.I64, Shape.of(1)), odd.asSlice(3, 8)).get(0))
                .isEqualTo(0x3F);
        assertThat(new HostTensor(new Spec(DType.F16, Shape.SCALAR), odd.asSlice(0, 2)).get(0))
                .isEqualTo(Float.float16ToFloat((short) 0x3CFF));
        assertThat(new HostTensor(new Spec(DType.BF16, Shape.SCALAR), odd.asSlice(2, 2)).get(0))
                .isEqualTo(1);
        assertThat(new HostTensor(new Spec(DType.BOOL, Shape.of(1)), odd.asSlice(4, 1)).get(0))
                .isZero();
    }

    @Test
    void floats_areReadInPartsAndWhole() {
        for (DType dtype : new DType[] {DType.F32, DType.F64, DType.F16, DType.BF16}) {
            HostTensor tensor =
                    HostTensor.of(new float[] {1, -2, 0.5f, 4}, 2, 2).cast(dtype);
            float[] into = new float[4];
            tensor.copyTo(1, into, 2, 2);

            assertThat(tensor.dtype()).isEqualTo(dtype);
            assertThat(into).containsExactly(0, 0, -2, 0.5f);
            assertThat(tensor.toFloats()).containsExactly(1, -2, 0.5f, 4);
            assertThat(tensor.toDoubles()).containsExactly(1, -2, 0.5, 4);
        }
    }

    @Test
    void castToHalves_roundsToNearestEven_andKeepsSpecialValues() {
        float[] values = {
            1 + 0x1p-11f, // halfway to the next float16: to the even one
            1 + 0x3p-11f,
            65504,
            65520, // halfway to beyond the largest
            0x1p-25f, // half the smallest
            -0.0f,
            Float.NEGATIVE_INFINITY,
            Float.NaN
        };
        assertThat(HostTensor.of(values, 8).cast(DType.F16).toFloats())
                .containsExactly(
                        1, 1 + 0x1p-9f, 65504, Float.POSITIVE_INFINITY, 0, -0.0f, Float.NEGATIVE_INFINITY, Float.NaN);

        float[] wide = {1 + 0x1p-8f, 1 + 0x3p-8f, Float.MAX_VALUE, -0.0f, Float.POSITIVE_INFINITY, Float.NaN, 0x1p-133f
        };
        float[] rounded = HostTensor.of(wide, 7).cast(DType.BF16).toFloats();
        assertThat(rounded[0]).isEqualTo(1);
        assertThat(rounded[1]).isEqualTo(1 + 0x1p-6f);
        assertThat(rounded[2]).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(rounded[3]).isEqualTo(-0.0f);
        assertThat(rounded[4]).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(rounded[5]).isNaN();
        assertThat(rounded[6]).isEqualTo(0x1p-133f);
    }

    @Test
    void castToIntegers_isRefused() {
        assertThatThrownBy(() -> HostTensor.scalar(1).cast(DType.I32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("f32[]", "I32", "float types");
        assertThatThrownBy(() -> HostTensor.scalar(1).toInts())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("f32[]");
    }

    @Test
    void reshape_sharesTheData_andKeepsTheSize() {
        HostTensor tensor = HostTensor.of(new long[] {1, 2, 3, 4, 5, 6}, 6);

        assertThat(tensor.reshape(2, 3).shape()).isEqualTo(Shape.of(2, 3));
        assertThat(tensor.reshape(2, 3).data()).isSameAs(tensor.data());
        assertThatThrownBy(() -> tensor.reshape(4)).isInstanceOf(IllegalArgumentException.class);
    }
}
