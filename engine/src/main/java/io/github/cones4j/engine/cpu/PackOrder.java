package io.github.cones4j.engine.cpu;

import static io.github.cones4j.engine.cpu.Lanes.N;

/**
 * In which order a packed operand of products keeps its values: panels of columns side by side, each [rows, its width]. A row is a channel
 * under one place of a kernel; rows are in the order (chunk of channels, place of the kernel, channel of the chunk). For a matrix a row is
 * a row.
 *
 * @param channels in all
 * @param chunk channels that follow each other for one place of the kernel; the last chunk may have fewer
 * @param kernelHeight rows of the kernel, 1 for a matrix
 * @param kernelWidth columns of the kernel, 1 for a matrix
 * @param byColumn whether places are in the order (kernel column, kernel row), else (kernel row, kernel column)
 * @param columns in all
 * @param turned whether the one panel is {@link Tiles#ROWS} wide, as {@link Planes#suitTurned} asks
 */
record PackOrder(
        int channels, int chunk, int kernelHeight, int kernelWidth, boolean byColumn, int columns, boolean turned) {

    /** Of a matrix [k, n]. */
    static PackOrder matrix(int k, int n) {
        return new PackOrder(k, Math.max(k, 1), 1, 1, false, n, false);
    }

    /** Places of the kernel. */
    int taps() {
        return kernelHeight * kernelWidth;
    }

    /** Rows in all. */
    int depth() {
        return channels * taps();
    }

    int panels() {
        return Gemm.panels(columns);
    }

    /** The first column of a panel. */
    int column(int panel) {
        return N * Gemm.firstVector(columns, panel);
    }

    int width(int panel) {
        return turned ? Tiles.ROWS : N * Gemm.vectors(columns, panel);
    }

    /** The columns of a panel that are not mere filling. */
    int live(int panel) {
        return Math.min(width(panel), columns - column(panel));
    }

    /** The panel that holds a column. */
    int panelOf(int column) {
        int panel = column / (Tiles.VECTORS * N); // or one behind it: no panel is wider
        while (panel + 1 < panels() && column(panel + 1) <= column) {
            panel++;
        }
        return panel;
    }

    /** Channels of the chunk that begins with a channel. */
    int length(int firstOfChunk) {
        return Math.min(chunk, channels - firstOfChunk);
    }

    /** The number of a place of the kernel among the others. */
    int place(int u, int v) {
        return byColumn ? v * kernelHeight + u : u * kernelWidth + v;
    }

    /** The kernel's row at a place. */
    int kernelRow(int place) {
        return byColumn ? place % kernelHeight : place / kernelWidth;
    }

    /** The kernel's column at a place. */
    int kernelColumn(int place) {
        return byColumn ? place / kernelHeight : place % kernelWidth;
    }
}
