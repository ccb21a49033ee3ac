package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Reads and writes of the device's memory for kernels, where not every place that a thread computes is one that it may touch.
 *
 * <p>Public only because classes made at run time ({@link GeneratedKernel}) call it.
 */
public final class DeviceMemory {
    private DeviceMemory() {}

    /** The element if the index is below the limit, else 0. */
    public static float upTo(FloatArray m, int at, int index, int limit) {
        float value = 0f;
        if (index < limit) {
            value = m.get(at);
        }
        return value;
    }

    /** The element if the sign is not negative, else 0. */
    public static float where(FloatArray m, int sign, int at) {
        float value = m.get(sign < 0 ? 0 : at);
        return sign < 0 ? 0f : value;
    }

    /** The bias of a column, 0 where there is none. */
    public static float bias(FloatArray m, int start, int column, int columns) {
        float value = 0f;
        if ((start | (columns - 1 - column)) >= 0) {
            value = m.get(start + column);
        }
        return value;
    }

    /** Writes a number into its column of a row if there is such a column. */
    public static void put(FloatArray m, int row, int column, int columns, float value) {
        if (column < columns) {
            m.set(row + column, value);
        }
    }

    /** Writes those of four neighbours whose columns are below the limit. */
    public static void put(FloatArray m, int row, int column, int limit, float v0, float v1, float v2, float v3) {
        if (column < limit) {
            m.set(row + column, v0);
        }
        if (column + 1 < limit) {
            m.set(row + column + 1, v1);
        }
        if (column + 2 < limit) {
            m.set(row + column + 2, v2);
        }
        if (column + 3 < limit) {
            m.set(row + column + 3, v3);
        }
    }

    /** The element if no sign is set, else 0. */
    public static float inside(FloatArray m, int signs, int at) {
        float value = m.get(signs == 0 ? at : 0);
        return signs == 0 ? value : 0f;
    }

    /** Where the result of a row of a convolution lies, see {@link ConvKernels}; rows beyond the last are never written. */
    public static int place(IntArray p, int s, int start, int row) {
        int image = DeviceMath.quotient(row, p.get(s + 3), p.get(s + 4));
        int rest = row - image * p.get(s + 5);
        int line = DeviceMath.quotient(rest, p.get(s + 6), p.get(s + 7));
        return start + image * p.get(11) + line * p.get(12) + (rest - line * p.get(s + 8)) * p.get(13);
    }
}
