package io.github.cones4j.concepts.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * What came of a command run inside this process.
 *
 * @param code exit code
 * @param out what it printed
 * @param err progress and errors
 */
record CommandRun(int code, String out, String err) {

    /** Runs {@code cones} with arguments, each put into words by {@code toString}. */
    static CommandRun of(Object... args) {
        return reading(InputStream.nullInputStream(), args);
    }

    /** The same with a standard input. */
    static CommandRun reading(String in, Object... args) {
        return reading(new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)), args);
    }

    static CommandRun reading(InputStream in, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                in,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        int code = Cones.run(console, Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The lines of the output as JSON. */
    List<JsonNode> json() {
        return out.lines().map(Json.MAPPER::readTree).toList();
    }

    /** A file or folder among the test resources, under {@code reference}. */
    static Path reference(String name) {
        URL url = Objects.requireNonNull(CommandRun.class.getResource("/reference/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
