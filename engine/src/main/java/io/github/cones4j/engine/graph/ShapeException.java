package io.github.cones4j.engine.graph;

/** Shapes, types or settings of an operation that do not fit; thrown on the line that builds the node. */
public final class ShapeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** An error that names the operation, the shapes, the dimension at fault and, where there is one, the remedy. */
    public ShapeException(String message) {
        super(message);
    }
}
