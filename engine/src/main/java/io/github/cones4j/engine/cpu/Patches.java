package io.github.cones4j.engine.cpu;

import java.util.Arrays;

/**
 * The left operand of a convolution as a matrix product: row p holds the inputs under the kernel at output point p, in the order
 * (kernel row, kernel column, channel), zeros where the kernel lies over the padding. Nothing of that size is ever in memory: the
 * points of a tile are gathered from x[images, height, width, channels] as they are packed. For one kernel row, what a point needs
 * is one run of consecutive floats.
 */
final class Patches implements Rows {

    private final float[] x;
    private final int x0;
    private final int height;
    private final int line;
    private final int run;
    private final int channels;
    private final int strideY;
    private final int strideX;
    private final int padTop;
    private final int padLeft;
    private final int outHeight;
    private final int outWidth;

    /**
     * @param x pictures [images, g.height(), g.width(), g.channels()] from {@code x0} on
     */
    Patches(float[] x, int x0, Convolution.Geometry g) {
        this.x = x;
        this.x0 = x0;
        this.height = g.height();
        this.line = g.width() * g.channels();
        this.run = g.kernelWidth() * g.channels();
        this.channels = g.channels();
        this.strideY = g.strideY();
        this.strideX = g.strideX();
        this.padTop = g.padTop();
        this.padLeft = g.padLeft();
        this.outHeight = g.outHeight();
        this.outWidth = g.outWidth();
    }

    @Override
    public void pack(int row, int end, int k0, int k1, float[] to, int at, int spare) {
        int[] top = new int[Tiles.ROWS]; // per point of the tile: the input row under the kernel's first,
        int[] left =
                new int[Tiles.ROWS]; // the place in that row of the kernel's first column, both perhaps in the padding,
        int[] image = new int[Tiles.ROWS]; // the first float of its picture,
        int[] from = new int[Tiles.ROWS]; // and where its run begins
        int p = at;
        for (int r = row; r < end; r += Tiles.ROWS) {
            for (int i = 0; i < Tiles.ROWS; i++) {
                int point = Math.min(r + i, end - 1);
                int outLine = point / outWidth;
                int picture = outLine / outHeight;
                top[i] = (outLine - picture * outHeight) * strideY - padTop;
                left[i] = ((point - outLine * outWidth) * strideX - padLeft) * channels;
                image[i] = x0 + picture * height * line;
            }
            for (int k = k0; k < k1; ) {
                int kernelRow = k / run;
                int j = k - kernelRow * run;
                int n = Math.min(run - j, k1 - k);
                boolean inside = true;
                for (int i = 0; i < Tiles.ROWS; i++) {
                    int y = top[i] + kernelRow;
                    int first = left[i] + j;
                    inside &= y >= 0 && y < height && first >= 0 && first + n <= line;
                    from[i] = image[i] + y * line + first;
                }
                if (inside) {
                    Tiles.interleave(x, from, n, to, p);
                } else {
                    for (int i = 0; i < Tiles.ROWS; i++) {
                        int y = top[i] + kernelRow;
                        int first = y >= 0 && y < height ? left[i] + j : line; // outside: nothing to copy
                        copyPadded(x, from[i], first, line, n, to, spare + i * n);
                        from[i] = spare + i * n;
                    }
                    Tiles.interleave(to, from, n, to, p);
                }
                p += Tiles.ROWS * n;
                k += n;
            }
        }
    }

    /**
     * Writes the n floats of a line of length {@code line} from its place {@code first} on, zeros where that is outside.
     *
     * @param from where in x the place {@code first} would be
     */
    static void copyPadded(float[] x, int from, int first, int line, int n, float[] to, int at) {
        int low = Math.clamp(-(long) first, 0, n);
        int high = Math.clamp((long) line - first, low, n);
        Arrays.fill(to, at, at + low, 0);
        System.arraycopy(x, high > low ? from + low : 0, to, at + low, high - low);
        Arrays.fill(to, at + high, at + n, 0);
    }
}
