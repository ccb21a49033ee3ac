package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/** First values of parameters, each from the seed and its own name alone. */
final class Initializer {
    private static final double EMBEDDING_DEVIATION = 0.02;

    private final long seed;
    private final Predicate<String> zero;

    /**
     * Uniform in +-1 / sqrt(fan in) as PyTorch's layers, normal with deviation 0.02 for embeddings, 1 for the gains of norms, 0
     * for biases.
     *
     * @param zero names of weights that begin with zeros: the last layers of residual branches
     */
    Initializer(long seed, Predicate<String> zero) {
        this.seed = seed;
        this.zero = zero;
    }

    Map<String, HostTensor> values(Map<String, Spec> parameters) {
        Map<String, HostTensor> values = new LinkedHashMap<>();
        parameters.forEach((name, spec) -> values.put(name, value(name, spec.shape())));
        return values;
    }

    private HostTensor value(String name, Shape shape) {
        CRC32 hash = new CRC32();
        hash.update(name.getBytes(StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + hash.getValue());
        float[] values = new float[Math.toIntExact(shape.size())];
        boolean embedding = name.contains("embedding") && !name.contains("time_embedding");
        double bound = shape.rank() < 2 ? 0 : 1 / Math.sqrt((double) shape.size() / shape.dim(0));
        for (int i = 0; i < values.length; i++) {
            if (zero.test(name)) {
                values[i] = 0;
            } else if (embedding) {
                values[i] = (float) (EMBEDDING_DEVIATION * random.nextGaussian());
            } else if (shape.rank() >= 2) {
                values[i] = (float) random.nextDouble(-bound, bound);
            } else {
                values[i] = name.endsWith(".weight") ? 1 : 0;
            }
        }
        return HostTensor.of(values, shape.dims());
    }
}
