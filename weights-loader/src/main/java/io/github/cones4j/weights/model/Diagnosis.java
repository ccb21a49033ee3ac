package io.github.cones4j.weights.model;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a file or folder is.
 *
 * @param path the file or folder
 * @param what it is, in words; empty if there is an error
 * @param notes what else the user should know, one sentence each
 * @param error why it cannot be used and what to do about it, beginning with the file; null if it can
 */
public record Diagnosis(
        Path path,
        String what,
        List<String> notes,
        @Nullable String error) {
    /** Copies the list. */
    public Diagnosis {
        notes = List.copyOf(notes);
    }

    /** Whether it can be used. */
    public boolean ok() {
        return error == null;
    }
}
