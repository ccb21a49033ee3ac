package io.github.cones4j.engine.graph;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Functions applied element by element; inputs broadcast by NumPy rules. All inputs are of one floating-point type.
 * Comparisons give 1 for true and 0 for false.
 */
public sealed interface Elementwise extends Op {

    /** The function at one element: {@code v} holds the element of each input. */
    double apply(double... v);

    /** How many inputs there are. */
    int inputs();

    @Override
    default Spec infer(List<Spec> in) {
        Op.arity(this, in, inputs(), inputs());
        DType dtype = Op.floats(this, in);
        Shape shape = in.getFirst().shape();
        for (Spec spec : in) {
            try {
                shape = Shape.broadcast(shape, spec.shape());
            } catch (ShapeException e) {
                throw new ShapeException(label() + ": " + e.getMessage());
            }
        }
        return new Spec(dtype, shape);
    }

    @Override
    default void reference(Operands x) {
        List<double[]> in = IntStream.range(0, x.count()).mapToObj(x::broadcast).toList();
        double[] v = new double[in.size()];
        for (int i = 0; i < x.out().length; i++) {
            for (int k = 0; k < v.length; k++) {
                v[k] = in.get(k)[i];
            }
            x.out()[i] = apply(v);
        }
    }

    /** Functions of one argument. */
    sealed interface Unary extends Elementwise {
        /** f(x). */
        double f(double x);

        /** dy * f'(x), given also y = f(x). */
        Tensor derivative(Tensor x, Tensor y, Tensor dy);

        @Override
        default int inputs() {
            return 1;
        }

        @Override
        default double apply(double... v) {
            return f(v[0]);
        }

