package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Copies rounded to 16 bits, see {@link Rounding}. */
final class RoundingKernels {
    private RoundingKernels() {}

    private static int bits(int isBfloat16, float x) {
        return isBfloat16 == 0 ? DeviceMath.float16(x) : DeviceMath.bfloat16(x);
    }

    /**
     * The copy, two neighbours at a time. Numbers:
     *
     * <pre>
     *  0  pairs of the copy   1  threads   2  first element read   3  first element written   4  1 for bfloat16, 0 for float16
     *  5  divisor and number: extent of axis 1 of the copy; 8  of axis 2; 11  of axis 3
     * 14 + axis  zeros before the elements   18 + axis  elements   22 + axis  from one to the next in memory; of axes 0 to 3
     * </pre>
     */
    static void rounded(KernelContext c, FloatArray m, ShortArray h, IntArray p) {
        int count = p.get(0);
        int threads = p.get(1);
        int from = p.get(2);
        int to = p.get(3);
        int isBfloat16 = p.get(4);
        int multiplier1 = p.get(5);
        int shift1 = p.get(6);
        int extent1 = p.get(7);
        int multiplier2 = p.get(8);
        int shift2 = p.get(9);
        int extent2 = p.get(10);
        int multiplier3 = p.get(11);
        int shift3 = p.get(12);
        int extent3 = p.get(13);
        int before0 = p.get(14);
        int before1 = p.get(15);
        int before2 = p.get(16);
        int before3 = p.get(17);
        int last0 = p.get(18) - 1;
        int last1 = p.get(19) - 1;
        int last2 = p.get(20) - 1;
        int last3 = p.get(21) - 1;
        int stride0 = p.get(22);
        int stride1 = p.get(23);
        int stride2 = p.get(24);
        int stride3 = p.get(25);
        for (int i = c.globalIdx; i < count; i += threads) {
            int at = 2 * i;
            int row = DeviceMath.quotient(at, multiplier3, shift3);
            int plane = DeviceMath.quotient(row, multiplier2, shift2);
            int block = DeviceMath.quotient(plane, multiplier1, shift1);
            int i0 = block - before0;
            int i1 = plane - block * extent1 - before1;
            int i2 = row - plane * extent2 - before2;
            int i3 = at - row * extent3 - before3;
            int outside = i0 | (last0 - i0) | i1 | (last1 - i1) | i2 | (last2 - i2);
            int place = from + i0 * stride0 + i1 * stride1 + i2 * stride2 + i3 * stride3;
            float first = DeviceMemory.where(m, outside | i3 | (last3 - i3), place);
            float second = DeviceMemory.where(m, outside | (i3 + 1) | (last3 - i3 - 1), place + stride3);
            h.set(to + at, (short) bits(isBfloat16, first));
            h.set(to + at + 1, (short) bits(isBfloat16, second));
        }
        if (count < 0) {
            h.set(0, h.get(0)); // never: a kernel reads from the memory that it writes
        }
    }
}
