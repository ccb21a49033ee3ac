package io.github.cones4j.engine.exec;

/** With how many bits large products, convolutions and attention multiply; all else is computed in float32. */
public enum Precision {
    /** Operands as they are. */
    FLOAT32,
    /**
     * Operands rounded to float16 (11 bits, at most 65504 in magnitude: what is larger becomes infinite), their products added in
     * float32, on tensor cores: TornadoVM's CUDA backend, NVIDIA's GPUs since Ampere.
     */
    FLOAT16,
    /** Products and convolutions with bfloat16 (8 bits, the range of float32); attention in float32. */
    BFLOAT16
}
