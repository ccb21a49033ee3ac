package io.github.cones4j.concepts.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that commands write. */
final class OutputFile {
    private OutputFile() {}

    /** The file, once the folder it is to lie in exists. */
    static Path prepare(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        return file;
    }
}
