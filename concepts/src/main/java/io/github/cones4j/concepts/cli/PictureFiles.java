package io.github.cones4j.concepts.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** The pictures that a user names, by file or by folder. */
final class PictureFiles {
    private PictureFiles() {}

    /**
     * The files, and those in the folders that are pictures, by name.
     *
     * @param console is told of files in the folders that look like pictures and cannot be read
     * @throws IllegalArgumentException if a path does not exist, or a folder has no picture
     */
    static List<Path> of(List<Path> paths, Console console) throws IOException {
        List<Path> all = new ArrayList<>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new IllegalArgumentException(path + ": no such file or folder");
            }
            if (Files.isDirectory(path)) {
                all.addAll(in(path, console));
            } else {
                all.add(path);
            }
        }
        return all;
    }

    private static List<Path> in(Path folder, Console console) throws IOException {
        Set<String> readable = new TreeSet<>();
        Arrays.stream(ImageIO.getReaderFileSuffixes())
                .map(suffix -> suffix.toLowerCase(Locale.ROOT))
                .forEach(readable::add);
        List<Path> pictures = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
                String suffix = name.substring(name.lastIndexOf('.') + 1);
                if (readable.contains(suffix)) {
                    pictures.add(file);
                } else if (!suffix.equals("txt") && !name.startsWith(".")) {
                    console.progress("Note: not read: " + file + " (readable: " + String.join(", ", readable) + ")");
                }
            }
        }
        if (pictures.isEmpty()) {
            throw new IllegalArgumentException(
                    folder + ": no picture in this folder (readable: " + String.join(", ", readable) + ")");
        }
        return pictures;
    }
}
