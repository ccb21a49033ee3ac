package io.github.cones4j.weights.safetensors;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** A reader of JSON (RFC 8259) that accepts no duplicate name, no malformed UTF-8 and no lone surrogate. */
final class StrictJson implements AutoCloseable {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(16)
                    .build())
            .build();

    private final String file;
    private final String part;
    private final JsonParser parser;

    /**
     * A reader at the beginning of a text.
     *
     * @param file for messages
     * @param part of the file, for messages: {@code header}
     */
    StrictJson(String file, String part, String text) {
        this.file = file;
        this.part = part;
        this.parser = FACTORY.createParser(ObjectReadContext.empty(), text);
    }

    /** Decodes UTF-8, and names the first byte that is none. */
    static String decode(String file, String part, byte[] utf8) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(utf8);
        CharBuffer out = CharBuffer.allocate(utf8.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new WeightsFormatException(
                    file,
                    part + " is not UTF-8 at its byte " + in.position(),
                    "the file is damaged: download it again");
        }
        return out.flip().toString();
    }

    /** The error {@code part: problem}. */
    WeightsFormatException error(String problem) {
        return new WeightsFormatException(file, part + ": " + problem, "");
    }

    /** Moves to the next token. */
    JsonToken next() {
        try {
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw error("ends too early");
            }
            return token;
        } catch (JacksonException e) {
            throw broken(e);
        }
    }

    /** Checks that nothing but white space follows. */
    void end() {
        try {
            if (parser.nextToken() != null) {
                throw error("goes on after its closing brace");
            }
        } catch (JacksonException e) {
            throw broken(e);
        }
    }

    private WeightsFormatException broken(JacksonException e) {
        return error(
                "is not strict JSON at character " + e.getLocation().getCharOffset() + ": " + e.getOriginalMessage());
    }

    /** The text of the current name or string. */
    String text() {
        try {
            String text = parser.getString();
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
                throw error("a lone surrogate in the string " + quote(text));
            }
            return text;
        } catch (JacksonException e) {
            throw broken(e);
        }
    }

    /** Checks the current token. */
    void expect(JsonToken token, JsonToken expected, String what) {
        if (token != expected) {
            throw error(what + " should be " + name(expected) + ", is " + name(token));
        }
    }

    /** The current token as a whole number of 0 .. 2^63-1. */
    long natural(JsonToken token, String what) {
        String found = token.isScalarValue() ? quote(text()) : name(token);
        if (token != JsonToken.VALUE_NUMBER_INT || found.startsWith("\"-")) {
            throw error(what + " should be a whole number of 0 or more, is " + found);
        }
        try {
            return parser.getLongValue();
        } catch (JacksonException _) {
            throw error(what + " is too large: " + found);
        }
    }

    /** Reads an object whose values are all strings, its opening brace being the current token. */
    Map<String, String> strings(String what) {
        Map<String, String> strings = new LinkedHashMap<>();
        while (next() == JsonToken.PROPERTY_NAME) {
            String name = text();
            expect(next(), JsonToken.VALUE_STRING, what + " " + quote(name));
            strings.put(name, text());
        }
        return strings;
    }

    /** Steps over the value that begins with the current token. */
    void skip(JsonToken token) {
        int depth = 0;
        for (JsonToken at = token; ; at = next()) {
            if (at.isStructStart()) {
                depth++;
            } else if (at.isStructEnd()) {
                depth--;
            }
            if (depth == 0) {
                return;
            }
        }
    }

    /** A string for a message: in quotes, what a terminal might not print as '?', at most 100 characters. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        int length = Math.min(text.length(), 100);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            quoted.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return quoted.append(text.length() > length ? "...\"" : "\"").toString();
    }

    private static String name(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case END_OBJECT -> "the end of the object";
            case START_ARRAY -> "a list";
            case END_ARRAY -> "the end of the list";
            case PROPERTY_NAME -> "a name";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction or exponent";
            case VALUE_TRUE -> "true";
            case VALUE_FALSE -> "false";
            case VALUE_NULL -> "null";
            case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> "no JSON";
        };
    }

    @Override
    public void close() {
        parser.close();
    }
}
