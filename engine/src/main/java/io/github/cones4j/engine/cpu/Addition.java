package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Epilogue} will do besides adding a bias, known before there is memory.
 *
 * @param alpha factor of the product
 * @param residual what is added, in the product's shape
 * @param stride distance of the residual's rows
 * @param repeat for how many rows of the product each of them is
 * @param activation the function of the sum
 */
record Addition(
        float alpha, @Nullable View residual, int stride, int repeat, Epilogue.@Nullable Activation activation) {

    static final Addition NONE = new Addition(1, null, 0, 1, null);

    Addition scaled(float factor) {
        return new Addition(factor, residual, stride, repeat, activation);
    }

    Addition then(Epilogue.Activation f) {
        return new Addition(alpha, residual, stride, repeat, f);
    }

    /**
     * Adds a view, if it lies in rows of columns side by side, at one distance or each the same for several rows of the product.
     *
     * @param view of the product's shape
     * @param product a matrix product, whose rows are all axes but the last, or a convolution, whose rows are pixels
     * @return null if it lies otherwise
     */
    @Nullable
    Addition plus(View view, Tensor product) {
        View rows = product.op() instanceof Conv ? view.permute(0, 2, 3, 1) : view;
        int columns = rows.rank() - 1;
        if (rows.dim(columns) != 1 && rows.stride(columns) != 1) {
            return null;
        }
        int axis = columns - 1;
        int same = 1;
        while (axis >= 0 && (rows.dim(axis) == 1 || rows.stride(axis) == 0)) {
            same *= rows.dim(axis--);
        }
        int step = axis >= 0 ? rows.stride(axis) : 0;
        long expected = step;
        for (; axis >= 0; axis--) {
            if (rows.dim(axis) != 1) {
                if (rows.stride(axis) != expected) {
                    return null;
                }
                expected *= rows.dim(axis);
            }
        }
        return new Addition(alpha, view, step, step == 0 ? 1 : same, activation);
    }

    /** The operands that may not be overwritten while the product is computed. */
    List<View> reads(View a, View b, @Nullable View bias) {
        List<View> reads = new ArrayList<>(List.of(a, b));
        if (bias != null) {
            reads.add(bias);
        }
        if (residual != null && !isReplaceable()) {
            reads.add(residual);
        }
        return reads;
    }

    /** The residual, where each of its elements is needed only for the one in its place. */
    List<View> replaceable() {
        return residual != null && isReplaceable() ? List.of(residual) : List.of();
    }

    private boolean isReplaceable() {
        return repeat == 1 && stride != 0;
    }

    /** The epilogue, when there is memory. */
    Epilogue epilogue(@Nullable View bias) {
        Epilogue epilogue = Epilogue.NONE.scaled(alpha);
        if (bias != null) {
            epilogue = epilogue.bias(bias.array(), bias.start());
        }
        if (residual != null) {
            epilogue = epilogue.residual(residual.array(), residual.start(), stride, repeat);
        }
        return activation == null ? epilogue : epilogue.then(activation);
    }
}
