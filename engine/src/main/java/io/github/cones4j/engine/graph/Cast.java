package io.github.cones4j.engine.graph;

import java.util.List;

/**
 * Conversion of the element type: floats are rounded to nearest even, a float becomes an integer by truncation.
 *
 * @param dtype type of the result
 */
public record Cast(DType dtype) implements Op {
    @Override
    public String label() {
        return "cast";
    }

    @Override
    public Spec infer(List<Spec> in) {
        Op.arity(this, in, 1, 1);
        return new Spec(dtype, in.getFirst().shape());
    }

    @Override
    public void vjp(Tensor out, Tensor dy, Cotangents to) {
        if (dtype.isFloat() && out.input(0).dtype().isFloat()) {
            to.add(0, () -> dy.cast(out.input(0).dtype()));
        }
    }

    @Override
    public void reference(Operands x) {
        for (int i = 0; i < x.out().length; i++) {
            x.out()[i] = convert(x.in(0)[i], dtype);
        }
    }

    /** One value as an element of the given type. The reference keeps float32 values in double. */
    public static double convert(double value, DType dtype) {
        return switch (dtype) {
            case F64, F32 -> value;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
            case BF16 -> {
                int bits = Float.floatToRawIntBits((float) value);
                yield Double.isNaN(value)
                        ? value
                        : Float.intBitsToFloat((bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF0000);
            }
            case I64 -> (long) value;
            case I32 -> (int) value;
            case U8 -> (int) value & 0xFF;
            case BOOL -> value != 0 ? 1 : 0;
        };
    }
}
