package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;

import io.github.cones4j.engine.graph.DType;
import java.util.Arrays;

/**
 * The packed right operand of products, read in blocks of a panel as float32 [rows, the panel's width]: where they lie, if they lie so, else
 * written to the scratch of the worker that needs them.
 */
interface Panels {

    /** Whether blocks are read where they lie. */
    boolean inPlace();

    /** The array in which a block lies after {@link #block}. */
    float[] array(float[] scratch);

    /** How many floats of scratch a block of so many rows takes. */
    int room(int rows);

    /**
     * Gives rows {@code k0 .. k1-1} of a panel.
     *
     * @param scratch {@link #room} floats from {@code at} on
     * @return where in {@link #array} the block begins
     */
    int block(int panel, int k0, int k1, float[] scratch, int at);

    /** Values that are read in the order in which they were packed. */
    static Panels of(Packed packed, PackOrder order) {
        return new AsPacked(packed, order);
    }

    /** The right operand [n, k] of the gradient dA = dC * B^T, from B[k, n] as it was packed. */
    static Panels transposed(Packed packed, int k, int n) {
        return new Transposed(packed, PackOrder.matrix(k, n), PackOrder.matrix(n, k), Taps.ONE, Taps.ONE);
    }

    /** Floats that values packed in an order take. */
    static int size(PackOrder order, DType dtype) {
        return Packed.floats((long) stride(order, dtype) * Gemm.roundUp(order.columns(), N), dtype);
    }

    /** Distance of two columns that begin a panel, per column: 16-bit panels are filled up to whole groups. */
    private static int stride(PackOrder order, DType dtype) {
        return Packed.isHalf(dtype) ? Gemm.roundUp(order.depth(), 2) : order.depth();
    }

    /** Where among the values of a pack a row of a panel begins. */
    static int index(PackOrder order, DType dtype, int panel, int row) {
        return stride(order, dtype) * order.column(panel) + row * order.width(panel);
    }

    /** In the order of the pack. */
    record AsPacked(Packed packed, PackOrder order) implements Panels {
        @Override
        public boolean inPlace() {
            return !packed.isHalf();
        }

        @Override
        public float[] array(float[] scratch) {
            return inPlace() ? packed.array() : scratch;
        }

        @Override
        public int room(int rows) {
            return inPlace() ? 0 : Packed.widened(rows * Tiles.VECTORS * N);
        }

        @Override
        public int block(int panel, int k0, int k1, float[] scratch, int at) {
            int index = index(order, packed.dtype(), panel, k0);
            return inPlace() ? packed.start() + index : packed.copy(index, (k1 - k0) * order.width(panel), scratch, at);
        }
    }

    /**
     * The same values as the right operand of the gradient of a product's left one: rows and columns change places, and where there is a
     * kernel it is turned round. What the values of a pack are needed for a second time they so need not be packed for again.
     *
     * @param order of the pack
     * @param target the order of the blocks; its channels are the pack's columns, its columns the pack's channels
     * @param phaseY what rows of the kernel the target has
     * @param phaseX what columns of the kernel the target has
     */
    record Transposed(Packed packed, PackOrder order, PackOrder target, Taps phaseY, Taps phaseX) implements Panels {
        @Override
        public boolean inPlace() {
            return false;
        }

        @Override
        public float[] array(float[] scratch) {
            return scratch;
        }

        @Override
        public int room(int rows) {
            int widest = Tiles.VECTORS * N;
            return Gemm.roundUp(rows * widest, 16) + room(widest, widest);
        }

        /** Scratch to turn rows x columns in: those that are turned together, and a copy of all. */
        private int room(int rows, int columns) {
            return Transpose.ROWS * columns + Packed.widened(rows * columns);
        }

        @Override
        public int block(int panel, int k0, int k1, float[] scratch, int at) {
            int width = target.width(panel);
            int live = target.live(panel);
            int spare = at + Gemm.roundUp((k1 - k0) * width, 16);
            if (live < width) {
                Arrays.fill(scratch, at, at + (k1 - k0) * width, 0);
            }
            int taps = target.taps();
            for (int k = k0; k < k1; ) { // the channels of a chunk at one place of the kernel
                int c0 = k / (target.chunk() * taps) * target.chunk();
                int length = target.length(c0);
                int place = (k - c0 * taps) / length;
                int c = k - c0 * taps - place * length;
                int n = Math.min(length - c, k1 - k);
                int u = phaseY.of(target.kernelRow(place));
                int v = phaseX.of(target.kernelColumn(place));
                int to = at + (k - k0) * width;
                turn(order.place(u, v), target.column(panel), live, c0 + c, n, scratch, to, width, spare);
                k += n;
            }
            return at;
        }

        /**
         * {@code to[j, i]} = the value of channel {@code channel + i} and column {@code column + j} at a place of the kernel. A run of the
         * pack is copied to the first-level cache before it is turned: read crosswise from memory it would take three times as long.
         */
        private void turn(
                int place, int channel, int channels, int column, int n, float[] to, int at, int stride, int spare) {
            for (int i = 0; i < channels; ) {
                int chunk = (channel + i) / order.chunk() * order.chunk();
                int length = order.length(chunk);
                int inChunk = channel + i - chunk;
                int rows = Math.min(length - inChunk, channels - i);
                int row = chunk * order.taps() + place * length + inChunk;
                int panel = order.panelOf(column);
                for (int j = 0; j < n; panel++) {
                    int width = order.width(panel);
                    int first = column + j - order.column(panel);
                    int columns = Math.min(width - first, n - j);
                    int index = index(order, packed.dtype(), panel, row);
                    int copy = packed.copy(index, rows * width, to, spare + Transpose.ROWS * Tiles.VECTORS * N);
                    Transpose.transpose(
                            to, copy + first, width, rows, columns, to, at + j * stride + i, stride, to, spare);
                    j += columns;
                }
                i += rows;
            }
        }
    }

    /**
     * Which rows, or columns, of a kernel a turned kernel has: {@code last, last - step, ...}.
     *
     * @param last the kernel's that becomes the first of the turned one
     */
    record Taps(int last, int step) {
        /** Of a matrix, which has but one place. */
        static final Taps ONE = new Taps(0, 1);

        /** The kernel's row of which the turned kernel makes its row t. */
        int of(int t) {
            return last - t * step;
        }
    }
}
