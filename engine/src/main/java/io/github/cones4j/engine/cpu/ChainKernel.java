package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;

/**
 * Elementwise functions computed block by block: each function runs over a block that stays in the first-level cache,
 * and only the last one writes to memory. An operand that does not lie as the result does is first spread out, block by
 * block; so is a result that is part of something larger.
 */
final class ChainKernel {
    private static final int BLOCK = 1024;

    private final List<Fused.Link> links;
    private final List<Kernel> kernels;
    private final List<View> inputs;
    private final View out;
    private final StridedKernels.Space[] spaces;
    private final StridedKernels.Space outSpace;
    private final int[] slots; // of each value (input or link) its temporary block, or -1: in memory
    private final int slotCount;

    /**
     * Prepares a chain.
     *
     * @param links the functions; the last gives the result
     * @param inputs operands, broadcast to the result's dimensions
     * @param out dense in {@code order}, or part of what is
     */
    ChainKernel(List<Fused.Link> links, List<View> inputs, View out, int... order) {
        this.links = links;
        this.kernels = links.stream().map(link -> kernel(link.op())).toList();
        this.inputs = inputs;
        this.out = out;
        View dense = View.dense(Buffer.slab(out.size()), Shape.of(out.dims()), order);
        outSpace = StridedKernels.Space.of(order, dense, out);
        spaces = new StridedKernels.Space[inputs.size()];
        int[] lastUse = new int[inputs.size() + links.size()];
        for (int i = 0; i < links.size(); i++) {
            for (int operand : links.get(i).operands()) {
                lastUse[operand] = i;
            }
        }
        slots = new int[lastUse.length];
        boolean[] taken = new boolean[lastUse.length];
        int most = 0;
        for (int k = 0; k < inputs.size(); k++) {
            spaces[k] = StridedKernels.Space.of(order, dense, inputs.get(k));
            boolean direct = isDirect(spaces[k]);
            slots[k] = direct ? -1 : take(taken);
            most = Math.max(most, slots[k] + 1);
        }
        for (int i = 0; i < links.size(); i++) {
            for (int operand : links.get(i).operands()) { // a function may write over its own argument
                if (slots[operand] >= 0 && lastUse[operand] == i) {
                    taken[slots[operand]] = false;
                }
            }
            boolean last = i == links.size() - 1;
            slots[inputs.size() + i] = last && isDirect(outSpace) ? -1 : take(taken);
            most = Math.max(most, slots[inputs.size() + i] + 1);
        }
        slotCount = most;
    }

    private static boolean isDirect(StridedKernels.Space space) {
        return space.rank() == 1 && space.innerStride(1) == 1;
    }

    private static int take(boolean[] taken) {
        int slot = 0;
        while (taken[slot]) {
            slot++;
        }
        taken[slot] = true;
        return slot;
    }

    /** Computes all blocks. */
    void run(Workers workers) {
        int size = out.size();
        workers.run(Math.ceilDiv(size, StridedKernels.TASK), (task, worker) -> {
            float[] scratch = workers.scratch(worker, slotCount * BLOCK);
            int end = Math.min(size, (task + 1) * StridedKernels.TASK);
            for (int from = task * StridedKernels.TASK; from < end; from += BLOCK) {
                block(from, Math.min(BLOCK, end - from), scratch);
            }
        });
    }

    private void block(int from, int n, float[] scratch) {
        for (int k = 0; k < inputs.size(); k++) {
            if (slots[k] >= 0) {
                spread(inputs.get(k), spaces[k], from, n, scratch, slot(slots[k]));
            }
        }
        for (int i = 0; i < links.size(); i++) {
            List<Integer> operands = links.get(i).operands();
            int a = operands.get(0);
            int b = operands.size() > 1 ? operands.get(1) : a;
            int c = operands.size() > 2 ? operands.get(2) : a;
            int y = slots[inputs.size() + i];
            kernels.get(i)
                    .apply(
                            array(a, scratch),
                            at(a, from),
                            array(b, scratch),
                            at(b, from),
                            array(c, scratch),
                            at(c, from),
                            y < 0 ? out.array() : scratch,
                            y < 0 ? out.start() + from : slot(y),
                            n);
        }
        int result = slots[slots.length - 1];
        if (result >= 0) {
            move(scratch, slot(result), from, n);
        }
    }

