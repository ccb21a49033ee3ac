package io.github.cones4j.diffusion.pipeline;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import javax.imageio.ImageIO;

/** Photos as people have them, made into the size that a model takes. */
public final class Photos {
    private static final int ORIENTATION = 0x0112;

    private Photos() {}

    /**
     * Reads a photo the right way up (Exif orientation) as RGB; what is transparent becomes white.
     *
     * @throws IllegalArgumentException if the file is missing or in no format that the JDK reads
     */
    public static BufferedImage read(Path file) {
        byte[] bytes;
        BufferedImage stored;
        try {
            bytes = Files.readAllBytes(file);
            stored = ImageIO.read(new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + ": " + (Files.exists(file) ? "cannot be read: " + e.getMessage() : "no such file"), e);
        }
        if (stored == null) {
            throw new IllegalArgumentException(file + ": no picture in a format that is read here ("
                    + String.join(", ", new TreeSet<>(Arrays.asList(ImageIO.getReaderFileSuffixes())))
                    + "); convert it to PNG or JPEG");
        }
        BufferedImage rgb = new BufferedImage(stored.getWidth(), stored.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = rgb.createGraphics();
        graphics.drawImage(stored, 0, 0, Color.WHITE, null);
        graphics.dispose();
        return turned(rgb, orientation(bytes));
    }

    /**
     * The middle of a picture in another shape and size.
     *
     * <p>Cut to the shape at whole pixels, and resampled with the cubic filter of Keys 1981 (a = -1/2), widened by the factor of reduction
     * so that no detail aliases.
     */
    public static BufferedImage fit(BufferedImage image, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("size: expected at least 1x1, found " + width + "x" + height);
        }
        double scale = Math.min((double) image.getWidth() / width, (double) image.getHeight() / height);
        double cutWidth = scale * width;
        double cutHeight = scale * height;
        double[][] across = weights(image.getWidth(), Math.floor((image.getWidth() - cutWidth) / 2), scale, width);
        double[][] down = weights(image.getHeight(), Math.floor((image.getHeight() - cutHeight) / 2), scale, height);

        int[] source = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        double[] rows = new double[image.getHeight() * width * 3];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < width; x++) {
                int first = (int) across[x][0];
                for (int k = 1; k < across[x].length; k++) {
                    int rgb = source[y * image.getWidth() + first + k - 1];
                    for (int channel = 0; channel < 3; channel++) {
                        rows[(y * width + x) * 3 + channel] += across[x][k] * ((rgb >> (16 - 8 * channel)) & 0xff);
                    }
                }
            }
        }
        BufferedImage fitted = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            int first = (int) down[y][0];
            for (int x = 0; x < width; x++) {
                int rgb = 0;
                for (int channel = 0; channel < 3; channel++) {
                    double sum = 0;
                    for (int k = 1; k < down[y].length; k++) {
                        sum += down[y][k] * rows[((first + k - 1) * width + x) * 3 + channel];
                    }
                    rgb = (rgb << 8) | (int) Math.clamp(Math.rint(sum), 0, 255);
                }
                fitted.setRGB(x, y, rgb);
            }
        }
        return fitted;
    }

    /** For each target pixel the index of the first source pixel that counts, then the weights from there on; they sum to 1. */
    private static double[][] weights(int sourceSize, double start, double scale, int size) {
        double reach = 2 * Math.max(scale, 1);
        double[][] all = new double[size][];
        for (int i = 0; i < size; i++) {
            double centre = start + (i + 0.5) * scale;
            int first = Math.max(0, (int) Math.ceil(centre - reach - 0.5));
            int last = Math.min(sourceSize - 1, (int) Math.floor(centre + reach - 0.5));
            double[] weights = new double[last - first + 2];
            double sum = 0;
            for (int k = first; k <= last; k++) {
                double weight = cubic((k + 0.5 - centre) / Math.max(scale, 1));
                weights[k - first + 1] = weight;
                sum += weight;
            }
            for (int k = 1; k < weights.length; k++) {
                weights[k] /= sum;
            }
            weights[0] = first;
            all[i] = weights;
        }
        return all;
    }

    private static double cubic(double signed) {
        double x = Math.abs(signed);
        if (x < 1) {
            return (1.5 * x - 2.5) * x * x + 1;
        }
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }

    /** A picture as its Exif orientation, 1..8, wants it seen. */
    private static BufferedImage turned(BufferedImage image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        int width = image.getWidth();
        int height = image.getHeight();
        boolean sideways = orientation >= 5;
        BufferedImage turned =
                new BufferedImage(sideways ? height : width, sideways ? width : height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < turned.getHeight(); y++) {
            for (int x = 0; x < turned.getWidth(); x++) {
                int sourceX = sideways ? y : x;
                int sourceY = sideways ? x : y;
                boolean flipX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
                boolean flipY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
                turned.setRGB(
                        x,
                        y,
                        image.getRGB(flipX ? width - 1 - sourceX : sourceX, flipY ? height - 1 - sourceY : sourceY));
            }
        }
        return turned;
    }

    /** The orientation in a JPEG file's Exif segment (CIPA DC-008); 1, upright, if there is none. */
    static int orientation(byte[] file) {
        ByteBuffer jpeg = ByteBuffer.wrap(file);
        if (jpeg.remaining() < 4 || jpeg.getShort() != (short) 0xffd8) {
            return 1;
        }
        while (jpeg.remaining() >= 4 && jpeg.get(jpeg.position()) == (byte) 0xff) {
            int marker = jpeg.getShort() & 0xffff;
            int length = (jpeg.getShort() & 0xffff) - 2;
            if (marker == 0xffda || length < 0 || length > jpeg.remaining()) {
                return 1;
            }
            if (marker == 0xffe1 && length > 14 && jpeg.getInt(jpeg.position()) == 0x45786966) { // "Exif"
                return tag(jpeg.slice(jpeg.position() + 6, length - 6));
            }
            jpeg.position(jpeg.position() + length);
        }
        return 1;
    }

    /** The orientation entry of the first directory of a TIFF structure. */
    private static int tag(ByteBuffer tiff) {
        tiff.order(tiff.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        if (directory < 8 || directory > tiff.limit() - 2) {
            return 1;
        }
        int entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if (entry > tiff.limit() - 12) {
                return 1;
            }
            if ((tiff.getShort(entry) & 0xffff) == ORIENTATION) {
                int value = tiff.getShort(entry + 8);
                return value >= 1 && value <= 8 ? value : 1;
            }
        }
        return 1;
    }
}
