package io.github.cones4j.concepts.cli;

import java.util.Map;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON as programs exchange it with a command: one value a line, in ASCII. */
final class Json {
    /** Strict: one value, no key twice. */
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private Json() {}

    /** An object over many lines, for people too. */
    static String text(Map<String, ?> fields) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(fields) + "\n";
    }

    /** An object on one line, its fields in the order of the map. */
    static String line(Map<String, ?> fields) {
        return MAPPER.writeValueAsString(fields);
    }
}
