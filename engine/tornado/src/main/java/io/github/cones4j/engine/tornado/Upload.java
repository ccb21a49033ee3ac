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
 * @param memory all floats of the device's memory, without TornadoVM's header
 * @param base where the slot begins, in floats
 */
record Upload(MemorySegment memory, long base) {
    private static final int CHUNK = 1 << 16;

    /** All elements, row-major, widened to float32. */
    void write(HostTensor source) {
        long size = source.size();
        if (source.dtype() == DType.F32) {
            MemorySegment.copy(source.data(), 0, memory, 4 * base, 4 * size);
            return;
        }
        IntStream.range(0, Math.toIntExact(Math.ceilDiv(size, CHUNK)))
                .parallel()
                .forEach(chunk -> {
                    long from = (long) chunk * CHUNK;
                    int count = (int) Math.min(CHUNK, size - from);
                    float[] values = new float[count];
                    source.copyTo(from, values, 0, count);
                    MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (base + from), count);
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
        int rank = order.length;
        IntStream.range(0, Math.ceilDiv(size, CHUNK)).parallel().forEach(chunk -> {
            int from = chunk * CHUNK;
            int count = Math.min(CHUNK, size - from);
            int[] index = new int[rank]; // in the order of memory
            int rest = from;
            int place = layout.offset();
            for (int k = rank - 1; k >= 0; k--) {
                int extent = layout.dim(order[k]);
                index[k] = rest % extent;
                rest /= extent;
                place += index[k] * layout.stride(order[k]);
            }
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                source.copyTo(place, values, i, 1);
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
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (base + from), count);
        });
    }
}
