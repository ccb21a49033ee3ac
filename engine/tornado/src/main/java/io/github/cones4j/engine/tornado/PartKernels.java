package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What comes before and after a product: weights brought into the order in which they are read, partial sums added. */
final class PartKernels {
    /** Rows and columns of the tiles of {@link #packForward}. */
    static final int TILE = 32;

    private PartKernels() {}

    /**
     * Adds the partial results of a product, [entries, parts, rows, columns], in the order of the parts, and the bias. Columns
     * that are taps and, innermost, channels are exchanged, so that the result has the taps innermost. Parameters:
     *
     * <pre>
     * 0  elements of the result   1  parts   2  rows * columns   3  first element of the parts   4  first element of the result
     * 5  columns   6  first element of the bias [columns], or -1   7  taps; 1 leaves the columns as they are   8  channels
     * </pre>
     */
    static void sum(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int each = p.get(2);
            int columns = p.get(5);
            int entry = i / each;
            int at = p.get(3) + entry * each * (p.get(1) - 1) + i;
            float sum = m.get(at);
            for (int part = 1; part < p.get(1); part++) {
                at += each;
                sum += m.get(at);
            }
            int row = i / columns;
            int column = i - row * columns;
            int channels = p.get(8);
            int tap = column / channels;
            int place = (column - tap * channels) * p.get(7) + tap;
            m.set(p.get(4) + row * columns + place, sum + DeviceMemory.bias(m, p.get(6), column, columns));
        }
    }

    /**
     * Weights [out, in, taps] as [taps, in, out], by groups of 256 threads for 32 x 32 elements: the first index counts pieces of
     * in * taps, the second those of out. Parameters:
     *
     * <pre>
     * 0  out   1  in   2  taps   3  first element of the weights   4  first element of the result
     * </pre>
     */
    static void packForward(KernelContext c, FloatArray m, IntArray p) {
        float[] tile = c.allocateFloatLocalArray(1056);
        int out = p.get(0);
        int taps = p.get(2);
        int depth = p.get(1) * taps;
        int column = c.localIdx % 32;
        int line = c.localIdx / 32;
        int out0 = c.groupIdy * 32;
        int depth0 = c.groupIdx * 32;
        for (int i = line; i < 32; i += 8) {
            if (out0 + i < out && depth0 + column < depth) {
                tile[i * 33 + column] = m.get(p.get(3) + (out0 + i) * depth + depth0 + column);
            }
        }
        c.localBarrier();
        for (int i = line; i < 32; i += 8) {
            int from = depth0 + i;
            if (from < depth && out0 + column < out) {
                int channel = from / taps;
                int row = (from - channel * taps) * p.get(1) + channel;
                m.set(p.get(4) + row * out + out0 + column, tile[column * 33 + i]);
            }
        }
    }

    /**
     * Weights [out, in, taps] as [used, out, in], the used taps in the given order. Parameters:
     *
     * <pre>
     * 0  out   1  in   2  taps   3  first element of the weights   4  first element of the result
     * 5  used   6 + i  which tap becomes tap i
     * </pre>
     */
    static void packForInput(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        int in = p.get(1);
        int taps = p.get(2);
        if (i < p.get(0) * in * p.get(5)) {
            int row = i / in;
            int column = i - row * in;
            int tap = row / p.get(0);
            int out = row - tap * p.get(0);
            m.set(p.get(4) + i, m.get(p.get(3) + (out * in + column) * taps + p.get(6 + tap)));
        }
    }
}
