package io.github.cones4j.engine.graph;

/** What is known of a tensor before it is computed: element type and shape. */
public record Spec(DType dtype, Shape shape) {
    /** A float32 tensor of the given dimensions. */
    public static Spec f32(int... dims) {
        return new Spec(DType.F32, Shape.of(dims));
    }

    /** An int32 tensor of the given dimensions. */
    public static Spec i32(int... dims) {
        return new Spec(DType.I32, Shape.of(dims));
    }

    /** The same element type with another shape. */
    public Spec with(Shape other) {
        return new Spec(dtype, other);
    }

    /** As {@code f32[4096,320]}. */
    @Override
    public String toString() {
        return dtype.name().toLowerCase(java.util.Locale.ROOT) + shape;
    }
}
