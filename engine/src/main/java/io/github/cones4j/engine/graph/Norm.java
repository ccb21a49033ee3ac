package io.github.cones4j.engine.graph;

import java.util.List;

/** Normalisations: group, layer and soft-max, and the gradients of the first two. */
public sealed interface Norm extends Op {

    /**
     * y = (x - mean) / sqrt(variance + epsilon) * gain + bias, mean and (biased) variance taken per sample over each
     * group of neighbouring channels and all positions (Wu and He 2018, arXiv:1803.08494). Inputs: x [b, c, ...], gain
     * [c], bias [c].
     */
    record GroupNorm(int groups, double epsilon) implements Norm {
        @Override
        public String label() {
            return "group_norm";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 3, 3);
            channels(this, in.get(0), groups);
            perChannel(this, "gain", in.get(1), in.get(0), 1);
            perChannel(this, "bias", in.get(2), in.get(0), 1);
            Op.floats(this, in);
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Tensor x = out.input(0);
            int c = x.shape().dim(1);
            to.add(0, () -> Tensor.of(new GroupNormGradInput(groups, epsilon), x, out.input(1), dy));
            Tensor affine = Tensor.of(new GroupNormGradAffine(groups, epsilon), x, dy);
            to.add(1, () -> affine.slice(0, 0, 1).reshape(c));
            to.add(2, () -> affine.slice(0, 1, 2).reshape(c));
        }

