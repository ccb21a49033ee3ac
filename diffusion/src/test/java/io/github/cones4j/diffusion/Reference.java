package io.github.cones4j.diffusion;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

/** The stored outputs of PyTorch among the test resources, and the measure by which they are compared. */
public final class Reference {
    private Reference() {}

    /** A file or folder under {@code reference}. */
    public static Path path(String name) {
        URL url = Reference.class.getResource("/reference/" + name);
        if (url == null) {
            throw new IllegalArgumentException("no test resource reference/" + name);
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The tensors of a safetensors file under {@code reference}. */
    public static Weights open(String name) {
        return Safetensors.open(path(name));
    }

    /** ||actual - expected|| / ||expected||, Euclidean norms. */
    public static double error(HostTensor actual, HostTensor expected) {
        if (!actual.shape().equals(expected.shape())) {
            throw new AssertionError("shape " + actual.shape() + ", expected " + expected.shape());
        }
        double difference = 0;
        double norm = 0;
        for (long i = 0; i < expected.size(); i++) {
            difference += Math.pow(actual.get(i) - expected.get(i), 2);
            norm += Math.pow(expected.get(i), 2);
        }
        return Math.sqrt(difference / norm);
    }
}
