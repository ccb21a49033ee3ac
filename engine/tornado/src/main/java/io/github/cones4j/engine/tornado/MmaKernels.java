package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of matrices and convolutions on the tensor cores of NVIDIA's GPUs: operands are rounded to float16 on their way into
 * local memory, products are added in float32. A group of threads computes a tile, each of its 8 or 16 warps 64 x 32 or
 * 32 x 32 elements of it in fragments of 16 x 8; the common dimension goes by steps of 32, two tiles in local memory, so that the next is
 * fetched while the present one is multiplied.
 *
 * <p>Two neighbours of a fragment share an int in local memory: two places along the common dimension for A, two columns for B.
 * For the common dimension these are places i and i + 16 of a step, so that neighbouring threads read neighbouring floats: any
 * order will do that is the same for A and B. Rows of A take 20 ints, rows of B 4 more than they have, and 4 rows are left out
 * before the upper 16, so that the rows that a warp reads at once lie in different banks. The loads of fragments add, for each
 * thread of a warp, a place within rows without gaps to the offset they are given: the offsets here take that place back.
 *
 * <p>The bias is another step of the common dimension, of ones times the bias in two parts of 11 bits each. On TornadoVM 5.2.0
 * the second part is 0, and the bias so rounded to float16: in the source that it emits, a float that was rounded to float16 and
 * widened again is still the unrounded one, so that nothing is left over. Measured on an H200: the errors are those of a bias
 * rounded to float16, 1.2e-4 to 1.8e-4 of results whose bias is as large as the products.
 *
 * <p>A group's first index counts the tiles, row by row, its second the entries of the batch and within each the splits of the common
 * dimension. Whole fragments are stored: the result has a multiple of 16 rows and of 8 columns. Parameters:
 *
 * <pre>
 *  0  rows of C            3  first element of A             7  first element of B
 *  1  columns of C         4  A: from row to row             8  B: from column to column
 *  2  common dimension     5  A: along the common dimension  9  B: along the common dimension
 *                          6  A: from entry to entry        10  B: from entry to entry
 * 11  first element of the result [batch, splits, rows stored, columns stored]
 * 12  first element of the bias [columns], or -1
 * 13  tiles side by side   14  splits                       15  common dimension of one split, a multiple of 32
 * 16  1 if neighbours of A lie along the common dimension   17  the same for B
 * 18  rows stored          19  columns stored
 *
 * of convolutions instead of 4, 5, 6 and 16, and more; A is the picture, dense [images, height, width, channels], B the packed
 * weights, dense [taps * channels, columns]:
 *  4  channels of the picture, a multiple of 32             5  its height    6  its width
 * 16  points of the picture from one point of the result to the next
 * 20, 21, 22  divisor and number: points of one image       23, 24, 25  the same: points of one line
 * 26, 27  divisor: channels                                 28, 29, 30  divisor and number: taps of one line
 * 31, 32  line and column of the picture under the first tap at the first point
 * </pre>
 */
@SuppressWarnings("UnusedVariable") // what a loop assigns is declared before it: kernels keep their values in registers
final class MmaKernels {
    /** Two ones in float16. */
    private static final int ONES = 0x3c003c00;

    private static final int SIGNS = 0x80008000;

    private MmaKernels() {}

