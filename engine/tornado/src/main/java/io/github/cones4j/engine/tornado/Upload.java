package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Writes one slot of the memory on the host that is then copied to the device.
 *
 * @param memory all elements of the device's memory, without TornadoVM's header
 * @param base where the slot begins, in elements
 * @param type of the elements: float32, or one of 16 bits, in which then the source is stored
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
        int size = layout.size();
        IntStream.range(0, Math.ceilDiv(size, CHUNK)).parallel().forEach(chunk -> {
            int from = chunk * CHUNK;
            int[] places = places(layout, order, from, Math.min(CHUNK, size - from));
            if (type == DType.F32) {
                float[] values = new float[places.length];
                for (int i = 0; i < values.length; i++) {
                    source.copyTo(places[i], values, i, 1);
                }
                put(values, from);
            } else {
                MemorySegment data = source.data();
                short[] values = new short[places.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * places[i]);
                }
                MemorySegment.copy(
                        values, 0, memory, ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (base + from), values.length);
            }
        });
    }

    private void put(float[] values, long at) {
        if (type != DType.F32) {
            throw new IllegalStateException("no source of " + type);
        }
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (base + at), values.length);
    }

    /** Where in the source the elements lie from the {@code from}-th in the given order on. */
    private static int[] places(Layout layout, int[] order, int from, int count) {
        int rank = order.length;
        int[] index = new int[rank]; // in the order of memory
        int rest = from;
        int place = layout.offset();
        for (int k = rank - 1; k >= 0; k--) {
            int extent = layout.dim(order[k]);
            index[k] = rest % extent;
            rest /= extent;
            place += index[k] * layout.stride(order[k]);
        }
        int[] places = new int[count];
        for (int i = 0; i < count; i++) {
            places[i] = place;
            for (int k = rank - 1; k >= 0; k--) { // the next index
                int stride = layout.stride(order[k]);
                place += stride;
                if (++index[k] < layout.dim(order[k])) {
                    break;
                }
                place -= index[k] * stride;
                index[k] = 0;
            }
        }
        return places;
    }
}
