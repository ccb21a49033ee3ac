package io.github.cones4j.engine.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Operations that a schedule puts in the place of several; they appear only after differentiation. */
public sealed interface Fused extends Op {
    @Override
    default void vjp(Tensor out, Tensor dy, Cotangents to) {
        throw new IllegalStateException(label() + ": operations are fused after differentiation, not before");
    }

    /**
     * One function of a {@link Chain}.
     *
     * @param op the function
     * @param operands for each argument the number of an input of the chain, or the number of inputs plus the number of
     *     an earlier link
     */
    record Link(Elementwise op, List<Integer> operands) {}

    /** Elementwise functions computed in one pass; the last link is the result. Inputs broadcast to it. */
    record Chain(int inputs, List<Link> links) implements Fused {
        @Override
        public String label() {
            return "chain" + links.stream().map(link -> link.op().label()).toList();
        }

        @Override
        public Spec infer(List<Spec> in) {
            Op.arity(this, in, inputs, inputs);
            List<Spec> values = new ArrayList<>(in);
            for (Link link : links) {
                values.add(link.op()
                        .infer(link.operands().stream().map(values::get).toList()));
            }
            return values.getLast();
        }

        @Override
        public void reference(Operands x) {
            List<double[]> in =
                    IntStream.range(0, x.count()).mapToObj(x::broadcast).toList();
            double[] values = new double[inputs + links.size()];
            for (int i = 0; i < x.out().length; i++) {
                for (int k = 0; k < inputs; k++) {
                    values[k] = in.get(k)[i];
                }
                for (int k = 0; k < links.size(); k++) {
                    Link link = links.get(k);
                    double[] v =
                            link.operands().stream().mapToDouble(o -> values[o]).toArray();
                    values[inputs + k] = link.op().apply(v);
                }
                x.out()[i] = values[values.length - 1];
            }
        }
    }
}
