package io.github.cones4j.weights.config;

import io.github.cones4j.weights.safetensors.ForeignFile;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object read from a file, whose fields are asked for by type; every error names the file and the field.
 *
 * @param name the file, for messages
 * @param root the whole object
 */
public record JsonFile(String name, JsonNode root) {
    private static final long LIMIT = 16L << 20;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * Reads a file that holds one JSON object in UTF-8.
     *
     * @throws WeightsFormatException if it does not, saying what it is instead
     */
    public static JsonFile read(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new WeightsFormatException(file, Files.exists(file) ? "not a file" : "no such file", "");
            }
            if (Files.size(file) > LIMIT) {
                throw new WeightsFormatException(
                        file, "too large for a JSON config: " + Files.size(file) + " bytes, the limit is " + LIMIT, "");
            }
            return parse(file.toString(), Files.readString(file));
        } catch (MalformedInputException _) {
            throw new WeightsFormatException(file, "not UTF-8 text", "download it again");
        } catch (IOException e) {
            WeightsFormatException error = new WeightsFormatException(file, "cannot be read: " + e, "");
            error.initCause(e);
            throw error;
        }
    }

    /** Reads a text that is one JSON object. */
    public static JsonFile parse(String name, String text) {
        JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw foreign(name, text, "not strict JSON: " + e.getOriginalMessage());
        }
        if (!root.isObject()) {
            throw foreign(name, text, "not a JSON object");
        }
        return new JsonFile(name, root);
    }

    private static WeightsFormatException foreign(String name, String text, String otherwise) {
        ForeignFile foreign = text.strip().startsWith("{") ? null : ForeignFile.recognise(text);
        return foreign == null
                ? new WeightsFormatException(name, otherwise, "")
                : new WeightsFormatException(name, foreign.what() + ", not a JSON config", foreign.remedy());
    }

    /** An empty object to fill, which {@link #text} writes. */
    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** A JSON text, indented, with a line feed at its end. */
    static String text(JsonNode node) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node).replace("\r\n", "\n") + "\n";
    }

    /** Whether the field is there and not null. */
    public boolean has(String field) {
        return root.hasNonNull(field);
    }

    /** The object under a field. */
    public JsonFile at(String field) {
        JsonNode node = root.get(field);
        if (node == null || !node.isObject()) {
            throw error(field, node, "an object");
        }
        return new JsonFile(name, node);
    }

    /** A whole number of 0 .. 2^31-1. */
    public int natural(String field, int missing) {
        JsonNode node = root.get(field);
        return node == null ? missing : natural(field, node);
    }

    /** A whole number of 1 .. 2^31-1. */
    public int positive(String field, int missing) {
        int value = natural(field, missing);
        if (value == 0) {
            throw error(field, root.get(field), "at least 1");
        }
        return value;
    }

    /** A whole number, a list of so many, or (absent) so many times {@code missing}; each at least 1. */
    public List<Integer> positives(String field, int count, int missing) {
        JsonNode node = root.get(field);
        if (node == null || !node.isArray()) {
            return Collections.nCopies(count, positive(field, missing));
        }
        List<Integer> values = positives(field, List.of());
        if (values.size() != count) {
            throw error(field, node, "one number, or a list of " + count + ", one per block");
        }
        return values;
    }

    /** A list of whole numbers, each at least 1. */
    public List<Integer> positives(String field, List<Integer> missing) {
        JsonNode node = root.get(field);
        if (node == null) {
            return missing;
        }
        if (!node.isArray() || node.isEmpty()) {
            throw error(field, node, "a list of whole numbers");
        }
        List<Integer> values = new ArrayList<>();
        for (JsonNode element : node) {
            int value = natural(field, element);
            if (value == 0) {
                throw error(field, node, "numbers of at least 1");
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    private int natural(String field, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
            throw error(field, node, "a whole number of 0 or more");
        }
        return node.intValue();
    }

    /** A number above 0. */
    public double positiveNumber(String field, double missing) {
        double value = number(field, missing);
        if (!(value > 0)) {
            throw error(field, root.get(field), "above 0");
        }
        return value;
    }

    /** A finite number. */
    public double number(String field, double missing) {
        JsonNode node = root.get(field);
        if (node == null) {
            return missing;
        }
        double value = value(node);
        if (!Double.isFinite(value)) {
            throw error(field, node, "a number");
        }
        return value;
    }

    /** The nearest double (infinite beyond its range) of a number; NaN of anything else. */
    private static double value(JsonNode node) {
        if (node.isIntegralNumber()) {
            return node.bigIntegerValue().doubleValue();
        }
        return node.isNumber() ? node.doubleValue() : Double.NaN;
    }

    /** True or false. */
    public boolean flag(String field, boolean missing) {
        JsonNode node = root.get(field);
        if (node == null) {
            return missing;
        }
        if (!node.isBoolean()) {
            throw error(field, node, "true or false");
        }
        return node.booleanValue();
    }

    /** A string; null if the field is absent or null. */
    public @Nullable String string(String field) {
        JsonNode node = root.get(field);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isString()) {
            throw error(field, node, "a string");
        }
        return node.stringValue();
    }

    /** A list of strings. */
    public List<String> strings(String field, List<String> missing) {
        JsonNode node = root.get(field);
        if (node == null) {
            return missing;
        }
        List<String> values = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isString()) {
                throw error(field, node, "a list of strings");
            }
            values.add(element.stringValue());
        }
        if (!node.isArray() || values.isEmpty()) {
            throw error(field, node, "a list of strings");
        }
        return List.copyOf(values);
    }

    /**
     * Checks that a field is absent or has one of the values that Cones4J computes.
     *
     * @param supported strings, numbers, booleans, or null
     */
    public void only(String field, @Nullable Object... supported) {
        JsonNode node = root.get(field);
        if (node != null && Arrays.stream(supported).noneMatch(value -> equal(node, value))) {
            String values = Arrays.stream(supported)
                    .map(value -> value instanceof String text ? '"' + text + '"' : Objects.toString(value))
                    .collect(Collectors.joining(" or "));
            throw new WeightsFormatException(name, field + " is " + node + ", Cones4J supports " + values, "");
        }
    }

    private static boolean equal(JsonNode node, @Nullable Object value) {
        return switch (value) {
            case null -> node.isNull();
            case String text -> node.isString() && node.stringValue().equals(text);
            case Boolean flag -> node.isBoolean() && node.booleanValue() == flag;
            case Number number -> value(node) == number.doubleValue();
            default -> throw new IllegalArgumentException("not a JSON value: " + value);
        };
    }

    /** Makes a record, and adds the file to the message if it refuses its values. */
    <T> T located(Supplier<T> values) {
        try {
            return values.get();
        } catch (WeightsFormatException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException(name, String.valueOf(e.getMessage()), "");
        }
    }

    /** The error {@code file: field should be ..., is ...}. */
    public WeightsFormatException error(String field, @Nullable JsonNode found, String expected) {
        return new WeightsFormatException(
                name,
                field + (found == null ? " is missing, should be " : " is " + found + ", should be ") + expected,
                "");
    }
}