    /** Writes elements {@code from .. from+n-1} of the result where they belong. */
    private void move(float[] values, int v0, int from, int n) {
        int inner = outSpace.inner();
        int step = outSpace.innerStride(1);
        int done = 0;
        while (done < n) {
            int row = (from + done) / inner;
            int column = (from + done) % inner;
            int count = Math.min(inner - column, n - done);
            int at = out.start() + outSpace.row(1, row) + column * step;
            StridedKernels.copyRow(values, v0 + done, 1, out.array(), at, step, count);
            done += count;
        }
    }

    private static int slot(int number) {
        return Workers.ALIGNED + number * BLOCK;
    }

    private float[] array(int value, float[] scratch) {
        return slots[value] >= 0 ? scratch : inputs.get(value).array();
    }

    private int at(int value, int from) {
        return slots[value] >= 0 ? slot(slots[value]) : inputs.get(value).start() + from;
    }

    /** Elements {@code from .. from+n-1}, counted as the result lies, one beside the other. */
    private static void spread(View view, StridedKernels.Space space, int from, int n, float[] into, int at) {
        float[] x = view.array();
        int inner = space.inner();
        int step = space.innerStride(1);
        int done = 0;
        while (done < n) {
            int row = (from + done) / inner;
            int column = (from + done) % inner;
            int count = Math.min(inner - column, n - done);
            StridedKernels.copyRow(
                    x, view.start() + space.row(1, row) + column * step, step, into, at + done, 1, count);
            done += count;
        }
    }

    /** A function over ranges of its arguments; each is its own class, so that no caller grows too large to be compiled well. */
    @FunctionalInterface
    private interface Kernel {
        void apply(float[] a, int a0, float[] b, int b0, float[] c, int c0, float[] y, int y0, int n);
    }

    private static Kernel kernel(Elementwise op) {
        return switch (op) {
            case Elementwise.Affine(double scale, double shift) ->
                (a, a0, b, b0, c, c0, y, y0, n) ->
                        ElementwiseKernels.affine(a, a0, (float) scale, (float) shift, y, y0, n);
            case Elementwise.Abs() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.abs(a, a0, y, y0, n);
            case Elementwise.Square() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.mul(a, a0, a, a0, y, y0, n);
            case Elementwise.Sqrt() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.sqrt(a, a0, y, y0, n);
            case Elementwise.Exp() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.exp(a, a0, y, y0, n);
            case Elementwise.Log() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.log(a, a0, y, y0, n);
            case Elementwise.Sin() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.sin(a, a0, y, y0, n);
            case Elementwise.Cos() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.cos(a, a0, y, y0, n);
            case Elementwise.Tanh() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.tanh(a, a0, y, y0, n);
            case Elementwise.Sigmoid() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.sigmoid(a, a0, y, y0, n);
            case Elementwise.Silu() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.silu(a, a0, y, y0, n);
            case Elementwise.Gelu() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.gelu(a, a0, y, y0, n);
            case Elementwise.QuickGelu() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.quickGelu(a, a0, y, y0, n);
            case Elementwise.Erf() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.erf(a, a0, y, y0, n);
            case Elementwise.Add() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.add(a, a0, b, b0, y, y0, n);
            case Elementwise.Sub() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.sub(a, a0, b, b0, y, y0, n);
            case Elementwise.Mul() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.mul(a, a0, b, b0, y, y0, n);
            case Elementwise.Div() -> (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.div(a, a0, b, b0, y, y0, n);
            case Elementwise.Maximum() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.max(a, a0, b, b0, y, y0, n);
            case Elementwise.Minimum() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.min(a, a0, b, b0, y, y0, n);
            case Elementwise.Greater() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.greater(a, a0, b, b0, y, y0, n);
            case Elementwise.Equal() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.equal(a, a0, b, b0, y, y0, n);
            case Elementwise.Where() ->
                (a, a0, b, b0, c, c0, y, y0, n) -> ElementwiseKernels.where(a, a0, b, b0, c, c0, y, y0, n);
        };
    }
}