        @Override
        default void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> derivative(out.input(0), out, dy));
        }
    }

    /** Functions of two arguments. */
    sealed interface Binary extends Elementwise {
        /** f(a, b). */
        double f(double a, double b);

        @Override
        default int inputs() {
            return 2;
        }

        @Override
        default double apply(double... v) {
            return f(v[0], v[1]);
        }
    }

    /** y = scale * x + shift, with fixed numbers. */
    record Affine(double scale, double shift) implements Unary {
        @Override
        public String label() {
            return "affine";
        }

        @Override
        public double f(double x) {
            return scale * x + shift;
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(scale);
        }
    }

    /** y = |x|; the derivative at 0 is 0. */
    record Abs() implements Unary {
        @Override
        public String label() {
            return "abs";
        }

        @Override
        public double f(double x) {
            return Math.abs(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            Tensor zero = Tensor.full(0, x.spec());
            return dy.mul(x.greater(zero).sub(zero.greater(x)));
        }
    }

    /** y = x * x. */
    record Square() implements Unary {
        @Override
        public String label() {
            return "square";
        }

        @Override
        public double f(double x) {
            return x * x;
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(x).mul(2);
        }
    }

    /** y = sqrt(x). */
    record Sqrt() implements Unary {
        @Override
        public String label() {
            return "sqrt";
        }

        @Override
        public double f(double x) {
            return Math.sqrt(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.div(y).mul(0.5);
        }
    }

    /** y = e^x. */
    record Exp() implements Unary {
        @Override
        public String label() {
            return "exp";
        }

        @Override
        public double f(double x) {
            return Math.exp(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(y);
        }
    }

    /** y = ln x. */
    record Log() implements Unary {
        @Override
        public String label() {
            return "log";
        }

        @Override
        public double f(double x) {
            return Math.log(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.div(x);
        }
    }

    /** y = sin x, x in radians. */
    record Sin() implements Unary {
        @Override
        public String label() {
            return "sin";
        }

        @Override
        public double f(double x) {
            return Math.sin(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(x.cos());
        }
    }

    /** y = cos x, x in radians. */
    record Cos() implements Unary {
        @Override
        public String label() {
            return "cos";
        }

        @Override
        public double f(double x) {
            return Math.cos(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(x.sin()).neg();
        }
    }

    /** y = tanh x. */
    record Tanh() implements Unary {
        @Override
        public String label() {
            return "tanh";
        }

        @Override
        public double f(double x) {
            return Math.tanh(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(y.square().affine(-1, 1));
        }
    }

    /** y = 1 / (1 + e^-x). */
    record Sigmoid() implements Unary {
        @Override
        public String label() {
            return "sigmoid";
        }

        @Override
        public double f(double x) {
            return 1 / (1 + Math.exp(-x));
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(y).mul(y.affine(-1, 1));
        }
    }

    /** y = x * sigmoid(x) (SiLU; Elfwing et al. 2017, arXiv:1702.03118). */
    record Silu() implements Unary {
        @Override
        public String label() {
            return "silu";
        }

        @Override
        public double f(double x) {
            return x / (1 + Math.exp(-x));
        }

        /** y' = s + x s (1 - s), s = sigmoid(x). */
        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            Tensor s = x.sigmoid();
            return dy.mul(s).mul(x.mul(s.affine(-1, 1)).add(1));
        }
    }

    /** y = x * Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2 (GELU; Hendrycks and Gimpel 2016, arXiv:1606.08415). */
    record Gelu() implements Unary {
        @Override
        public String label() {
            return "gelu";
        }

        @Override
        public double f(double x) {
            return 0.5 * x * (1 + Erf.of(x / Math.sqrt(2)));
        }

        /** y' = Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi). */
        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            Tensor phi = x.mul(1 / Math.sqrt(2)).erf().affine(0.5, 0.5);
            Tensor density = x.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
            return dy.mul(phi.add(x.mul(density)));
        }
    }

    /** y = x * sigmoid(1.702 x), the approximation of GELU that CLIP ViT-L/14 was trained with. */
    record QuickGelu() implements Unary {
        private static final double SLOPE = 1.702;

        @Override
        public String label() {
            return "quick_gelu";
        }

        @Override
        public double f(double x) {
            return x / (1 + Math.exp(-SLOPE * x));
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            Tensor s = x.mul(SLOPE).sigmoid();
            return dy.mul(s).mul(x.mul(s.affine(-1, 1)).affine(SLOPE, 1));
        }
    }

    /** y = erf x = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x. */
    record Erf() implements Unary {
        @Override
        public String label() {
            return "erf";
        }

        @Override
        public double f(double x) {
            return of(x);
        }

        @Override
        public Tensor derivative(Tensor x, Tensor y, Tensor dy) {
            return dy.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI));
        }

        /**
         * erf in double, to about 1e-15: the Maclaurin series for |x| below 3, else 1 minus the continued fraction of
         * erfc (Abramowitz and Stegun 7.1.6 and 7.1.14).
         */
        static double of(double x) {
            double a = Math.abs(x);
            if (a > 6) {
                return Math.signum(x);
            }
            if (Double.isNaN(x)) {
                return x;
            }
            if (a < 3) {
                double term = x;
                double sum = x;
                for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
                    term *= 2 * x * x / (2 * n + 1);
                    sum += term;
                }
                return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
            }
            double fraction = a;
            for (int n = 60; n >= 1; n--) {
                fraction = a + 0.5 * n / fraction;
            }
            return Math.signum(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction));
        }
    }

    /** y = a + b. */
    record Add() implements Binary {
        @Override
        public String label() {
            return "add";
        }

        @Override
        public double f(double a, double b) {
            return a + b;
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy);
            to.add(1, () -> dy);
        }
    }

    /** y = a - b. */
    record Sub() implements Binary {
        @Override
        public String label() {
            return "sub";
        }

        @Override
        public double f(double a, double b) {
            return a - b;
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy);
            to.add(1, dy::neg);
        }
    }

    /** y = a * b. */
    record Mul() implements Binary {
        @Override
        public String label() {
            return "mul";
        }

        @Override
        public double f(double a, double b) {
            return a * b;
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.mul(out.input(1)));
            to.add(1, () -> dy.mul(out.input(0)));
        }
    }

    /** y = a / b. */
    record Div() implements Binary {
        @Override
        public String label() {
            return "div";
        }

        @Override
        public double f(double a, double b) {
            return a / b;
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.div(out.input(1)));
            to.add(1, () -> dy.mul(out).div(out.input(1)).neg());
        }
    }

    /** y = max(a, b); NaN if either is. Where they are equal the gradient goes to {@code a}. */
    record Maximum() implements Binary {
        @Override
        public String label() {
            return "maximum";
        }

        @Override
        public double f(double a, double b) {
            return Math.max(a, b);
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.mul(out.input(1).greater(out.input(0)).affine(-1, 1)));
            to.add(1, () -> dy.mul(out.input(1).greater(out.input(0))));
        }
    }

    /** y = min(a, b); NaN if either is. Where they are equal the gradient goes to {@code a}. */
    record Minimum() implements Binary {
        @Override
        public String label() {
            return "minimum";
        }

        @Override
        public double f(double a, double b) {
            return Math.min(a, b);
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            to.add(0, () -> dy.mul(out.input(0).greater(out.input(1)).affine(-1, 1)));
            to.add(1, () -> dy.mul(out.input(0).greater(out.input(1))));
        }
    }

    /** y = 1 where a > b, else 0 (also where either is NaN). Its gradient is 0. */
    record Greater() implements Binary {
        @Override
        public String label() {
            return "greater";
        }

        @Override
        public double f(double a, double b) {
            return a > b ? 1 : 0;
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            // constant almost everywhere
        }
    }

    /** y = 1 where a = b, else 0 (also where either is NaN). Its gradient is 0. */
    record Equal() implements Binary {
        @Override
        public String label() {
            return "equal";
        }

        @Override
        public double f(double a, double b) {
            return a == b ? 1 : 0;
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            // constant almost everywhere
        }
    }

    /** y = a where the condition (first input) is not 0, else b. */
    record Where() implements Elementwise {
        @Override
        public String label() {
            return "where";
        }

        @Override
        public int inputs() {
            return 3;
        }

        @Override
        public double apply(double... v) {
            return v[0] != 0 ? v[1] : v[2];
        }

        @Override
        public void vjp(Tensor out, Tensor dy, Cotangents to) {
            Tensor zero = Tensor.full(0, dy.spec());
            to.add(1, () -> Tensor.where(out.input(0), dy, zero));
            to.add(2, () -> Tensor.where(out.input(0), zero, dy));
        }
    }
}
