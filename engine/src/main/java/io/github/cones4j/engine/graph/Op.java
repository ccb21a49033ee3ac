package io.github.cones4j.engine.graph;

import java.util.List;

/**
 * What a node computes. The families are closed: a device chooses its kernels by an exhaustive switch, so that a new
 * operation without a kernel does not compile.
 *
 * <p>Operations are values: two that are equal compute the same from the same inputs.
 */
public sealed interface Op
        permits Attention, Barrier, Cast, Conv, Elementwise, Fused, Gather, Leaf, MatMul, Movement, Norm, Reduce {

    /** The field's name of the operation, for messages: {@code conv2d}. */
    String label();

    /**
     * Type and shape of the result.
     *
     * @throws ShapeException naming the operation, every shape and the dimension at fault
     */
    Spec infer(List<Spec> in);

    /**
     * The vector-Jacobian product: offers the cotangent of each differentiable input as a graph of further nodes.
     *
     * @param out the node being differentiated (its inputs and, where cheaper, its result are used)
     * @param dy cotangent of {@code out}, of its shape
     * @param to receives the cotangent of each input, in the shape of {@code out} or of the input
     */
    void vjp(Tensor out, Tensor dy, Cotangents to);

    /** The definition, as plain loops in double: what every device is tested against. */
    void reference(Operands x);

    /** The error of an operation that occurs only in gradients and has none of its own. */
    static IllegalStateException noSecondDerivative(Op op) {
        return new IllegalStateException(
                op.label() + " occurs in a gradient and cannot be differentiated again: second derivatives through it"
                        + " are not defined");
    }

    /** The number of inputs must be {@code least} to {@code most}. */
    static void arity(Op op, List<Spec> in, int least, int most) {
        if (in.size() < least || in.size() > most) {
            throw new ShapeException(op.label() + ": takes " + least + (most > least ? " to " + most : "")
                    + " inputs, got " + in.size());
        }
    }

    /** All inputs must be of one floating-point type, which is returned. */
    static DType floats(Op op, List<Spec> in) {
        DType dtype = in.getFirst().dtype();
        for (Spec spec : in) {
            if (!spec.dtype().isFloat() || spec.dtype() != dtype) {
                throw new ShapeException(
                        op.label() + ": needs inputs of one floating-point type, got " + in + "; cast them first");
            }
        }
        return dtype;
    }

    /** The input must have the given rank. */
    static void rank(Op op, String name, Spec spec, int rank) {
        if (spec.shape().rank() != rank) {
            throw new ShapeException(op.label() + ": " + name + spec.shape() + " has rank "
                    + spec.shape().rank() + ", needs " + rank);
        }
    }

    /** A dimension of an input must have the given size. */
    static void dim(Op op, String name, Spec spec, int axis, int expected, String why) {
        if (spec.shape().dim(axis) != expected) {
            throw new ShapeException(op.label() + ": " + name + spec.shape() + " has "
                    + spec.shape().dim(axis) + " in dimension " + axis + ", needs " + expected + " (" + why + ")");
        }
    }
}
