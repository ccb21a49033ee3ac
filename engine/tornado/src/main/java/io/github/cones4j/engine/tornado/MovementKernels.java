package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels that move elements; one thread to an element of the result. Numbers are listed in the order they are read. */
@SuppressWarnings({"IdentityBinaryExpression", "FloatingPointLiteralPrecision"
}) // x == x unless it is NaN; 2.147483648e9f is 2^31
final class MovementKernels {
    // The floats before a bound: TornadoVM takes x >= y for true where one is NaN, and x > y not.
    private static final float BELOW_65520 = 65519.996f;
    private static final float BELOW_2_31 = 2.14748352e9f;

    private MovementKernels() {}

    /** Writes zeros without gaps. Numbers: count, start. */
    static void zero(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            m.set(p.get(1) + i, 0f);
        }
    }

    /**
     * Nearest-neighbour resizing of [b, h, w, channels], channels innermost. Numbers: count, start in, start out, h, w, height
     * and width of the result, channels.
     */
    static void nearest(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int h = p.get(3);
            int w = p.get(4);
            int height = p.get(5);
            int width = p.get(6);
            int channels = p.get(7);
            int position = i / channels;
            int channel = i - position * channels;
            int line = position / width;
            int column = position - line * width;
            int picture = line / height;
            int row = line - picture * height;
            int source = (picture * h + row * h / height) * w + column * w / width;
            m.set(p.get(2) + i, m.get(p.get(1) + source * channels + channel));
        }
    }

    /**
     * The transpose of {@link #nearest}: sums the cotangents [b, height, width, channels] of all copies of an element.
     * Numbers: count, start in, start out, h and w of the result, height, width, channels.
     */
    static void nearestGrad(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int start = p.get(1);
            int h = p.get(3);
            int w = p.get(4);
            int height = p.get(5);
            int width = p.get(6);
            int channels = p.get(7);
            int position = i / channels;
            int channel = i - position * channels;
            int line = position / w;
            int column = position - line * w;
            int picture = line / h;
            int row = line - picture * h;
            int top = (row * height + h - 1) / h;
            int bottom = ((row + 1) * height + h - 1) / h;
            int left = (column * width + w - 1) / w;
            int right = ((column + 1) * width + w - 1) / w;
            float sum = 0f;
            for (int y = top; y < bottom; y++) {
                for (int x = left; x < right; x++) {
                    sum += m.get(start + ((picture * height + y) * width + x) * channels + channel);
                }
            }
            m.set(p.get(2) + i, sum);
        }
    }

    /**
     * Rows of a table by index. An index outside the table is noted, a half added so that it is not 0, and the nearest row
     * read. Numbers: count, start of the table, of the indices, of the result, width, rows, place of the note.
     */
    static void gather(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int width = p.get(4);
            int entry = i / width;
            int id = (int) m.get(p.get(2) + entry);
            int row = Math.min(Math.max(id, 0), p.get(5) - 1);
            m.set(p.get(3) + i, m.get(p.get(1) + row * width + (i - entry * width)));
            if (row != id) {
                m.set(p.get(6), id + 0.5f);
            }
        }
    }

    /**
     * The transpose of {@link #gather}, over a result of zeros: the first entry of each index sums the rows of all entries
     * with that index, in their order. Numbers: count (entries times width), start of the indices, of the cotangents, of
     * the result, width, rows, place of the note, entries.
     */
    static void scatterAdd(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            int ids = p.get(1);
            int dy = p.get(2);
            int width = p.get(4);
            int entries = p.get(7);
            int entry = i / width;
            int column = i - entry * width;
            int id = (int) m.get(ids + entry);
            int row = Math.min(Math.max(id, 0), p.get(5) - 1);
            if (row != id) {
                m.set(p.get(6), id + 0.5f);
            }
            int earlier = 0;
            float sum = 0f;
            for (int k = 0; k < entries; k++) {
                if ((int) m.get(ids + k) == id) {
                    sum += m.get(dy + k * width + column);
                    if (k < entry) {
                        earlier = 1;
                    }
                }
            }
            if (earlier == 0) {
                m.set(p.get(3) + row * width + column, sum);
            }
        }
    }

    /** Rounds to the nearest float16, ties to even. Numbers: count, start in, start out. */
    static void toFloat16(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            float x = m.get(p.get(1) + i);
            float y = x; // of NaN and infinities
            if (x > BELOW_65520) {
                y = Float.POSITIVE_INFINITY;
            } else if (x < -BELOW_65520) {
                y = Float.NEGATIVE_INFINITY;
            } else if (x == x) {
                float magnitude = TornadoMath.abs(x);
                float step = 0x1p-24f; // between neighbours of the result
                float end = 0x1p-13f; // up to which they are so
                while (magnitude >= end) {
                    step = step * 2f;
                    end = end * 2f;
                }
                float shift = 0x1.8p23f * step; // its own neighbours lie a step apart
                y = (x + shift) - shift;
            }
            m.set(p.get(2) + i, y);
        }
    }

    /** Rounds to the nearest bfloat16, ties to even. Numbers: count, start in, start out. */
    static void toBfloat16(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            float x = m.get(p.get(1) + i);
            float magnitude = TornadoMath.abs(x);
            float y = x; // of NaN and infinities
            if (magnitude < Float.POSITIVE_INFINITY) {
                float down = magnitude >= 0x1p64f ? 0x1p-64f : 1f; // so that the shift stays finite
                float up = magnitude >= 0x1p64f ? 0x1p64f : 1f;
                float scaled = x * down;
                float rest = TornadoMath.abs(scaled);
                float step = 0x1p-133f; // between neighbours of the result
                float end = 0x1p-125f; // up to which they are so
                while (rest >= end) {
                    step = step * 2f;
                    end = end * 2f;
                }
                float shift = 0x1.8p23f * step; // its own neighbours lie a step apart
                y = ((scaled + shift) - shift) * up;
            }
            m.set(p.get(2) + i, y);
        }
    }

    /** Truncates to an int32. Numbers: count, start in, start out. */
    static void toInteger(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            float x = m.get(p.get(1) + i);
            float y = 0f;
            if (x > -2.147483648e9f && x < 2.147483648e9f) {
                y = (float) (int) x;
            } else if (x > BELOW_2_31) {
                y = 2.147483648e9f;
            } else if (x < -BELOW_2_31) {
                y = -2.147483648e9f;
            }
            m.set(p.get(2) + i, y);
        }
    }

    /** Truncates to an integer and keeps its last eight bits. Numbers: count, start in, start out. */
    static void toByte(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            float x = m.get(p.get(1) + i);
            int whole = 0;
            if (x > -2.147483648e9f && x < 2.147483648e9f) {
                whole = (int) x;
            } else if (x > BELOW_2_31) {
                whole = 0xFF; // of the largest int
            }
            m.set(p.get(2) + i, (float) (whole & 0xFF));
        }
    }

    /** 1 where not zero, else 0. Numbers: count, start in, start out. */
    static void toBoolean(KernelContext c, FloatArray m, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            float x = m.get(p.get(1) + i);
            m.set(p.get(2) + i, x == 0f ? 0f : 1f);
        }
    }

    /** Brings the inputs of a run into the memory. Numbers: count, start in {@code from}, start in {@code m}. */
    static void load(KernelContext c, FloatArray m, FloatArray from, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            m.set(p.get(2) + i, from.get(p.get(1) + i));
        }
    }

    /** Takes results out of the memory. Numbers: count, start in {@code m}, start in {@code to}. */
    static void store(KernelContext c, FloatArray m, FloatArray to, IntArray p) {
        int i = c.globalIdx;
        if (i < p.get(0)) {
            to.set(p.get(2) + i, m.get(p.get(1) + i));
        }
    }
}
