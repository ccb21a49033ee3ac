package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Values in the host's memory: dense, row-major, little-endian, at any alignment; on the heap or a slice of a mapped
 * file. Treated as immutable: whoever hands over an array does not change it afterwards.
 *
 * @param spec element type and shape
 * @param data exactly {@code spec.shape().size() * spec.dtype().bytes()} bytes
 */
public record HostTensor(Spec spec, MemorySegment data) {
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Checks that the data has the size which type and shape ask for. */
    public HostTensor {
        long expected =
                Math.multiplyExact(spec.shape().size(), (long) spec.dtype().bytes());
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(spec + " needs " + expected + " bytes, got " + data.byteSize());
        }
    }

    /** A float32 tensor over the given values (not copied). */
    public static HostTensor of(float[] values, int... dims) {
        return new HostTensor(new Spec(DType.F32, Shape.of(dims)), MemorySegment.ofArray(values));
    }

    /** A float64 tensor over the given values (not copied). */
    public static HostTensor of(double[] values, int... dims) {
        return new HostTensor(new Spec(DType.F64, Shape.of(dims)), MemorySegment.ofArray(values));
    }

    /** An int32 tensor over the given values (not copied). */
    public static HostTensor of(int[] values, int... dims) {
        return new HostTensor(new Spec(DType.I32, Shape.of(dims)), MemorySegment.ofArray(values));
    }

    /** An int64 tensor over the given values (not copied). */
    public static HostTensor of(long[] values, int... dims) {
        return new HostTensor(new Spec(DType.I64, Shape.of(dims)), MemorySegment.ofArray(values));
    }

    /** A float32 scalar. */
    public static HostTensor scalar(float value) {
        return of(new float[] {value});
    }

    /** A float32 tensor of zeros. */
    public static HostTensor zeros(Shape shape) {
        return of(new float[Math.toIntExact(shape.size())], shape.dims());
    }

    /** Type of the elements. */
    public DType dtype() {
        return spec.dtype();
    }

    /** Dimensions. */
    public Shape shape() {
        return spec.shape();
    }

    /** Number of elements. */
    public long size() {
        return spec.shape().size();
    }

    /** Element {@code index} (row-major, from 0) as a double; integers and booleans by value. */
    public double get(long index) {
        return switch (spec.dtype()) {
            case F64 -> data.get(F64, index * 8);
            case F32 -> data.get(F32, index * 4);
            case F16 -> Float.float16ToFloat(data.get(I16, index * 2));
            case BF16 -> Float.intBitsToFloat(data.get(I16, index * 2) << 16);
            case I64 -> data.get(I64, index * 8);
            case I32 -> data.get(I32, index * 4);
            case U8, BOOL -> data.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
        };
    }

    /**
     * Widens (or, from float64, rounds) elements to float32.
     *
     * @param from first element
     * @param into destination
     * @param at first index in the destination
     * @param count number of elements
     */
    public void copyTo(long from, float[] into, int at, int count) {
        switch (spec.dtype()) {
            case F32 -> MemorySegment.copy(data, F32, from * 4, into, at, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.float16ToFloat(data.get(I16, (from + i) * 2));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.intBitsToFloat(data.get(I16, (from + i) * 2) << 16);
                }
            }
            case F64, I64, I32, U8, BOOL -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = (float) get(from + i);
                }
            }
        }
    }

    /** All elements as a new float array, row-major. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(size())];
        copyTo(0, values, 0, values.length);
        return values;
    }

    /** All elements as a new double array, row-major. */
    public double[] toDoubles() {
        double[] values = new double[Math.toIntExact(size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = get(i);
        }
        return values;
    }

    /** All elements of an integer or boolean tensor as a new int array, row-major. */
    public int[] toInts() {
        if (dtype().isFloat()) {
            throw new IllegalStateException("toInts of " + spec + ": not integers");
        }
        int[] values = new int[Math.toIntExact(size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.toIntExact((long) get(i));
        }
        return values;
    }

    /**
     * The same values in another floating-point type, rounded to nearest even; this tensor itself if it has that type.
     *
     * @throws IllegalArgumentException if {@code dtype} is not F32, F16, BF16 or F64
     */
    public HostTensor cast(DType dtype) {
        if (dtype == dtype()) {
            return this;
        }
        int n = Math.toIntExact(size());
        byte[] bytes = new byte[Math.multiplyExact(n, dtype.bytes())];
        MemorySegment out = MemorySegment.ofArray(bytes);
        for (int i = 0; i < n; i++) {
            double value = get(i);
            switch (dtype) {
                case F64 -> out.set(F64, 8L * i, value);
                case F32 -> out.set(F32, 4L * i, (float) value);
                case F16 -> out.set(I16, 2L * i, Float.floatToFloat16((float) value));
                case BF16 -> out.set(I16, 2L * i, toBfloat16((float) value));
                case I64, I32, U8, BOOL ->
                    throw new IllegalArgumentException("cast of " + spec + " to " + dtype + ": only to float types");
            }
        }
        return new HostTensor(new Spec(dtype, shape()), out);
    }

    /** The bits of the nearest bfloat16, ties to even; NaN stays NaN. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The same values under another shape of the same size. */
    public HostTensor reshape(int... dims) {
        return new HostTensor(spec.with(Shape.of(dims)), data);
    }

    /** Type and shape, as {@code f32[4096,320]}. */
    @Override
    public String toString() {
        return spec.toString();
    }
}
