package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.FLOAT;
import static io.github.cones4j.engine.cpu.Lanes.N;

import io.github.cones4j.engine.graph.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Values in an array of floats: one to a float, or float16 or bfloat16 values as they were stored, two to a float. Of two vectors of such
 * values the first lies in the lower halves of the floats, the second in the upper ones, so that one load gives two vectors, and no
 * vectors of another width are needed.
 */
final class Packed {

    /** Values that lie in the two halves of a vector of floats. */
    static final int GROUP = 2 * N;

    private static final int SIGN_AND_MAGNITUDE = 0x8FFFE000; // of a float16 whose exponent begins where a float's does
    private static final int EXPONENT = 0x0F800000;
    private static final int INFINITE = 0x7F800000;
    private static final float BIAS = 0x1p112f; // 2^(127 - 15): between the exponents of float32 and float16

    private final float[] array;
    private final int start;
    private final DType dtype;

    /**
     * @param array floats, or pairs of 16-bit values
     * @param start where the values begin
     * @param dtype F32, F16 or BF16
     */
    Packed(float[] array, int start, DType dtype) {
        if (dtype != DType.F32 && !isHalf(dtype)) {
            throw new IllegalArgumentException("packed: values are kept as f32, f16 or bf16, not as " + dtype);
        }
        this.array = array;
        this.start = start;
        this.dtype = dtype;
    }

    float[] array() {
        return array;
    }

    int start() {
        return start;
    }

    DType dtype() {
        return dtype;
    }

    /** Float32 values from {@code start} on. */
    static Packed floats(float[] array, int start) {
        return new Packed(array, start, DType.F32);
    }

    /** Whether values of a type are kept two to a float. */
    static boolean isHalf(DType dtype) {
        return dtype == DType.F16 || dtype == DType.BF16;
    }

    boolean isHalf() {
        return isHalf(dtype);
    }

    /** How many floats so many values take. */
    static int floats(long size, DType dtype) {
        return Math.toIntExact(isHalf(dtype) ? Math.ceilDiv(size, GROUP) * N : size);
    }

    /**
     * Copies values as float32; those of 16 bits are widened, exactly. Of these, whole groups are written, so up to {@link #GROUP} - 1
     * values before and after those that are asked for.
     *
     * @param index of the first value
     * @param n how many
     * @return where in {@code to} the first value lies: at {@code at} or shortly behind
     */
    int copy(int index, int n, float[] to, int at) {
        if (!isHalf()) {
            System.arraycopy(array, start + index, to, at, n);
            return at;
        }
        int group = index / GROUP;
        int groups = Math.ceilDiv(index + n, GROUP) - group;
        if (dtype == DType.BF16) {
            widenBfloat16(array, start + group * N, groups, to, at);
        } else {
            widenFloat16(array, start + group * N, groups, to, at);
        }
        return at + index - group * GROUP;
    }

    /** Floats that {@link #copy} may write for n values. */
    static int widened(int n) {
        return (Math.ceilDiv(n, GROUP) + 1) * GROUP; // they may lie across one group more
    }

    /**
     * Stores n values, which are float16 or bfloat16 numbers, in 16 bits.
     *
     * @param from as many values as there are in whole groups
     * @param index of the first value, a multiple of {@link #GROUP}
     */
    void narrow(float[] from, int from0, int index, int n) {
        int groups = Math.ceilDiv(n, GROUP);
        if (dtype == DType.BF16) {
            narrowBfloat16(from, from0, groups, array, start + index / GROUP * N);
        } else {
            narrowFloat16(from, from0, groups, array, start + index / GROUP * N);
        }
    }

    // A float16 whose exponent is moved to where a float has its own is 2^-112 of the value, subnormals included;
    // infinite and NaN
    // are those whose exponent was full.

    private static void widenFloat16(float[] from, int from0, int groups, float[] to, int to0) {
        IntVector kept = Lanes.broadcast(SIGN_AND_MAGNITUDE);
        IntVector exponent = Lanes.broadcast(EXPONENT);
        IntVector infinite = Lanes.broadcast(INFINITE);
        FloatVector bias = Lanes.broadcast(BIAS);
        for (int i = 0; i < groups; i++) {
            IntVector pair = FloatVector.fromArray(FLOAT, from, from0 + i * N).reinterpretAsInts();
            IntVector low = pair.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(kept);
            IntVector high = pair.lanewise(VectorOperators.ASHR, 3).and(kept);
            VectorMask<Integer> lowFull = low.and(exponent).eq(exponent);
            VectorMask<Integer> highFull = high.and(exponent).eq(exponent);
            low.reinterpretAsFloats()
                    .mul(bias)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.OR, infinite, lowFull)
                    .reinterpretAsFloats()
                    .intoArray(to, to0 + i * GROUP);
            high.reinterpretAsFloats()
                    .mul(bias)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.OR, infinite, highFull)
                    .reinterpretAsFloats()
                    .intoArray(to, to0 + i * GROUP + N);
        }
    }

    private static void narrowFloat16(float[] from, int from0, int groups, float[] to, int to0) {
        FloatVector bias = Lanes.broadcast(1 / BIAS);
        for (int i = 0; i < groups; i++) {
            IntVector low = FloatVector.fromArray(FLOAT, from, from0 + i * GROUP)
                    .mul(bias)
                    .reinterpretAsInts();
            IntVector high = FloatVector.fromArray(FLOAT, from, from0 + i * GROUP + N)
                    .mul(bias)
                    .reinterpretAsInts();
            IntVector lowBits = low.lanewise(VectorOperators.LSHR, 13)
                    .and(0x7FFF)
                    .or(low.lanewise(VectorOperators.LSHR, 16).and(0x8000));
            IntVector highBits =
                    high.lanewise(VectorOperators.LSHL, 3).and(0x7FFF0000).or(high.and(0x80000000));
            lowBits.or(highBits).reinterpretAsFloats().intoArray(to, to0 + i * N);
        }
    }

    private static void widenBfloat16(float[] from, int from0, int groups, float[] to, int to0) {
        for (int i = 0; i < groups; i++) {
            IntVector pair = FloatVector.fromArray(FLOAT, from, from0 + i * N).reinterpretAsInts();
            pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(to, to0 + i * GROUP);
            pair.and(0xFFFF0000).reinterpretAsFloats().intoArray(to, to0 + i * GROUP + N);
        }
    }

    private static void narrowBfloat16(float[] from, int from0, int groups, float[] to, int to0) {
        for (int i = 0; i < groups; i++) {
            IntVector low =
                    FloatVector.fromArray(FLOAT, from, from0 + i * GROUP).reinterpretAsInts();
            IntVector high =
                    FloatVector.fromArray(FLOAT, from, from0 + i * GROUP + N).reinterpretAsInts();
            low.lanewise(VectorOperators.LSHR, 16)
                    .or(high.and(0xFFFF0000))
                    .reinterpretAsFloats()
                    .intoArray(to, to0 + i * N);
        }
    }
}
