package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.MatMul;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns matrix products into kernel calls. */
final class MatMulLowering {
    private static final String GEMM = "gemm";

    private final Lowering lowering;
    private final Preparation prepared;
    private final Workers workers;

    MatMulLowering(Lowering lowering, Preparation prepared, Workers workers) {
        this.lowering = lowering;
        this.prepared = prepared;
        this.workers = workers;
    }

    View lower(MatMul op, Tensor tensor, Addition addition) {
        View a = lowering.view(tensor.input(0));
        View b = lowering.view(tensor.input(1));
        int n = tensor.shape().dim(-1);
        int m = tensor.shape().dim(-2);
        int k = op.transposeA() ? a.dim(-2) : a.dim(-1);
        View out = lowering.fresh(tensor);
        View bias = tensor.inputs().size() == 3 ? prepared.rowMajor(lowering.view(tensor.input(2))) : null;
        if (b.rank() == 2) {
            product("gemm", leftRows(op, tensor), rightColumns(op, tensor), bias, addition, out);
            return out;
        }
        // one product per entry of the batch
        int batch = out.size() / Math.max(m * n, 1);
        View left = batched(a, batch);
        View right = batched(b, batch);
        View rows = op.transposeA() ? left.permute(0, 2, 1) : left;
        boolean given = op.transposeB() != transposedStorage(right);
        int ldb = transposedStorage(right) ? right.stride(2) : right.stride(1);
        lowering.emit(
                "gemm_batched",
                addition.reads(rows, right, bias),
                List.of(out),
                () -> Gemm.batched(
                        workers,
                        batch,
                        m,
                        n,
                        k,
                        rows.array(),
                        rows.start(),
                        rows.stride(1),
                        rows.stride(2),
                        rows.stride(0),
                        right.array(),
                        right.start(),
                        ldb,
                        given,
                        right.stride(0),
                        out.array(),
                        out.start(),
                        n,
                        m * n,
                        addition.epilogue(bias)));
        return out;
    }

    /**
     * out = rows[m, k] * columns[k, n]: one product of all rows with one packed operand.
     *
     * @param rows a matrix of which one stride is 1
     * @param columns a matrix of which one stride is 1
     * @param out m * n elements, row-major
     */
    void product(String label, View rows, View columns, @Nullable View bias, Addition addition, View out) {
        int k = columns.dim(0);
        int n = columns.dim(1);
        View turned = columns.permute(1, 0);
        boolean again = prepared.isWeight(columns) && prepared.isPacked(GEMM, turned);
        Preparation.Pack packed = again ? packed(turned) : packed(columns); // one pack for a product and its gradient
        lowering.emit(
                label,
                addition.reads(rows, packed.view(), bias),
                addition.replaceable(),
                List.of(out),
                () -> Gemm.multiply(
                        workers,
                        rows.dim(0),
                        n,
                        k,
                        Gemm.rows(rows.array(), rows.start(), rows.stride(0), rows.stride(1)),
                        again
                                ? Panels.transposed(packed.values(), n, k)
                                : Panels.of(packed.values(), PackOrder.matrix(k, n)),
                        Gemm.Target.plain(out.array(), out.start(), n),
                        addition.epilogue(bias)));
    }

    /** One half of a product times GELU of the other. */
    View gated(Tensor product, Tensor tensor) {
        return lowering.as(product, () -> {
            MatMul op = (MatMul) product.op();
            View out = lowering.fresh(tensor);
            int n = tensor.shape().dim(-1);
            View rows = leftRows(op, product);
            View columns = rightColumns(op, product);
            Preparation.Pack left = packed(columns.slice(1, 0, n));
            Preparation.Pack right = packed(columns.slice(1, n, 2 * n));
            PackOrder order = PackOrder.matrix(rows.dim(1), n);
            View bias = product.inputs().size() == 3 ? prepared.rowMajor(lowering.view(product.input(2))) : null;
            View leftBias = bias == null ? null : bias.slice(0, 0, n);
            View rightBias = bias == null ? null : bias.slice(0, n, 2 * n);
            List<View> reads = new ArrayList<>(List.of(rows, left.view(), right.view()));
            if (bias != null) {
                reads.add(bias);
            }
            Addition gate = Addition.NONE.then(ElementwiseKernels::gelu);
            lowering.emit(
                    "gemm_gated",
                    reads,
                    List.of(out),
                    () -> Gemm.gated(
                            workers,
                            rows.dim(0),
                            n,
                            rows.dim(1),
                            Gemm.rows(rows.array(), rows.start(), rows.stride(0), rows.stride(1)),
                            Panels.of(left.values(), order),
                            Panels.of(right.values(), order),
                            out.array(),
                            out.start(),
                            n,
                            Addition.NONE.epilogue(leftBias),
                            gate.epilogue(rightBias)));
            return out;
        });
    }

    /** A matrix of which one stride is 1, packed as the right operand of products. */
    private Preparation.Pack packed(View b) {
        int k = b.dim(0);
        int n = b.dim(1);
        boolean transposed = b.stride(1) != 1;
        int ldb = transposed ? b.stride(1) : b.stride(0);
        return prepared.packed(
                b,
                GEMM,
                dtype -> Panels.size(PackOrder.matrix(k, n), dtype),
                (team, from, start, to) -> Gemm.packB(team, from, start, ldb, transposed, k, n, to));
    }

    /** All rows of the left operand as a matrix of which one stride is 1. */
    private View leftRows(MatMul op, Tensor tensor) {
        View a = lowering.view(tensor.input(0));
        int k = op.transposeA() ? a.dim(-2) : a.dim(-1);
        View left = a.rank() == 2
                ? a
                : matrix(a, tensor.shape().size() / Math.max(tensor.shape().dim(-1), 1), k);
        return unitStride(op.transposeA() ? left.permute(1, 0) : left);
    }

    /** The right operand [k, n], of which one stride is 1. */
    private View rightColumns(MatMul op, Tensor tensor) {
        View b = lowering.view(tensor.input(1));
        return unitStride(op.transposeB() ? b.permute(1, 0) : b);
    }

    /** The view as [rows, columns]. */
    private View matrix(View view, long rows, int columns) {
        Shape shape = Shape.of(Math.toIntExact(rows), columns);
        View flat = view.reshape(shape);
        return flat != null
                ? flat
                : Objects.requireNonNull(prepared.rowMajor(view).reshape(shape));
    }

    /** A matrix of which one stride is 1. */
    private View unitStride(View matrix) {
        return matrix.stride(0) == 1 || matrix.stride(1) == 1
                ? matrix
                : Objects.requireNonNull(prepared.rowMajor(matrix).reshape(Shape.of(matrix.dims())));
    }

    /** The view as [batch, rows, columns], of which one of the last two strides is 1. */
    private View batched(View view, int batch) {
        Shape shape = Shape.of(batch, view.dim(-2), view.dim(-1));
        View flat = view.reshape(shape);
        return flat != null && (flat.stride(1) == 1 || flat.stride(2) == 1)
                ? flat
                : Objects.requireNonNull(prepared.rowMajor(view).reshape(shape));
    }

    private static boolean transposedStorage(View batched) {
        return batched.stride(2) != 1;
    }
}
