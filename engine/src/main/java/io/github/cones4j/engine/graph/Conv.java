package io.github.cones4j.engine.graph;

import java.util.List;

/** Two-dimensional convolution (cross-correlation, as in PyTorch), its data gradient and its weight gradient. */
public sealed interface Conv extends Op {
    /** Step in both directions. */
    int stride();

    /** Zeros around the input. */
    Padding padding();

    /** Zeros around a picture, in pixels. */
    record Padding(int top, int left, int bottom, int right) {
        /** The same on all four sides. */
        public static Padding same(int amount) {
            return new Padding(amount, amount, amount, amount);
        }
    }

    /** Output height for an input height; 0 or less if the kernel does not fit. */
    private static int extent(int in, int before, int after, int kernel, int stride) {
        return Math.floorDiv(in + before + after - kernel, stride) + 1;
    }

    /** The stride must be at least 1. */
    private static void checkStride(Conv op, List<Spec> in) {
        if (op.stride() < 1) {
            throw new ShapeException(op.label() + ": " + in + ": stride " + op.stride() + " is not positive");
        }
    }

    /** Visits every product of the convolution: indices of x, w and y. */
    private static void products(Shape x, Shape w, Shape y, int stride, Padding pad, Visitor visit) {
        for (int b = 0; b < y.dim(0); b++) {
            for (int o = 0; o < y.dim(1); o++) {
                for (int i = 0; i < y.dim(2); i++) {
                    for (int j = 0; j < y.dim(3); j++) {
                        int yAt = ((b * y.dim(1) + o) * y.dim(2) + i) * y.dim(3) + j;
                        for (int c = 0; c < x.dim(1); c++) {
                            for (int p = 0; p < w.dim(2); p++) {
                                int row = i * stride - pad.top() + p;
                                for (int q = 0; q < w.dim(3); q++) {
                                    int column = j * stride - pad.left() + q;
                                    if (row >= 0 && row < x.dim(2) && column >= 0 && column < x.dim(3)) {
                                        visit.product(
                                                ((b * x.dim(1) + c) * x.dim(2) + row) * x.dim(3) + column,
                                                ((o * x.dim(1) + c) * w.dim(2) + p) * w.dim(3) + q,
                                                yAt);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /** One product of a convolution. */
    @FunctionalInterface
    interface Visitor {
        /** Flat indices into input, weight and output. */
        void product(int x, int w, int y);
    }

    /**
     * y[b, o, i, j] = bias[o] + sum over c, p, q of w[o, c, p, q] * x[b, c, i * stride + p - top, j * stride + q - left].
     * Inputs: x [b, c, h, w], weight [o, c, kh, kw], optionally bias [o].
     */
    record Conv2d(int stride, Padding padding) implements Conv {
        @Override
        public String label() {
            return "conv2d";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 3);
            DType dtype = Op.floats(this, in);
            checkStride(this, in);
            Op.rank(this, "x", in.get(0), 4);
            Op.rank(this, "weight", in.get(1), 4);
            Shape x = in.get(0).shape();
            Shape w = in.get(1).shape();
            if (x.dim(1) != w.dim(1)) {
                throw new ShapeException(
                        "conv2d: x" + x + " has " + x.dim(1) + " channels, weight" + w + " takes " + w.dim(1));
            }
            if (in.size() == 3) {
                Op.rank(this, "bias", in.get(2), 1);
                Op.dim(this, "bias", in.get(2), 0, w.dim(0), "output channels");
            }
            int h = extent(x.dim(2), padding.top(), padding.bottom(), w.dim(2), stride);
            int wide = extent(x.dim(3), padding.left(), padding.right(), w.dim(3), stride);
            if (h < 1 || wide < 1) {
                throw new ShapeException("conv2d: x" + x + " with " + padding + " is smaller than weight" + w);
            }
            return new Spec(dtype, Shape.of(x.dim(0), w.dim(0), h, wide));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Tensor x = out.input(0);
            Tensor w = out.input(1);
            to.add(
                    0,
                    () -> Tensor.of(
                            new Conv2dGradInput(x.shape().dim(2), x.shape().dim(3), stride, padding), dy, w));
            to.add(
                    1,
                    () -> Tensor.of(
                            new Conv2dGradWeight(w.shape().dim(2), w.shape().dim(3), stride, padding), x, dy));
            if (out.inputs().size() == 3) {
                to.add(2, () -> dy.sum(0, 2, 3).reshape(w.shape().dim(0)));
            }
        }

        @Override
        public void reference(Operands x) {
            Shape out = x.outSpec().shape();
            if (x.count() == 3) {
                for (int i = 0; i < x.out().length; i++) {
                    x.out()[i] = x.in(2)[i / (out.dim(2) * out.dim(3)) % out.dim(1)];
                }
            }
            products(x.shape(0), x.shape(1), out, stride, padding, (a, w, y) -> x.out()[y] += x.in(0)[a] * x.in(1)[w]);
        }
    }

    /**
     * The cotangent of the input of a {@link Conv2d}: its transpose. Inputs: dy [b, o, i, j], weight [o, c, kh, kw];
     * result [b, c, height, width].
     */
    record Conv2dGradInput(int height, int width, int stride, Padding padding) implements Conv {
        @Override
        public String label() {
            return "conv2d_grad_input";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 2);
            DType dtype = Op.floats(this, in);
            checkStride(this, in);
            Op.rank(this, "dy", in.get(0), 4);
            Op.rank(this, "weight", in.get(1), 4);
            Shape dy = in.get(0).shape();
            Shape w = in.get(1).shape();
            Op.dim(this, "dy", in.get(0), 1, w.dim(0), "output channels of the weight");
            int h = extent(height, padding.top(), padding.bottom(), w.dim(2), stride);
            int wide = extent(width, padding.left(), padding.right(), w.dim(3), stride);
            Op.dim(this, "dy", in.get(0), 2, h, "height of the convolution's result");
            Op.dim(this, "dy", in.get(0), 3, wide, "width of the convolution's result");
            return new Spec(dtype, Shape.of(dy.dim(0), w.dim(1), height, width));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Tensor w = out.input(1);
            to.add(0, () -> Tensor.of(new Conv2d(stride, padding), dy, w));
            to.add(
                    1,
                    () -> Tensor.of(
                            new Conv2dGradWeight(w.shape().dim(2), w.shape().dim(3), stride, padding),
                            dy,
                            out.input(0)));
        }

        @Override
        public void reference(Operands x) {
            products(
                    x.outSpec().shape(),
                    x.shape(1),
                    x.shape(0),
                    stride,
                    padding,
                    (a, w, y) -> x.out()[a] += x.in(0)[y] * x.in(1)[w]);
        }
    }

    /**
     * The cotangent of the weight of a {@link Conv2d}. Inputs: x [b, c, h, w], dy [b, o, i, j]; result
     * [o, c, kernelHeight, kernelWidth].
     */
    record Conv2dGradWeight(int kernelHeight, int kernelWidth, int stride, Padding padding) implements Conv {
        @Override
        public String label() {
            return "conv2d_grad_weight";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 2);
            DType dtype = Op.floats(this, in);
            checkStride(this, in);
            Op.rank(this, "x", in.get(0), 4);
            Op.rank(this, "dy", in.get(1), 4);
            Shape x = in.get(0).shape();
            Shape dy = in.get(1).shape();
            Op.dim(this, "dy", in.get(1), 0, x.dim(0), "batch of x");
            int h = extent(x.dim(2), padding.top(), padding.bottom(), kernelHeight, stride);
            int wide = extent(x.dim(3), padding.left(), padding.right(), kernelWidth, stride);
            Op.dim(this, "dy", in.get(1), 2, h, "height of the convolution's result");
            Op.dim(this, "dy", in.get(1), 3, wide, "width of the convolution's result");
            return new Spec(dtype, Shape.of(dy.dim(1), x.dim(1), kernelHeight, kernelWidth));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Shape x = out.input(0).shape();
            to.add(0, () -> Tensor.of(new Conv2dGradInput(x.dim(2), x.dim(3), stride, padding), out.input(1), dy));
            to.add(1, () -> Tensor.of(new Conv2d(stride, padding), out.input(0), dy));
        }

        @Override
        public void reference(Operands x) {
            products(
                    x.shape(0),
                    x.outSpec().shape(),
                    x.shape(1),
                    stride,
                    padding,
                    (a, w, y) -> x.out()[w] += x.in(0)[a] * x.in(1)[y]);
        }
    }
}
