package io.github.cones4j.weights.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes files that are always whole: beside their place first, under a name that begins with a dot and ends in {@code
 * .tmp}, forced to the disk, then renamed. Whoever reads sees the old file or all of the new one, whatever happens. What is
 * there and no file, as a pipe or a device, is written into.
 */
public final class WholeFile {
    private WholeFile() {}

    /** What a file is to hold. */
    @FunctionalInterface
    public interface Content {
        /** Writes all of it, from the channel's present position on. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes a file; its folder must exist.
     *
     * @throws IOException if the disk does not take it, or the content throws; the old file is then untouched, and nothing lies
     *     beside it
     */
    public static void write(Path file, Content content) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
            }
            return;
        }
        Path target = file.toAbsolutePath();
        Path beside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel = create(beside, file)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
        forceFolder(target.resolveSibling("."));
    }

    /** An error names the file that was asked for. */
    private static FileChannel create(Path beside, Path file) throws IOException {
        try {
            return FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw (IOException) new NoSuchFileException(file.toString()).initCause(e);
        } catch (AccessDeniedException e) {
            throw (IOException) new AccessDeniedException(file.toString()).initCause(e);
        }
    }

    /** Writes bytes as {@link #write(Path, Content)} does. */
    public static void write(Path file, byte... bytes) throws IOException {
        write(file, channel -> {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        });
    }

    /** Writes a text in UTF-8 as {@link #write(Path, Content)} does. */
    public static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes a rename last; systems that cannot open a folder for it (Windows) need no such step. */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException _) {
            // the data itself is on the disk; only the rename could be lost with the power
        }
    }
}
