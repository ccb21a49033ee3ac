package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Launches products of matrices. */
final class MatMulTasks {
    private MatMulTasks() {}

    /** Emits a product; its result is row-major. */
    static Operand matmul(Emitter e, MatMul op, Operand a, Operand b, @Nullable Operand bias, Shape result) {
        return matmul(e, op, a, b, bias, result, Tiling::fastest);
    }

    /** The same, divided as told. */
    static Operand matmul(
            Emitter e, MatMul op, Operand a, Operand b, @Nullable Operand bias, Shape result, Tiling.Policy policy) {
        Operand out = e.fresh(result, Layout.rowMajor(result.rank()));
        if (out.size() == 0) {
            return out;
        }
        int n = result.dim(-1);
        int m = result.dim(-2);
        int k = a.dim(op.transposeA() ? -2 : -1);
        boolean shared = b.rank() == 2;
        int batch = shared ? 1 : out.size() / (m * n);
        Operand left = shared && a.rank() > 2
                ? entries(e, a, 1, out.size() / n, k)
                : entries(e, a, batch, a.dim(-2), a.dim(-1));
        Operand right = entries(e, b, batch, b.dim(-2), b.dim(-1));
        Matrix rows = Matrix.lines(op.transposeA() ? left.permute(0, 2, 1) : left);
        Matrix columns = Matrix.lines(op.transposeB() ? right : right.permute(0, 2, 1));
        product(e, "matmul", rows, columns, bias == null ? null : e.rowMajor(bias), batch, out, policy);
        return out;
    }

    /** The operand as [batch, rows, columns], of which one of the last two strides is 1. */
    private static Operand entries(Emitter e, Operand operand, int batch, int rows, int columns) {
        Shape shape = Shape.of(batch, rows, columns);
        Operand flat = operand.reshape(shape);
        return flat != null && (flat.stride(1) == 1 || flat.stride(2) == 1 || rows == 1 || columns == 1)
                ? flat
                : Objects.requireNonNull(e.rowMajor(operand).reshape(shape));
    }

    /**
     * One side of a product.
     *
     * @param elements where the elements lie
     * @param lines rows of the left side, columns of the right one
     * @param depth the common dimension
     * @param lineStride from line to line
     * @param depthStride along the common dimension
     * @param entryStride from entry to entry of the batch
     */
    record Matrix(Operand elements, int lines, int depth, int lineStride, int depthStride, int entryStride) {
        /** Of [batch, lines, depth]. */
        static Matrix lines(Operand operand) {
            return new Matrix(
                    operand, operand.dim(1), operand.dim(2), operand.stride(1), operand.stride(2), operand.stride(0));
        }

        /** Whether neighbours in memory lie along the common dimension, as far as a kernel's reading order goes. */
        int alongDepth() {
            return depthStride == 1 || depth == 1 ? 1 : 0;
        }
    }

    /**
     * Emits {@code batch} products of [m, k] and [k, n] into a dense row-major result.
     *
     * @param bias [n], dense
     */
    static void product(
            Emitter e,
            String label,
            Matrix a,
            Matrix b,
            @Nullable Operand bias,
            int batch,
            Operand result,
            Tiling.Policy policy) {
        int m = a.lines;
        int n = b.lines;
        int k = a.depth;
        if (e.precision() != Precision.FLOAT32 && MmaTasks.suits(m, n, k, batch)) {
            MmaTasks.product(e, label, a, b, bias, batch, result);
            return;
        }
        Tiling tiling = policy.choose(m, n, k, batch);
        int splits = tiling.splits();
        Operand out = splits == 1 ? result : e.fresh(Shape.of(batch, splits, m, n), Layout.rowMajor(4));
        Operand added = splits == 1 ? bias : null;
        e.emit(
                label,
                GemmKernels.matrix(tiling.tile()),
                tiling.grid(m, n, batch),
                present(a.elements, b.elements, added),
                List.of(out),
                () -> new int[] {
                    m,
                    n,
                    k,
                    a.elements.start(),
                    a.lineStride,
                    a.depthStride,
                    a.entryStride,
                    b.elements.start(),
                    b.lineStride,
                    b.depthStride,
                    b.entryStride,
                    out.start(),
                    start(added),
                    tiling.tile().across(n),
                    splits,
                    tiling.depth(),
                    a.alongDepth(),
                    b.alongDepth()
                });
        if (splits > 1) {
            sum(e, label, out, splits, m * n, n, 1, bias, result);
        }
    }

    /**
     * Emits the addition of partial results.
     *
     * @param each elements of one partial result of one entry
     * @param taps if above 1: the result has them innermost, the partial results the channels
     */
    static void sum(
            Emitter e,
            String label,
            Operand parts,
            int splits,
            int each,
            int columns,
            int taps,
            @Nullable Operand bias,
            Operand result) {
        e.emit(
                label + "_sum",
                PartKernels::sum,
                Grid.threads(result.size()),
                present(parts, bias),
                List.of(result),
                () -> new int[] {
                    result.size(),
                    splits,
                    each,
                    parts.start(),
                    result.start(),
                    columns,
                    start(bias),
                    taps,
                    columns / taps
                });
    }

    /** Where an operand begins, or -1 if there is none. */
    static int start(@Nullable Operand operand) {
        return operand == null ? -1 : operand.start();
    }

    /** The operands that there are. */
    static List<Operand> present(@Nullable Operand... operands) {
        return Stream.of(operands)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }
}
