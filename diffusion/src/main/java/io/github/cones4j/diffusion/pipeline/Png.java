package io.github.cones4j.diffusion.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.cones4j.weights.files.WholeFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * PNG files (W3C Recommendation, third edition, 2025) of 8-bit RGB, with texts in UTF-8 (chunk iTXt) that say how a picture was made.
 */
public final class Png {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int LONGEST_KEYWORD = 79;

    private Png() {}

    /**
     * Writes a picture, whole or not at all; transparency is lost.
     *
     * @param texts by keyword, 1 to 79 characters of Latin-1 without control characters, no space at an end
     */
    public static void write(Path file, BufferedImage image, Map<String, String> texts) {
        try {
            WholeFile.write(file, encode(image, texts));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    /** The bytes of a file as {@link #write} makes it. */
    public static byte[] encode(BufferedImage image, Map<String, String> texts) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(SIGNATURE);
        byte[] header = ByteBuffer.allocate(13)
                .putInt(image.getWidth())
                .putInt(image.getHeight())
                .put(new byte[] {8, 2, 0, 0, 0}) // 8 bits, RGB, deflate, adaptive filters, not interlaced
                .array();
        chunk(png, "IHDR", header);
        texts.forEach((keyword, text) -> chunk(png, "iTXt", text(keyword, text)));
        chunk(png, "IDAT", deflated(filtered(image)));
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    /**
     * The texts of a PNG file by keyword (chunks iTXt, zTXt and tEXt), in the order of the file.
     *
     * @throws IllegalArgumentException if it is no PNG file, or damaged
     */
    public static Map<String, String> texts(Path file) {
        ByteBuffer png;
        try {
            png = ByteBuffer.wrap(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
        byte[] signature = new byte[Math.min(SIGNATURE.length, png.remaining())];
        png.get(signature);
        if (!Arrays.equals(signature, SIGNATURE)) {
            throw new IllegalArgumentException(file + ": not a PNG file");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        while (png.remaining() >= 12) {
            int length = png.getInt();
            if (length < 0 || length > png.remaining() - 8) {
                throw new IllegalArgumentException(file + ": ends within a chunk of " + length + " bytes");
            }
            byte[] type = new byte[4];
            byte[] data = new byte[length];
            png.get(type).get(data);
            CRC32 crc = new CRC32();
            crc.update(type);
            crc.update(data);
            if (png.getInt() != (int) crc.getValue()) {
                throw new IllegalArgumentException(
                        file + ": chunk " + new String(type, US_ASCII) + " is damaged (CRC)");
            }
            read(file, new String(type, US_ASCII), data, texts);
        }
        return texts;
    }

    private static void read(Path file, String type, byte[] data, Map<String, String> texts) {
        int end = indexOfZero(file, data, 0, type);
        if (end < 0) {
            return;
        }
        String keyword = new String(data, 0, end, ISO_8859_1);
        switch (type) {
            case "tEXt" -> texts.put(keyword, new String(data, end + 1, data.length - end - 1, ISO_8859_1));
            case "zTXt" -> texts.put(keyword, new String(inflated(file, data, end + 2), ISO_8859_1));
            default -> {
                boolean compressed = end + 1 < data.length && data[end + 1] == 1;
                int language = indexOfZero(file, data, end + 3, type);
                int translation = indexOfZero(file, data, language + 1, type);
                byte[] text = compressed
                        ? inflated(file, data, translation + 1)
                        : Arrays.copyOfRange(data, translation + 1, data.length);
                texts.put(keyword, new String(text, UTF_8));
            }
        }
    }

    /** The next zero byte of a text chunk; -1 for all other chunks. */
    private static int indexOfZero(Path file, byte[] data, int from, String type) {
        if (!type.equals("iTXt") && !type.equals("zTXt") && !type.equals("tEXt")) {
            return -1;
        }
        for (int i = from; i < data.length; i++) {
            if (data[i] == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException(file + ": chunk " + type + " is damaged (no end of its keyword)");
    }

    private static byte[] inflated(Path file, byte[] data, int from) {
        int start = Math.min(from, data.length);
        try (InflaterInputStream in =
                new InflaterInputStream(new ByteArrayInputStream(data, start, data.length - start))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": a compressed text is damaged: " + e.getMessage(), e);
        }
    }

    private static byte[] text(String keyword, String text) {
        boolean printable = keyword.chars().allMatch(c -> (c >= 32 && c <= 126) || (c >= 161 && c <= 255));
        if (keyword.isEmpty() || keyword.length() > LONGEST_KEYWORD || !printable || !keyword.equals(keyword.strip())) {
            throw new IllegalArgumentException("PNG keyword '" + keyword + "': expected 1 to " + LONGEST_KEYWORD
                    + " printable Latin-1 characters, no space at an end");
        }
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(keyword.getBytes(ISO_8859_1));
        data.writeBytes(new byte[5]); // end of keyword, not compressed, method, no language, no translation
        data.writeBytes(text.getBytes(UTF_8));
        return data.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
        byte[] body = ByteBuffer.allocate(4 + data.length)
                .put(type.getBytes(US_ASCII))
                .put(data)
                .array();
        CRC32 crc = new CRC32();
        crc.update(body);
        png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        png.writeBytes(body);
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private static byte[] deflated(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, deflater)) {
            deflate.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // never: the bytes stay in memory
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    /** All rows, each with the filter that leaves the smallest sum of absolute differences (the recommendation's heuristic). */
    private static byte[] filtered(BufferedImage image) {
        int width = image.getWidth();
        int stride = 3 * width;
        byte[] above = new byte[stride];
        byte[] row = new byte[stride];
        int[] pixels = new int[width];
        ByteArrayOutputStream out = new ByteArrayOutputStream((stride + 1) * image.getHeight());
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, pixels, 0, width);
            for (int x = 0; x < width; x++) {
                row[3 * x] = (byte) (pixels[x] >> 16);
                row[3 * x + 1] = (byte) (pixels[x] >> 8);
                row[3 * x + 2] = (byte) pixels[x];
            }
            byte[] best = filtered(0, row, above);
            for (int filter = 1; filter <= 4; filter++) {
                byte[] candidate = filtered(filter, row, above);
                if (magnitude(candidate) < magnitude(best)) {
                    best = candidate;
                }
            }
            out.writeBytes(best);
            byte[] swapped = above;
            above = row;
            row = swapped;
        }
        return out.toByteArray();
    }

    /** One row less its prediction, after the filter's number. */
    private static byte[] filtered(int filter, byte[] row, byte[] above) {
        byte[] out = new byte[row.length + 1];
        out[0] = (byte) filter;
        for (int i = 0; i < row.length; i++) {
            int left = i < 3 ? 0 : row[i - 3] & 0xff;
            int up = above[i] & 0xff;
            int corner = i < 3 ? 0 : above[i - 3] & 0xff;
            int prediction = switch (filter) {
                case 0 -> 0;
                case 1 -> left;
                case 2 -> up;
                case 3 -> (left + up) / 2;
                default -> paeth(left, up, corner);
            };
            out[i + 1] = (byte) (row[i] - prediction);
        }
        return out;
    }

    /** Whichever of the three neighbours is nearest to left + up - corner. */
    private static int paeth(int left, int up, int corner) {
        int toLeft = Math.abs(up - corner);
        int toUp = Math.abs(left - corner);
        int toCorner = Math.abs(left + up - 2 * corner);
        if (toLeft <= toUp && toLeft <= toCorner) {
            return left;
        }
        return toUp <= toCorner ? up : corner;
    }

    private static long magnitude(byte[] filtered) {
        long sum = 0;
        for (int i = 1; i < filtered.length; i++) {
            sum += Math.abs(filtered[i]);
        }
        return sum;
    }
}