    /** C = A B in tiles of 128 x 128 by groups of 256 threads; parameters as {@link MmaKernels} says. */
    static void matrix128x128(KernelContext c, FloatArray m, IntArray p) {
        int[] aTile = c.allocateIntLocalArray(5120);
        int[] bTile = c.allocateIntLocalArray(4896);
        int thread = c.localIdx;
        int lane = thread % 32;
        int warp = thread / 32;
        int rows = p.get(0);
        int columns = p.get(1);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 128;
        int part = c.groupIdy;
        int entry = part / splits;
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aStart = p.get(3) + entry * p.get(6);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int aAlong = p.get(16);
        int aLine = aAlong != 0 ? warp % 4 + warp / 4 * 8 + lane / 16 * 4 : thread % 128;
        int aDeep = aAlong != 0 ? lane % 16 : thread / 128;
        int aLineStep = aAlong != 0 ? 16 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 2;
        int aPlace = aLine * 20 + aDeep;
        int aPlaceStep = aLineStep * 20 + aDeepStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int aAt4 = aStart
                + Math.min(row0 + aLine + 4 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 4 * aDeepStep) * aDeepStride;
        int aAt5 = aStart
                + Math.min(row0 + aLine + 5 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 5 * aDeepStep) * aDeepStride;
        int aAt6 = aStart
                + Math.min(row0 + aLine + 6 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 6 * aDeepStep) * aDeepStride;
        int aAt7 = aStart
                + Math.min(row0 + aLine + 7 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 7 * aDeepStep) * aDeepStride;
        int bStart = p.get(7) + entry * p.get(10);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int bAlong = p.get(17);
        int bLine = bAlong != 0 ? warp * 4 + lane / 16 * 2 : thread % 64 * 2;
        int bDeep = bAlong != 0 ? lane % 16 : thread / 64;
        int bLineStep = bAlong != 0 ? 32 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 4;
        int bPlace = bDeep * 68 + bLine / 2;
        int bPlaceStep = bDeepStep * 68 + bLineStep / 2;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart + Math.min(column0 + bLine + 1, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + bLineStep + 1, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt4 = bStart
                + Math.min(column0 + bLine + 2 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 2 * bDeepStep) * bDeepStride;
        int bAt5 = bStart
                + Math.min(column0 + bLine + 2 * bLineStep + 1, columns - 1) * bLineStride
                + (bDeep + 2 * bDeepStep) * bDeepStride;
        int bAt6 = bStart
                + Math.min(column0 + bLine + 3 * bLineStep, columns - 1) * bLineStride
                + (bDeep + 3 * bDeepStep) * bDeepStride;
        int bAt7 = bStart
                + Math.min(column0 + bLine + 3 * bLineStep + 1, columns - 1) * bLineStride
                + (bDeep + 3 * bDeepStep) * bDeepStride;
        int warpRow = warp / 4 * 64;
        int warpColumn = warp % 4 * 32;
        int aRead = warpRow * 80 + lane % 16 * 48;
        int bRead = (lane % 16 / 2 + lane % 2 * 20) * 272 + warpColumn * 2 - lane % 16 * 16;
        float[] c00 = c.mmaFragment(0f);
        float[] c01 = c.mmaFragment(0f);
        float[] c02 = c.mmaFragment(0f);
        float[] c03 = c.mmaFragment(0f);
        float[] c10 = c.mmaFragment(0f);
        float[] c11 = c.mmaFragment(0f);
        float[] c12 = c.mmaFragment(0f);
        float[] c13 = c.mmaFragment(0f);
        float[] c20 = c.mmaFragment(0f);
        float[] c21 = c.mmaFragment(0f);
        float[] c22 = c.mmaFragment(0f);
        float[] c23 = c.mmaFragment(0f);
        float[] c30 = c.mmaFragment(0f);
        float[] c31 = c.mmaFragment(0f);
        float[] c32 = c.mmaFragment(0f);
        float[] c33 = c.mmaFragment(0f);
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float s4 = 0f;
        float s5 = 0f;
        float s6 = 0f;
        float s7 = 0f;
        float s8 = 0f;
        float s9 = 0f;
        float s10 = 0f;
        float s11 = 0f;
        float s12 = 0f;
        float s13 = 0f;
        float s14 = 0f;
        float s15 = 0f;
        int firstAShift = from * aDeepStride;
        if (from + 32 <= to) {
            s0 = m.get(aAt0 + firstAShift);
            s1 = m.get(aAt0 + firstAShift + 16 * aDeepStride);
            s2 = m.get(aAt1 + firstAShift);
            s3 = m.get(aAt1 + firstAShift + 16 * aDeepStride);
            s4 = m.get(aAt2 + firstAShift);
            s5 = m.get(aAt2 + firstAShift + 16 * aDeepStride);
            s6 = m.get(aAt3 + firstAShift);
            s7 = m.get(aAt3 + firstAShift + 16 * aDeepStride);
            s8 = m.get(aAt4 + firstAShift);
            s9 = m.get(aAt4 + firstAShift + 16 * aDeepStride);
            s10 = m.get(aAt5 + firstAShift);
            s11 = m.get(aAt5 + firstAShift + 16 * aDeepStride);
            s12 = m.get(aAt6 + firstAShift);
            s13 = m.get(aAt6 + firstAShift + 16 * aDeepStride);
            s14 = m.get(aAt7 + firstAShift);
            s15 = m.get(aAt7 + firstAShift + 16 * aDeepStride);
        } else {
            s0 = DeviceMemory.upTo(m, aAt0 + firstAShift, from + aDeep, to);
            s1 = DeviceMemory.upTo(m, aAt0 + firstAShift + 16 * aDeepStride, from + aDeep + 16, to);
            s2 = DeviceMemory.upTo(m, aAt1 + firstAShift, from + aDeep + aDeepStep, to);
            s3 = DeviceMemory.upTo(m, aAt1 + firstAShift + 16 * aDeepStride, from + aDeep + aDeepStep + 16, to);
            s4 = DeviceMemory.upTo(m, aAt2 + firstAShift, from + aDeep + 2 * aDeepStep, to);
            s5 = DeviceMemory.upTo(m, aAt2 + firstAShift + 16 * aDeepStride, from + aDeep + 2 * aDeepStep + 16, to);
            s6 = DeviceMemory.upTo(m, aAt3 + firstAShift, from + aDeep + 3 * aDeepStep, to);
            s7 = DeviceMemory.upTo(m, aAt3 + firstAShift + 16 * aDeepStride, from + aDeep + 3 * aDeepStep + 16, to);
            s8 = DeviceMemory.upTo(m, aAt4 + firstAShift, from + aDeep + 4 * aDeepStep, to);
            s9 = DeviceMemory.upTo(m, aAt4 + firstAShift + 16 * aDeepStride, from + aDeep + 4 * aDeepStep + 16, to);
            s10 = DeviceMemory.upTo(m, aAt5 + firstAShift, from + aDeep + 5 * aDeepStep, to);
            s11 = DeviceMemory.upTo(m, aAt5 + firstAShift + 16 * aDeepStride, from + aDeep + 5 * aDeepStep + 16, to);
            s12 = DeviceMemory.upTo(m, aAt6 + firstAShift, from + aDeep + 6 * aDeepStep, to);
            s13 = DeviceMemory.upTo(m, aAt6 + firstAShift + 16 * aDeepStride, from + aDeep + 6 * aDeepStep + 16, to);
            s14 = DeviceMemory.upTo(m, aAt7 + firstAShift, from + aDeep + 7 * aDeepStep, to);
            s15 = DeviceMemory.upTo(m, aAt7 + firstAShift + 16 * aDeepStride, from + aDeep + 7 * aDeepStep + 16, to);
        }
        int biasStart = p.get(12);
        aTile[2560 + thread / 8 * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 32) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 64) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 96) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        int pair = column0 + thread % 64 * 2;
        int biasColumns = thread < 64 ? columns : 0;
        float bias0 = DeviceMemory.bias(m, biasStart, pair, biasColumns);
        float bias1 = DeviceMemory.bias(m, biasStart, pair + 1, biasColumns);
        float upper0 = upper(bias0);
        float upper1 = upper(bias1);
        int biasPlace = 2448 + thread / 64 * 68 + thread % 64;
        bTile[biasPlace] = pack(upper0, upper1);
        bTile[biasPlace + 1360] = pack(bias0 - upper0, bias1 - upper1);
        bTile[biasPlace + 272] = 0;
        bTile[biasPlace + 1632] = 0;
        c.localBarrier();
        int aBias = 10240 + aRead;
        int bBias = 9792 + bRead;
        HalfFloat[] biasB0 = c.mmaLoadB(bTile, 16, bBias);
        HalfFloat[] biasB1 = c.mmaLoadB(bTile, 16, bBias + 16);
        HalfFloat[] biasB2 = c.mmaLoadB(bTile, 16, bBias + 32);
        HalfFloat[] biasB3 = c.mmaLoadB(bTile, 16, bBias + 48);
        HalfFloat[] biasA0 = c.mmaLoadA(aTile, 16, aBias);
        c00 = c.mma(biasA0, biasB0, c00, MMAShape.M16N8K16);
        c01 = c.mma(biasA0, biasB1, c01, MMAShape.M16N8K16);
        c02 = c.mma(biasA0, biasB2, c02, MMAShape.M16N8K16);
        c03 = c.mma(biasA0, biasB3, c03, MMAShape.M16N8K16);
        HalfFloat[] biasA1 = c.mmaLoadA(aTile, 16, aBias + 1280);
        c10 = c.mma(biasA1, biasB0, c10, MMAShape.M16N8K16);
        c11 = c.mma(biasA1, biasB1, c11, MMAShape.M16N8K16);
        c12 = c.mma(biasA1, biasB2, c12, MMAShape.M16N8K16);
        c13 = c.mma(biasA1, biasB3, c13, MMAShape.M16N8K16);
        HalfFloat[] biasA2 = c.mmaLoadA(aTile, 16, aBias + 2560);
        c20 = c.mma(biasA2, biasB0, c20, MMAShape.M16N8K16);
        c21 = c.mma(biasA2, biasB1, c21, MMAShape.M16N8K16);
        c22 = c.mma(biasA2, biasB2, c22, MMAShape.M16N8K16);
        c23 = c.mma(biasA2, biasB3, c23, MMAShape.M16N8K16);
        HalfFloat[] biasA3 = c.mmaLoadA(aTile, 16, aBias + 3840);
        c30 = c.mma(biasA3, biasB0, c30, MMAShape.M16N8K16);
        c31 = c.mma(biasA3, biasB1, c31, MMAShape.M16N8K16);
        c32 = c.mma(biasA3, biasB2, c32, MMAShape.M16N8K16);
        c33 = c.mma(biasA3, biasB3, c33, MMAShape.M16N8K16);
        aTile[aPlace] = pack(s0, s1);
        aTile[aPlace + aPlaceStep] = pack(s2, s3);
        aTile[aPlace + 2 * aPlaceStep] = pack(s4, s5);
        aTile[aPlace + 3 * aPlaceStep] = pack(s6, s7);
        aTile[aPlace + 4 * aPlaceStep] = pack(s8, s9);
        aTile[aPlace + 5 * aPlaceStep] = pack(s10, s11);
        aTile[aPlace + 6 * aPlaceStep] = pack(s12, s13);
        aTile[aPlace + 7 * aPlaceStep] = pack(s14, s15);
        int firstBShift = from * bDeepStride;
        if (from + 32 <= to) {
            s0 = m.get(bAt0 + firstBShift);
            s1 = m.get(bAt1 + firstBShift);
            s2 = m.get(bAt0 + firstBShift + 16 * bDeepStride);
            s3 = m.get(bAt1 + firstBShift + 16 * bDeepStride);
            s4 = m.get(bAt2 + firstBShift);
            s5 = m.get(bAt3 + firstBShift);
            s6 = m.get(bAt2 + firstBShift + 16 * bDeepStride);
            s7 = m.get(bAt3 + firstBShift + 16 * bDeepStride);
            s8 = m.get(bAt4 + firstBShift);
            s9 = m.get(bAt5 + firstBShift);
            s10 = m.get(bAt4 + firstBShift + 16 * bDeepStride);
            s11 = m.get(bAt5 + firstBShift + 16 * bDeepStride);
            s12 = m.get(bAt6 + firstBShift);
            s13 = m.get(bAt7 + firstBShift);
            s14 = m.get(bAt6 + firstBShift + 16 * bDeepStride);
            s15 = m.get(bAt7 + firstBShift + 16 * bDeepStride);
        } else {
            s0 = DeviceMemory.upTo(m, bAt0 + firstBShift, from + bDeep, to);
            s1 = DeviceMemory.upTo(m, bAt1 + firstBShift, from + bDeep, to);
            s2 = DeviceMemory.upTo(m, bAt0 + firstBShift + 16 * bDeepStride, from + bDeep + 16, to);
            s3 = DeviceMemory.upTo(m, bAt1 + firstBShift + 16 * bDeepStride, from + bDeep + 16, to);
            s4 = DeviceMemory.upTo(m, bAt2 + firstBShift, from + bDeep + bDeepStep, to);
            s5 = DeviceMemory.upTo(m, bAt3 + firstBShift, from + bDeep + bDeepStep, to);
            s6 = DeviceMemory.upTo(m, bAt2 + firstBShift + 16 * bDeepStride, from + bDeep + bDeepStep + 16, to);
            s7 = DeviceMemory.upTo(m, bAt3 + firstBShift + 16 * bDeepStride, from + bDeep + bDeepStep + 16, to);
            s8 = DeviceMemory.upTo(m, bAt4 + firstBShift, from + bDeep + 2 * bDeepStep, to);
            s9 = DeviceMemory.upTo(m, bAt5 + firstBShift, from + bDeep + 2 * bDeepStep, to);
            s10 = DeviceMemory.upTo(m, bAt4 + firstBShift + 16 * bDeepStride, from + bDeep + 2 * bDeepStep + 16, to);
            s11 = DeviceMemory.upTo(m, bAt5 + firstBShift + 16 * bDeepStride, from + bDeep + 2 * bDeepStep + 16, to);
            s12 = DeviceMemory.upTo(m, bAt6 + firstBShift, from + bDeep + 3 * bDeepStep, to);
            s13 = DeviceMemory.upTo(m, bAt7 + firstBShift, from + bDeep + 3 * bDeepStep, to);
            s14 = DeviceMemory.upTo(m, bAt6 + firstBShift + 16 * bDeepStride, from + bDeep + 3 * bDeepStep + 16, to);
            s15 = DeviceMemory.upTo(m, bAt7 + firstBShift + 16 * bDeepStride, from + bDeep + 3 * bDeepStep + 16, to);
        }
        bTile[bPlace] = pack(s0, s1);
        bTile[bPlace + 1360] = pack(s2, s3);
        bTile[bPlace + bPlaceStep] = pack(s4, s5);
        bTile[bPlace + bPlaceStep + 1360] = pack(s6, s7);
        bTile[bPlace + 2 * bPlaceStep] = pack(s8, s9);
        bTile[bPlace + 2 * bPlaceStep + 1360] = pack(s10, s11);
        bTile[bPlace + 3 * bPlaceStep] = pack(s12, s13);
        bTile[bPlace + 3 * bPlaceStep + 1360] = pack(s14, s15);
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 32) {
            int aNext = 2560 - aBuffer;
            int bNext = 2448 - bBuffer;
            int ahead = depth + 32;
            int aOffset = aBuffer * 4 + aRead;
            int bOffset = bBuffer * 4 + bRead;
            if (ahead < to) {
                int nextAShift = ahead * aDeepStride;
                if (ahead + 32 <= to) {
                    s0 = m.get(aAt0 + nextAShift);
                    s1 = m.get(aAt0 + nextAShift + 16 * aDeepStride);
                    s2 = m.get(aAt1 + nextAShift);
                    s3 = m.get(aAt1 + nextAShift + 16 * aDeepStride);
                    s4 = m.get(aAt2 + nextAShift);
                    s5 = m.get(aAt2 + nextAShift + 16 * aDeepStride);
                    s6 = m.get(aAt3 + nextAShift);
                    s7 = m.get(aAt3 + nextAShift + 16 * aDeepStride);
                    s8 = m.get(aAt4 + nextAShift);
                    s9 = m.get(aAt4 + nextAShift + 16 * aDeepStride);
                    s10 = m.get(aAt5 + nextAShift);
                    s11 = m.get(aAt5 + nextAShift + 16 * aDeepStride);
                    s12 = m.get(aAt6 + nextAShift);
                    s13 = m.get(aAt6 + nextAShift + 16 * aDeepStride);
                    s14 = m.get(aAt7 + nextAShift);
                    s15 = m.get(aAt7 + nextAShift + 16 * aDeepStride);
                } else {
                    s0 = DeviceMemory.upTo(m, aAt0 + nextAShift, ahead + aDeep, to);
                    s1 = DeviceMemory.upTo(m, aAt0 + nextAShift + 16 * aDeepStride, ahead + aDeep + 16, to);
                    s2 = DeviceMemory.upTo(m, aAt1 + nextAShift, ahead + aDeep + aDeepStep, to);
                    s3 = DeviceMemory.upTo(m, aAt1 + nextAShift + 16 * aDeepStride, ahead + aDeep + aDeepStep + 16, to);
                    s4 = DeviceMemory.upTo(m, aAt2 + nextAShift, ahead + aDeep + 2 * aDeepStep, to);
                    s5 = DeviceMemory.upTo(
                            m, aAt2 + nextAShift + 16 * aDeepStride, ahead + aDeep + 2 * aDeepStep + 16, to);
                    s6 = DeviceMemory.upTo(m, aAt3 + nextAShift, ahead + aDeep + 3 * aDeepStep, to);
                    s7 = DeviceMemory.upTo(
                            m, aAt3 + nextAShift + 16 * aDeepStride, ahead + aDeep + 3 * aDeepStep + 16, to);
                    s8 = DeviceMemory.upTo(m, aAt4 + nextAShift, ahead + aDeep + 4 * aDeepStep, to);
                    s9 = DeviceMemory.upTo(
                            m, aAt4 + nextAShift + 16 * aDeepStride, ahead + aDeep + 4 * aDeepStep + 16, to);
                    s10 = DeviceMemory.upTo(m, aAt5 + nextAShift, ahead + aDeep + 5 * aDeepStep, to);
                    s11 = DeviceMemory.upTo(
                            m, aAt5 + nextAShift + 16 * aDeepStride, ahead + aDeep + 5 * aDeepStep + 16, to);
                    s12 = DeviceMemory.upTo(m, aAt6 + nextAShift, ahead + aDeep + 6 * aDeepStep, to);
                    s13 = DeviceMemory.upTo(
                            m, aAt6 + nextAShift + 16 * aDeepStride, ahead + aDeep + 6 * aDeepStep + 16, to);
                    s14 = DeviceMemory.upTo(m, aAt7 + nextAShift, ahead + aDeep + 7 * aDeepStep, to);
                    s15 = DeviceMemory.upTo(
                            m, aAt7 + nextAShift + 16 * aDeepStride, ahead + aDeep + 7 * aDeepStep + 16, to);
                }
            }
            HalfFloat[] lowB0 = c.mmaLoadB(bTile, 16, bOffset);
            HalfFloat[] lowB1 = c.mmaLoadB(bTile, 16, bOffset + 16);
            HalfFloat[] lowB2 = c.mmaLoadB(bTile, 16, bOffset + 32);
            HalfFloat[] lowB3 = c.mmaLoadB(bTile, 16, bOffset + 48);
            HalfFloat[] lowA0 = c.mmaLoadA(aTile, 16, aOffset);
            c00 = c.mma(lowA0, lowB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(lowA0, lowB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(lowA0, lowB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(lowA0, lowB3, c03, MMAShape.M16N8K16);
            HalfFloat[] lowA1 = c.mmaLoadA(aTile, 16, aOffset + 1280);
            c10 = c.mma(lowA1, lowB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(lowA1, lowB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(lowA1, lowB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(lowA1, lowB3, c13, MMAShape.M16N8K16);
            HalfFloat[] lowA2 = c.mmaLoadA(aTile, 16, aOffset + 2560);
            c20 = c.mma(lowA2, lowB0, c20, MMAShape.M16N8K16);
            c21 = c.mma(lowA2, lowB1, c21, MMAShape.M16N8K16);
            c22 = c.mma(lowA2, lowB2, c22, MMAShape.M16N8K16);
            c23 = c.mma(lowA2, lowB3, c23, MMAShape.M16N8K16);
            HalfFloat[] lowA3 = c.mmaLoadA(aTile, 16, aOffset + 3840);
            c30 = c.mma(lowA3, lowB0, c30, MMAShape.M16N8K16);
            c31 = c.mma(lowA3, lowB1, c31, MMAShape.M16N8K16);
            c32 = c.mma(lowA3, lowB2, c32, MMAShape.M16N8K16);
            c33 = c.mma(lowA3, lowB3, c33, MMAShape.M16N8K16);
            if (ahead < to) {
                aTile[aNext + aPlace] = pack(s0, s1);
                aTile[aNext + aPlace + aPlaceStep] = pack(s2, s3);
                aTile[aNext + aPlace + 2 * aPlaceStep] = pack(s4, s5);
                aTile[aNext + aPlace + 3 * aPlaceStep] = pack(s6, s7);
                aTile[aNext + aPlace + 4 * aPlaceStep] = pack(s8, s9);
                aTile[aNext + aPlace + 5 * aPlaceStep] = pack(s10, s11);
                aTile[aNext + aPlace + 6 * aPlaceStep] = pack(s12, s13);
                aTile[aNext + aPlace + 7 * aPlaceStep] = pack(s14, s15);
                int nextBShift = ahead * bDeepStride;
                if (ahead + 32 <= to) {
                    s0 = m.get(bAt0 + nextBShift);
                    s1 = m.get(bAt1 + nextBShift);
                    s2 = m.get(bAt0 + nextBShift + 16 * bDeepStride);
                    s3 = m.get(bAt1 + nextBShift + 16 * bDeepStride);
                    s4 = m.get(bAt2 + nextBShift);
                    s5 = m.get(bAt3 + nextBShift);
                    s6 = m.get(bAt2 + nextBShift + 16 * bDeepStride);
                    s7 = m.get(bAt3 + nextBShift + 16 * bDeepStride);
                    s8 = m.get(bAt4 + nextBShift);
                    s9 = m.get(bAt5 + nextBShift);
                    s10 = m.get(bAt4 + nextBShift + 16 * bDeepStride);
                    s11 = m.get(bAt5 + nextBShift + 16 * bDeepStride);
                    s12 = m.get(bAt6 + nextBShift);
                    s13 = m.get(bAt7 + nextBShift);
                    s14 = m.get(bAt6 + nextBShift + 16 * bDeepStride);
                    s15 = m.get(bAt7 + nextBShift + 16 * bDeepStride);
                } else {
                    s0 = DeviceMemory.upTo(m, bAt0 + nextBShift, ahead + bDeep, to);
                    s1 = DeviceMemory.upTo(m, bAt1 + nextBShift, ahead + bDeep, to);
                    s2 = DeviceMemory.upTo(m, bAt0 + nextBShift + 16 * bDeepStride, ahead + bDeep + 16, to);
                    s3 = DeviceMemory.upTo(m, bAt1 + nextBShift + 16 * bDeepStride, ahead + bDeep + 16, to);
                    s4 = DeviceMemory.upTo(m, bAt2 + nextBShift, ahead + bDeep + bDeepStep, to);
                    s5 = DeviceMemory.upTo(m, bAt3 + nextBShift, ahead + bDeep + bDeepStep, to);
                    s6 = DeviceMemory.upTo(m, bAt2 + nextBShift + 16 * bDeepStride, ahead + bDeep + bDeepStep + 16, to);
                    s7 = DeviceMemory.upTo(m, bAt3 + nextBShift + 16 * bDeepStride, ahead + bDeep + bDeepStep + 16, to);
                    s8 = DeviceMemory.upTo(m, bAt4 + nextBShift, ahead + bDeep + 2 * bDeepStep, to);
                    s9 = DeviceMemory.upTo(m, bAt5 + nextBShift, ahead + bDeep + 2 * bDeepStep, to);
                    s10 = DeviceMemory.upTo(
                            m, bAt4 + nextBShift + 16 * bDeepStride, ahead + bDeep + 2 * bDeepStep + 16, to);
                    s11 = DeviceMemory.upTo(
                            m, bAt5 + nextBShift + 16 * bDeepStride, ahead + bDeep + 2 * bDeepStep + 16, to);
                    s12 = DeviceMemory.upTo(m, bAt6 + nextBShift, ahead + bDeep + 3 * bDeepStep, to);
                    s13 = DeviceMemory.upTo(m, bAt7 + nextBShift, ahead + bDeep + 3 * bDeepStep, to);
                    s14 = DeviceMemory.upTo(
                            m, bAt6 + nextBShift + 16 * bDeepStride, ahead + bDeep + 3 * bDeepStep + 16, to);
                    s15 = DeviceMemory.upTo(
                            m, bAt7 + nextBShift + 16 * bDeepStride, ahead + bDeep + 3 * bDeepStep + 16, to);
                }
            }
            HalfFloat[] highB0 = c.mmaLoadB(bTile, 16, bOffset + 2176);
            HalfFloat[] highB1 = c.mmaLoadB(bTile, 16, bOffset + 2192);
            HalfFloat[] highB2 = c.mmaLoadB(bTile, 16, bOffset + 2208);
            HalfFloat[] highB3 = c.mmaLoadB(bTile, 16, bOffset + 2224);
            HalfFloat[] highA0 = c.mmaLoadA(aTile, 16, aOffset + 32);
            c00 = c.mma(highA0, highB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(highA0, highB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(highA0, highB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(highA0, highB3, c03, MMAShape.M16N8K16);
            HalfFloat[] highA1 = c.mmaLoadA(aTile, 16, aOffset + 1312);
            c10 = c.mma(highA1, highB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(highA1, highB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(highA1, highB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(highA1, highB3, c13, MMAShape.M16N8K16);
            HalfFloat[] highA2 = c.mmaLoadA(aTile, 16, aOffset + 2592);
            c20 = c.mma(highA2, highB0, c20, MMAShape.M16N8K16);
            c21 = c.mma(highA2, highB1, c21, MMAShape.M16N8K16);
            c22 = c.mma(highA2, highB2, c22, MMAShape.M16N8K16);
            c23 = c.mma(highA2, highB3, c23, MMAShape.M16N8K16);
            HalfFloat[] highA3 = c.mmaLoadA(aTile, 16, aOffset + 3872);
            c30 = c.mma(highA3, highB0, c30, MMAShape.M16N8K16);
            c31 = c.mma(highA3, highB1, c31, MMAShape.M16N8K16);
            c32 = c.mma(highA3, highB2, c32, MMAShape.M16N8K16);
            c33 = c.mma(highA3, highB3, c33, MMAShape.M16N8K16);
            if (ahead < to) {
                bTile[bNext + bPlace] = pack(s0, s1);
                bTile[bNext + bPlace + 1360] = pack(s2, s3);
                bTile[bNext + bPlace + bPlaceStep] = pack(s4, s5);
                bTile[bNext + bPlace + bPlaceStep + 1360] = pack(s6, s7);
                bTile[bNext + bPlace + 2 * bPlaceStep] = pack(s8, s9);
                bTile[bNext + bPlace + 2 * bPlaceStep + 1360] = pack(s10, s11);
                bTile[bNext + bPlace + 3 * bPlaceStep] = pack(s12, s13);
                bTile[bNext + bPlace + 3 * bPlaceStep + 1360] = pack(s14, s15);
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int storedRows = p.get(18);
        int storedColumns = p.get(19);
        int start = p.get(11) + part * storedRows * storedColumns;
        int row = row0 + warpRow;
        int column = column0 + warpColumn;
        int rowsLeft0 = storedRows - 1 - row;
        if ((rowsLeft0 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c00, m, row, start + column, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c01, m, row, start + column + 8, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c02, m, row, start + column + 16, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c03, m, row, start + column + 24, storedColumns);
        }
        int rowsLeft1 = storedRows - 1 - row - 16;
        if ((rowsLeft1 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c10, m, row + 16, start + column, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c11, m, row + 16, start + column + 8, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c12, m, row + 16, start + column + 16, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c13, m, row + 16, start + column + 24, storedColumns);
        }
        int rowsLeft2 = storedRows - 1 - row - 32;
        if ((rowsLeft2 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c20, m, row + 32, start + column, storedColumns);
        }
        if ((rowsLeft2 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c21, m, row + 32, start + column + 8, storedColumns);
        }
        if ((rowsLeft2 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c22, m, row + 32, start + column + 16, storedColumns);
        }
        if ((rowsLeft2 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c23, m, row + 32, start + column + 24, storedColumns);
        }
        int rowsLeft3 = storedRows - 1 - row - 48;
        if ((rowsLeft3 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c30, m, row + 48, start + column, storedColumns);
        }
        if ((rowsLeft3 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c31, m, row + 48, start + column + 8, storedColumns);
        }
        if ((rowsLeft3 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c32, m, row + 48, start + column + 16, storedColumns);
        }
        if ((rowsLeft3 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c33, m, row + 48, start + column + 24, storedColumns);
        }
    }

    /** C = A B in tiles of 128 x 128 by groups of 512 threads; parameters as {@link MmaKernels} says. */
    static void matrix128x128By16Warps(KernelContext c, FloatArray m, IntArray p) {
        int[] aTile = c.allocateIntLocalArray(5120);
        int[] bTile = c.allocateIntLocalArray(4896);
        int thread = c.localIdx;
        int lane = thread % 32;
        int warp = thread / 32;
        int rows = p.get(0);
        int columns = p.get(1);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 128;
        int part = c.groupIdy;
        int entry = part / splits;
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aStart = p.get(3) + entry * p.get(6);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int aAlong = p.get(16);
        int aLine = aAlong != 0 ? warp % 4 + warp / 4 * 8 + lane / 16 * 4 : thread % 128;
        int aDeep = aAlong != 0 ? lane % 16 : thread / 128;
        int aLineStep = aAlong != 0 ? 32 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 4;
        int aPlace = aLine * 20 + aDeep;
        int aPlaceStep = aLineStep * 20 + aDeepStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int bStart = p.get(7) + entry * p.get(10);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int bAlong = p.get(17);
        int bLine = bAlong != 0 ? warp * 4 + lane / 16 * 2 : thread % 64 * 2;
        int bDeep = bAlong != 0 ? lane % 16 : thread / 64;
        int bLineStep = bAlong != 0 ? 64 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 8;
        int bPlace = bDeep * 68 + bLine / 2;
        int bPlaceStep = bDeepStep * 68 + bLineStep / 2;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart + Math.min(column0 + bLine + 1, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + bLineStep + 1, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int warpRow = warp / 4 * 32;
        int warpColumn = warp % 4 * 32;
        int aRead = warpRow * 80 + lane % 16 * 48;
        int bRead = (lane % 16 / 2 + lane % 2 * 20) * 272 + warpColumn * 2 - lane % 16 * 16;
        float[] c00 = c.mmaFragment(0f);
        float[] c01 = c.mmaFragment(0f);
        float[] c02 = c.mmaFragment(0f);
        float[] c03 = c.mmaFragment(0f);
        float[] c10 = c.mmaFragment(0f);
        float[] c11 = c.mmaFragment(0f);
        float[] c12 = c.mmaFragment(0f);
        float[] c13 = c.mmaFragment(0f);
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float s4 = 0f;
        float s5 = 0f;
        float s6 = 0f;
        float s7 = 0f;
        int firstAShift = from * aDeepStride;
        if (from + 32 <= to) {
            s0 = m.get(aAt0 + firstAShift);
            s1 = m.get(aAt0 + firstAShift + 16 * aDeepStride);
            s2 = m.get(aAt1 + firstAShift);
            s3 = m.get(aAt1 + firstAShift + 16 * aDeepStride);
            s4 = m.get(aAt2 + firstAShift);
            s5 = m.get(aAt2 + firstAShift + 16 * aDeepStride);
            s6 = m.get(aAt3 + firstAShift);
            s7 = m.get(aAt3 + firstAShift + 16 * aDeepStride);
        } else {
            s0 = DeviceMemory.upTo(m, aAt0 + firstAShift, from + aDeep, to);
            s1 = DeviceMemory.upTo(m, aAt0 + firstAShift + 16 * aDeepStride, from + aDeep + 16, to);
            s2 = DeviceMemory.upTo(m, aAt1 + firstAShift, from + aDeep + aDeepStep, to);
            s3 = DeviceMemory.upTo(m, aAt1 + firstAShift + 16 * aDeepStride, from + aDeep + aDeepStep + 16, to);
            s4 = DeviceMemory.upTo(m, aAt2 + firstAShift, from + aDeep + 2 * aDeepStep, to);
            s5 = DeviceMemory.upTo(m, aAt2 + firstAShift + 16 * aDeepStride, from + aDeep + 2 * aDeepStep + 16, to);
            s6 = DeviceMemory.upTo(m, aAt3 + firstAShift, from + aDeep + 3 * aDeepStep, to);
            s7 = DeviceMemory.upTo(m, aAt3 + firstAShift + 16 * aDeepStride, from + aDeep + 3 * aDeepStep + 16, to);
        }
        int biasStart = p.get(12);
        aTile[2560 + thread / 8 * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 64) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        int pair = column0 + thread % 64 * 2;
        int biasColumns = thread < 64 ? columns : 0;
        float bias0 = DeviceMemory.bias(m, biasStart, pair, biasColumns);
        float bias1 = DeviceMemory.bias(m, biasStart, pair + 1, biasColumns);
        float upper0 = upper(bias0);
        float upper1 = upper(bias1);
        int biasPlace = 2448 + thread / 64 * 68 + thread % 64;
        bTile[biasPlace] = pack(upper0, upper1);
        bTile[biasPlace + 1360] = pack(bias0 - upper0, bias1 - upper1);
        c.localBarrier();
        int aBias = 10240 + aRead;
        int bBias = 9792 + bRead;
        HalfFloat[] biasB0 = c.mmaLoadB(bTile, 16, bBias);
        HalfFloat[] biasB1 = c.mmaLoadB(bTile, 16, bBias + 16);
        HalfFloat[] biasB2 = c.mmaLoadB(bTile, 16, bBias + 32);
        HalfFloat[] biasB3 = c.mmaLoadB(bTile, 16, bBias + 48);
        HalfFloat[] biasA0 = c.mmaLoadA(aTile, 16, aBias);
        c00 = c.mma(biasA0, biasB0, c00, MMAShape.M16N8K16);
        c01 = c.mma(biasA0, biasB1, c01, MMAShape.M16N8K16);
        c02 = c.mma(biasA0, biasB2, c02, MMAShape.M16N8K16);
        c03 = c.mma(biasA0, biasB3, c03, MMAShape.M16N8K16);
        HalfFloat[] biasA1 = c.mmaLoadA(aTile, 16, aBias + 1280);
        c10 = c.mma(biasA1, biasB0, c10, MMAShape.M16N8K16);
        c11 = c.mma(biasA1, biasB1, c11, MMAShape.M16N8K16);
        c12 = c.mma(biasA1, biasB2, c12, MMAShape.M16N8K16);
        c13 = c.mma(biasA1, biasB3, c13, MMAShape.M16N8K16);
        aTile[aPlace] = pack(s0, s1);
        aTile[aPlace + aPlaceStep] = pack(s2, s3);
        aTile[aPlace + 2 * aPlaceStep] = pack(s4, s5);
        aTile[aPlace + 3 * aPlaceStep] = pack(s6, s7);
        int firstBShift = from * bDeepStride;
        if (from + 32 <= to) {
            s0 = m.get(bAt0 + firstBShift);
            s1 = m.get(bAt1 + firstBShift);
            s2 = m.get(bAt0 + firstBShift + 16 * bDeepStride);
            s3 = m.get(bAt1 + firstBShift + 16 * bDeepStride);
            s4 = m.get(bAt2 + firstBShift);
            s5 = m.get(bAt3 + firstBShift);
            s6 = m.get(bAt2 + firstBShift + 16 * bDeepStride);
            s7 = m.get(bAt3 + firstBShift + 16 * bDeepStride);
        } else {
            s0 = DeviceMemory.upTo(m, bAt0 + firstBShift, from + bDeep, to);
            s1 = DeviceMemory.upTo(m, bAt1 + firstBShift, from + bDeep, to);
            s2 = DeviceMemory.upTo(m, bAt0 + firstBShift + 16 * bDeepStride, from + bDeep + 16, to);
            s3 = DeviceMemory.upTo(m, bAt1 + firstBShift + 16 * bDeepStride, from + bDeep + 16, to);
            s4 = DeviceMemory.upTo(m, bAt2 + firstBShift, from + bDeep + bDeepStep, to);
            s5 = DeviceMemory.upTo(m, bAt3 + firstBShift, from + bDeep + bDeepStep, to);
            s6 = DeviceMemory.upTo(m, bAt2 + firstBShift + 16 * bDeepStride, from + bDeep + bDeepStep + 16, to);
            s7 = DeviceMemory.upTo(m, bAt3 + firstBShift + 16 * bDeepStride, from + bDeep + bDeepStep + 16, to);
        }
        bTile[bPlace] = pack(s0, s1);
        bTile[bPlace + 1360] = pack(s2, s3);
        bTile[bPlace + bPlaceStep] = pack(s4, s5);
        bTile[bPlace + bPlaceStep + 1360] = pack(s6, s7);
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 32) {
            int aNext = 2560 - aBuffer;
            int bNext = 2448 - bBuffer;
            int ahead = depth + 32;
            int aOffset = aBuffer * 4 + aRead;
            int bOffset = bBuffer * 4 + bRead;
            if (ahead < to) {
                int nextAShift = ahead * aDeepStride;
                if (ahead + 32 <= to) {
                    s0 = m.get(aAt0 + nextAShift);
                    s1 = m.get(aAt0 + nextAShift + 16 * aDeepStride);
                    s2 = m.get(aAt1 + nextAShift);
                    s3 = m.get(aAt1 + nextAShift + 16 * aDeepStride);
                    s4 = m.get(aAt2 + nextAShift);
                    s5 = m.get(aAt2 + nextAShift + 16 * aDeepStride);
                    s6 = m.get(aAt3 + nextAShift);
                    s7 = m.get(aAt3 + nextAShift + 16 * aDeepStride);
                } else {
                    s0 = DeviceMemory.upTo(m, aAt0 + nextAShift, ahead + aDeep, to);
                    s1 = DeviceMemory.upTo(m, aAt0 + nextAShift + 16 * aDeepStride, ahead + aDeep + 16, to);
                    s2 = DeviceMemory.upTo(m, aAt1 + nextAShift, ahead + aDeep + aDeepStep, to);
                    s3 = DeviceMemory.upTo(m, aAt1 + nextAShift + 16 * aDeepStride, ahead + aDeep + aDeepStep + 16, to);
                    s4 = DeviceMemory.upTo(m, aAt2 + nextAShift, ahead + aDeep + 2 * aDeepStep, to);
                    s5 = DeviceMemory.upTo(
                            m, aAt2 + nextAShift + 16 * aDeepStride, ahead + aDeep + 2 * aDeepStep + 16, to);
                    s6 = DeviceMemory.upTo(m, aAt3 + nextAShift, ahead + aDeep + 3 * aDeepStep, to);
                    s7 = DeviceMemory.upTo(
                            m, aAt3 + nextAShift + 16 * aDeepStride, ahead + aDeep + 3 * aDeepStep + 16, to);
                }
            }
            HalfFloat[] lowB0 = c.mmaLoadB(bTile, 16, bOffset);
            HalfFloat[] lowB1 = c.mmaLoadB(bTile, 16, bOffset + 16);
            HalfFloat[] lowB2 = c.mmaLoadB(bTile, 16, bOffset + 32);
            HalfFloat[] lowB3 = c.mmaLoadB(bTile, 16, bOffset + 48);
            HalfFloat[] lowA0 = c.mmaLoadA(aTile, 16, aOffset);
            c00 = c.mma(lowA0, lowB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(lowA0, lowB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(lowA0, lowB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(lowA0, lowB3, c03, MMAShape.M16N8K16);
            HalfFloat[] lowA1 = c.mmaLoadA(aTile, 16, aOffset + 1280);
            c10 = c.mma(lowA1, lowB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(lowA1, lowB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(lowA1, lowB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(lowA1, lowB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                aTile[aNext + aPlace] = pack(s0, s1);
                aTile[aNext + aPlace + aPlaceStep] = pack(s2, s3);
                aTile[aNext + aPlace + 2 * aPlaceStep] = pack(s4, s5);
                aTile[aNext + aPlace + 3 * aPlaceStep] = pack(s6, s7);
                int nextBShift = ahead * bDeepStride;
                if (ahead + 32 <= to) {
                    s0 = m.get(bAt0 + nextBShift);
                    s1 = m.get(bAt1 + nextBShift);
                    s2 = m.get(bAt0 + nextBShift + 16 * bDeepStride);
                    s3 = m.get(bAt1 + nextBShift + 16 * bDeepStride);
                    s4 = m.get(bAt2 + nextBShift);
                    s5 = m.get(bAt3 + nextBShift);
                    s6 = m.get(bAt2 + nextBShift + 16 * bDeepStride);
                    s7 = m.get(bAt3 + nextBShift + 16 * bDeepStride);
                } else {
                    s0 = DeviceMemory.upTo(m, bAt0 + nextBShift, ahead + bDeep, to);
                    s1 = DeviceMemory.upTo(m, bAt1 + nextBShift, ahead + bDeep, to);
                    s2 = DeviceMemory.upTo(m, bAt0 + nextBShift + 16 * bDeepStride, ahead + bDeep + 16, to);
                    s3 = DeviceMemory.upTo(m, bAt1 + nextBShift + 16 * bDeepStride, ahead + bDeep + 16, to);
                    s4 = DeviceMemory.upTo(m, bAt2 + nextBShift, ahead + bDeep + bDeepStep, to);
                    s5 = DeviceMemory.upTo(m, bAt3 + nextBShift, ahead + bDeep + bDeepStep, to);
                    s6 = DeviceMemory.upTo(m, bAt2 + nextBShift + 16 * bDeepStride, ahead + bDeep + bDeepStep + 16, to);
                    s7 = DeviceMemory.upTo(m, bAt3 + nextBShift + 16 * bDeepStride, ahead + bDeep + bDeepStep + 16, to);
                }
            }
            HalfFloat[] highB0 = c.mmaLoadB(bTile, 16, bOffset + 2176);
            HalfFloat[] highB1 = c.mmaLoadB(bTile, 16, bOffset + 2192);
            HalfFloat[] highB2 = c.mmaLoadB(bTile, 16, bOffset + 2208);
            HalfFloat[] highB3 = c.mmaLoadB(bTile, 16, bOffset + 2224);
            HalfFloat[] highA0 = c.mmaLoadA(aTile, 16, aOffset + 32);
            c00 = c.mma(highA0, highB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(highA0, highB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(highA0, highB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(highA0, highB3, c03, MMAShape.M16N8K16);
            HalfFloat[] highA1 = c.mmaLoadA(aTile, 16, aOffset + 1312);
            c10 = c.mma(highA1, highB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(highA1, highB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(highA1, highB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(highA1, highB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                bTile[bNext + bPlace] = pack(s0, s1);
                bTile[bNext + bPlace + 1360] = pack(s2, s3);
                bTile[bNext + bPlace + bPlaceStep] = pack(s4, s5);
                bTile[bNext + bPlace + bPlaceStep + 1360] = pack(s6, s7);
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int storedRows = p.get(18);
        int storedColumns = p.get(19);
        int start = p.get(11) + part * storedRows * storedColumns;
        int row = row0 + warpRow;
        int column = column0 + warpColumn;
        int rowsLeft0 = storedRows - 1 - row;
        if ((rowsLeft0 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c00, m, row, start + column, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c01, m, row, start + column + 8, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c02, m, row, start + column + 16, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c03, m, row, start + column + 24, storedColumns);
        }
        int rowsLeft1 = storedRows - 1 - row - 16;
        if ((rowsLeft1 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c10, m, row + 16, start + column, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c11, m, row + 16, start + column + 8, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c12, m, row + 16, start + column + 16, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c13, m, row + 16, start + column + 24, storedColumns);
        }
    }

    /** C = A B in tiles of 128 x 64 by groups of 256 threads; parameters as {@link MmaKernels} says. */
    static void matrix128x64(KernelContext c, FloatArray m, IntArray p) {
        int[] aTile = c.allocateIntLocalArray(5120);
        int[] bTile = c.allocateIntLocalArray(2592);
        int thread = c.localIdx;
        int lane = thread % 32;
        int warp = thread / 32;
        int rows = p.get(0);
        int columns = p.get(1);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 64;
        int part = c.groupIdy;
        int entry = part / splits;
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int aStart = p.get(3) + entry * p.get(6);
        int aLineStride = p.get(4);
        int aDeepStride = p.get(5);
        int aAlong = p.get(16);
        int aLine = aAlong != 0 ? warp % 4 + warp / 4 * 8 + lane / 16 * 4 : thread % 128;
        int aDeep = aAlong != 0 ? lane % 16 : thread / 128;
        int aLineStep = aAlong != 0 ? 16 : 0;
        int aDeepStep = aAlong != 0 ? 0 : 2;
        int aPlace = aLine * 20 + aDeep;
        int aPlaceStep = aLineStep * 20 + aDeepStep;
        int aAt0 = aStart + Math.min(row0 + aLine, rows - 1) * aLineStride + aDeep * aDeepStride;
        int aAt1 =
                aStart + Math.min(row0 + aLine + aLineStep, rows - 1) * aLineStride + (aDeep + aDeepStep) * aDeepStride;
        int aAt2 = aStart
                + Math.min(row0 + aLine + 2 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 2 * aDeepStep) * aDeepStride;
        int aAt3 = aStart
                + Math.min(row0 + aLine + 3 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 3 * aDeepStep) * aDeepStride;
        int aAt4 = aStart
                + Math.min(row0 + aLine + 4 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 4 * aDeepStep) * aDeepStride;
        int aAt5 = aStart
                + Math.min(row0 + aLine + 5 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 5 * aDeepStep) * aDeepStride;
        int aAt6 = aStart
                + Math.min(row0 + aLine + 6 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 6 * aDeepStep) * aDeepStride;
        int aAt7 = aStart
                + Math.min(row0 + aLine + 7 * aLineStep, rows - 1) * aLineStride
                + (aDeep + 7 * aDeepStep) * aDeepStride;
        int bStart = p.get(7) + entry * p.get(10);
        int bLineStride = p.get(8);
        int bDeepStride = p.get(9);
        int bAlong = p.get(17);
        int bLine = bAlong != 0 ? warp * 4 + lane / 16 * 2 : thread % 32 * 2;
        int bDeep = bAlong != 0 ? lane % 16 : thread / 32;
        int bLineStep = bAlong != 0 ? 32 : 0;
        int bDeepStep = bAlong != 0 ? 0 : 8;
        int bPlace = bDeep * 36 + bLine / 2;
        int bPlaceStep = bDeepStep * 36 + bLineStep / 2;
        int bAt0 = bStart + Math.min(column0 + bLine, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt1 = bStart + Math.min(column0 + bLine + 1, columns - 1) * bLineStride + bDeep * bDeepStride;
        int bAt2 = bStart
                + Math.min(column0 + bLine + bLineStep, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int bAt3 = bStart
                + Math.min(column0 + bLine + bLineStep + 1, columns - 1) * bLineStride
                + (bDeep + bDeepStep) * bDeepStride;
        int warpRow = warp / 2 * 32;
        int warpColumn = warp % 2 * 32;
        int aRead = warpRow * 80 + lane % 16 * 48;
        int bRead = (lane % 16 / 2 + lane % 2 * 20) * 144 + warpColumn * 2 - lane % 16 * 16;
        float[] c00 = c.mmaFragment(0f);
        float[] c01 = c.mmaFragment(0f);
        float[] c02 = c.mmaFragment(0f);
        float[] c03 = c.mmaFragment(0f);
        float[] c10 = c.mmaFragment(0f);
        float[] c11 = c.mmaFragment(0f);
        float[] c12 = c.mmaFragment(0f);
        float[] c13 = c.mmaFragment(0f);
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float s4 = 0f;
        float s5 = 0f;
        float s6 = 0f;
        float s7 = 0f;
        float s8 = 0f;
        float s9 = 0f;
        float s10 = 0f;
        float s11 = 0f;
        float s12 = 0f;
        float s13 = 0f;
        float s14 = 0f;
        float s15 = 0f;
        int firstAShift = from * aDeepStride;
        if (from + 32 <= to) {
            s0 = m.get(aAt0 + firstAShift);
            s1 = m.get(aAt0 + firstAShift + 16 * aDeepStride);
            s2 = m.get(aAt1 + firstAShift);
            s3 = m.get(aAt1 + firstAShift + 16 * aDeepStride);
            s4 = m.get(aAt2 + firstAShift);
            s5 = m.get(aAt2 + firstAShift + 16 * aDeepStride);
            s6 = m.get(aAt3 + firstAShift);
            s7 = m.get(aAt3 + firstAShift + 16 * aDeepStride);
            s8 = m.get(aAt4 + firstAShift);
            s9 = m.get(aAt4 + firstAShift + 16 * aDeepStride);
            s10 = m.get(aAt5 + firstAShift);
            s11 = m.get(aAt5 + firstAShift + 16 * aDeepStride);
            s12 = m.get(aAt6 + firstAShift);
            s13 = m.get(aAt6 + firstAShift + 16 * aDeepStride);
            s14 = m.get(aAt7 + firstAShift);
            s15 = m.get(aAt7 + firstAShift + 16 * aDeepStride);
        } else {
            s0 = DeviceMemory.upTo(m, aAt0 + firstAShift, from + aDeep, to);
            s1 = DeviceMemory.upTo(m, aAt0 + firstAShift + 16 * aDeepStride, from + aDeep + 16, to);
            s2 = DeviceMemory.upTo(m, aAt1 + firstAShift, from + aDeep + aDeepStep, to);
            s3 = DeviceMemory.upTo(m, aAt1 + firstAShift + 16 * aDeepStride, from + aDeep + aDeepStep + 16, to);
            s4 = DeviceMemory.upTo(m, aAt2 + firstAShift, from + aDeep + 2 * aDeepStep, to);
            s5 = DeviceMemory.upTo(m, aAt2 + firstAShift + 16 * aDeepStride, from + aDeep + 2 * aDeepStep + 16, to);
            s6 = DeviceMemory.upTo(m, aAt3 + firstAShift, from + aDeep + 3 * aDeepStep, to);
            s7 = DeviceMemory.upTo(m, aAt3 + firstAShift + 16 * aDeepStride, from + aDeep + 3 * aDeepStep + 16, to);
            s8 = DeviceMemory.upTo(m, aAt4 + firstAShift, from + aDeep + 4 * aDeepStep, to);
            s9 = DeviceMemory.upTo(m, aAt4 + firstAShift + 16 * aDeepStride, from + aDeep + 4 * aDeepStep + 16, to);
            s10 = DeviceMemory.upTo(m, aAt5 + firstAShift, from + aDeep + 5 * aDeepStep, to);
            s11 = DeviceMemory.upTo(m, aAt5 + firstAShift + 16 * aDeepStride, from + aDeep + 5 * aDeepStep + 16, to);
            s12 = DeviceMemory.upTo(m, aAt6 + firstAShift, from + aDeep + 6 * aDeepStep, to);
            s13 = DeviceMemory.upTo(m, aAt6 + firstAShift + 16 * aDeepStride, from + aDeep + 6 * aDeepStep + 16, to);
            s14 = DeviceMemory.upTo(m, aAt7 + firstAShift, from + aDeep + 7 * aDeepStep, to);
            s15 = DeviceMemory.upTo(m, aAt7 + firstAShift + 16 * aDeepStride, from + aDeep + 7 * aDeepStep + 16, to);
        }
        int biasStart = p.get(12);
        aTile[2560 + thread / 8 * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 32) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 64) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 96) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        int pair = column0 + thread % 32 * 2;
        int biasColumns = thread < 32 ? columns : 0;
        float bias0 = DeviceMemory.bias(m, biasStart, pair, biasColumns);
        float bias1 = DeviceMemory.bias(m, biasStart, pair + 1, biasColumns);
        float upper0 = upper(bias0);
        float upper1 = upper(bias1);
        int biasPlace = 1296 + thread / 32 * 36 + thread % 32;
        bTile[biasPlace] = pack(upper0, upper1);
        bTile[biasPlace + 720] = pack(bias0 - upper0, bias1 - upper1);
        c.localBarrier();
        int aBias = 10240 + aRead;
        int bBias = 5184 + bRead;
        HalfFloat[] biasB0 = c.mmaLoadB(bTile, 16, bBias);
        HalfFloat[] biasB1 = c.mmaLoadB(bTile, 16, bBias + 16);
        HalfFloat[] biasB2 = c.mmaLoadB(bTile, 16, bBias + 32);
        HalfFloat[] biasB3 = c.mmaLoadB(bTile, 16, bBias + 48);
        HalfFloat[] biasA0 = c.mmaLoadA(aTile, 16, aBias);
        c00 = c.mma(biasA0, biasB0, c00, MMAShape.M16N8K16);
        c01 = c.mma(biasA0, biasB1, c01, MMAShape.M16N8K16);
        c02 = c.mma(biasA0, biasB2, c02, MMAShape.M16N8K16);
        c03 = c.mma(biasA0, biasB3, c03, MMAShape.M16N8K16);
        HalfFloat[] biasA1 = c.mmaLoadA(aTile, 16, aBias + 1280);
        c10 = c.mma(biasA1, biasB0, c10, MMAShape.M16N8K16);
        c11 = c.mma(biasA1, biasB1, c11, MMAShape.M16N8K16);
        c12 = c.mma(biasA1, biasB2, c12, MMAShape.M16N8K16);
        c13 = c.mma(biasA1, biasB3, c13, MMAShape.M16N8K16);
        aTile[aPlace] = pack(s0, s1);
        aTile[aPlace + aPlaceStep] = pack(s2, s3);
        aTile[aPlace + 2 * aPlaceStep] = pack(s4, s5);
        aTile[aPlace + 3 * aPlaceStep] = pack(s6, s7);
        aTile[aPlace + 4 * aPlaceStep] = pack(s8, s9);
        aTile[aPlace + 5 * aPlaceStep] = pack(s10, s11);
        aTile[aPlace + 6 * aPlaceStep] = pack(s12, s13);
        aTile[aPlace + 7 * aPlaceStep] = pack(s14, s15);
        int firstBShift = from * bDeepStride;
        if (from + 32 <= to) {
            s0 = m.get(bAt0 + firstBShift);
            s1 = m.get(bAt1 + firstBShift);
            s2 = m.get(bAt0 + firstBShift + 16 * bDeepStride);
            s3 = m.get(bAt1 + firstBShift + 16 * bDeepStride);
            s4 = m.get(bAt2 + firstBShift);
            s5 = m.get(bAt3 + firstBShift);
            s6 = m.get(bAt2 + firstBShift + 16 * bDeepStride);
            s7 = m.get(bAt3 + firstBShift + 16 * bDeepStride);
        } else {
            s0 = DeviceMemory.upTo(m, bAt0 + firstBShift, from + bDeep, to);
            s1 = DeviceMemory.upTo(m, bAt1 + firstBShift, from + bDeep, to);
            s2 = DeviceMemory.upTo(m, bAt0 + firstBShift + 16 * bDeepStride, from + bDeep + 16, to);
            s3 = DeviceMemory.upTo(m, bAt1 + firstBShift + 16 * bDeepStride, from + bDeep + 16, to);
            s4 = DeviceMemory.upTo(m, bAt2 + firstBShift, from + bDeep + bDeepStep, to);
            s5 = DeviceMemory.upTo(m, bAt3 + firstBShift, from + bDeep + bDeepStep, to);
            s6 = DeviceMemory.upTo(m, bAt2 + firstBShift + 16 * bDeepStride, from + bDeep + bDeepStep + 16, to);
            s7 = DeviceMemory.upTo(m, bAt3 + firstBShift + 16 * bDeepStride, from + bDeep + bDeepStep + 16, to);
        }
        bTile[bPlace] = pack(s0, s1);
        bTile[bPlace + 720] = pack(s2, s3);
        bTile[bPlace + bPlaceStep] = pack(s4, s5);
        bTile[bPlace + bPlaceStep + 720] = pack(s6, s7);
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 32) {
            int aNext = 2560 - aBuffer;
            int bNext = 1296 - bBuffer;
            int ahead = depth + 32;
            int aOffset = aBuffer * 4 + aRead;
            int bOffset = bBuffer * 4 + bRead;
            if (ahead < to) {
                int nextAShift = ahead * aDeepStride;
                if (ahead + 32 <= to) {
                    s0 = m.get(aAt0 + nextAShift);
                    s1 = m.get(aAt0 + nextAShift + 16 * aDeepStride);
                    s2 = m.get(aAt1 + nextAShift);
                    s3 = m.get(aAt1 + nextAShift + 16 * aDeepStride);
                    s4 = m.get(aAt2 + nextAShift);
                    s5 = m.get(aAt2 + nextAShift + 16 * aDeepStride);
                    s6 = m.get(aAt3 + nextAShift);
                    s7 = m.get(aAt3 + nextAShift + 16 * aDeepStride);
                    s8 = m.get(aAt4 + nextAShift);
                    s9 = m.get(aAt4 + nextAShift + 16 * aDeepStride);
                    s10 = m.get(aAt5 + nextAShift);
                    s11 = m.get(aAt5 + nextAShift + 16 * aDeepStride);
                    s12 = m.get(aAt6 + nextAShift);
                    s13 = m.get(aAt6 + nextAShift + 16 * aDeepStride);
                    s14 = m.get(aAt7 + nextAShift);
                    s15 = m.get(aAt7 + nextAShift + 16 * aDeepStride);
                } else {
                    s0 = DeviceMemory.upTo(m, aAt0 + nextAShift, ahead + aDeep, to);
                    s1 = DeviceMemory.upTo(m, aAt0 + nextAShift + 16 * aDeepStride, ahead + aDeep + 16, to);
                    s2 = DeviceMemory.upTo(m, aAt1 + nextAShift, ahead + aDeep + aDeepStep, to);
                    s3 = DeviceMemory.upTo(m, aAt1 + nextAShift + 16 * aDeepStride, ahead + aDeep + aDeepStep + 16, to);
                    s4 = DeviceMemory.upTo(m, aAt2 + nextAShift, ahead + aDeep + 2 * aDeepStep, to);
                    s5 = DeviceMemory.upTo(
                            m, aAt2 + nextAShift + 16 * aDeepStride, ahead + aDeep + 2 * aDeepStep + 16, to);
                    s6 = DeviceMemory.upTo(m, aAt3 + nextAShift, ahead + aDeep + 3 * aDeepStep, to);
                    s7 = DeviceMemory.upTo(
                            m, aAt3 + nextAShift + 16 * aDeepStride, ahead + aDeep + 3 * aDeepStep + 16, to);
                    s8 = DeviceMemory.upTo(m, aAt4 + nextAShift, ahead + aDeep + 4 * aDeepStep, to);
                    s9 = DeviceMemory.upTo(
                            m, aAt4 + nextAShift + 16 * aDeepStride, ahead + aDeep + 4 * aDeepStep + 16, to);
                    s10 = DeviceMemory.upTo(m, aAt5 + nextAShift, ahead + aDeep + 5 * aDeepStep, to);
                    s11 = DeviceMemory.upTo(
                            m, aAt5 + nextAShift + 16 * aDeepStride, ahead + aDeep + 5 * aDeepStep + 16, to);
                    s12 = DeviceMemory.upTo(m, aAt6 + nextAShift, ahead + aDeep + 6 * aDeepStep, to);
                    s13 = DeviceMemory.upTo(
                            m, aAt6 + nextAShift + 16 * aDeepStride, ahead + aDeep + 6 * aDeepStep + 16, to);
                    s14 = DeviceMemory.upTo(m, aAt7 + nextAShift, ahead + aDeep + 7 * aDeepStep, to);
                    s15 = DeviceMemory.upTo(
                            m, aAt7 + nextAShift + 16 * aDeepStride, ahead + aDeep + 7 * aDeepStep + 16, to);
                }
            }
            HalfFloat[] lowB0 = c.mmaLoadB(bTile, 16, bOffset);
            HalfFloat[] lowB1 = c.mmaLoadB(bTile, 16, bOffset + 16);
            HalfFloat[] lowB2 = c.mmaLoadB(bTile, 16, bOffset + 32);
            HalfFloat[] lowB3 = c.mmaLoadB(bTile, 16, bOffset + 48);
            HalfFloat[] lowA0 = c.mmaLoadA(aTile, 16, aOffset);
            c00 = c.mma(lowA0, lowB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(lowA0, lowB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(lowA0, lowB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(lowA0, lowB3, c03, MMAShape.M16N8K16);
            HalfFloat[] lowA1 = c.mmaLoadA(aTile, 16, aOffset + 1280);
            c10 = c.mma(lowA1, lowB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(lowA1, lowB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(lowA1, lowB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(lowA1, lowB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                aTile[aNext + aPlace] = pack(s0, s1);
                aTile[aNext + aPlace + aPlaceStep] = pack(s2, s3);
                aTile[aNext + aPlace + 2 * aPlaceStep] = pack(s4, s5);
                aTile[aNext + aPlace + 3 * aPlaceStep] = pack(s6, s7);
                aTile[aNext + aPlace + 4 * aPlaceStep] = pack(s8, s9);
                aTile[aNext + aPlace + 5 * aPlaceStep] = pack(s10, s11);
                aTile[aNext + aPlace + 6 * aPlaceStep] = pack(s12, s13);
                aTile[aNext + aPlace + 7 * aPlaceStep] = pack(s14, s15);
                int nextBShift = ahead * bDeepStride;
                if (ahead + 32 <= to) {
                    s0 = m.get(bAt0 + nextBShift);
                    s1 = m.get(bAt1 + nextBShift);
                    s2 = m.get(bAt0 + nextBShift + 16 * bDeepStride);
                    s3 = m.get(bAt1 + nextBShift + 16 * bDeepStride);
                    s4 = m.get(bAt2 + nextBShift);
                    s5 = m.get(bAt3 + nextBShift);
                    s6 = m.get(bAt2 + nextBShift + 16 * bDeepStride);
                    s7 = m.get(bAt3 + nextBShift + 16 * bDeepStride);
                } else {
                    s0 = DeviceMemory.upTo(m, bAt0 + nextBShift, ahead + bDeep, to);
                    s1 = DeviceMemory.upTo(m, bAt1 + nextBShift, ahead + bDeep, to);
                    s2 = DeviceMemory.upTo(m, bAt0 + nextBShift + 16 * bDeepStride, ahead + bDeep + 16, to);
                    s3 = DeviceMemory.upTo(m, bAt1 + nextBShift + 16 * bDeepStride, ahead + bDeep + 16, to);
                    s4 = DeviceMemory.upTo(m, bAt2 + nextBShift, ahead + bDeep + bDeepStep, to);
                    s5 = DeviceMemory.upTo(m, bAt3 + nextBShift, ahead + bDeep + bDeepStep, to);
                    s6 = DeviceMemory.upTo(m, bAt2 + nextBShift + 16 * bDeepStride, ahead + bDeep + bDeepStep + 16, to);
                    s7 = DeviceMemory.upTo(m, bAt3 + nextBShift + 16 * bDeepStride, ahead + bDeep + bDeepStep + 16, to);
                }
            }
            HalfFloat[] highB0 = c.mmaLoadB(bTile, 16, bOffset + 1152);
            HalfFloat[] highB1 = c.mmaLoadB(bTile, 16, bOffset + 1168);
            HalfFloat[] highB2 = c.mmaLoadB(bTile, 16, bOffset + 1184);
            HalfFloat[] highB3 = c.mmaLoadB(bTile, 16, bOffset + 1200);
            HalfFloat[] highA0 = c.mmaLoadA(aTile, 16, aOffset + 32);
            c00 = c.mma(highA0, highB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(highA0, highB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(highA0, highB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(highA0, highB3, c03, MMAShape.M16N8K16);
            HalfFloat[] highA1 = c.mmaLoadA(aTile, 16, aOffset + 1312);
            c10 = c.mma(highA1, highB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(highA1, highB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(highA1, highB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(highA1, highB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                bTile[bNext + bPlace] = pack(s0, s1);
                bTile[bNext + bPlace + 720] = pack(s2, s3);
                bTile[bNext + bPlace + bPlaceStep] = pack(s4, s5);
                bTile[bNext + bPlace + bPlaceStep + 720] = pack(s6, s7);
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int storedRows = p.get(18);
        int storedColumns = p.get(19);
        int start = p.get(11) + part * storedRows * storedColumns;
        int row = row0 + warpRow;
        int column = column0 + warpColumn;
        int rowsLeft0 = storedRows - 1 - row;
        if ((rowsLeft0 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c00, m, row, start + column, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c01, m, row, start + column + 8, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c02, m, row, start + column + 16, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c03, m, row, start + column + 24, storedColumns);
        }
        int rowsLeft1 = storedRows - 1 - row - 16;
        if ((rowsLeft1 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c10, m, row + 16, start + column, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c11, m, row + 16, start + column + 8, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c12, m, row + 16, start + column + 16, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c13, m, row + 16, start + column + 24, storedColumns);
        }
    }

    /** y = x * w for one phase of a convolution, in tiles of 128 x 128 by groups of 256 threads; parameters as {@link MmaKernels} says. */
    static void conv128x128(KernelContext c, FloatArray m, IntArray p) {
        int[] aTile = c.allocateIntLocalArray(5120);
        int[] bTile = c.allocateIntLocalArray(4896);
        int thread = c.localIdx;
        int lane = thread % 32;
        int warp = thread / 32;
        int rows = p.get(0);
        int columns = p.get(1);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 128;
        int part = c.groupIdy;
        int entry = part / splits;
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int channels = p.get(4);
        int height = p.get(5);
        int width = p.get(6);
        int step = p.get(16);
        int channelsMultiplier = p.get(26);
        int channelsShift = p.get(27);
        int tapsMultiplier = p.get(28);
        int tapsShift = p.get(29);
        int taps = p.get(30);
        int last = ((height - 1) << 16) + width - 1;
        int aLine = warp % 4 + warp / 4 * 8 + lane / 16 * 4;
        int aDeep = lane % 16;
        int aPlace = aLine * 20 + aDeep;
        int aPlaceStep = 320;
        int point0 = Math.min(row0 + aLine, rows - 1);
        int image0 = DeviceMath.quotient(point0, p.get(20), p.get(21));
        int rest0 = point0 - image0 * p.get(22);
        int line0 = DeviceMath.quotient(rest0, p.get(23), p.get(24));
        int y0 = line0 * step + p.get(31);
        int x0 = (rest0 - line0 * p.get(25)) * step + p.get(32);
        int yx0 = (y0 << 16) + x0;
        int aAt0 = p.get(3) + ((image0 * height + y0) * width + x0) * channels + aDeep;
        int point1 = Math.min(row0 + aLine + 16, rows - 1);
        int image1 = DeviceMath.quotient(point1, p.get(20), p.get(21));
        int rest1 = point1 - image1 * p.get(22);
        int line1 = DeviceMath.quotient(rest1, p.get(23), p.get(24));
        int y1 = line1 * step + p.get(31);
        int x1 = (rest1 - line1 * p.get(25)) * step + p.get(32);
        int yx1 = (y1 << 16) + x1;
        int aAt1 = p.get(3) + ((image1 * height + y1) * width + x1) * channels + aDeep;
        int point2 = Math.min(row0 + aLine + 32, rows - 1);
        int image2 = DeviceMath.quotient(point2, p.get(20), p.get(21));
        int rest2 = point2 - image2 * p.get(22);
        int line2 = DeviceMath.quotient(rest2, p.get(23), p.get(24));
        int y2 = line2 * step + p.get(31);
        int x2 = (rest2 - line2 * p.get(25)) * step + p.get(32);
        int yx2 = (y2 << 16) + x2;
        int aAt2 = p.get(3) + ((image2 * height + y2) * width + x2) * channels + aDeep;
        int point3 = Math.min(row0 + aLine + 48, rows - 1);
        int image3 = DeviceMath.quotient(point3, p.get(20), p.get(21));
        int rest3 = point3 - image3 * p.get(22);
        int line3 = DeviceMath.quotient(rest3, p.get(23), p.get(24));
        int y3 = line3 * step + p.get(31);
        int x3 = (rest3 - line3 * p.get(25)) * step + p.get(32);
        int yx3 = (y3 << 16) + x3;
        int aAt3 = p.get(3) + ((image3 * height + y3) * width + x3) * channels + aDeep;
        int point4 = Math.min(row0 + aLine + 64, rows - 1);
        int image4 = DeviceMath.quotient(point4, p.get(20), p.get(21));
        int rest4 = point4 - image4 * p.get(22);
        int line4 = DeviceMath.quotient(rest4, p.get(23), p.get(24));
        int y4 = line4 * step + p.get(31);
        int x4 = (rest4 - line4 * p.get(25)) * step + p.get(32);
        int yx4 = (y4 << 16) + x4;
        int aAt4 = p.get(3) + ((image4 * height + y4) * width + x4) * channels + aDeep;
        int point5 = Math.min(row0 + aLine + 80, rows - 1);
        int image5 = DeviceMath.quotient(point5, p.get(20), p.get(21));
        int rest5 = point5 - image5 * p.get(22);
        int line5 = DeviceMath.quotient(rest5, p.get(23), p.get(24));
        int y5 = line5 * step + p.get(31);
        int x5 = (rest5 - line5 * p.get(25)) * step + p.get(32);
        int yx5 = (y5 << 16) + x5;
        int aAt5 = p.get(3) + ((image5 * height + y5) * width + x5) * channels + aDeep;
        int point6 = Math.min(row0 + aLine + 96, rows - 1);
        int image6 = DeviceMath.quotient(point6, p.get(20), p.get(21));
        int rest6 = point6 - image6 * p.get(22);
        int line6 = DeviceMath.quotient(rest6, p.get(23), p.get(24));
        int y6 = line6 * step + p.get(31);
        int x6 = (rest6 - line6 * p.get(25)) * step + p.get(32);
        int yx6 = (y6 << 16) + x6;
        int aAt6 = p.get(3) + ((image6 * height + y6) * width + x6) * channels + aDeep;
        int point7 = Math.min(row0 + aLine + 112, rows - 1);
        int image7 = DeviceMath.quotient(point7, p.get(20), p.get(21));
        int rest7 = point7 - image7 * p.get(22);
        int line7 = DeviceMath.quotient(rest7, p.get(23), p.get(24));
        int y7 = line7 * step + p.get(31);
        int x7 = (rest7 - line7 * p.get(25)) * step + p.get(32);
        int yx7 = (y7 << 16) + x7;
        int aAt7 = p.get(3) + ((image7 * height + y7) * width + x7) * channels + aDeep;
        int bLine = thread % 64 * 2;
        int bDeep = thread / 64;
        int bPlace = bDeep * 68 + thread % 64;
        int bPlaceStep = 272;
        int bAt0 = p.get(7) + bDeep * columns + Math.min(column0 + bLine, columns - 1);
        int bAt1 = p.get(7) + bDeep * columns + Math.min(column0 + bLine + 1, columns - 1);
        int warpRow = warp / 4 * 64;
        int warpColumn = warp % 4 * 32;
        int aRead = warpRow * 80 + lane % 16 * 48;
        int bRead = (lane % 16 / 2 + lane % 2 * 20) * 272 + warpColumn * 2 - lane % 16 * 16;
        float[] c00 = c.mmaFragment(0f);
        float[] c01 = c.mmaFragment(0f);
        float[] c02 = c.mmaFragment(0f);
        float[] c03 = c.mmaFragment(0f);
        float[] c10 = c.mmaFragment(0f);
        float[] c11 = c.mmaFragment(0f);
        float[] c12 = c.mmaFragment(0f);
        float[] c13 = c.mmaFragment(0f);
        float[] c20 = c.mmaFragment(0f);
        float[] c21 = c.mmaFragment(0f);
        float[] c22 = c.mmaFragment(0f);
        float[] c23 = c.mmaFragment(0f);
        float[] c30 = c.mmaFragment(0f);
        float[] c31 = c.mmaFragment(0f);
        float[] c32 = c.mmaFragment(0f);
        float[] c33 = c.mmaFragment(0f);
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float s4 = 0f;
        float s5 = 0f;
        float s6 = 0f;
        float s7 = 0f;
        float s8 = 0f;
        float s9 = 0f;
        float s10 = 0f;
        float s11 = 0f;
        float s12 = 0f;
        float s13 = 0f;
        float s14 = 0f;
        float s15 = 0f;
        int firstTap = DeviceMath.quotient(from, channelsMultiplier, channelsShift);
        int firstU = DeviceMath.quotient(firstTap, tapsMultiplier, tapsShift);
        int firstV = firstTap - firstU * taps;
        int firstShift = (firstU * width + firstV) * channels + from - firstTap * channels;
        int firstUv = (firstU << 16) + firstV;
        int firstLeft = last - firstUv;
        int firstIn0 = ((yx0 + firstUv) | (firstLeft - yx0)) & SIGNS;
        int firstAt0 = firstIn0 == 0 ? aAt0 + firstShift : 0;
        s0 = inside(firstIn0, m.get(firstAt0));
        s1 = inside(firstIn0, m.get(firstAt0 + 16));
        int firstIn1 = ((yx1 + firstUv) | (firstLeft - yx1)) & SIGNS;
        int firstAt1 = firstIn1 == 0 ? aAt1 + firstShift : 0;
        s2 = inside(firstIn1, m.get(firstAt1));
        s3 = inside(firstIn1, m.get(firstAt1 + 16));
        int firstIn2 = ((yx2 + firstUv) | (firstLeft - yx2)) & SIGNS;
        int firstAt2 = firstIn2 == 0 ? aAt2 + firstShift : 0;
        s4 = inside(firstIn2, m.get(firstAt2));
        s5 = inside(firstIn2, m.get(firstAt2 + 16));
        int firstIn3 = ((yx3 + firstUv) | (firstLeft - yx3)) & SIGNS;
        int firstAt3 = firstIn3 == 0 ? aAt3 + firstShift : 0;
        s6 = inside(firstIn3, m.get(firstAt3));
        s7 = inside(firstIn3, m.get(firstAt3 + 16));
        int firstIn4 = ((yx4 + firstUv) | (firstLeft - yx4)) & SIGNS;
        int firstAt4 = firstIn4 == 0 ? aAt4 + firstShift : 0;
        s8 = inside(firstIn4, m.get(firstAt4));
        s9 = inside(firstIn4, m.get(firstAt4 + 16));
        int firstIn5 = ((yx5 + firstUv) | (firstLeft - yx5)) & SIGNS;
        int firstAt5 = firstIn5 == 0 ? aAt5 + firstShift : 0;
        s10 = inside(firstIn5, m.get(firstAt5));
        s11 = inside(firstIn5, m.get(firstAt5 + 16));
        int firstIn6 = ((yx6 + firstUv) | (firstLeft - yx6)) & SIGNS;
        int firstAt6 = firstIn6 == 0 ? aAt6 + firstShift : 0;
        s12 = inside(firstIn6, m.get(firstAt6));
        s13 = inside(firstIn6, m.get(firstAt6 + 16));
        int firstIn7 = ((yx7 + firstUv) | (firstLeft - yx7)) & SIGNS;
        int firstAt7 = firstIn7 == 0 ? aAt7 + firstShift : 0;
        s14 = inside(firstIn7, m.get(firstAt7));
        s15 = inside(firstIn7, m.get(firstAt7 + 16));
        int biasStart = p.get(12);
        aTile[2560 + thread / 8 * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 32) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 64) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 96) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        int pair = column0 + thread % 64 * 2;
        int biasColumns = thread < 64 ? columns : 0;
        float bias0 = DeviceMemory.bias(m, biasStart, pair, biasColumns);
        float bias1 = DeviceMemory.bias(m, biasStart, pair + 1, biasColumns);
        float upper0 = upper(bias0);
        float upper1 = upper(bias1);
        int biasPlace = 2448 + thread / 64 * 68 + thread % 64;
        bTile[biasPlace] = pack(upper0, upper1);
        bTile[biasPlace + 1360] = pack(bias0 - upper0, bias1 - upper1);
        bTile[biasPlace + 272] = 0;
        bTile[biasPlace + 1632] = 0;
        c.localBarrier();
        int aBias = 10240 + aRead;
        int bBias = 9792 + bRead;
        HalfFloat[] biasB0 = c.mmaLoadB(bTile, 16, bBias);
        HalfFloat[] biasB1 = c.mmaLoadB(bTile, 16, bBias + 16);
        HalfFloat[] biasB2 = c.mmaLoadB(bTile, 16, bBias + 32);
        HalfFloat[] biasB3 = c.mmaLoadB(bTile, 16, bBias + 48);
        HalfFloat[] biasA0 = c.mmaLoadA(aTile, 16, aBias);
        c00 = c.mma(biasA0, biasB0, c00, MMAShape.M16N8K16);
        c01 = c.mma(biasA0, biasB1, c01, MMAShape.M16N8K16);
        c02 = c.mma(biasA0, biasB2, c02, MMAShape.M16N8K16);
        c03 = c.mma(biasA0, biasB3, c03, MMAShape.M16N8K16);
        HalfFloat[] biasA1 = c.mmaLoadA(aTile, 16, aBias + 1280);
        c10 = c.mma(biasA1, biasB0, c10, MMAShape.M16N8K16);
        c11 = c.mma(biasA1, biasB1, c11, MMAShape.M16N8K16);
        c12 = c.mma(biasA1, biasB2, c12, MMAShape.M16N8K16);
        c13 = c.mma(biasA1, biasB3, c13, MMAShape.M16N8K16);
        HalfFloat[] biasA2 = c.mmaLoadA(aTile, 16, aBias + 2560);
        c20 = c.mma(biasA2, biasB0, c20, MMAShape.M16N8K16);
        c21 = c.mma(biasA2, biasB1, c21, MMAShape.M16N8K16);
        c22 = c.mma(biasA2, biasB2, c22, MMAShape.M16N8K16);
        c23 = c.mma(biasA2, biasB3, c23, MMAShape.M16N8K16);
        HalfFloat[] biasA3 = c.mmaLoadA(aTile, 16, aBias + 3840);
        c30 = c.mma(biasA3, biasB0, c30, MMAShape.M16N8K16);
        c31 = c.mma(biasA3, biasB1, c31, MMAShape.M16N8K16);
        c32 = c.mma(biasA3, biasB2, c32, MMAShape.M16N8K16);
        c33 = c.mma(biasA3, biasB3, c33, MMAShape.M16N8K16);
        aTile[aPlace] = pack(s0, s1);
        aTile[aPlace + aPlaceStep] = pack(s2, s3);
        aTile[aPlace + 2 * aPlaceStep] = pack(s4, s5);
        aTile[aPlace + 3 * aPlaceStep] = pack(s6, s7);
        aTile[aPlace + 4 * aPlaceStep] = pack(s8, s9);
        aTile[aPlace + 5 * aPlaceStep] = pack(s10, s11);
        aTile[aPlace + 6 * aPlaceStep] = pack(s12, s13);
        aTile[aPlace + 7 * aPlaceStep] = pack(s14, s15);
        int firstBShift = from * columns;
        s0 = m.get(bAt0 + firstBShift);
        s1 = m.get(bAt1 + firstBShift);
        s2 = m.get(bAt0 + firstBShift + 16 * columns);
        s3 = m.get(bAt1 + firstBShift + 16 * columns);
        s4 = m.get(bAt0 + firstBShift + 4 * columns);
        s5 = m.get(bAt1 + firstBShift + 4 * columns);
        s6 = m.get(bAt0 + firstBShift + 20 * columns);
        s7 = m.get(bAt1 + firstBShift + 20 * columns);
        s8 = m.get(bAt0 + firstBShift + 8 * columns);
        s9 = m.get(bAt1 + firstBShift + 8 * columns);
        s10 = m.get(bAt0 + firstBShift + 24 * columns);
        s11 = m.get(bAt1 + firstBShift + 24 * columns);
        s12 = m.get(bAt0 + firstBShift + 12 * columns);
        s13 = m.get(bAt1 + firstBShift + 12 * columns);
        s14 = m.get(bAt0 + firstBShift + 28 * columns);
        s15 = m.get(bAt1 + firstBShift + 28 * columns);
        bTile[bPlace] = pack(s0, s1);
        bTile[bPlace + 1360] = pack(s2, s3);
        bTile[bPlace + bPlaceStep] = pack(s4, s5);
        bTile[bPlace + bPlaceStep + 1360] = pack(s6, s7);
        bTile[bPlace + 2 * bPlaceStep] = pack(s8, s9);
        bTile[bPlace + 2 * bPlaceStep + 1360] = pack(s10, s11);
        bTile[bPlace + 3 * bPlaceStep] = pack(s12, s13);
        bTile[bPlace + 3 * bPlaceStep + 1360] = pack(s14, s15);
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 32) {
            int aNext = 2560 - aBuffer;
            int bNext = 2448 - bBuffer;
            int ahead = depth + 32;
            int aOffset = aBuffer * 4 + aRead;
            int bOffset = bBuffer * 4 + bRead;
            if (ahead < to) {
                int nextTap = DeviceMath.quotient(ahead, channelsMultiplier, channelsShift);
                int nextU = DeviceMath.quotient(nextTap, tapsMultiplier, tapsShift);
                int nextV = nextTap - nextU * taps;
                int nextShift = (nextU * width + nextV) * channels + ahead - nextTap * channels;
                int nextUv = (nextU << 16) + nextV;
                int nextLeft = last - nextUv;
                int nextIn0 = ((yx0 + nextUv) | (nextLeft - yx0)) & SIGNS;
                int nextAt0 = nextIn0 == 0 ? aAt0 + nextShift : 0;
                s0 = inside(nextIn0, m.get(nextAt0));
                s1 = inside(nextIn0, m.get(nextAt0 + 16));
                int nextIn1 = ((yx1 + nextUv) | (nextLeft - yx1)) & SIGNS;
                int nextAt1 = nextIn1 == 0 ? aAt1 + nextShift : 0;
                s2 = inside(nextIn1, m.get(nextAt1));
                s3 = inside(nextIn1, m.get(nextAt1 + 16));
                int nextIn2 = ((yx2 + nextUv) | (nextLeft - yx2)) & SIGNS;
                int nextAt2 = nextIn2 == 0 ? aAt2 + nextShift : 0;
                s4 = inside(nextIn2, m.get(nextAt2));
                s5 = inside(nextIn2, m.get(nextAt2 + 16));
                int nextIn3 = ((yx3 + nextUv) | (nextLeft - yx3)) & SIGNS;
                int nextAt3 = nextIn3 == 0 ? aAt3 + nextShift : 0;
                s6 = inside(nextIn3, m.get(nextAt3));
                s7 = inside(nextIn3, m.get(nextAt3 + 16));
                int nextIn4 = ((yx4 + nextUv) | (nextLeft - yx4)) & SIGNS;
                int nextAt4 = nextIn4 == 0 ? aAt4 + nextShift : 0;
                s8 = inside(nextIn4, m.get(nextAt4));
                s9 = inside(nextIn4, m.get(nextAt4 + 16));
                int nextIn5 = ((yx5 + nextUv) | (nextLeft - yx5)) & SIGNS;
                int nextAt5 = nextIn5 == 0 ? aAt5 + nextShift : 0;
                s10 = inside(nextIn5, m.get(nextAt5));
                s11 = inside(nextIn5, m.get(nextAt5 + 16));
                int nextIn6 = ((yx6 + nextUv) | (nextLeft - yx6)) & SIGNS;
                int nextAt6 = nextIn6 == 0 ? aAt6 + nextShift : 0;
                s12 = inside(nextIn6, m.get(nextAt6));
                s13 = inside(nextIn6, m.get(nextAt6 + 16));
                int nextIn7 = ((yx7 + nextUv) | (nextLeft - yx7)) & SIGNS;
                int nextAt7 = nextIn7 == 0 ? aAt7 + nextShift : 0;
                s14 = inside(nextIn7, m.get(nextAt7));
                s15 = inside(nextIn7, m.get(nextAt7 + 16));
            }
            HalfFloat[] lowB0 = c.mmaLoadB(bTile, 16, bOffset);
            HalfFloat[] lowB1 = c.mmaLoadB(bTile, 16, bOffset + 16);
            HalfFloat[] lowB2 = c.mmaLoadB(bTile, 16, bOffset + 32);
            HalfFloat[] lowB3 = c.mmaLoadB(bTile, 16, bOffset + 48);
            HalfFloat[] lowA0 = c.mmaLoadA(aTile, 16, aOffset);
            c00 = c.mma(lowA0, lowB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(lowA0, lowB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(lowA0, lowB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(lowA0, lowB3, c03, MMAShape.M16N8K16);
            HalfFloat[] lowA1 = c.mmaLoadA(aTile, 16, aOffset + 1280);
            c10 = c.mma(lowA1, lowB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(lowA1, lowB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(lowA1, lowB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(lowA1, lowB3, c13, MMAShape.M16N8K16);
            HalfFloat[] lowA2 = c.mmaLoadA(aTile, 16, aOffset + 2560);
            c20 = c.mma(lowA2, lowB0, c20, MMAShape.M16N8K16);
            c21 = c.mma(lowA2, lowB1, c21, MMAShape.M16N8K16);
            c22 = c.mma(lowA2, lowB2, c22, MMAShape.M16N8K16);
            c23 = c.mma(lowA2, lowB3, c23, MMAShape.M16N8K16);
            HalfFloat[] lowA3 = c.mmaLoadA(aTile, 16, aOffset + 3840);
            c30 = c.mma(lowA3, lowB0, c30, MMAShape.M16N8K16);
            c31 = c.mma(lowA3, lowB1, c31, MMAShape.M16N8K16);
            c32 = c.mma(lowA3, lowB2, c32, MMAShape.M16N8K16);
            c33 = c.mma(lowA3, lowB3, c33, MMAShape.M16N8K16);
            if (ahead < to) {
                aTile[aNext + aPlace] = pack(s0, s1);
                aTile[aNext + aPlace + aPlaceStep] = pack(s2, s3);
                aTile[aNext + aPlace + 2 * aPlaceStep] = pack(s4, s5);
                aTile[aNext + aPlace + 3 * aPlaceStep] = pack(s6, s7);
                aTile[aNext + aPlace + 4 * aPlaceStep] = pack(s8, s9);
                aTile[aNext + aPlace + 5 * aPlaceStep] = pack(s10, s11);
                aTile[aNext + aPlace + 6 * aPlaceStep] = pack(s12, s13);
                aTile[aNext + aPlace + 7 * aPlaceStep] = pack(s14, s15);
                int nextBShift = ahead * columns;
                s0 = m.get(bAt0 + nextBShift);
                s1 = m.get(bAt1 + nextBShift);
                s2 = m.get(bAt0 + nextBShift + 16 * columns);
                s3 = m.get(bAt1 + nextBShift + 16 * columns);
                s4 = m.get(bAt0 + nextBShift + 4 * columns);
                s5 = m.get(bAt1 + nextBShift + 4 * columns);
                s6 = m.get(bAt0 + nextBShift + 20 * columns);
                s7 = m.get(bAt1 + nextBShift + 20 * columns);
                s8 = m.get(bAt0 + nextBShift + 8 * columns);
                s9 = m.get(bAt1 + nextBShift + 8 * columns);
                s10 = m.get(bAt0 + nextBShift + 24 * columns);
                s11 = m.get(bAt1 + nextBShift + 24 * columns);
                s12 = m.get(bAt0 + nextBShift + 12 * columns);
                s13 = m.get(bAt1 + nextBShift + 12 * columns);
                s14 = m.get(bAt0 + nextBShift + 28 * columns);
                s15 = m.get(bAt1 + nextBShift + 28 * columns);
            }
            HalfFloat[] highB0 = c.mmaLoadB(bTile, 16, bOffset + 2176);
            HalfFloat[] highB1 = c.mmaLoadB(bTile, 16, bOffset + 2192);
            HalfFloat[] highB2 = c.mmaLoadB(bTile, 16, bOffset + 2208);
            HalfFloat[] highB3 = c.mmaLoadB(bTile, 16, bOffset + 2224);
            HalfFloat[] highA0 = c.mmaLoadA(aTile, 16, aOffset + 32);
            c00 = c.mma(highA0, highB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(highA0, highB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(highA0, highB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(highA0, highB3, c03, MMAShape.M16N8K16);
            HalfFloat[] highA1 = c.mmaLoadA(aTile, 16, aOffset + 1312);
            c10 = c.mma(highA1, highB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(highA1, highB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(highA1, highB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(highA1, highB3, c13, MMAShape.M16N8K16);
            HalfFloat[] highA2 = c.mmaLoadA(aTile, 16, aOffset + 2592);
            c20 = c.mma(highA2, highB0, c20, MMAShape.M16N8K16);
            c21 = c.mma(highA2, highB1, c21, MMAShape.M16N8K16);
            c22 = c.mma(highA2, highB2, c22, MMAShape.M16N8K16);
            c23 = c.mma(highA2, highB3, c23, MMAShape.M16N8K16);
            HalfFloat[] highA3 = c.mmaLoadA(aTile, 16, aOffset + 3872);
            c30 = c.mma(highA3, highB0, c30, MMAShape.M16N8K16);
            c31 = c.mma(highA3, highB1, c31, MMAShape.M16N8K16);
            c32 = c.mma(highA3, highB2, c32, MMAShape.M16N8K16);
            c33 = c.mma(highA3, highB3, c33, MMAShape.M16N8K16);
            if (ahead < to) {
                bTile[bNext + bPlace] = pack(s0, s1);
                bTile[bNext + bPlace + 1360] = pack(s2, s3);
                bTile[bNext + bPlace + bPlaceStep] = pack(s4, s5);
                bTile[bNext + bPlace + bPlaceStep + 1360] = pack(s6, s7);
                bTile[bNext + bPlace + 2 * bPlaceStep] = pack(s8, s9);
                bTile[bNext + bPlace + 2 * bPlaceStep + 1360] = pack(s10, s11);
                bTile[bNext + bPlace + 3 * bPlaceStep] = pack(s12, s13);
                bTile[bNext + bPlace + 3 * bPlaceStep + 1360] = pack(s14, s15);
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int storedRows = p.get(18);
        int storedColumns = p.get(19);
        int start = p.get(11) + part * storedRows * storedColumns;
        int row = row0 + warpRow;
        int column = column0 + warpColumn;
        int rowsLeft0 = storedRows - 1 - row;
        if ((rowsLeft0 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c00, m, row, start + column, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c01, m, row, start + column + 8, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c02, m, row, start + column + 16, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c03, m, row, start + column + 24, storedColumns);
        }
        int rowsLeft1 = storedRows - 1 - row - 16;
        if ((rowsLeft1 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c10, m, row + 16, start + column, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c11, m, row + 16, start + column + 8, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c12, m, row + 16, start + column + 16, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c13, m, row + 16, start + column + 24, storedColumns);
        }
        int rowsLeft2 = storedRows - 1 - row - 32;
        if ((rowsLeft2 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c20, m, row + 32, start + column, storedColumns);
        }
        if ((rowsLeft2 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c21, m, row + 32, start + column + 8, storedColumns);
        }
        if ((rowsLeft2 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c22, m, row + 32, start + column + 16, storedColumns);
        }
        if ((rowsLeft2 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c23, m, row + 32, start + column + 24, storedColumns);
        }
        int rowsLeft3 = storedRows - 1 - row - 48;
        if ((rowsLeft3 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c30, m, row + 48, start + column, storedColumns);
        }
        if ((rowsLeft3 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c31, m, row + 48, start + column + 8, storedColumns);
        }
        if ((rowsLeft3 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c32, m, row + 48, start + column + 16, storedColumns);
        }
        if ((rowsLeft3 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c33, m, row + 48, start + column + 24, storedColumns);
        }
    }

    /** y = x * w for one phase of a convolution, in tiles of 128 x 128 by groups of 512 threads; parameters as {@link MmaKernels} says. */
    static void conv128x128By16Warps(KernelContext c, FloatArray m, IntArray p) {
        int[] aTile = c.allocateIntLocalArray(5120);
        int[] bTile = c.allocateIntLocalArray(4896);
        int thread = c.localIdx;
        int lane = thread % 32;
        int warp = thread / 32;
        int rows = p.get(0);
        int columns = p.get(1);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 128;
        int part = c.groupIdy;
        int entry = part / splits;
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int channels = p.get(4);
        int height = p.get(5);
        int width = p.get(6);
        int step = p.get(16);
        int channelsMultiplier = p.get(26);
        int channelsShift = p.get(27);
        int tapsMultiplier = p.get(28);
        int tapsShift = p.get(29);
        int taps = p.get(30);
        int last = ((height - 1) << 16) + width - 1;
        int aLine = warp % 4 + warp / 4 * 8 + lane / 16 * 4;
        int aDeep = lane % 16;
        int aPlace = aLine * 20 + aDeep;
        int aPlaceStep = 640;
        int point0 = Math.min(row0 + aLine, rows - 1);
        int image0 = DeviceMath.quotient(point0, p.get(20), p.get(21));
        int rest0 = point0 - image0 * p.get(22);
        int line0 = DeviceMath.quotient(rest0, p.get(23), p.get(24));
        int y0 = line0 * step + p.get(31);
        int x0 = (rest0 - line0 * p.get(25)) * step + p.get(32);
        int yx0 = (y0 << 16) + x0;
        int aAt0 = p.get(3) + ((image0 * height + y0) * width + x0) * channels + aDeep;
        int point1 = Math.min(row0 + aLine + 32, rows - 1);
        int image1 = DeviceMath.quotient(point1, p.get(20), p.get(21));
        int rest1 = point1 - image1 * p.get(22);
        int line1 = DeviceMath.quotient(rest1, p.get(23), p.get(24));
        int y1 = line1 * step + p.get(31);
        int x1 = (rest1 - line1 * p.get(25)) * step + p.get(32);
        int yx1 = (y1 << 16) + x1;
        int aAt1 = p.get(3) + ((image1 * height + y1) * width + x1) * channels + aDeep;
        int point2 = Math.min(row0 + aLine + 64, rows - 1);
        int image2 = DeviceMath.quotient(point2, p.get(20), p.get(21));
        int rest2 = point2 - image2 * p.get(22);
        int line2 = DeviceMath.quotient(rest2, p.get(23), p.get(24));
        int y2 = line2 * step + p.get(31);
        int x2 = (rest2 - line2 * p.get(25)) * step + p.get(32);
        int yx2 = (y2 << 16) + x2;
        int aAt2 = p.get(3) + ((image2 * height + y2) * width + x2) * channels + aDeep;
        int point3 = Math.min(row0 + aLine + 96, rows - 1);
        int image3 = DeviceMath.quotient(point3, p.get(20), p.get(21));
        int rest3 = point3 - image3 * p.get(22);
        int line3 = DeviceMath.quotient(rest3, p.get(23), p.get(24));
        int y3 = line3 * step + p.get(31);
        int x3 = (rest3 - line3 * p.get(25)) * step + p.get(32);
        int yx3 = (y3 << 16) + x3;
        int aAt3 = p.get(3) + ((image3 * height + y3) * width + x3) * channels + aDeep;
        int bLine = thread % 64 * 2;
        int bDeep = thread / 64;
        int bPlace = bDeep * 68 + thread % 64;
        int bPlaceStep = 544;
        int bAt0 = p.get(7) + bDeep * columns + Math.min(column0 + bLine, columns - 1);
        int bAt1 = p.get(7) + bDeep * columns + Math.min(column0 + bLine + 1, columns - 1);
        int warpRow = warp / 4 * 32;
        int warpColumn = warp % 4 * 32;
        int aRead = warpRow * 80 + lane % 16 * 48;
        int bRead = (lane % 16 / 2 + lane % 2 * 20) * 272 + warpColumn * 2 - lane % 16 * 16;
        float[] c00 = c.mmaFragment(0f);
        float[] c01 = c.mmaFragment(0f);
        float[] c02 = c.mmaFragment(0f);
        float[] c03 = c.mmaFragment(0f);
        float[] c10 = c.mmaFragment(0f);
        float[] c11 = c.mmaFragment(0f);
        float[] c12 = c.mmaFragment(0f);
        float[] c13 = c.mmaFragment(0f);
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float s4 = 0f;
        float s5 = 0f;
        float s6 = 0f;
        float s7 = 0f;
        int firstTap = DeviceMath.quotient(from, channelsMultiplier, channelsShift);
        int firstU = DeviceMath.quotient(firstTap, tapsMultiplier, tapsShift);
        int firstV = firstTap - firstU * taps;
        int firstShift = (firstU * width + firstV) * channels + from - firstTap * channels;
        int firstUv = (firstU << 16) + firstV;
        int firstLeft = last - firstUv;
        int firstIn0 = ((yx0 + firstUv) | (firstLeft - yx0)) & SIGNS;
        int firstAt0 = firstIn0 == 0 ? aAt0 + firstShift : 0;
        s0 = inside(firstIn0, m.get(firstAt0));
        s1 = inside(firstIn0, m.get(firstAt0 + 16));
        int firstIn1 = ((yx1 + firstUv) | (firstLeft - yx1)) & SIGNS;
        int firstAt1 = firstIn1 == 0 ? aAt1 + firstShift : 0;
        s2 = inside(firstIn1, m.get(firstAt1));
        s3 = inside(firstIn1, m.get(firstAt1 + 16));
        int firstIn2 = ((yx2 + firstUv) | (firstLeft - yx2)) & SIGNS;
        int firstAt2 = firstIn2 == 0 ? aAt2 + firstShift : 0;
        s4 = inside(firstIn2, m.get(firstAt2));
        s5 = inside(firstIn2, m.get(firstAt2 + 16));
        int firstIn3 = ((yx3 + firstUv) | (firstLeft - yx3)) & SIGNS;
        int firstAt3 = firstIn3 == 0 ? aAt3 + firstShift : 0;
        s6 = inside(firstIn3, m.get(firstAt3));
        s7 = inside(firstIn3, m.get(firstAt3 + 16));
        int biasStart = p.get(12);
        aTile[2560 + thread / 8 * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 64) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        int pair = column0 + thread % 64 * 2;
        int biasColumns = thread < 64 ? columns : 0;
        float bias0 = DeviceMemory.bias(m, biasStart, pair, biasColumns);
        float bias1 = DeviceMemory.bias(m, biasStart, pair + 1, biasColumns);
        float upper0 = upper(bias0);
        float upper1 = upper(bias1);
        int biasPlace = 2448 + thread / 64 * 68 + thread % 64;
        bTile[biasPlace] = pack(upper0, upper1);
        bTile[biasPlace + 1360] = pack(bias0 - upper0, bias1 - upper1);
        c.localBarrier();
        int aBias = 10240 + aRead;
        int bBias = 9792 + bRead;
        HalfFloat[] biasB0 = c.mmaLoadB(bTile, 16, bBias);
        HalfFloat[] biasB1 = c.mmaLoadB(bTile, 16, bBias + 16);
        HalfFloat[] biasB2 = c.mmaLoadB(bTile, 16, bBias + 32);
        HalfFloat[] biasB3 = c.mmaLoadB(bTile, 16, bBias + 48);
        HalfFloat[] biasA0 = c.mmaLoadA(aTile, 16, aBias);
        c00 = c.mma(biasA0, biasB0, c00, MMAShape.M16N8K16);
        c01 = c.mma(biasA0, biasB1, c01, MMAShape.M16N8K16);
        c02 = c.mma(biasA0, biasB2, c02, MMAShape.M16N8K16);
        c03 = c.mma(biasA0, biasB3, c03, MMAShape.M16N8K16);
        HalfFloat[] biasA1 = c.mmaLoadA(aTile, 16, aBias + 1280);
        c10 = c.mma(biasA1, biasB0, c10, MMAShape.M16N8K16);
        c11 = c.mma(biasA1, biasB1, c11, MMAShape.M16N8K16);
        c12 = c.mma(biasA1, biasB2, c12, MMAShape.M16N8K16);
        c13 = c.mma(biasA1, biasB3, c13, MMAShape.M16N8K16);
        aTile[aPlace] = pack(s0, s1);
        aTile[aPlace + aPlaceStep] = pack(s2, s3);
        aTile[aPlace + 2 * aPlaceStep] = pack(s4, s5);
        aTile[aPlace + 3 * aPlaceStep] = pack(s6, s7);
        int firstBShift = from * columns;
        s0 = m.get(bAt0 + firstBShift);
        s1 = m.get(bAt1 + firstBShift);
        s2 = m.get(bAt0 + firstBShift + 16 * columns);
        s3 = m.get(bAt1 + firstBShift + 16 * columns);
        s4 = m.get(bAt0 + firstBShift + 8 * columns);
        s5 = m.get(bAt1 + firstBShift + 8 * columns);
        s6 = m.get(bAt0 + firstBShift + 24 * columns);
        s7 = m.get(bAt1 + firstBShift + 24 * columns);
        bTile[bPlace] = pack(s0, s1);
        bTile[bPlace + 1360] = pack(s2, s3);
        bTile[bPlace + bPlaceStep] = pack(s4, s5);
        bTile[bPlace + bPlaceStep + 1360] = pack(s6, s7);
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 32) {
            int aNext = 2560 - aBuffer;
            int bNext = 2448 - bBuffer;
            int ahead = depth + 32;
            int aOffset = aBuffer * 4 + aRead;
            int bOffset = bBuffer * 4 + bRead;
            if (ahead < to) {
                int nextTap = DeviceMath.quotient(ahead, channelsMultiplier, channelsShift);
                int nextU = DeviceMath.quotient(nextTap, tapsMultiplier, tapsShift);
                int nextV = nextTap - nextU * taps;
                int nextShift = (nextU * width + nextV) * channels + ahead - nextTap * channels;
                int nextUv = (nextU << 16) + nextV;
                int nextLeft = last - nextUv;
                int nextIn0 = ((yx0 + nextUv) | (nextLeft - yx0)) & SIGNS;
                int nextAt0 = nextIn0 == 0 ? aAt0 + nextShift : 0;
                s0 = inside(nextIn0, m.get(nextAt0));
                s1 = inside(nextIn0, m.get(nextAt0 + 16));
                int nextIn1 = ((yx1 + nextUv) | (nextLeft - yx1)) & SIGNS;
                int nextAt1 = nextIn1 == 0 ? aAt1 + nextShift : 0;
                s2 = inside(nextIn1, m.get(nextAt1));
                s3 = inside(nextIn1, m.get(nextAt1 + 16));
                int nextIn2 = ((yx2 + nextUv) | (nextLeft - yx2)) & SIGNS;
                int nextAt2 = nextIn2 == 0 ? aAt2 + nextShift : 0;
                s4 = inside(nextIn2, m.get(nextAt2));
                s5 = inside(nextIn2, m.get(nextAt2 + 16));
                int nextIn3 = ((yx3 + nextUv) | (nextLeft - yx3)) & SIGNS;
                int nextAt3 = nextIn3 == 0 ? aAt3 + nextShift : 0;
                s6 = inside(nextIn3, m.get(nextAt3));
                s7 = inside(nextIn3, m.get(nextAt3 + 16));
            }
            HalfFloat[] lowB0 = c.mmaLoadB(bTile, 16, bOffset);
            HalfFloat[] lowB1 = c.mmaLoadB(bTile, 16, bOffset + 16);
            HalfFloat[] lowB2 = c.mmaLoadB(bTile, 16, bOffset + 32);
            HalfFloat[] lowB3 = c.mmaLoadB(bTile, 16, bOffset + 48);
            HalfFloat[] lowA0 = c.mmaLoadA(aTile, 16, aOffset);
            c00 = c.mma(lowA0, lowB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(lowA0, lowB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(lowA0, lowB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(lowA0, lowB3, c03, MMAShape.M16N8K16);
            HalfFloat[] lowA1 = c.mmaLoadA(aTile, 16, aOffset + 1280);
            c10 = c.mma(lowA1, lowB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(lowA1, lowB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(lowA1, lowB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(lowA1, lowB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                aTile[aNext + aPlace] = pack(s0, s1);
                aTile[aNext + aPlace + aPlaceStep] = pack(s2, s3);
                aTile[aNext + aPlace + 2 * aPlaceStep] = pack(s4, s5);
                aTile[aNext + aPlace + 3 * aPlaceStep] = pack(s6, s7);
                int nextBShift = ahead * columns;
                s0 = m.get(bAt0 + nextBShift);
                s1 = m.get(bAt1 + nextBShift);
                s2 = m.get(bAt0 + nextBShift + 16 * columns);
                s3 = m.get(bAt1 + nextBShift + 16 * columns);
                s4 = m.get(bAt0 + nextBShift + 8 * columns);
                s5 = m.get(bAt1 + nextBShift + 8 * columns);
                s6 = m.get(bAt0 + nextBShift + 24 * columns);
                s7 = m.get(bAt1 + nextBShift + 24 * columns);
            }
            HalfFloat[] highB0 = c.mmaLoadB(bTile, 16, bOffset + 2176);
            HalfFloat[] highB1 = c.mmaLoadB(bTile, 16, bOffset + 2192);
            HalfFloat[] highB2 = c.mmaLoadB(bTile, 16, bOffset + 2208);
            HalfFloat[] highB3 = c.mmaLoadB(bTile, 16, bOffset + 2224);
            HalfFloat[] highA0 = c.mmaLoadA(aTile, 16, aOffset + 32);
            c00 = c.mma(highA0, highB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(highA0, highB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(highA0, highB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(highA0, highB3, c03, MMAShape.M16N8K16);
            HalfFloat[] highA1 = c.mmaLoadA(aTile, 16, aOffset + 1312);
            c10 = c.mma(highA1, highB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(highA1, highB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(highA1, highB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(highA1, highB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                bTile[bNext + bPlace] = pack(s0, s1);
                bTile[bNext + bPlace + 1360] = pack(s2, s3);
                bTile[bNext + bPlace + bPlaceStep] = pack(s4, s5);
                bTile[bNext + bPlace + bPlaceStep + 1360] = pack(s6, s7);
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int storedRows = p.get(18);
        int storedColumns = p.get(19);
        int start = p.get(11) + part * storedRows * storedColumns;
        int row = row0 + warpRow;
        int column = column0 + warpColumn;
        int rowsLeft0 = storedRows - 1 - row;
        if ((rowsLeft0 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c00, m, row, start + column, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c01, m, row, start + column + 8, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c02, m, row, start + column + 16, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c03, m, row, start + column + 24, storedColumns);
        }
        int rowsLeft1 = storedRows - 1 - row - 16;
        if ((rowsLeft1 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c10, m, row + 16, start + column, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c11, m, row + 16, start + column + 8, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c12, m, row + 16, start + column + 16, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c13, m, row + 16, start + column + 24, storedColumns);
        }
    }

    /** y = x * w for one phase of a convolution, in tiles of 128 x 64 by groups of 256 threads; parameters as {@link MmaKernels} says. */
    static void conv128x64(KernelContext c, FloatArray m, IntArray p) {
        int[] aTile = c.allocateIntLocalArray(5120);
        int[] bTile = c.allocateIntLocalArray(2592);
        int thread = c.localIdx;
        int lane = thread % 32;
        int warp = thread / 32;
        int rows = p.get(0);
        int columns = p.get(1);
        int across = p.get(13);
        int splits = p.get(14);
        int tile = c.groupIdx;
        int row0 = tile / across * 128;
        int column0 = tile % across * 64;
        int part = c.groupIdy;
        int entry = part / splits;
        int from = (part - entry * splits) * p.get(15);
        int to = Math.min(from + p.get(15), p.get(2));
        int channels = p.get(4);
        int height = p.get(5);
        int width = p.get(6);
        int step = p.get(16);
        int channelsMultiplier = p.get(26);
        int channelsShift = p.get(27);
        int tapsMultiplier = p.get(28);
        int tapsShift = p.get(29);
        int taps = p.get(30);
        int last = ((height - 1) << 16) + width - 1;
        int aLine = warp % 4 + warp / 4 * 8 + lane / 16 * 4;
        int aDeep = lane % 16;
        int aPlace = aLine * 20 + aDeep;
        int aPlaceStep = 320;
        int point0 = Math.min(row0 + aLine, rows - 1);
        int image0 = DeviceMath.quotient(point0, p.get(20), p.get(21));
        int rest0 = point0 - image0 * p.get(22);
        int line0 = DeviceMath.quotient(rest0, p.get(23), p.get(24));
        int y0 = line0 * step + p.get(31);
        int x0 = (rest0 - line0 * p.get(25)) * step + p.get(32);
        int yx0 = (y0 << 16) + x0;
        int aAt0 = p.get(3) + ((image0 * height + y0) * width + x0) * channels + aDeep;
        int point1 = Math.min(row0 + aLine + 16, rows - 1);
        int image1 = DeviceMath.quotient(point1, p.get(20), p.get(21));
        int rest1 = point1 - image1 * p.get(22);
        int line1 = DeviceMath.quotient(rest1, p.get(23), p.get(24));
        int y1 = line1 * step + p.get(31);
        int x1 = (rest1 - line1 * p.get(25)) * step + p.get(32);
        int yx1 = (y1 << 16) + x1;
        int aAt1 = p.get(3) + ((image1 * height + y1) * width + x1) * channels + aDeep;
        int point2 = Math.min(row0 + aLine + 32, rows - 1);
        int image2 = DeviceMath.quotient(point2, p.get(20), p.get(21));
        int rest2 = point2 - image2 * p.get(22);
        int line2 = DeviceMath.quotient(rest2, p.get(23), p.get(24));
        int y2 = line2 * step + p.get(31);
        int x2 = (rest2 - line2 * p.get(25)) * step + p.get(32);
        int yx2 = (y2 << 16) + x2;
        int aAt2 = p.get(3) + ((image2 * height + y2) * width + x2) * channels + aDeep;
        int point3 = Math.min(row0 + aLine + 48, rows - 1);
        int image3 = DeviceMath.quotient(point3, p.get(20), p.get(21));
        int rest3 = point3 - image3 * p.get(22);
        int line3 = DeviceMath.quotient(rest3, p.get(23), p.get(24));
        int y3 = line3 * step + p.get(31);
        int x3 = (rest3 - line3 * p.get(25)) * step + p.get(32);
        int yx3 = (y3 << 16) + x3;
        int aAt3 = p.get(3) + ((image3 * height + y3) * width + x3) * channels + aDeep;
        int point4 = Math.min(row0 + aLine + 64, rows - 1);
        int image4 = DeviceMath.quotient(point4, p.get(20), p.get(21));
        int rest4 = point4 - image4 * p.get(22);
        int line4 = DeviceMath.quotient(rest4, p.get(23), p.get(24));
        int y4 = line4 * step + p.get(31);
        int x4 = (rest4 - line4 * p.get(25)) * step + p.get(32);
        int yx4 = (y4 << 16) + x4;
        int aAt4 = p.get(3) + ((image4 * height + y4) * width + x4) * channels + aDeep;
        int point5 = Math.min(row0 + aLine + 80, rows - 1);
        int image5 = DeviceMath.quotient(point5, p.get(20), p.get(21));
        int rest5 = point5 - image5 * p.get(22);
        int line5 = DeviceMath.quotient(rest5, p.get(23), p.get(24));
        int y5 = line5 * step + p.get(31);
        int x5 = (rest5 - line5 * p.get(25)) * step + p.get(32);
        int yx5 = (y5 << 16) + x5;
        int aAt5 = p.get(3) + ((image5 * height + y5) * width + x5) * channels + aDeep;
        int point6 = Math.min(row0 + aLine + 96, rows - 1);
        int image6 = DeviceMath.quotient(point6, p.get(20), p.get(21));
        int rest6 = point6 - image6 * p.get(22);
        int line6 = DeviceMath.quotient(rest6, p.get(23), p.get(24));
        int y6 = line6 * step + p.get(31);
        int x6 = (rest6 - line6 * p.get(25)) * step + p.get(32);
        int yx6 = (y6 << 16) + x6;
        int aAt6 = p.get(3) + ((image6 * height + y6) * width + x6) * channels + aDeep;
        int point7 = Math.min(row0 + aLine + 112, rows - 1);
        int image7 = DeviceMath.quotient(point7, p.get(20), p.get(21));
        int rest7 = point7 - image7 * p.get(22);
        int line7 = DeviceMath.quotient(rest7, p.get(23), p.get(24));
        int y7 = line7 * step + p.get(31);
        int x7 = (rest7 - line7 * p.get(25)) * step + p.get(32);
        int yx7 = (y7 << 16) + x7;
        int aAt7 = p.get(3) + ((image7 * height + y7) * width + x7) * channels + aDeep;
        int bLine = thread % 32 * 2;
        int bDeep = thread / 32;
        int bPlace = bDeep * 36 + thread % 32;
        int bPlaceStep = 288;
        int bAt0 = p.get(7) + bDeep * columns + Math.min(column0 + bLine, columns - 1);
        int bAt1 = p.get(7) + bDeep * columns + Math.min(column0 + bLine + 1, columns - 1);
        int warpRow = warp / 2 * 32;
        int warpColumn = warp % 2 * 32;
        int aRead = warpRow * 80 + lane % 16 * 48;
        int bRead = (lane % 16 / 2 + lane % 2 * 20) * 144 + warpColumn * 2 - lane % 16 * 16;
        float[] c00 = c.mmaFragment(0f);
        float[] c01 = c.mmaFragment(0f);
        float[] c02 = c.mmaFragment(0f);
        float[] c03 = c.mmaFragment(0f);
        float[] c10 = c.mmaFragment(0f);
        float[] c11 = c.mmaFragment(0f);
        float[] c12 = c.mmaFragment(0f);
        float[] c13 = c.mmaFragment(0f);
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float s4 = 0f;
        float s5 = 0f;
        float s6 = 0f;
        float s7 = 0f;
        float s8 = 0f;
        float s9 = 0f;
        float s10 = 0f;
        float s11 = 0f;
        float s12 = 0f;
        float s13 = 0f;
        float s14 = 0f;
        float s15 = 0f;
        int firstTap = DeviceMath.quotient(from, channelsMultiplier, channelsShift);
        int firstU = DeviceMath.quotient(firstTap, tapsMultiplier, tapsShift);
        int firstV = firstTap - firstU * taps;
        int firstShift = (firstU * width + firstV) * channels + from - firstTap * channels;
        int firstUv = (firstU << 16) + firstV;
        int firstLeft = last - firstUv;
        int firstIn0 = ((yx0 + firstUv) | (firstLeft - yx0)) & SIGNS;
        int firstAt0 = firstIn0 == 0 ? aAt0 + firstShift : 0;
        s0 = inside(firstIn0, m.get(firstAt0));
        s1 = inside(firstIn0, m.get(firstAt0 + 16));
        int firstIn1 = ((yx1 + firstUv) | (firstLeft - yx1)) & SIGNS;
        int firstAt1 = firstIn1 == 0 ? aAt1 + firstShift : 0;
        s2 = inside(firstIn1, m.get(firstAt1));
        s3 = inside(firstIn1, m.get(firstAt1 + 16));
        int firstIn2 = ((yx2 + firstUv) | (firstLeft - yx2)) & SIGNS;
        int firstAt2 = firstIn2 == 0 ? aAt2 + firstShift : 0;
        s4 = inside(firstIn2, m.get(firstAt2));
        s5 = inside(firstIn2, m.get(firstAt2 + 16));
        int firstIn3 = ((yx3 + firstUv) | (firstLeft - yx3)) & SIGNS;
        int firstAt3 = firstIn3 == 0 ? aAt3 + firstShift : 0;
        s6 = inside(firstIn3, m.get(firstAt3));
        s7 = inside(firstIn3, m.get(firstAt3 + 16));
        int firstIn4 = ((yx4 + firstUv) | (firstLeft - yx4)) & SIGNS;
        int firstAt4 = firstIn4 == 0 ? aAt4 + firstShift : 0;
        s8 = inside(firstIn4, m.get(firstAt4));
        s9 = inside(firstIn4, m.get(firstAt4 + 16));
        int firstIn5 = ((yx5 + firstUv) | (firstLeft - yx5)) & SIGNS;
        int firstAt5 = firstIn5 == 0 ? aAt5 + firstShift : 0;
        s10 = inside(firstIn5, m.get(firstAt5));
        s11 = inside(firstIn5, m.get(firstAt5 + 16));
        int firstIn6 = ((yx6 + firstUv) | (firstLeft - yx6)) & SIGNS;
        int firstAt6 = firstIn6 == 0 ? aAt6 + firstShift : 0;
        s12 = inside(firstIn6, m.get(firstAt6));
        s13 = inside(firstIn6, m.get(firstAt6 + 16));
        int firstIn7 = ((yx7 + firstUv) | (firstLeft - yx7)) & SIGNS;
        int firstAt7 = firstIn7 == 0 ? aAt7 + firstShift : 0;
        s14 = inside(firstIn7, m.get(firstAt7));
        s15 = inside(firstIn7, m.get(firstAt7 + 16));
        int biasStart = p.get(12);
        aTile[2560 + thread / 8 * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 32) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 64) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        aTile[2560 + (thread / 8 + 96) * 20 + thread % 8] = thread % 8 == 0 ? ONES : 0;
        int pair = column0 + thread % 32 * 2;
        int biasColumns = thread < 32 ? columns : 0;
        float bias0 = DeviceMemory.bias(m, biasStart, pair, biasColumns);
        float bias1 = DeviceMemory.bias(m, biasStart, pair + 1, biasColumns);
        float upper0 = upper(bias0);
        float upper1 = upper(bias1);
        int biasPlace = 1296 + thread / 32 * 36 + thread % 32;
        bTile[biasPlace] = pack(upper0, upper1);
        bTile[biasPlace + 720] = pack(bias0 - upper0, bias1 - upper1);
        c.localBarrier();
        int aBias = 10240 + aRead;
        int bBias = 5184 + bRead;
        HalfFloat[] biasB0 = c.mmaLoadB(bTile, 16, bBias);
        HalfFloat[] biasB1 = c.mmaLoadB(bTile, 16, bBias + 16);
        HalfFloat[] biasB2 = c.mmaLoadB(bTile, 16, bBias + 32);
        HalfFloat[] biasB3 = c.mmaLoadB(bTile, 16, bBias + 48);
        HalfFloat[] biasA0 = c.mmaLoadA(aTile, 16, aBias);
        c00 = c.mma(biasA0, biasB0, c00, MMAShape.M16N8K16);
        c01 = c.mma(biasA0, biasB1, c01, MMAShape.M16N8K16);
        c02 = c.mma(biasA0, biasB2, c02, MMAShape.M16N8K16);
        c03 = c.mma(biasA0, biasB3, c03, MMAShape.M16N8K16);
        HalfFloat[] biasA1 = c.mmaLoadA(aTile, 16, aBias + 1280);
        c10 = c.mma(biasA1, biasB0, c10, MMAShape.M16N8K16);
        c11 = c.mma(biasA1, biasB1, c11, MMAShape.M16N8K16);
        c12 = c.mma(biasA1, biasB2, c12, MMAShape.M16N8K16);
        c13 = c.mma(biasA1, biasB3, c13, MMAShape.M16N8K16);
        aTile[aPlace] = pack(s0, s1);
        aTile[aPlace + aPlaceStep] = pack(s2, s3);
        aTile[aPlace + 2 * aPlaceStep] = pack(s4, s5);
        aTile[aPlace + 3 * aPlaceStep] = pack(s6, s7);
        aTile[aPlace + 4 * aPlaceStep] = pack(s8, s9);
        aTile[aPlace + 5 * aPlaceStep] = pack(s10, s11);
        aTile[aPlace + 6 * aPlaceStep] = pack(s12, s13);
        aTile[aPlace + 7 * aPlaceStep] = pack(s14, s15);
        int firstBShift = from * columns;
        s0 = m.get(bAt0 + firstBShift);
        s1 = m.get(bAt1 + firstBShift);
        s2 = m.get(bAt0 + firstBShift + 16 * columns);
        s3 = m.get(bAt1 + firstBShift + 16 * columns);
        s4 = m.get(bAt0 + firstBShift + 8 * columns);
        s5 = m.get(bAt1 + firstBShift + 8 * columns);
        s6 = m.get(bAt0 + firstBShift + 24 * columns);
        s7 = m.get(bAt1 + firstBShift + 24 * columns);
        bTile[bPlace] = pack(s0, s1);
        bTile[bPlace + 720] = pack(s2, s3);
        bTile[bPlace + bPlaceStep] = pack(s4, s5);
        bTile[bPlace + bPlaceStep + 720] = pack(s6, s7);
        c.localBarrier();
        int aBuffer = 0;
        int bBuffer = 0;
        for (int depth = from; depth < to; depth += 32) {
            int aNext = 2560 - aBuffer;
            int bNext = 1296 - bBuffer;
            int ahead = depth + 32;
            int aOffset = aBuffer * 4 + aRead;
            int bOffset = bBuffer * 4 + bRead;
            if (ahead < to) {
                int nextTap = DeviceMath.quotient(ahead, channelsMultiplier, channelsShift);
                int nextU = DeviceMath.quotient(nextTap, tapsMultiplier, tapsShift);
                int nextV = nextTap - nextU * taps;
                int nextShift = (nextU * width + nextV) * channels + ahead - nextTap * channels;
                int nextUv = (nextU << 16) + nextV;
                int nextLeft = last - nextUv;
                int nextIn0 = ((yx0 + nextUv) | (nextLeft - yx0)) & SIGNS;
                int nextAt0 = nextIn0 == 0 ? aAt0 + nextShift : 0;
                s0 = inside(nextIn0, m.get(nextAt0));
                s1 = inside(nextIn0, m.get(nextAt0 + 16));
                int nextIn1 = ((yx1 + nextUv) | (nextLeft - yx1)) & SIGNS;
                int nextAt1 = nextIn1 == 0 ? aAt1 + nextShift : 0;
                s2 = inside(nextIn1, m.get(nextAt1));
                s3 = inside(nextIn1, m.get(nextAt1 + 16));
                int nextIn2 = ((yx2 + nextUv) | (nextLeft - yx2)) & SIGNS;
                int nextAt2 = nextIn2 == 0 ? aAt2 + nextShift : 0;
                s4 = inside(nextIn2, m.get(nextAt2));
                s5 = inside(nextIn2, m.get(nextAt2 + 16));
                int nextIn3 = ((yx3 + nextUv) | (nextLeft - yx3)) & SIGNS;
                int nextAt3 = nextIn3 == 0 ? aAt3 + nextShift : 0;
                s6 = inside(nextIn3, m.get(nextAt3));
                s7 = inside(nextIn3, m.get(nextAt3 + 16));
                int nextIn4 = ((yx4 + nextUv) | (nextLeft - yx4)) & SIGNS;
                int nextAt4 = nextIn4 == 0 ? aAt4 + nextShift : 0;
                s8 = inside(nextIn4, m.get(nextAt4));
                s9 = inside(nextIn4, m.get(nextAt4 + 16));
                int nextIn5 = ((yx5 + nextUv) | (nextLeft - yx5)) & SIGNS;
                int nextAt5 = nextIn5 == 0 ? aAt5 + nextShift : 0;
                s10 = inside(nextIn5, m.get(nextAt5));
                s11 = inside(nextIn5, m.get(nextAt5 + 16));
                int nextIn6 = ((yx6 + nextUv) | (nextLeft - yx6)) & SIGNS;
                int nextAt6 = nextIn6 == 0 ? aAt6 + nextShift : 0;
                s12 = inside(nextIn6, m.get(nextAt6));
                s13 = inside(nextIn6, m.get(nextAt6 + 16));
                int nextIn7 = ((yx7 + nextUv) | (nextLeft - yx7)) & SIGNS;
                int nextAt7 = nextIn7 == 0 ? aAt7 + nextShift : 0;
                s14 = inside(nextIn7, m.get(nextAt7));
                s15 = inside(nextIn7, m.get(nextAt7 + 16));
            }
            HalfFloat[] lowB0 = c.mmaLoadB(bTile, 16, bOffset);
            HalfFloat[] lowB1 = c.mmaLoadB(bTile, 16, bOffset + 16);
            HalfFloat[] lowB2 = c.mmaLoadB(bTile, 16, bOffset + 32);
            HalfFloat[] lowB3 = c.mmaLoadB(bTile, 16, bOffset + 48);
            HalfFloat[] lowA0 = c.mmaLoadA(aTile, 16, aOffset);
            c00 = c.mma(lowA0, lowB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(lowA0, lowB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(lowA0, lowB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(lowA0, lowB3, c03, MMAShape.M16N8K16);
            HalfFloat[] lowA1 = c.mmaLoadA(aTile, 16, aOffset + 1280);
            c10 = c.mma(lowA1, lowB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(lowA1, lowB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(lowA1, lowB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(lowA1, lowB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                aTile[aNext + aPlace] = pack(s0, s1);
                aTile[aNext + aPlace + aPlaceStep] = pack(s2, s3);
                aTile[aNext + aPlace + 2 * aPlaceStep] = pack(s4, s5);
                aTile[aNext + aPlace + 3 * aPlaceStep] = pack(s6, s7);
                aTile[aNext + aPlace + 4 * aPlaceStep] = pack(s8, s9);
                aTile[aNext + aPlace + 5 * aPlaceStep] = pack(s10, s11);
                aTile[aNext + aPlace + 6 * aPlaceStep] = pack(s12, s13);
                aTile[aNext + aPlace + 7 * aPlaceStep] = pack(s14, s15);
                int nextBShift = ahead * columns;
                s0 = m.get(bAt0 + nextBShift);
                s1 = m.get(bAt1 + nextBShift);
                s2 = m.get(bAt0 + nextBShift + 16 * columns);
                s3 = m.get(bAt1 + nextBShift + 16 * columns);
                s4 = m.get(bAt0 + nextBShift + 8 * columns);
                s5 = m.get(bAt1 + nextBShift + 8 * columns);
                s6 = m.get(bAt0 + nextBShift + 24 * columns);
                s7 = m.get(bAt1 + nextBShift + 24 * columns);
            }
            HalfFloat[] highB0 = c.mmaLoadB(bTile, 16, bOffset + 1152);
            HalfFloat[] highB1 = c.mmaLoadB(bTile, 16, bOffset + 1168);
            HalfFloat[] highB2 = c.mmaLoadB(bTile, 16, bOffset + 1184);
            HalfFloat[] highB3 = c.mmaLoadB(bTile, 16, bOffset + 1200);
            HalfFloat[] highA0 = c.mmaLoadA(aTile, 16, aOffset + 32);
            c00 = c.mma(highA0, highB0, c00, MMAShape.M16N8K16);
            c01 = c.mma(highA0, highB1, c01, MMAShape.M16N8K16);
            c02 = c.mma(highA0, highB2, c02, MMAShape.M16N8K16);
            c03 = c.mma(highA0, highB3, c03, MMAShape.M16N8K16);
            HalfFloat[] highA1 = c.mmaLoadA(aTile, 16, aOffset + 1312);
            c10 = c.mma(highA1, highB0, c10, MMAShape.M16N8K16);
            c11 = c.mma(highA1, highB1, c11, MMAShape.M16N8K16);
            c12 = c.mma(highA1, highB2, c12, MMAShape.M16N8K16);
            c13 = c.mma(highA1, highB3, c13, MMAShape.M16N8K16);
            if (ahead < to) {
                bTile[bNext + bPlace] = pack(s0, s1);
                bTile[bNext + bPlace + 720] = pack(s2, s3);
                bTile[bNext + bPlace + bPlaceStep] = pack(s4, s5);
                bTile[bNext + bPlace + bPlaceStep + 720] = pack(s6, s7);
            }
            c.localBarrier();
            aBuffer = aNext;
            bBuffer = bNext;
        }
        int storedRows = p.get(18);
        int storedColumns = p.get(19);
        int start = p.get(11) + part * storedRows * storedColumns;
        int row = row0 + warpRow;
        int column = column0 + warpColumn;
        int rowsLeft0 = storedRows - 1 - row;
        if ((rowsLeft0 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c00, m, row, start + column, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c01, m, row, start + column + 8, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c02, m, row, start + column + 16, storedColumns);
        }
        if ((rowsLeft0 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c03, m, row, start + column + 24, storedColumns);
        }
        int rowsLeft1 = storedRows - 1 - row - 16;
        if ((rowsLeft1 | (storedColumns - 1 - column)) >= 0) {
            c.mmaStore(c10, m, row + 16, start + column, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 8)) >= 0) {
            c.mmaStore(c11, m, row + 16, start + column + 8, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 16)) >= 0) {
            c.mmaStore(c12, m, row + 16, start + column + 16, storedColumns);
        }
        if ((rowsLeft1 | (storedColumns - 1 - column - 24)) >= 0) {
            c.mmaStore(c13, m, row + 16, start + column + 24, storedColumns);
        }
    }

    /**
     * Adds partial results, [entries, parts, rows stored, columns stored], in the order of the parts, and the bias, and leaves out
     * what is stored beyond the result. Parameters:
     *
     * <pre>
     * 0  elements of the result   1  rows           2  columns             3  parts   4  first element of the parts
     * 5  first element of the result   6  first element of the bias [columns], or -1
     * 7  rows stored              8  columns stored
     * </pre>
     */
    static void sum(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int columns = p.get(2);
            int parts = p.get(3);
            int line = i / columns;
            int column = i - line * columns;
            int entry = line / p.get(1);
            int row = line - entry * p.get(1);
            int each = p.get(7) * p.get(8);
            int at = p.get(4) + entry * parts * each + row * p.get(8) + column;
            float sum = m.get(at);
            for (int part = 1; part < parts; part++) {
                at += each;
                sum += m.get(at);
            }
            m.set(p.get(5) + i, sum + DeviceMemory.bias(m, p.get(6), column, columns));
        }
    }

    /** Two floats rounded to float16, the first in the lower half. */
    private static int pack(float lower, float upper) {
        int low = new HalfFloat(lower).getHalfFloatValue() & 0xFFFF;
        int high = new HalfFloat(upper).getHalfFloatValue() & 0xFFFF;
        return low | (high << 16);
    }

    /** The upper 11 bits of a number, rounded (G. W. Veltkamp's split): what is left has 13. */
    private static float upper(float value) {
        float scaled = value * 8193f;
        return scaled - (scaled - value);
    }

    /** The element if no sign is set, else 0. */
    private static float inside(int signs, float value) {
        return signs == 0 ? value : 0f;
    }
}
