package io.github.cones4j.engine.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Group normalisation of [b, positions, c], channels innermost (Wu and He 2018, arXiv:1803.08494), layer normalisation (Ba et
 * al. 2016, arXiv:1607.06450), softmax and log-softmax of rows [rows, c]; gradients of the two normalisations.
 *
 * <p>Statistics are taken in two passes, first the mean, then the deviations from it, and of x - pivot instead of x, where the
 * pivot is one of the elements: so the mean may exceed the deviation a million times, though all sums are in float32. The
 * moments of a group or row are therefore three numbers: pivot, mean - pivot, and 1 / sqrt(variance + epsilon).
 *
 * <p><b>Kernels of rows</b>: {@code lanes} neighbouring threads to a row, {@code GROUP / lanes} rows to a group of threads.
 * <b>Kernels of tiles</b>: a group of threads sees {@code width} neighbouring channels of a piece of the positions; threads
 * that are neighbours read neighbouring channels, and {@code GROUP / width} of them share a channel. <b>Combining kernels</b>: a
 * group of threads to each group of channels. Numbers are listed in the order they are read; those of the kernels of tiles all
 * begin with c; positions of a sample; positions per piece; pieces per sample; width, a power of two.
 *
 * <p>The trees that add over the lanes are written out: TornadoVM finds the wrong elements of a local array in a method that it
 * was passed to.
 */
final class NormKernels {
    private static final int GROUP = Grid.GROUP;

    private NormKernels() {}

    // Rows

    /**
     * y = (x - mean) / sqrt(variance + epsilon) * gain + bias. Numbers: rows, c, lanes, start of x [rows, c], of gain [c], of
     * bias [c], of y [rows, c], place of epsilon.
     */
    static void layerNorm(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int l = c.localIdx;
        int n = p.get(1);
        int lanes = p.get(2);
        int first = l / lanes * lanes;
        int lane = l - first;
        int row = c.groupIdx * (GROUP / lanes) + l / lanes;
        int end = row < p.get(0) ? n : 0;
        int x = p.get(3) + row * n;
        float pivot = 0f;
        if (end > 0) {
            pivot = m.get(x);
        }
        float sum = 0f;
        for (int i = lane; i < end; i += lanes) {
            sum += m.get(x + i) - pivot;
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float mean = found[first] / n;
        c.localBarrier();
        float squares = 0f;
        for (int i = lane; i < end; i += lanes) {
            float d = m.get(x + i) - pivot - mean;
            squares += d * d;
        }
        found[l] = squares;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float scale = 1f / DeviceMath.sqrt(found[first] / n + m.get(p.get(7)));
        int y = p.get(6) + row * n;
        for (int i = lane; i < end; i += lanes) {
            float d = m.get(x + i) - pivot - mean;
            m.set(y + i, d * scale * m.get(p.get(4) + i) + m.get(p.get(5) + i));
        }
    }

    /**
     * dx = scale * (g - mean(g) - xhat * mean(g * xhat)) with g = dy * gain, xhat = (x - mean) * scale and scale = 1 /
     * sqrt(variance + epsilon). Numbers: rows, c, lanes, start of x [rows, c], of gain [c], of dy [rows, c], of dx [rows, c],
     * place of epsilon.
     */
    static void layerNormGradInput(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        float[] dots = c.allocateFloatLocalArray(GROUP);
        int l = c.localIdx;
        int n = p.get(1);
        int lanes = p.get(2);
        int first = l / lanes * lanes;
        int lane = l - first;
        int row = c.groupIdx * (GROUP / lanes) + l / lanes;
        int end = row < p.get(0) ? n : 0;
        int x = p.get(3) + row * n;
        int gain = p.get(4);
        int dy = p.get(5) + row * n;
        float pivot = 0f;
        if (end > 0) {
            pivot = m.get(x);
        }
        float sum = 0f;
        for (int i = lane; i < end; i += lanes) {
            sum += m.get(x + i) - pivot;
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float mean = found[first] / n;
        c.localBarrier();
        float squares = 0f;
        for (int i = lane; i < end; i += lanes) {
            float d = m.get(x + i) - pivot - mean;
            squares += d * d;
        }
        found[l] = squares;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float scale = 1f / DeviceMath.sqrt(found[first] / n + m.get(p.get(7)));
        c.localBarrier();
        float sumOfG = 0f;
        float dot = 0f;
        for (int i = lane; i < end; i += lanes) {
            float g = m.get(dy + i) * m.get(gain + i);
            float xhat = (m.get(x + i) - pivot - mean) * scale;
            sumOfG += g;
            dot += g * xhat;
        }
        found[l] = sumOfG;
        dots[l] = dot;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
                dots[l] += dots[l + half];
            }
            c.localBarrier();
        }
        float meanOfG = found[first] / n;
        float meanOfDot = dots[first] / n;
        int dx = p.get(6) + row * n;
        for (int i = lane; i < end; i += lanes) {
            float g = m.get(dy + i) * m.get(gain + i);
            float xhat = (m.get(x + i) - pivot - mean) * scale;
            m.set(dx + i, scale * (g - meanOfG - xhat * meanOfDot));
        }
    }

