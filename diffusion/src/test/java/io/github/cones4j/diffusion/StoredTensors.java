package io.github.cones4j.diffusion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tensors of a safetensors test resource, by name. */
public final class StoredTensors {
    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    /** One tensor: dtype as the file names it, extents, little-endian bytes. */
    public record Stored(String dtype, List<Integer> shape, ByteBuffer bytes) {
        public int[] dims() {
            return shape.stream().mapToInt(Integer::intValue).toArray();
        }

        public float[] floats() {
            float[] out = new float[bytes.remaining() / 4];
            bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out);
            return out;
        }

        public double[] doubles() {
            double[] out = new double[bytes.remaining() / 8];
            bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(out);
            return out;
        }

        public long[] longs() {
            long[] out = new long[bytes.remaining() / 8];
            bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(out);
            return out;
        }

        public short[] shorts() {
            short[] out = new short[bytes.remaining() / 2];
            bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(out);
            return out;
        }
    }

    private StoredTensors() {}

    /** Reads the class path resource, an absolute name such as {@code /noise/randn_reference.safetensors}. */
    public static StoredTensors resource(String name) {
        try (InputStream in = StoredTensors.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("no test resource " + name);
            }
            ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            int headerLength = (int) file.getLong();
            byte[] header = new byte[headerLength];
            file.get(header);
            StoredTensors stored = new StoredTensors();
            for (Map.Entry<String, JsonNode> entry :
                    new JsonMapper().readTree(header).properties()) {
                JsonNode value = entry.getValue();
                if (entry.getKey().equals("__metadata__")) {
                    continue;
                }
                List<Integer> shape = new ArrayList<>();
                value.get("shape").forEach(extent -> shape.add(extent.asInt()));
                int from = value.get("data_offsets").get(0).asInt();
                int to = value.get("data_offsets").get(1).asInt();
                ByteBuffer bytes = file.slice(8 + headerLength + from, to - from);
                stored.tensors.put(entry.getKey(), new Stored(value.get("dtype").asString(), shape, bytes));
            }
            return stored;
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    public Set<String> names() {
        return tensors.keySet();
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    public Stored get(String name) {
        Stored stored = tensors.get(name);
        if (stored == null) {
            throw new IllegalArgumentException("no tensor " + name + " among " + tensors.keySet());
        }
        return stored;
    }
}
