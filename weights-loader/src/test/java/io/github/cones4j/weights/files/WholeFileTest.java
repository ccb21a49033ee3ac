package io.github.cones4j.weights.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class WholeFileTest {
    @TempDir
    private Path folder;

    @Test
    void write_makesOrReplacesTheFile_andLeavesNothingBeside() throws IOException {
        Path file = folder.resolve("losses.csv");

        WholeFile.write(file, "a longer text, ümlaut");
        WholeFile.write(file, "Füße");

        assertThat(file).hasContent("Füße");
        assertThat(folder).isDirectoryContaining(path -> path.equals(file));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void write_ofBytes_writesThemAll() throws IOException {
        byte[] bytes = new byte[3_000_001];
        bytes[3_000_000] = 7;
        Path file = folder.resolve("picture.png");

        WholeFile.write(file, bytes);

        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    void aReaderMeanwhile_seesTheOldFile() throws IOException {
        Path file = folder.resolve("losses.csv");
        WholeFile.write(file, "old");

        WholeFile.write(file, channel -> {
            channel.write(ByteBuffer.wrap(new byte[] {1}));
            assertThat(file).hasContent("old");
        });

        assertThat(file).hasBinaryContent(new byte[] {1});
    }

    @Test
    void contentThatFails_leavesTheOldFileAndNothingBeside() throws IOException {
        Path file = folder.resolve("losses.csv");
        WholeFile.write(file, "old");

        assertThatThrownBy(() -> WholeFile.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[100]));
                    throw new IOException("the disk is full");
                }))
                .hasMessage("the disk is full");

        assertThat(file).hasContent("old");
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDevice_isWrittenIntoAndStays() throws IOException {
        Path device = Path.of("/dev/null");

        WholeFile.write(device, "text");

        assertThat(Files.isRegularFile(device)).isFalse();
    }

    @Test
    void aFolderThatIsNotThere_isNamed() {
        Path file = folder.resolve("none/losses.csv");

        assertThatThrownBy(() -> WholeFile.write(file, "text"))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(file.toString());
        assertThat(Files.exists(file)).isFalse();
    }
}