    /** The moments of rows. Numbers: rows, c, lanes, start of x [rows, c], of the moments [3, rows], place of epsilon. */
    static void rowMoments(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int l = c.localIdx;
        int n = p.get(1);
        int lanes = p.get(2);
        int first = l / lanes * lanes;
        int lane = l - first;
        int row = c.groupIdx * (GROUP / lanes) + l / lanes;
        int end = row < p.get(0) ? n : 0;
        int x = p.get(3) + row * n;
        float pivot = 0f;
        if (end > 0) {
            pivot = m.get(x);
        }
        float sum = 0f;
        for (int i = lane; i < end; i += lanes) {
            sum += m.get(x + i) - pivot;
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float mean = found[first] / n;
        c.localBarrier();
        float squares = 0f;
        for (int i = lane; i < end; i += lanes) {
            float d = m.get(x + i) - pivot - mean;
            squares += d * d;
        }
        found[l] = squares;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        if (lane == 0 && end > 0) {
            m.set(p.get(4) + row, pivot);
            m.set(p.get(4) + p.get(0) + row, mean);
            m.set(p.get(4) + 2 * p.get(0) + row, 1f / DeviceMath.sqrt(found[l] / n + m.get(p.get(5))));
        }
    }

    /** y = e^(x - max) / sum of e^(x - max). Numbers: rows, c, lanes, start of x [rows, c], of y [rows, c]. */
    static void softmax(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int l = c.localIdx;
        int n = p.get(1);
        int lanes = p.get(2);
        int first = l / lanes * lanes;
        int lane = l - first;
        int row = c.groupIdx * (GROUP / lanes) + l / lanes;
        int end = row < p.get(0) ? n : 0;
        int x = p.get(3) + row * n;
        float max = Float.NEGATIVE_INFINITY; // NaN has no part: it comes back with the sum
        for (int i = lane; i < end; i += lanes) {
            float v = m.get(x + i);
            if (v > max) {
                max = v;
            }
        }
        found[l] = max;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half && found[l + half] > found[l]) {
                found[l] = found[l + half];
            }
            c.localBarrier();
        }
        max = found[first];
        c.localBarrier();
        float sum = 0f;
        for (int i = lane; i < end; i += lanes) {
            sum += DeviceMath.exp(m.get(x + i) - max);
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        sum = found[first];
        int y = p.get(4) + row * n;
        for (int i = lane; i < end; i += lanes) {
            m.set(y + i, DeviceMath.exp(m.get(x + i) - max) / sum);
        }
    }

