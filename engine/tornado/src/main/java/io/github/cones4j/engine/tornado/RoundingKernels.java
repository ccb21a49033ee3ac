package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Copies rounded to 16 bits, see {@link Rounding}. A thread writes two neighbours. Numbers:
 *
 * <pre>
 * 0  pairs of the copy   1  first element read   2  first element written
 * 3 axis, ...  divisor and number: extent of that axis of the copy, of axes 1, 2 and 3
 * 12 + axis  zeros before the elements   16 + axis  elements   20 + axis  from one to the next in memory; of axes 0 to 3
 * </pre>
 */
final class RoundingKernels {
    private RoundingKernels() {}

    /** IEEE 754 binary16, by the device's own conversion. */
    static void float16(KernelContext c, FloatArray m, ShortArray h, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int at = 2 * i;
            int row = DeviceMath.quotient(at, p.get(9), p.get(10));
            int plane = DeviceMath.quotient(row, p.get(6), p.get(7));
            int block = DeviceMath.quotient(plane, p.get(3), p.get(4));
            int i0 = block - p.get(12);
            int i1 = plane - block * p.get(5) - p.get(13);
            int i2 = row - plane * p.get(8) - p.get(14);
            int i3 = at - row * p.get(11) - p.get(15);
            int outside = i0 | (p.get(16) - 1 - i0) | i1 | (p.get(17) - 1 - i1) | i2 | (p.get(18) - 1 - i2);
            int from = p.get(1) + i0 * p.get(20) + i1 * p.get(21) + i2 * p.get(22) + i3 * p.get(23);
            float first = DeviceMemory.where(m, outside | i3 | (p.get(19) - 1 - i3), from);
            float second = DeviceMemory.where(m, outside | (i3 + 1) | (p.get(19) - 2 - i3), from + p.get(23));
            h.set(p.get(2) + at, new HalfFloat(first).getHalfFloatValue());
            h.set(p.get(2) + at + 1, new HalfFloat(second).getHalfFloatValue());
        }
        if (p.get(0) < 0) {
            h.set(0, h.get(0)); // never: a kernel reads from the memory that it writes
        }
    }

    /** The upper half of a binary32, see {@link DeviceMath#bfloat16}. */
    static void bfloat16(KernelContext c, FloatArray m, ShortArray h, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int at = 2 * i;
            int row = DeviceMath.quotient(at, p.get(9), p.get(10));
            int plane = DeviceMath.quotient(row, p.get(6), p.get(7));
            int block = DeviceMath.quotient(plane, p.get(3), p.get(4));
            int i0 = block - p.get(12);
            int i1 = plane - block * p.get(5) - p.get(13);
            int i2 = row - plane * p.get(8) - p.get(14);
            int i3 = at - row * p.get(11) - p.get(15);
            int outside = i0 | (p.get(16) - 1 - i0) | i1 | (p.get(17) - 1 - i1) | i2 | (p.get(18) - 1 - i2);
            int from = p.get(1) + i0 * p.get(20) + i1 * p.get(21) + i2 * p.get(22) + i3 * p.get(23);
            float first = DeviceMemory.where(m, outside | i3 | (p.get(19) - 1 - i3), from);
            float second = DeviceMemory.where(m, outside | (i3 + 1) | (p.get(19) - 2 - i3), from + p.get(23));
            h.set(p.get(2) + at, (short) DeviceMath.bfloat16(first));
            h.set(p.get(2) + at + 1, (short) DeviceMath.bfloat16(second));
        }
        if (p.get(0) < 0) {
            h.set(0, h.get(0)); // never: a kernel reads from the memory that it writes
        }
    }
}
