package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Turns convolutions and their gradients into kernel calls, and chooses how each is done. */
final class ConvLowering {
    private static final int LARGEST_TILE = 4;

    private final Lowering lowering;
    private final Preparation prepared;
    private final MatMulLowering products;
    private final Workers workers;

    ConvLowering(Lowering lowering, Preparation prepared, MatMulLowering products, Workers workers) {
        this.lowering = lowering;
        this.prepared = prepared;
        this.products = products;
        this.workers = workers;
    }

    View lower(Conv conv, Tensor tensor, Addition addition) {
        return switch (conv) {
            case Conv.Conv2d(int stride, Conv.Padding pad) -> {
                View x = prepared.channelsLast(lowering.view(tensor.input(0)));
                View w = prepared.rowMajor(lowering.view(tensor.input(1)));
                View bias = tensor.inputs().size() == 3 ? prepared.rowMajor(lowering.view(tensor.input(2))) : null;
                View y = lowering.fresh(tensor.shape(), Layout.channelsLast(4));
                Convolution.Geometry g = geometry(x.dims(), w.dims(), stride, pad);
                PackOrder order = order(g);
                Preparation.Pack packed = packed(w, "forward", order);
                Winograd winograd = winograd(g);
                if (winograd != null) {
                    winograd(
                            "conv2d_winograd",
                            winograd,
                            x,
                            packed.view(),
                            () -> Panels.of(packed.values(), order),
                            y,
                            bias,
                            addition,
                            Winograd.costs(g, LARGEST_TILE));
                    yield y;
                }
                lowering.emit(
                        "conv2d",
                        addition.reads(x, packed.view(), bias),
                        addition.replaceable(),
                        List.of(y),
                        Winograd.costs(g, LARGEST_TILE),
                        () -> Convolution.forward(
                                workers,
                                g,
                                x.array(),
                                x.start(),
                                packed.values(),
                                y.array(),
                                y.start(),
                                addition.epilogue(bias)));
                yield y;
            }
            case Conv.Conv2dGradInput(int height, int width, int stride, Conv.Padding pad) -> {
                View dy = prepared.channelsLast(lowering.view(tensor.input(0)));
                View w = prepared.rowMajor(lowering.view(tensor.input(1)));
                View dx = lowering.fresh(tensor.shape(), Layout.channelsLast(4));
                Convolution.Geometry g = geometry(dx.dims(), w.dims(), stride, pad);
                PackOrder order = order(g);
                Preparation.Pack packed = packed(w, "gradient", order);
                Convolution.Geometry turned = Convolution.turned(g);
                Winograd winograd = stride == 1 ? winograd(turned) : null;
                if (winograd != null) {
                    winograd(
                            "conv2d_grad_input_winograd",
                            winograd,
                            dy,
                            packed.view(),
                            () -> Convolution.turned(g, packed.values(), order, winograd.order()),
                            dx,
                            null,
                            addition,
                            Winograd.costs(turned, LARGEST_TILE));
                    yield dx;
                }
                lowering.emit(
                        "conv2d_grad_input",
                        addition.reads(dy, packed.view(), null),
                        addition.replaceable(),
                        List.of(dx),
                        stride == 1 ? Winograd.costs(turned, LARGEST_TILE) : "",
                        () -> Convolution.gradInput(
                                workers,
                                g,
                                dy.array(),
                                dy.start(),
                                packed.values(),
                                order,
                                dx.array(),
                                dx.start(),
                                addition.epilogue(null)));
                yield dx;
            }
            case Conv.Conv2dGradWeight(int kernelHeight, int kernelWidth, int stride, Conv.Padding pad) -> {
                View x = prepared.channelsLast(lowering.view(tensor.input(0)));
                View dy = prepared.channelsLast(lowering.view(tensor.input(1)));
                View dw = lowering.fresh(tensor);
                Convolution.Geometry g = geometry(x.dims(), dw.dims(), stride, pad);
                if (g.isPointwise()) { // then it is the product dy^T x
                    products.product(
                            "conv2d_grad_weight", points(dy).permute(1, 0), points(x), null, Addition.NONE, dw);
                    yield dw;
                }
                lowering.emit(
                        "conv2d_grad_weight",
                        List.of(x, dy),
                        List.of(dw),
                        () -> Convolution.gradWeight(
                                workers,
                                g,
                                x.array(),
                                x.start(),
                                dy.array(),
                                dy.start(),
                                dw.array(),
                                dw.start(),
                                false));
                yield dw;
            }
        };
    }

    /** A picture in the order of its channels as a matrix [points, channels]. */
    private static View points(View x) {
        Shape shape = Shape.of(x.dim(0) * x.dim(2) * x.dim(3), x.dim(1));
        return Objects.requireNonNull(x.permute(0, 2, 3, 1).reshape(shape));
    }

    private void winograd(
            String label,
            Winograd winograd,
            View x,
            View packed,
            Supplier<Panels> panels,
            View y,
            @Nullable View bias,
            Addition addition,
            String reason) {
        View work = lowering.fresh(Shape.of(winograd.workspace()), 0);
        lowering.emit(
                label,
                addition.reads(x, packed, bias),
                addition.replaceable(),
                List.of(y, work),
                reason,
                () -> winograd.multiply(
                        workers,
                        x.array(),
                        x.start(),
                        panels.get(),
                        work.array(),
                        work.start(),
                        y.array(),
                        y.start(),
                        addition.epilogue(bias)));
    }

    /** Sizes of a convolution from those of its input [b, c, h, w] and weight [o, c, kh, kw]. */
    private static Convolution.Geometry geometry(int[] x, int[] w, int stride, Conv.Padding pad) {
        return Convolution.Geometry.of(
                x[0], x[2], x[3], x[1], w[0], w[2], w[3], stride, pad.top(), pad.left(), pad.bottom(), pad.right());
    }

    /** The weights of a convolution as {@link Convolution#pack} orders them; those that change are packed for each use. */
    private Preparation.Pack packed(View w, String use, PackOrder order) {
        Object kind = prepared.isWeight(w) ? order : List.of(use, order);
        return prepared.packed(
                w,
                kind,
                dtype -> Panels.size(order, dtype),
                (team, from, start, to) -> Convolution.pack(team, from, start, order, to));
    }

    /** Winograd's way to do a convolution, or null where another is faster. */
    private static @Nullable Winograd winograd(Convolution.Geometry g) {
        int m = Winograd.choose(g, LARGEST_TILE);
        return m > 0 ? new Winograd(g, m) : null;
    }

    /** How the weights of a convolution are ordered, for itself and for its input's gradient. */
    private static PackOrder order(Convolution.Geometry g) {
        Winograd winograd = winograd(g);
        return winograd == null ? Convolution.order(g) : winograd.order();
    }
}