    /** y = x - max - ln(sum of e^(x - max)). Numbers: rows, c, lanes, start of x [rows, c], of y [rows, c]. */
    static void logSoftmax(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int l = c.localIdx;
        int n = p.get(1);
        int lanes = p.get(2);
        int first = l / lanes * lanes;
        int lane = l - first;
        int row = c.groupIdx * (GROUP / lanes) + l / lanes;
        int end = row < p.get(0) ? n : 0;
        int x = p.get(3) + row * n;
        float max = Float.NEGATIVE_INFINITY; // NaN has no part: it comes back with the sum
        for (int i = lane; i < end; i += lanes) {
            float v = m.get(x + i);
            if (v > max) {
                max = v;
            }
        }
        found[l] = max;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half && found[l + half] > found[l]) {
                found[l] = found[l + half];
            }
            c.localBarrier();
        }
        max = found[first];
        c.localBarrier();
        float sum = 0f;
        for (int i = lane; i < end; i += lanes) {
            sum += DeviceMath.exp(m.get(x + i) - max);
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float log = DeviceMath.log(found[first]);
        int y = p.get(4) + row * n;
        for (int i = lane; i < end; i += lanes) {
            m.set(y + i, m.get(x + i) - max - log);
        }
    }

    // Tiles

    /**
     * Of each piece and channel the pivot, sum of (x - pivot), and sum of squared deviations from the mean. Further numbers:
     * start of x [b, positions, c], of the statistics [3, b * pieces, c]; b * pieces. Grid: channels by b * pieces.
     */
    static void channelStatistics(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int channels = p.get(0);
        int width = p.get(4);
        int l = c.localIdx;
        int lanes = GROUP / width;
        int lane = l / width;
        int column = l - lane * width;
        int channel = c.groupIdx * width + column;
        int piece = c.groupIdy;
        int sample = piece / p.get(3);
        int from = (piece - sample * p.get(3)) * p.get(2);
        int to = from + p.get(2);
        if (to > p.get(1)) {
            to = p.get(1);
        }
        int count = to - from;
        if (channel >= channels) {
            to = from;
        }
        int x = p.get(5) + sample * p.get(1) * channels + channel;
        float pivot = 0f;
        if (from < to) {
            pivot = m.get(x + from * channels);
        }
        float sum = 0f;
        for (int i = from + lane; i < to; i += lanes) {
            sum += m.get(x + i * channels) - pivot;
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half * width];
            }
            c.localBarrier();
        }
        sum = found[column];
        float mean = sum / count;
        c.localBarrier();
        float squares = 0f;
        for (int i = from + lane; i < to; i += lanes) {
            float d = m.get(x + i * channels) - pivot - mean;
            squares += d * d;
        }
        found[l] = squares;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                found[l] += found[l + half * width];
            }
            c.localBarrier();
        }
        if (lane == 0 && channel < channels) {
            int out = p.get(6) + piece * channels + channel;
            int step = p.get(7) * channels;
            m.set(out, pivot);
            m.set(out + step, sum);
            m.set(out + 2 * step, found[l]);
        }
    }

    /**
     * The moments of each group of channels, from the statistics of its channels and pieces (Chan et al. 1979). Numbers: c;
     * positions; positions per piece; pieces per sample; groups; start of the statistics [3, b * pieces, c], of the moments
     * [3, b * groups]; b; place of epsilon. Grid: b * groups.
     */
    static void groupMoments(KernelContext c, FloatArray m, IntArray p) {
        float[] found = c.allocateFloatLocalArray(GROUP);
        int channels = p.get(0);
        int positions = p.get(1);
        int perPiece = p.get(2);
        int pieces = p.get(3);
        int groups = p.get(4);
        int perGroup = channels / groups;
        int l = c.localIdx;
        int sample = c.groupIdx / groups;
        int group = c.groupIdx - sample * groups;
        int step = p.get(7) * pieces * channels;
        int statistics = p.get(5) + sample * pieces * channels + group * perGroup;
        int items = perGroup * pieces;
        float pivot = m.get(statistics);
        float sum = 0f;
        for (int i = l; i < items; i += GROUP) {
            int piece = i / perGroup;
            int at = statistics + piece * channels + i - piece * perGroup;
            int count = positions - piece * perPiece;
            if (count > perPiece) {
                count = perPiece;
            }
            sum += (m.get(at) - pivot) * count + m.get(at + step);
        }
        found[l] = sum;
        c.localBarrier();
        for (int half = GROUP / 2; half > 0; half = half / 2) {
            if (l < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        float n = positions * (float) perGroup;
        float mean = found[0] / n;
        c.localBarrier();
        float squares = 0f;
        for (int i = l; i < items; i += GROUP) {
            int piece = i / perGroup;
            int at = statistics + piece * channels + i - piece * perGroup;
            int count = positions - piece * perPiece;
            if (count > perPiece) {
                count = perPiece;
            }
            float d = m.get(at) - pivot + m.get(at + step) / count - mean;
            squares += d * d * count + m.get(at + 2 * step);
        }
        found[l] = squares;
        c.localBarrier();
        for (int half = GROUP / 2; half > 0; half = half / 2) {
            if (l < half) {
                found[l] += found[l + half];
            }
            c.localBarrier();
        }
        if (l == 0) {
            int out = p.get(6) + c.groupIdx;
            int distance = p.get(7) * groups;
            m.set(out, pivot);
            m.set(out + distance, mean);
            m.set(out + 2 * distance, 1f / DeviceMath.sqrt(found[0] / n + m.get(p.get(8))));
        }
    }

    /**
     * y = (x - mean) * scale * gain + bias. Further numbers: start of x [b, positions, c], of gain [c], of bias [c], of the
     * moments [3, b * groups], of y [b, positions, c]; groups; b. Grid: channels by b * pieces.
     */
    static void groupNorm(KernelContext c, FloatArray m, IntArray p) {
        int channels = p.get(0);
        int width = p.get(4);
        int l = c.localIdx;
        int lanes = GROUP / width;
        int lane = l / width;
        int channel = c.groupIdx * width + l - lane * width;
        int sample = c.groupIdy / p.get(3);
        int from = (c.groupIdy - sample * p.get(3)) * p.get(2);
        int to = from + p.get(2);
        if (to > p.get(1)) {
            to = p.get(1);
        }
        if (channel < channels) {
            int groups = p.get(10);
            int moments = p.get(8) + sample * groups + channel / (channels / groups);
            int step = p.get(11) * groups;
            float pivot = m.get(moments);
            float mean = m.get(moments + step);
            float scale = m.get(moments + 2 * step) * m.get(p.get(6) + channel);
            float bias = m.get(p.get(7) + channel);
            int offset = sample * p.get(1) * channels + channel;
            int x = p.get(5) + offset;
            int y = p.get(9) + offset;
            for (int i = from + lane; i < to; i += lanes) {
                m.set(y + i * channels, (m.get(x + i * channels) - pivot - mean) * scale + bias);
            }
        }
    }

    /**
     * Of each piece and channel the sums of dy * xhat and of dy, xhat = (x - mean) * scale. Further numbers: start of x and of
     * dy [b, positions, c], of the moments [3, b * groups], of the sums [b * pieces, 2, c]; groups; b. Grid: channels by b *
     * pieces.
     */
    static void groupGradSums(KernelContext c, FloatArray m, IntArray p) {
        float[] dots = c.allocateFloatLocalArray(GROUP);
        float[] sums = c.allocateFloatLocalArray(GROUP);
        int channels = p.get(0);
        int width = p.get(4);
        int l = c.localIdx;
        int lanes = GROUP / width;
        int lane = l / width;
        int channel = c.groupIdx * width + l - lane * width;
        int sample = c.groupIdy / p.get(3);
        int from = (c.groupIdy - sample * p.get(3)) * p.get(2);
        int to = from + p.get(2);
        if (to > p.get(1)) {
            to = p.get(1);
        }
        float dot = 0f;
        float sum = 0f;
        if (channel < channels) {
            int groups = p.get(9);
            int moments = p.get(7) + sample * groups + channel / (channels / groups);
            int step = p.get(10) * groups;
            float pivot = m.get(moments);
            float mean = m.get(moments + step);
            float scale = m.get(moments + 2 * step);
            int offset = sample * p.get(1) * channels + channel;
            int x = p.get(5) + offset;
            int dy = p.get(6) + offset;
            for (int i = from + lane; i < to; i += lanes) {
                float g = m.get(dy + i * channels);
                dot += g * ((m.get(x + i * channels) - pivot - mean) * scale);
                sum += g;
            }
        }
        dots[l] = dot;
        sums[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                dots[l] += dots[l + half * width];
                sums[l] += sums[l + half * width];
            }
            c.localBarrier();
        }
        if (lane == 0 && channel < channels) {
            int out = p.get(8) + c.groupIdy * 2 * channels + channel;
            m.set(out, dots[l]);
            m.set(out + channels, sums[l]);
        }
    }

    /**
     * Of each group of channels the means of g and of g * xhat, g = dy * gain. Numbers: c; positions; pieces per sample;
     * groups; start of the sums [b * pieces, 2, c], of gain [c], of the means [2, b * groups]; b. Grid: b * groups.
     */
    static void groupGradMeans(KernelContext c, FloatArray m, IntArray p) {
        float[] dots = c.allocateFloatLocalArray(GROUP);
        float[] sums = c.allocateFloatLocalArray(GROUP);
        int channels = p.get(0);
        int pieces = p.get(2);
        int groups = p.get(3);
        int perGroup = channels / groups;
        int l = c.localIdx;
        int sample = c.groupIdx / groups;
        int channel = (c.groupIdx - sample * groups) * perGroup;
        int at = p.get(4) + sample * pieces * 2 * channels + channel;
        int gain = p.get(5) + channel;
        float dot = 0f;
        float sum = 0f;
        for (int i = l; i < perGroup * pieces; i += GROUP) {
            int piece = i / perGroup;
            int own = i - piece * perGroup;
            int from = at + piece * 2 * channels + own;
            dot += m.get(from) * m.get(gain + own);
            sum += m.get(from + channels) * m.get(gain + own);
        }
        dots[l] = dot;
        sums[l] = sum;
        c.localBarrier();
        for (int half = GROUP / 2; half > 0; half = half / 2) {
            if (l < half) {
                dots[l] += dots[l + half];
                sums[l] += sums[l + half];
            }
            c.localBarrier();
        }
        if (l == 0) {
            float n = p.get(1) * (float) perGroup;
            m.set(p.get(6) + c.groupIdx, sums[0] / n);
            m.set(p.get(6) + p.get(7) * groups + c.groupIdx, dots[0] / n);
        }
    }

    /**
     * dx = scale * (g - mean(g) - xhat * mean(g * xhat)). Further numbers: start of x [b, positions, c], of gain [c], of dy
     * [b, positions, c], of the moments [3, b * groups], of the means [2, b * groups], of dx [b, positions, c]; groups; b.
     * Grid: channels by b * pieces.
     */
    static void groupNormGradInput(KernelContext c, FloatArray m, IntArray p) {
        int channels = p.get(0);
        int width = p.get(4);
        int l = c.localIdx;
        int lanes = GROUP / width;
        int lane = l / width;
        int channel = c.groupIdx * width + l - lane * width;
        int sample = c.groupIdy / p.get(3);
        int from = (c.groupIdy - sample * p.get(3)) * p.get(2);
        int to = from + p.get(2);
        if (to > p.get(1)) {
            to = p.get(1);
        }
        if (channel < channels) {
            int groups = p.get(11);
            int group = sample * groups + channel / (channels / groups);
            int step = p.get(12) * groups;
            float pivot = m.get(p.get(8) + group);
            float mean = m.get(p.get(8) + group + step);
            float scale = m.get(p.get(8) + group + 2 * step);
            float meanOfG = m.get(p.get(9) + group);
            float meanOfDot = m.get(p.get(9) + group + step);
            float gain = m.get(p.get(6) + channel);
            int offset = sample * p.get(1) * channels + channel;
            int x = p.get(5) + offset;
            int dy = p.get(7) + offset;
            int dx = p.get(10) + offset;
            for (int i = from + lane; i < to; i += lanes) {
                float xhat = (m.get(x + i * channels) - pivot - mean) * scale;
                m.set(dx + i * channels, scale * (m.get(dy + i * channels) * gain - meanOfG - xhat * meanOfDot));
            }
        }
    }

    /**
     * Of each piece of the rows and each channel the sums of dy * xhat and of dy. The rows stand for the positions of one
     * sample. Further numbers: start of x and of dy [rows, c], of the moments [3, rows], of the sums [pieces, 2, c]. Grid:
     * channels by pieces.
     */
    static void layerGradSums(KernelContext c, FloatArray m, IntArray p) {
        float[] dots = c.allocateFloatLocalArray(GROUP);
        float[] sums = c.allocateFloatLocalArray(GROUP);
        int channels = p.get(0);
        int rows = p.get(1);
        int width = p.get(4);
        int l = c.localIdx;
        int lanes = GROUP / width;
        int lane = l / width;
        int channel = c.groupIdx * width + l - lane * width;
        int from = c.groupIdy * p.get(2);
        int to = from + p.get(2);
        if (to > rows) {
            to = rows;
        }
        float dot = 0f;
        float sum = 0f;
        if (channel < channels) {
            int x = p.get(5) + channel;
            int dy = p.get(6) + channel;
            int moments = p.get(7);
            for (int i = from + lane; i < to; i += lanes) {
                float g = m.get(dy + i * channels);
                float d = m.get(x + i * channels) - m.get(moments + i) - m.get(moments + rows + i);
                dot += g * (d * m.get(moments + 2 * rows + i));
                sum += g;
            }
        }
        dots[l] = dot;
        sums[l] = sum;
        c.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                dots[l] += dots[l + half * width];
                sums[l] += sums[l + half * width];
            }
            c.localBarrier();
        }
        if (lane == 0 && channel < channels) {
            int out = p.get(8) + c.groupIdy * 2 * channels + channel;
            m.set(out, dots[l]);
            m.set(out + channels, sums[l]);
        }
    }
}
