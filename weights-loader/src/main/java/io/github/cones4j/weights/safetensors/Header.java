package io.github.cones4j.weights.safetensors;

import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * What a safetensors file says about itself: 8 bytes with the length of a JSON text (little-endian), then that text.
 *
 * <p>Format: <a href="https://github.com/huggingface/safetensors#format">huggingface/safetensors</a>. All its rules are
 * enforced; a name that occurs twice and a field that the format does not know are errors as well.
 *
 * @param metadata the free strings under {@code __metadata__}; empty if there are none
 * @param tensors every tensor by name, in the order of the data
 * @param dataAt offset in the file of the first byte of data
 */
public record Header(Map<String, String> metadata, Map<String, Entry> tensors, long dataAt) {
    /** The largest header that the format allows, in bytes. */
    static final long LIMIT = 100_000_000;

    /** The name under which the format keeps free strings; no tensor can have it. */
    static final String METADATA = "__metadata__";

    private static final String DAMAGED = "the file is damaged: download it again";
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final String SUPPORTED =
            Arrays.stream(DType.values()).map(Enum::name).collect(Collectors.joining(", "));

    /** Types of the format (safetensors 0.7) for which {@link DType} has no constant. */
    private static final Set<String> UNSUPPORTED = Set.of(
            "C64",
            "F4",
            "F6_E2M3",
            "F6_E3M2",
            "F8_E4M3",
            "F8_E4M3FNUZ",
            "F8_E5M2",
            "F8_E5M2FNUZ",
            "F8_E8M0",
            "I8",
            "I16",
            "U16",
            "U32",
            "U64");

    /**
     * One tensor.
     *
     * @param spec element type and shape
     * @param from offset of its first byte, counted from {@link Header#dataAt}
     * @param to offset after its last byte
     */
    public record Entry(Spec spec, long from, long to) {}

