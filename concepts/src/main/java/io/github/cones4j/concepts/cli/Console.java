package io.github.cones4j.concepts.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes.
 *
 * @param in what programs send
 * @param out results
 * @param err progress and errors
 * @param terminal whether a person watches {@code err}, so that a line of progress may be replaced by the next
 */
record Console(InputStream in, PrintStream out, PrintStream err, boolean terminal) {

    /** The streams of the process, in UTF-8; the launcher knows whether errors go to a terminal. */
    static Console ofProcess() {
        return new Console(
                System.in,
                new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("cones.terminal"));
    }

    /** Says how it goes. */
    void progress(String line) {
        err.println(line);
    }
}
