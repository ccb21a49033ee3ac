package io.github.cones4j.engine.graph;

/** Element types, named as in the safetensors format. */
public enum DType {
    /** IEEE 754 binary64. */
    F64(8),
    /** IEEE 754 binary32, the type in which devices compute. */
    F32(4),
    /** IEEE 754 binary16: 11 significant bits, largest finite value 65504. */
    F16(2),
    /** The upper half of a binary32: 8 significant bits, the range of binary32. */
    BF16(2),
    /** Signed 64-bit integers. */
    I64(8),
    /** Signed 32-bit integers: indices and token ids. */
    I32(4),
    /** Unsigned 8-bit integers. */
    U8(1),
    /** One byte per element, 0 or 1. */
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** The size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether values are floating-point numbers, and so can be differentiated. */
    public boolean isFloat() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            case I64, I32, U8, BOOL -> false;
        };
    }
}