    /** Copies the maps. */
    public Header {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /**
     * Reads the header of a whole file and checks it against the file's size.
     *
     * @param name for messages
     * @param file all bytes of the file
     */
    static Header read(String name, MemorySegment file) {
        long size = file.byteSize();
        long length = size < 8 ? -1 : file.get(LENGTH, 0);
        boolean plausible = 0 < length && length <= LIMIT && size > 8 && file.get(ValueLayout.JAVA_BYTE, 8) == '{';
        if (!plausible) {
            throw notSafetensors(name, file, length);
        }
        if (length > size - 8) {
            throw truncated(name, "the header alone ends at byte " + (8 + length), size);
        }
        byte[] utf8 = file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
        Header header = parse(name, StrictJson.decode(name, "header", utf8), 8 + length);
        header.checkLayout(name, size);
        return header;
    }

    private static WeightsFormatException notSafetensors(String name, MemorySegment file, long length) {
        ForeignFile foreign = ForeignFile.recognise(file);
        if (foreign != null) {
            return new WeightsFormatException(name, foreign.what() + ", not a safetensors file", foreign.remedy());
        }
        String found;
        if (file.byteSize() < 8) {
            found = "its " + file.byteSize() + " bytes cannot even hold the 8-byte length of the header";
        } else if (length < 0 || length > LIMIT) {
            found = "the first 8 bytes announce a header of " + Long.toUnsignedString(length) + " bytes, the limit is "
                    + LIMIT;
        } else if (length == 0) {
            found = "the first 8 bytes announce a header of 0 bytes";
        } else if (file.byteSize() == 8) {
            return truncated(name, "the header alone ends at byte " + (8 + length), 8);
        } else {
            found = "the header should begin with '{', begins with the byte 0x"
                    + String.format("%02X", file.get(ValueLayout.JAVA_BYTE, 8));
        }
        return new WeightsFormatException(name, "not a safetensors file: " + found, "");
    }

    private static WeightsFormatException truncated(String name, String expected, long size) {
        return new WeightsFormatException(
                name, "truncated: " + expected + ", the file has " + size + " bytes", "download it again");
    }

    private static Header parse(String name, String text, long dataAt) {
        try (StrictJson json = new StrictJson(name, "header", text)) {
            Map<String, String> metadata = Map.of();
            Map<String, Entry> tensors = new HashMap<>();
            json.expect(json.next(), JsonToken.START_OBJECT, "the whole");
            while (json.next() == JsonToken.PROPERTY_NAME) {
                String key = json.text();
                if (key.equals(METADATA)) {
                    json.expect(json.next(), JsonToken.START_OBJECT, METADATA);
                    metadata = json.strings(METADATA);
                } else {
                    tensors.put(key, entry(name, json, "tensor " + StrictJson.quote(key)));
                }
            }
            json.end();
            List<Map.Entry<String, Entry>> inOrder = new ArrayList<>(tensors.entrySet());
            inOrder.sort(Comparator.comparingLong(
                            (Map.Entry<String, Entry> e) -> e.getValue().from())
                    .thenComparingLong(e -> e.getValue().to())
                    .thenComparing(Map.Entry.comparingByKey()));
            Map<String, Entry> ordered = new LinkedHashMap<>();
            inOrder.forEach(e -> ordered.put(e.getKey(), e.getValue()));
            return new Header(metadata, ordered, dataAt);
        }
    }

    private static Entry entry(String name, StrictJson json, String what) {
        json.expect(json.next(), JsonToken.START_OBJECT, what);
        String dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (json.next() == JsonToken.PROPERTY_NAME) {
            String field = json.text();
            switch (field) {
                case "dtype" -> {
                    json.expect(json.next(), JsonToken.VALUE_STRING, what + ": dtype");
                    dtype = json.text();
                }
                case "shape" -> shape = naturals(json, what + ": shape");
                case "data_offsets" -> offsets = naturals(json, what + ": data_offsets");
                default ->
                    throw json.error(what + ": unknown field " + StrictJson.quote(field)
                            + ", only dtype, shape and data_offsets exist");
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            throw json.error(what + ": the field "
                    + (dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets") + " is missing");
        }
        if (offsets.size() != 2) {
            throw json.error(what + ": data_offsets should be two numbers, are " + offsets.size());
        }
        return entry(name, json, what, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private static Entry entry(
            String name, StrictJson json, String what, String dtype, List<Long> shape, long from, long to) {
        DType type = find(dtype);
        if (type == null) {
            throw UNSUPPORTED.contains(dtype)
                    ? new WeightsFormatException(
                            name,
                            "header: " + what + " has the type " + dtype + ", which Cones4J does not read (it reads "
                                    + SUPPORTED + ")",
                            "convert it to F16 or F32")
                    : json.error(
                            what + ": no such type: " + StrictJson.quote(dtype) + " (Cones4J reads " + SUPPORTED + ")");
        }
        int[] dims = new int[shape.size()];
        long bytes = type.bytes();
        try {
            for (int i = 0; i < dims.length; i++) {
                bytes = Math.multiplyExact(bytes, shape.get(i));
                dims[i] = Math.toIntExact(shape.get(i));
            }
        } catch (ArithmeticException _) {
            throw json.error(what + ": shape " + shape + " is too large (a dimension is at most " + Integer.MAX_VALUE
                    + ", all data at most 2^63-1 bytes)");
        }
        if (to < from) {
            throw json.error(what + ": data_offsets end before they begin: " + from + ", " + to);
        }
        Spec spec = new Spec(type, Shape.of(dims));
        if (to - from != bytes) {
            throw json.error(what + ": " + spec + " needs " + bytes + " bytes, data_offsets hold " + (to - from));
        }
        return new Entry(spec, from, to);
    }

    private static @Nullable DType find(String dtype) {
        for (DType type : DType.values()) {
            if (type.name().equals(dtype)) {
                return type;
            }
        }
        return null;
    }

    private static List<Long> naturals(StrictJson json, String what) {
        json.expect(json.next(), JsonToken.START_ARRAY, what);
        List<Long> numbers = new ArrayList<>();
        for (JsonToken token = json.next(); token != JsonToken.END_ARRAY; token = json.next()) {
            numbers.add(json.natural(token, what));
        }
        return numbers;
    }

    /** Checks that the tensors fill the rest of the file without overlap or hole. */
    private void checkLayout(String name, long size) {
        String before = "the header";
        long end = 0;
        for (Map.Entry<String, Entry> tensor : tensors.entrySet()) {
            String key = StrictJson.quote(tensor.getKey());
            Entry entry = tensor.getValue();
            if (entry.from() != end) {
                String problem = entry.from() < end
                        ? "header: the data of tensor " + key + " begins at " + entry.from() + ", inside that of "
                                + before + ", which ends at " + end
                        : "header: a hole of " + (entry.from() - end) + " bytes between " + before + " and tensor "
                                + key;
                throw new WeightsFormatException(name, problem, DAMAGED);
            }
            before = "tensor " + key;
            end = entry.to();
        }
        if (end > size - dataAt) {
            String expected = end > Long.MAX_VALUE - dataAt ? "more than 2^63" : String.valueOf(dataAt + end);
            throw truncated(name, "the header describes " + expected + " bytes", size);
        }
        if (end < size - dataAt) {
            throw new WeightsFormatException(
                    name,
                    (size - dataAt - end) + " bytes too many: the header describes " + (dataAt + end)
                            + " bytes, the file has " + size,
                    DAMAGED);
        }
    }
}
