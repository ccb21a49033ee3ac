package io.github.cones4j.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotosTest {
    private static final int RED = 0xff0000;
    private static final int GREEN = 0x00ff00;
    private static final int BLUE = 0x0000ff;
    private static final int GREY = 0x808080;

    @Test
    void pixels_thereAndBack_areTheSame() {
        BufferedImage first = PngTest.picture(7, 5);
        BufferedImage second = PngTest.picture(7, 5);
        second.setRGB(3, 3, RED);

        float[] pixels = Pixels.of(first, second);

        assertThat(pixels).hasSize(2 * 3 * 35);
        assertThat(PngTest.rgb(Pixels.image(pixels, 1, 5, 7))).containsExactly(PngTest.rgb(second));
        assertThat(PngTest.rgb(Pixels.image(pixels, 0, 5, 7))).containsExactly(PngTest.rgb(first));
        int plane = 35;
        assertThat(pixels[3 * plane + 3 * 7 + 3]).isEqualTo(1f);
        assertThat(pixels[4 * plane + 3 * 7 + 3]).isEqualTo(-1f);
    }

    @Test
    void image_ofDecodedPixels_isThatOfDiffusers() {
        try (Weights vae = Reference.open("cases/micro-sd15/vae.safetensors")) {
            HostTensor decoded = vae.get("0.decoded"); // [1, 3, height, width]
            int height = decoded.shape().dim(2);
            int width = decoded.shape().dim(3);
            BufferedImage image = Pixels.image(decoded.toFloats(), 0, height, width);
            int[] expected = vae.get("0.decoded_u8").toInts(); // [1, height, width, 3]

            int[] rgb = PngTest.rgb(image);
            for (int i = 0; i < rgb.length; i++) {
                assertThat(rgb[i])
                        .isEqualTo((expected[3 * i] << 16) | (expected[3 * i + 1] << 8) | expected[3 * i + 2]);
            }
        }
    }

    @Test
    void pixels_ofDifferentSizes_nameThem() {
        assertThatThrownBy(() -> Pixels.of(PngTest.picture(2, 3), PngTest.picture(3, 2)))
                .hasMessageContaining("2x3 and 3x2");
        assertThatThrownBy(() -> Pixels.image(new float[12], 1, 2, 2)).hasMessageContaining("picture 1 of 2x2");
    }

    @Test
    void fit_toTheSameSize_changesNothing() {
        BufferedImage image = PngTest.picture(9, 6);
        assertThat(PngTest.rgb(Photos.fit(image, 9, 6))).containsExactly(PngTest.rgb(image));
    }

    @Test
    void fit_keepsThePlainAndTheMiddle() {
        BufferedImage image = new BufferedImage(300, 100, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillRect(0, 0, 300, 100);
        graphics.setColor(Color.BLUE);
        graphics.fillRect(90, 0, 120, 100);
        graphics.dispose();

        for (int size : new int[] {16, 37, 100, 250}) {
            assertThat(PngTest.rgb(Photos.fit(image, size, size)))
                    .hasSize(size * size)
                    .containsOnly(BLUE);
        }
        assertThat(Photos.fit(image, 30, 10).getRGB(0, 5) & 0xffffff).isEqualTo(RED);
    }

    @Test
    void fit_ofFineDetail_averagesItAndDoesNotAlias() {
        BufferedImage stripes = new BufferedImage(640, 640, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 640; y++) {
            for (int x = 0; x < 640; x++) {
                stripes.setRGB(x, y, x % 2 == 0 ? 0xffffff : 0);
            }
        }
        BufferedImage small = Photos.fit(stripes, 60, 60);
        for (int x = 2; x < 58; x++) { // nearer to the edges the filter is cut off
            assertThat(small.getRGB(x, 30) & 0xff).isBetween(127, 128); // the mean is 127.5
        }
    }

    @Test
    void fit_ofALine_enlargesItStraight() {
        BufferedImage ramp = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                ramp.setRGB(x, y, (10 * x) << 8);
            }
        }
        BufferedImage large = Photos.fit(ramp, 64, 64);
        // away from the edges the cubic filter reproduces a line: 10 (x + 1/2) / 4 - 5
        for (int x = 10; x < 54; x++) {
            assertThat((large.getRGB(x, 30) >> 8) & 0xff).isEqualTo((int) Math.rint(10 * (x + 0.5) / 4 - 5));
        }
        assertThatThrownBy(() -> Photos.fit(ramp, 0, 4)).hasMessageContaining("found 0x4");
    }

    @Test
    void read_turnsAPhotoTheWayItsCameraWasHeld(@TempDir Path folder) throws IOException {
        // upright: red above green on the left, blue above grey on the right
        int[][] upright = {{RED, BLUE}, {GREEN, GREY}};
        int[][][] stored = {
            {},
            {{RED, BLUE}, {GREEN, GREY}},
            {{BLUE, RED}, {GREY, GREEN}},
            {{GREY, GREEN}, {BLUE, RED}},
            {{GREEN, GREY}, {RED, BLUE}},
            {{RED, GREEN}, {BLUE, GREY}},
            {{BLUE, GREY}, {RED, GREEN}},
            {{GREY, BLUE}, {GREEN, RED}},
            {{GREEN, RED}, {GREY, BLUE}},
        };
        for (int orientation = 1; orientation <= 8; orientation++) {
            BufferedImage image = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < 32; y++) {
                for (int x = 0; x < 64; x++) {
                    image.setRGB(x, y, stored[orientation][y / 16][x / 32]);
                }
            }
            Path file = folder.resolve(orientation + ".jpg");
            Files.write(file, withOrientation(jpeg(image), orientation));

            BufferedImage read = Photos.read(file);

            assertThat(read.getWidth()).as("width").isEqualTo(orientation >= 5 ? 32 : 64);
            for (int row = 0; row < 2; row++) {
                for (int column = 0; column < 2; column++) {
                    int pixel =
                            read.getRGB(read.getWidth() * (2 * column + 1) / 4, read.getHeight() * (2 * row + 1) / 4);
                    Color found = new Color(pixel);
                    Color expected = new Color(upright[row][column]);
                    // JPEG changes plain colours by a few levels
                    assertThat(Math.abs(found.getRed() - expected.getRed())
                                    + Math.abs(found.getGreen() - expected.getGreen())
                                    + Math.abs(found.getBlue() - expected.getBlue()))
                            .as("orientation %d, row %d, column %d", orientation, row, column)
                            .isLessThan(30);
                }
            }
        }
    }

    @Test
    void read_ofATransparentPicture_putsItOnWhite(@TempDir Path folder) throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0xff000000 | RED);
        Path file = folder.resolve("a.png");
        ImageIO.write(image, "png", file.toFile());

        assertThat(PngTest.rgb(Photos.read(file))).containsExactly(RED, 0xffffff);
    }

    @Test
    void read_ofWhatIsNoPicture_saysWhatIsRead(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("photo.heic");
        Files.writeString(file, "no picture");
        assertThatThrownBy(() -> Photos.read(file))
                .hasMessageContaining("photo.heic: no picture in a format that is read here (bmp, gif, jp")
                .hasMessageContaining("convert it to PNG or JPEG");
        assertThatThrownBy(() -> Photos.read(folder.resolve("none.png")))
                .hasMessageContaining("none.png: no such file");
    }

    private static byte[] jpeg(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", out);
        return out.toByteArray();
    }

    /** Puts an Exif segment with one entry, in the byte order of odd and even orientations in turn, after the start of a JPEG file. */
    private static byte[] withOrientation(byte[] jpeg, int orientation) {
        ByteBuffer exif = ByteBuffer.allocate(36);
        exif.putShort((short) 0xffe1).putShort((short) 34).putInt(0x45786966).putShort((short) 0);
        boolean little = orientation % 2 == 0;
        exif.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        exif.putShort((short) (little ? 0x4949 : 0x4d4d)).putShort((short) 42).putInt(8);
        exif.putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation);
        exif.putShort((short) 0).putInt(0);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.writeBytes(exif.array());
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }
}
