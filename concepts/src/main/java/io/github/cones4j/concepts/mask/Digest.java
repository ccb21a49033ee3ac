package io.github.cones4j.concepts.mask;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedSet;

/** SHA-256 digests of what a concept belongs to and of what it is; all numbers little-endian. */
final class Digest {
    private static final int CHUNK = 1 << 14;

    private final MessageDigest sha256;
    private final ByteBuffer buffer = ByteBuffer.allocate(4 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);

    private Digest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * The digest of weights: for each in the order of the names, name and shape, then its values as float32. A model
     * has the same digest in any type that holds its values exactly.
     *
     * @return 64 lower-case hexadecimal digits
     */
    static String of(Weights weights, SortedSet<String> names) {
        Digest digest = new Digest();
        float[] chunk = new float[CHUNK];
        for (String name : names) {
            HostTensor weight = weights.get(name);
            digest.heading(name, weight.shape());
            for (long at = 0; at < weight.size(); at += CHUNK) {
                int count = (int) Math.min(CHUNK, weight.size() - at);
                weight.copyTo(at, chunk, 0, count);
                digest.buffer.clear();
                digest.buffer.asFloatBuffer().put(chunk, 0, count);
                digest.sha256.update(digest.buffer.limit(4 * count));
            }
        }
        return digest.hex();
    }

    /**
     * The digest of a mask: for each layer in the order of the names, name and shape, then the number of indices and
     * the indices as int32.
     *
     * @return 64 lower-case hexadecimal digits
     */
    static String of(NeuronMask mask) {
        Digest digest = new Digest();
        for (Map.Entry<String, NeuronMask.Layer> entry : mask.layers().entrySet()) {
            IndexSet neurons = entry.getValue().neurons();
            digest.heading(entry.getKey(), entry.getValue().shape());
            digest.number(neurons.size());
            for (int at = 0; at < neurons.size(); at += CHUNK) {
                digest.buffer.clear();
                for (int i = at; i < Math.min(at + CHUNK, neurons.size()); i++) {
                    digest.buffer.putInt(neurons.get(i));
                }
                digest.sha256.update(digest.buffer.flip());
            }
        }
        return digest.hex();
    }

    /** The length of the name in UTF-8 and the name, the rank and the dimensions; lengths and dimensions as int32. */
    private void heading(String name, Shape shape) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        number(utf8.length);
        sha256.update(utf8);
        number(shape.rank());
        for (int dim : shape.dims()) {
            number(dim);
        }
    }

    private void number(int value) {
        sha256.update(buffer.clear().putInt(value).flip());
    }

    private String hex() {
        return HexFormat.of().formatHex(sha256.digest());
    }
}
