package io.github.cones4j.engine.graph;

import java.util.List;

/**
 * y = x, but not before the second input (of any shape) has been computed. Keeps the recomputation of a
 * {@link Segment} from being merged with, or scheduled beside, its first computation.
 */
public record Barrier() implements Op {
    @Override
    public String label() {
        return "barrier";
    }

    @Override
    public Spec infer(List<Spec> in) {
        Op.arity(this, in, 2, 2);
        return in.getFirst();
    }

    @Override
    public void vjp(Tensor out, Tensor dy, Cotangents to) {
        to.add(0, () -> dy);
    }

    @Override
    public void reference(Operands x) {
        System.arraycopy(x.in(0), 0, x.out(), 0, x.out().length);
    }
}