        @Override
        public void reference(Operands x) {
            Groups g = new Groups(x.shape(0), groups);
            for (int group = 0; group < g.count(); group++) {
                double mean = g.mean(x.in(0), group);
                double scale = g.scale(x.in(0), group, mean, epsilon);
                for (int i = group * g.size(); i < (group + 1) * g.size(); i++) {
                    int c = g.channel(i);
                    x.out()[i] = (x.in(0)[i] - mean) * scale * x.in(1)[c] + x.in(2)[c];
                }
            }
        }
    }

    /** The cotangent of x of a {@link GroupNorm}. Inputs: x [b, c, ...], gain [c], dy of x's shape. */
    record GroupNormGradInput(int groups, double epsilon) implements Norm {
        @Override
        public String label() {
            return "group_norm_grad_input";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 3, 3);
            channels(this, in.get(0), groups);
            perChannel(this, "gain", in.get(1), in.get(0), 1);
            like(this, in.get(0), in.get(2));
            Op.floats(this, in);
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            throw Op.noSecondDerivative(this);
        }

        @Override
        public void reference(Operands x) {
            Groups g = new Groups(x.shape(0), groups);
            for (int group = 0; group < g.count(); group++) {
                double mean = g.mean(x.in(0), group);
                double scale = g.scale(x.in(0), group, mean, epsilon);
                gradient(x, group * g.size(), g.size(), mean, scale, i -> x.in(2)[i] * x.in(1)[g.channel(i)]);
            }
        }
    }

    /**
     * The cotangents of gain and bias of a {@link GroupNorm}, one above the other. Inputs: x [b, c, ...], dy of x's
     * shape; result [2, c].
     */
    record GroupNormGradAffine(int groups, double epsilon) implements Norm {
        @Override
        public String label() {
            return "group_norm_grad_affine";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 2);
            channels(this, in.get(0), groups);
            like(this, in.get(0), in.get(1));
            Op.floats(this, in);
            return in.getFirst().with(Shape.of(2, in.getFirst().shape().dim(1)));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            throw Op.noSecondDerivative(this);
        }

        @Override
        public void reference(Operands x) {
            Groups g = new Groups(x.shape(0), groups);
            int channels = x.shape(0).dim(1);
            for (int group = 0; group < g.count(); group++) {
                double mean = g.mean(x.in(0), group);
                double scale = g.scale(x.in(0), group, mean, epsilon);
                for (int i = group * g.size(); i < (group + 1) * g.size(); i++) {
                    x.out()[g.channel(i)] += x.in(1)[i] * (x.in(0)[i] - mean) * scale;
                    x.out()[channels + g.channel(i)] += x.in(1)[i];
                }
            }
        }
    }

    /**
     * y = (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis (Ba et al. 2016, arXiv:1607.06450).
     * Inputs: x [..., c], gain [c], bias [c].
     */
    record LayerNorm(double epsilon) implements Norm {
        @Override
        public String label() {
            return "layer_norm";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 3, 3);
            lastAxis(this, in);
            perChannel(this, "gain", in.get(1), in.get(0), -1);
            perChannel(this, "bias", in.get(2), in.get(0), -1);
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Tensor x = out.input(0);
            int c = x.shape().dim(-1);
            to.add(0, () -> Tensor.of(new LayerNormGradInput(epsilon), x, out.input(1), dy));
            Tensor affine = Tensor.of(new LayerNormGradAffine(epsilon), x, dy);
            to.add(1, () -> affine.slice(0, 0, 1).reshape(c));
            to.add(2, () -> affine.slice(0, 1, 2).reshape(c));
        }

        @Override
        public void reference(Operands x) {
            Groups rows = Groups.rows(x.shape(0));
            for (int row = 0; row < rows.count(); row++) {
                double mean = rows.mean(x.in(0), row);
                double scale = rows.scale(x.in(0), row, mean, epsilon);
                for (int c = 0; c < rows.size(); c++) {
                    int i = row * rows.size() + c;
                    x.out()[i] = (x.in(0)[i] - mean) * scale * x.in(1)[c] + x.in(2)[c];
                }
            }
        }
    }

    /** The cotangent of x of a {@link LayerNorm}. Inputs: x [..., c], gain [c], dy of x's shape. */
    record LayerNormGradInput(double epsilon) implements Norm {
        @Override
        public String label() {
            return "layer_norm_grad_input";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 3, 3);
            lastAxis(this, in);
            perChannel(this, "gain", in.get(1), in.get(0), -1);
            like(this, in.get(0), in.get(2));
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            throw Op.noSecondDerivative(this);
        }

        @Override
        public void reference(Operands x) {
            Groups rows = Groups.rows(x.shape(0));
            for (int row = 0; row < rows.count(); row++) {
                double mean = rows.mean(x.in(0), row);
                double scale = rows.scale(x.in(0), row, mean, epsilon);
                gradient(x, row * rows.size(), rows.size(), mean, scale, i -> x.in(2)[i] * x.in(1)[i % rows.size()]);
            }
        }
    }

    /**
     * The cotangents of gain and bias of a {@link LayerNorm}, one above the other. Inputs: x [..., c], dy of x's shape;
     * result [2, c].
     */
    record LayerNormGradAffine(double epsilon) implements Norm {
        @Override
        public String label() {
            return "layer_norm_grad_affine";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 2, 2);
            lastAxis(this, in);
            like(this, in.get(0), in.get(1));
            return in.getFirst().with(Shape.of(2, in.getFirst().shape().dim(-1)));
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            throw Op.noSecondDerivative(this);
        }

        @Override
        public void reference(Operands x) {
            Groups rows = Groups.rows(x.shape(0));
            for (int row = 0; row < rows.count(); row++) {
                double mean = rows.mean(x.in(0), row);
                double scale = rows.scale(x.in(0), row, mean, epsilon);
                for (int c = 0; c < rows.size(); c++) {
                    int i = row * rows.size() + c;
                    x.out()[c] += x.in(1)[i] * (x.in(0)[i] - mean) * scale;
                    x.out()[rows.size() + c] += x.in(1)[i];
                }
            }
        }
    }

    /** y = e^(x - max) / sum of e^(x - max) over the last axis. */
    record Softmax() implements Norm {
        @Override
        public String label() {
            return "softmax";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            lastAxis(this, in);
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> out.mul(dy.sub(dy.mul(out).sum(-1))));
        }

        @Override
        public void reference(Operands x) {
            int n = x.shape(0).dim(-1);
            for (int row = 0; row < x.out().length; row += Math.max(n, 1)) {
                double max = max(x.in(0), row, n);
                double sum = 0;
                for (int i = row; i < row + n; i++) {
                    x.out()[i] = Math.exp(x.in(0)[i] - max);
                    sum += x.out()[i];
                }
                for (int i = row; i < row + n; i++) {
                    x.out()[i] /= sum;
                }
            }
        }
    }

    /** y = x - max - ln(sum of e^(x - max)) over the last axis. */
    record LogSoftmax() implements Norm {
        @Override
        public String label() {
            return "log_softmax";
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, 1, 1);
            lastAxis(this, in);
            return in.getFirst();
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.sub(out.exp().mul(dy.sum(-1))));
        }

        @Override
        public void reference(Operands x) {
            int n = x.shape(0).dim(-1);
            for (int row = 0; row < x.out().length; row += Math.max(n, 1)) {
                double max = max(x.in(0), row, n);
                double sum = 0;
                for (int i = row; i < row + n; i++) {
                    sum += Math.exp(x.in(0)[i] - max);
                }
                for (int i = row; i < row + n; i++) {
                    x.out()[i] = x.in(0)[i] - max - Math.log(sum);
                }
            }
        }
    }

    private static void channels(Op op, Spec x, int groups) {
        if (x.shape().rank() < 2) {
            throw new ShapeException(op.label() + ": x" + x.shape() + " needs a channel axis 1");
        }
        int c = x.shape().dim(1);
        if (groups < 1 || c % groups != 0) {
            throw new ShapeException(
                    op.label() + ": " + c + " channels of x" + x.shape() + " do not divide into " + groups + " groups");
        }
    }

    /** A vector with one number for each index of an axis of x. */
    private static void perChannel(Op op, String name, Spec vector, Spec x, int axis) {
        Op.rank(op, name, vector, 1);
        Op.dim(op, name, vector, 0, x.shape().dim(axis), "channels of x" + x.shape());
    }

    private static void like(Op op, Spec x, Spec dy) {
        if (!x.equals(dy)) {
            throw new ShapeException(op.label() + ": dy " + dy + " differs from x " + x);
        }
    }

    private static void lastAxis(Op op, List<Spec> in) {
        Op.floats(op, in);
        if (in.getFirst().shape().rank() == 0) {
            throw new ShapeException(op.label() + ": a scalar has no last axis");
        }
    }

    private static double max(double[] x, int from, int n) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /** dx = scale * (g - mean(g) - xhat * mean(g * xhat)), xhat = (x - mean) * scale, for one group of elements. */
    private static void gradient(
            Operands x, int from, int size, double mean, double scale, java.util.function.IntToDoubleFunction g) {
        double sum = 0;
        double dot = 0;
        for (int i = from; i < from + size; i++) {
            sum += g.applyAsDouble(i);
            dot += g.applyAsDouble(i) * (x.in(0)[i] - mean) * scale;
        }
        for (int i = from; i < from + size; i++) {
            double xhat = (x.in(0)[i] - mean) * scale;
            x.out()[i] = scale * (g.applyAsDouble(i) - sum / size - xhat * dot / size);
        }
    }

    /** How the elements of a row-major tensor fall into groups that are normalised together. */
    record Groups(int count, int size, int channels, int positions) {
        Groups(Shape x, int groups) {
            this(
                    x.dim(0) * groups,
                    x.dim(1) == 0 ? 0 : (int) (x.size() / Math.max((long) x.dim(0) * groups, 1)),
                    x.dim(1),
                    (int) (x.size() / Math.max((long) x.dim(0) * x.dim(1), 1)));
        }

        static Groups rows(Shape x) {
            int c = x.dim(-1);
            return new Groups((int) (x.size() / Math.max(c, 1)), c, c, 1);
        }

        int channel(int index) {
            return index / positions % channels;
        }

        double mean(double[] x, int group) {
            double sum = 0;
            for (int i = group * size; i < (group + 1) * size; i++) {
                sum += x[i];
            }
            return sum / size;
        }

        double scale(double[] x, int group, double mean, double epsilon) {
            double sum = 0;
            for (int i = group * size; i < (group + 1) * size; i++) {
                sum += (x[i] - mean) * (x[i] - mean);
            }
            return 1 / Math.sqrt(sum / size + epsilon);
        }
    }
}
