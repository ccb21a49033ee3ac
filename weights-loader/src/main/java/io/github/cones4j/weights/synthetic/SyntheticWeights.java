package io.github.cones4j.weights.synthetic;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Weights of which every element follows from the tensor's name and the element's place, so that a full-size model can be
 * compared between languages without a file.
 *
 * <pre>{@code
 * seed  = FNV-1a 64 of the UTF-8 bytes of (salt + key)
 * z     = SplitMix64 of seed + (i + 1) * 0x9E3779B97F4A7C15        i = row-major index from 0
 * s     = 2 * (z >>> 40) * 2^-24 - 1                               in [-1, 1), exact
 * value = float32(center + bound * s)                              computed in float64, rounded once
 * }</pre>
 *
 * <p>Weights in float16 or bfloat16 are these float32 values, rounded to nearest even.
 *
 * <p>Center and bound by name and shape: gains of norms 1 and 0.1; biases 0 and 0.02; embeddings 0 and 0.05; matrices and
 * convolutions 0 and {@code gain * sqrt(3 / fanIn)}, so that signals keep their size, with a gain of 0.3 for the last
 * layer of a residual branch and 1 for the others.
 */
public final class SyntheticWeights {
    /** The metadata of a written file that tells its salt: such a file holds synthetic weights. */
    public static final String SALT = "cones4j.synthetic.salt";

    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Elements that one task makes. */
    private static final long BLOCK = 1 << 16;

    private static final List<String> RESIDUAL = List.of(
            "conv2.weight", "to_out.0.weight", "ff.net.2.weight", "proj_out.weight", "fc2.weight", "out_proj.weight");

    private SyntheticWeights() {}

    /**
     * All weights of a model, off the heap until they are closed.
     *
     * @param name for messages
     * @param salt in front of every key; another salt gives other weights
     * @param specs key, type and shape of every weight; float32, float16 or bfloat16
     */
    @SuppressWarnings("MustBeClosedChecker") // the weights close the arena
    public static Weights of(String name, String salt, Map<String, Spec> specs) {
        Arena arena = Arena.ofShared();
        try {
            Map<String, HostTensor> tensors = new LinkedHashMap<>();
            specs.forEach((key, spec) -> {
                MemorySegment data = arena.allocate(Math.max(1, bytes(key, spec)), 64);
                MemorySegment exact = data.asSlice(0, bytes(key, spec));
                fill(salt, key, spec, exact);
                tensors.put(key, new HostTensor(spec, exact));
            });
            return Weights.of(name, tensors, arena::close);
        } catch (RuntimeException | OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    /** Writes all weights of a model to a safetensors file, one tensor in memory at a time. */
    public static void write(Path file, String salt, Map<String, Spec> specs) throws IOException {
        Map<String, String> metadata = Map.of("format", "pt", SALT, salt);
        try (Arena arena = Arena.ofShared()) {
            long largest = specs.entrySet().stream()
                    .mapToLong(entry -> bytes(entry.getKey(), entry.getValue()))
                    .max()
                    .orElse(1);
            MemorySegment buffer = arena.allocate(Math.max(1, largest), 64);
            Safetensors.write(
                    file,
                    specs,
                    (key, spec) -> {
                        MemorySegment data = buffer.asSlice(0, bytes(key, spec));
                        fill(salt, key, spec, data);
                        return new HostTensor(spec, data);
                    },
                    metadata);
        }
    }

    /** One weight. */
    public static HostTensor tensor(String salt, String key, Shape shape) {
        HostTensor tensor = HostTensor.zeros(shape);
        fill(salt, key, tensor.spec(), tensor.data());
        return tensor;
    }

    private static long bytes(String key, Spec spec) {
        if (spec.dtype() != DType.F32 && spec.dtype() != DType.F16 && spec.dtype() != DType.BF16) {
            throw new IllegalArgumentException(
                    "synthetic weights are float32, float16 or bfloat16, " + key + " should be " + spec);
        }
        return spec.shape().size() * spec.dtype().bytes();
    }

    private static void fill(String salt, String key, Spec spec, MemorySegment out) {
        Shape shape = spec.shape();
        DType dtype = spec.dtype();
        long seed = seed(salt + key);
        double center = shape.rank() <= 1 && key.endsWith(".weight") ? 1 : 0;
        double bound = bound(key, shape);
        long size = shape.size();
        LongStream.range(0, (size + BLOCK - 1) / BLOCK).parallel().forEach(block -> {
            long end = Math.min(size, (block + 1) * BLOCK);
            for (long i = block * BLOCK; i < end; i++) {
                float value = (float) (center + bound * unit(seed, i));
                switch (dtype) {
                    case F16 -> out.set(I16, i * Short.BYTES, Float.floatToFloat16(value));
                    case BF16 -> out.set(I16, i * Short.BYTES, HostTensor.toBfloat16(value));
                    default -> out.set(F32, i * Float.BYTES, value);
                }
            }
        });
    }

    private static double bound(String key, Shape shape) {
        if (shape.rank() <= 1) {
            return key.endsWith(".weight") ? 0.1 : 0.02;
        }
        if (key.endsWith("embedding.weight")) {
            return 0.05;
        }
        long fanIn = 1;
        for (int axis = 1; axis < shape.rank(); axis++) {
            fanIn *= shape.dim(axis);
        }
        double gain = RESIDUAL.stream().anyMatch(key::contains) ? 0.3 : 1;
        return gain * Math.sqrt(3.0 / fanIn);
    }

    /** A number of -1 .. 1 (exclusive), a multiple of 2^-23. */
    private static double unit(long seed, long index) {
        long z = seed + (index + 1) * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (z >>> 40) * 0x1p-23 - 1;
    }

    /** FNV-1a, 64 bits (Fowler, Noll, Vo), of the text in UTF-8. */
    static long seed(String text) {
        long hash = FNV_OFFSET;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
        }
        return hash;
    }
}
