package io.github.cones4j.concepts.toyland;

import io.github.cones4j.diffusion.pipeline.Generated;
import io.github.cones4j.weights.files.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The pictures of a study, each in a file of its own whose name says which it is. */
public final class PictureFolder {
    private static final String MADE_FROM = "made-from.txt";

    private final Path folder;

    private PictureFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * The folder, which is made if need be.
     *
     * @param madeFrom what decides how the pictures look
     * @throws IllegalArgumentException if the folder's pictures were made from something else
     */
    static PictureFolder open(Path folder, String madeFrom) throws IOException {
        Files.createDirectories(folder.resolve("pictures"));
        Path mark = folder.resolve(MADE_FROM);
        if (!Files.exists(mark)) {
            WholeFile.write(mark, madeFrom);
        } else if (!Files.readString(mark).equals(madeFrom)) {
            throw new IllegalArgumentException(folder + ": holds a study of another model or protocol (" + MADE_FROM
                    + " says which); name another folder");
        }
        return new PictureFolder(folder.resolve("pictures"));
    }

    /** The file of a picture, which may not be there yet. */
    Path file(String subject, String arm, int prompt, long seed) {
        return folder.resolve(subject).resolve(String.format(Locale.ROOT, "%s-%d-%d.png", arm, prompt + 1, seed));
    }

    /** Writes a picture; its file is always whole. */
    void write(Path file, Generated picture) throws IOException {
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        picture.write(file);
    }
}
