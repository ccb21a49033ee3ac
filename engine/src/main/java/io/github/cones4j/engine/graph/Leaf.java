package io.github.cones4j.engine.graph;

import java.util.Arrays;
import java.util.List;

/** Nodes without inputs. */
public sealed interface Leaf extends Op {
    /** Type and shape of the values. */
    Spec spec();

    @Override
    default Spec infer(List<Spec> in) {
        Op.arity(this, in, 0, 0);
        return spec();
    }

    @Override
    default void vjp(Tensor out, Tensor dy, Cotangents to) {
        // no inputs
    }

    /** A value given anew in every run. */
    record Input(String name, Spec spec) implements Leaf {
        @Override
        public String label() {
            return "input " + name;
        }

        @Override
        public void reference(Operands x) {
            throw new IllegalStateException("the device supplies " + label());
        }
    }

    /** A trained parameter or a state (optimiser moment, moving average), found by its name among the weights. */
    record Weight(String name, Spec spec) implements Leaf {
        @Override
        public String label() {
            return "weight " + name;
        }

        @Override
        public void reference(Operands x) {
            throw new IllegalStateException("the device supplies " + label());
        }
    }

    /** One value everywhere. */
    record Full(double value, Spec spec) implements Leaf {
        @Override
        public String label() {
            return "full";
        }

        @Override
        public void reference(Operands x) {
            Arrays.fill(x.out(), value);
        }
    }

    /** Values fixed when the graph is built: small tables. */
    final class Constant implements Leaf {
        private final Spec spec;
        private final double[] values;

        Constant(Spec spec, double... values) {
            if (values.length != spec.shape().size()) {
                throw new ShapeException(
                        "constant: " + spec + " needs " + spec.shape().size() + " values, got " + values.length);
            }
            this.spec = spec;
            this.values = values.clone();
        }

        @Override
        public Spec spec() {
            return spec;
        }

        @Override
        public String label() {
            return "constant";
        }

        @Override
        public void reference(Operands x) {
            System.arraycopy(values, 0, x.out(), 0, values.length);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Constant c && spec.equals(c.spec) && Arrays.equals(values, c.values);
        }

        @Override
        public int hashCode() {
            return 31 * spec.hashCode() + Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return label() + " " + spec;
        }
    }
}
