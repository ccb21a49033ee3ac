package io.github.cones4j.engine.cpu;

/** The left operand of a matrix product, a[m, k], wherever its elements lie: it can write its blocks as {@link Tiles} read them. */
interface Rows {

    /**
     * Packs rows {@code row .. end-1}, columns {@code k0 .. k1-1} as tiles {@code to[tiles, k1-k0, ROWS]}. What the last tile holds in
     * place of rows beyond {@code end} is left open.
     *
     * @param spare {@code ROWS * (k1 - k0)} floats of {@code to} to work in
     */
    void pack(int row, int end, int k0, int k1, float[] to, int at, int spare);

    /** Rows of consecutive elements: a[i, k] is {@code a[a0 + i * stride + k]}. */
    final class Plain implements Rows {
        private final float[] a;
        private final int a0;
        private final int stride;

        Plain(float[] a, int a0, int stride) {
            this.a = a;
            this.a0 = a0;
            this.stride = stride;
        }

        @Override
        public void pack(int row, int end, int k0, int k1, float[] to, int at, int spare) {
            int[] from = new int[Tiles.ROWS];
            int p = at;
            for (int r = row; r < end; r += Tiles.ROWS) {
                for (int i = 0; i < Tiles.ROWS; i++) {
                    from[i] = a0 + Math.min(r + i, end - 1) * stride + k0;
                }
                Tiles.interleave(a, from, k1 - k0, to, p);
                p += Tiles.ROWS * (k1 - k0);
            }
        }
    }

    /** Columns of consecutive elements: a[i, k] is {@code a[a0 + k * stride + i]}; whole tiles may read them in place. */
    final class Transposed implements Rows {
        private static final int DENSE = 160;

        private final float[] a;
        private final int a0;
        private final int stride;

        /**
         * Whether neighbouring columns are near enough to be read in place: at more than a few cache lines apart they crowd each
         * other out of the cache before their other rows are read.
         */
        boolean isDense() {
            return stride <= DENSE;
        }

        float[] array() {
            return a;
        }

        int place(int row, int k) {
            return a0 + k * stride + row;
        }

        int stride() {
            return stride;
        }

        Transposed(float[] a, int a0, int stride) {
            this.a = a;
            this.a0 = a0;
            this.stride = stride;
        }

        @Override
        public void pack(int row, int end, int k0, int k1, float[] to, int at, int spare) {
            int tiles = (end - row) / Tiles.ROWS;
            Tiles.deal(a, place(row, k0), stride, k1 - k0, tiles, to, at);
            int p = at + tiles * Tiles.ROWS * (k1 - k0);
            for (int k = k0; k < k1 && tiles * Tiles.ROWS < end - row; k++) {
                for (int i = 0; i < Tiles.ROWS; i++) {
                    int r = row + tiles * Tiles.ROWS + i;
                    to[p++] = r < end ? a[place(r, k)] : 0;
                }
            }
        }
    }
}
