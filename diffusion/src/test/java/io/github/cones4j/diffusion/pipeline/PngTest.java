package io.github.cones4j.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class PngTest {

    @Test
    void everyPixel_isReadBackByImageIo() throws IOException {
        for (int[] size : new int[][] {{1, 1}, {1, 7}, {13, 1}, {31, 17}, {64, 64}}) {
            BufferedImage image = picture(size[0], size[1]);

            BufferedImage read = ImageIO.read(new ByteArrayInputStream(Png.encode(image, Map.of())));

            assertThat(read.getWidth()).isEqualTo(size[0]);
            assertThat(rgb(read)).containsExactly(rgb(image));
        }
    }

    @Test
    void texts_areReadBack_inAnyScript(@TempDir Path folder) {
        Path file = folder.resolve("picture.png");
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("cones4j", "{\"prompt\": \"ein Kätzchen, 猫 🐈\", \"seed\": 42}");
        texts.put("Software", "Cones4J\nzwei Zeilen");
        texts.put("empty", "");
        Png.write(file, picture(5, 4), texts);

        assertThat(Png.texts(file)).containsExactlyEntriesOf(texts);
    }

    @Test
    void texts_areFoundByOtherReaders() throws IOException {
        byte[] png = Png.encode(picture(3, 3), Map.of("cones4j", "猫 = cat"));
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
        ImageReader reader = readers.next();
        reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(png)));

        IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
        NodeList entries = root.getElementsByTagName("iTXtEntry");

        assertThat(entries.getLength()).isEqualTo(1);
        Element entry = (Element) entries.item(0);
        assertThat(entry.getAttribute("keyword")).isEqualTo("cones4j");
        assertThat(entry.getAttribute("text")).isEqualTo("猫 = cat");
        reader.dispose();
    }

    @Test
    void smoothPictures_areSmall() {
        BufferedImage image = new BufferedImage(256, 256, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 256; y++) {
            for (int x = 0; x < 256; x++) {
                image.setRGB(x, y, (x << 16) | (y << 8) | ((x + y) / 2));
            }
        }
        // 3 * 256 * 256 bytes of pixels; the filters make rows of equal differences
        assertThat(Png.encode(image, Map.of())).hasSizeLessThan(3 * 256 * 256 / 50);
    }

    @Test
    void keywords_thatPngForbids_areNamed() {
        BufferedImage image = picture(1, 1);
        for (String keyword : new String[] {"", " x", "x ", "a\nb", "猫", "k".repeat(80)}) {
            assertThatThrownBy(() -> Png.encode(image, Map.of(keyword, "t")))
                    .hasMessageContaining("PNG keyword '" + keyword + "'");
        }
    }

    @Test
    void texts_ofADamagedFile_sayWhatIsWrong(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("x.png");
        Files.writeString(file, "<html>");
        assertThatThrownBy(() -> Png.texts(file)).hasMessageEndingWith("x.png: not a PNG file");
        byte[] png = Png.encode(picture(4, 4), Map.of("k", "text"));
        Files.write(file, Arrays.copyOf(png, png.length - 20));
        assertThatThrownBy(() -> Png.texts(file)).hasMessageContaining("ends within a chunk");
        int at = new String(png, StandardCharsets.ISO_8859_1).indexOf("text");
        png[at] = 'T';
        Files.write(file, png);
        assertThatThrownBy(() -> Png.texts(file)).hasMessageContaining("chunk iTXt is damaged (CRC)");
    }

    static BufferedImage picture(int width, int height) {
        Random random = new Random(width * 1000L + height);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        return image;
    }

    static int[] rgb(BufferedImage image) {
        int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        return Arrays.stream(rgb).map(pixel -> pixel & 0xffffff).toArray();
    }
}
