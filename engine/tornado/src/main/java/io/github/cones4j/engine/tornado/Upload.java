package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Writes one slot of the memory on the host that is then copied to the device.
 *
 * @param memory all elements of the device's memory, without TornadoVM's header
 * @param base where the slot begins, in elements
 * @param type of the elements: float32, or one of 16 bits
 */
record Upload(MemorySegment memory, long base, DType type) {
    private static final int CHUNK = 1 << 16;

    /** All elements, row-major. */
    void write(HostTensor source) {
        long size = source.size();
        if (source.dtype() == type) {
            MemorySegment.copy(source.data(), 0, memory, type.bytes() * base, type.bytes() * size);
            return;
        }
        IntStream.range(0, Math.toIntExact(Math.ceilDiv(size, CHUNK)))
                .parallel()
                .forEach(chunk -> {
                    long from = (long) chunk * CHUNK;
                    int count = (int) Math.min(CHUNK, size - from);
                    float[] values = new float[count];
                    source.copyTo(from, values, 0, count);
                    put(values, from);
                });
    }

    /**
     * The elements that a layout shows of a row-major tensor, dense in the given order of axes.
     *
     * @param layout of the result's axes within the source
     * @param order of these axes, from the outermost to the innermost in memory
     */
    void arrange(HostTensor source, Layout layout, int... order) {
        Layout ordered = layout.permute(order);
        int[] before = new int[order.length];
        if (type != DType.F32) {
            round(source, ordered, before, ordered.dims());
            return;
        }
        chunks(ordered.size(), (from, count) -> {
            int[] places = places(ordered, before, ordered.dims(), from, count);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                source.copyTo(places[i], values, i, 1);
            }
            put(values, from);
        });
    }

    /** The elements that a layout shows of a row-major tensor, rounded and with zeros around them as the copy wants it. */
    void round(HostTensor source, Layout layout, Rounding copy) {
        round(
                source,
                layout,
                copy.before().stream().mapToInt(Integer::intValue).toArray(),
                copy.shape().dims());
    }

    private void round(HostTensor source, Layout layout, int[] before, int[] dims) {
        boolean isStored = source.dtype() == type;
        MemorySegment data = source.data();
        chunks(Math.toIntExact(Shape.of(dims).size()), (from, count) -> {
            int[] places = places(layout, before, dims, from, count);
            short[] values = new short[count];
            for (int i = 0; i < count; i++) {
                if (places[i] >= 0) {
                    values[i] = isStored
                            ? data.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * places[i])
                            : rounded((float) source.get(places[i]));
                }
            }
            put(values, from);
        });
    }

    /** The elements that a layout of one axis shows, in parts as {@link Emitter#parts} has them. */
    void parts(HostTensor source, Layout layout) {
        int count = layout.dim(0);
        int pitch = Math.ceilDiv(count, 2) * 2;
        short[] values = new short[Rounding.PARTS * pitch];
        for (int i = 0; i < count; i++) {
            float rest = (float) source.get(layout.offset() + (long) i * layout.stride(0));
            for (int part = 0; part < Rounding.PARTS; part++) {
                short bits = rounded(rest);
                values[part * pitch + i] = bits;
                float upper = type == DType.F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
                rest = Float.isFinite(upper) ? rest - upper : 0;
            }
        }
        put(values, 0);
    }

    private short rounded(float value) {
        return type == DType.F16 ? Float.floatToFloat16(value) : HostTensor.toBfloat16(value);
    }

    /** A piece of what is written. */
    @FunctionalInterface
    private interface Chunk {
        void write(int from, int count);
    }

    private static void chunks(int size, Chunk chunk) {
        IntStream.range(0, Math.ceilDiv(size, CHUNK))
                .parallel()
                .forEach(i -> chunk.write(i * CHUNK, Math.min(CHUNK, size - i * CHUNK)));
    }

    private void put(short[] values, long at) {
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (base + at), values.length);
    }

    private void put(float[] values, long at) {
        if (type != DType.F32) {
            throw new IllegalStateException("no source of " + type);
        }
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (base + at), values.length);
    }

    /**
     * Where in the source the elements of a row-major copy lie, from the {@code from}-th on; -1 for zeros around them.
     *
     * @param before for each axis the zeros before the elements
     * @param dims of the copy
     */
    private static int[] places(Layout layout, int[] before, int[] dims, int from, int count) {
        int rank = dims.length;
        int[] index = new int[rank];
        int rest = from;
        for (int axis = rank - 1; axis >= 0; axis--) {
            index[axis] = rest % dims[axis];
            rest /= dims[axis];
        }
        int[] places = new int[count];
        for (int i = 0; i < count; i++) {
            int place = layout.offset();
            boolean isInside = true;
            for (int axis = 0; axis < rank; axis++) {
                int at = index[axis] - before[axis];
                isInside &= at >= 0 && at < layout.dim(axis);
                place += at * layout.stride(axis);
            }
            places[i] = isInside ? place : -1;
            for (int axis = rank - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--) {
                index[axis] = 0;
            }
        }
        return places;
    }
}
