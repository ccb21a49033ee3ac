package io.github.cones4j.weights.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What people have where a safetensors file should be, recognised by its first bytes.
 *
 * @param what the kind of file, with an article
 * @param remedy what to do about it
 */
public record ForeignFile(String what, String remedy) {
    private static final int HEAD = 4096;
    private static final Pattern LFS_SIZE = Pattern.compile("^size (\\d+)$", Pattern.MULTILINE);
    /** How to turn a pickle into a safetensors file. */
    public static final String CONVERT = "convert it in Python with torch and safetensors installed: "
            + "import torch; from safetensors.torch import save_file; "
            + "d = torch.load('IN', map_location='cpu', weights_only=True); d = d.get('state_dict', d); "
            + "save_file({k: v.contiguous().clone() for k, v in d.items() if torch.is_tensor(v)}, 'OUT.safetensors')";

    /** The kind of file that begins so, or null if nothing fits. */
    public static @Nullable ForeignFile recognise(String text) {
        return recognise(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The kind of file, or null if nothing fits. */
    static @Nullable ForeignFile recognise(MemorySegment file) {
        if (file.byteSize() == 0) {
            return new ForeignFile("an empty file", "download it again");
        }
        byte[] head = file.asSlice(0, Math.min(file.byteSize(), HEAD)).toArray(ValueLayout.JAVA_BYTE);
        ForeignFile binary = binary(head);
        return binary != null ? binary : text(head);
    }

    private static @Nullable ForeignFile binary(byte[] head) {
        String latin = new String(head, StandardCharsets.ISO_8859_1);
        if (latin.startsWith("PK\3\4")) {
            return latin.contains("/data.pkl") || latin.contains("/version")
                    ? new ForeignFile(
                            "a PyTorch checkpoint (pickle in a zip)", "a pickle can run any program: " + CONVERT)
                    : new ForeignFile("a zip archive", "unpack it and name the .safetensors file inside");
        }
        if (latin.length() > 1 && latin.charAt(0) == 0x80 && latin.charAt(1) >= 2 && latin.charAt(1) <= 5) {
            return new ForeignFile("a PyTorch checkpoint (pickle)", "a pickle can run any program: " + CONVERT);
        }
        if (latin.startsWith("GGUF")) {
            return new ForeignFile("a GGUF file", "use the .safetensors file of the same model");
        }
        if (latin.startsWith("\u0089HDF\r\n")) {
            return new ForeignFile("an HDF5 file (Keras)", "use the .safetensors file of the same model");
        }
        if (latin.startsWith("\u001f\u008b")
                || latin.startsWith("7z\u00bc\u00af")
                || latin.startsWith("ustar", 257)
                || latin.startsWith("(\u00b5/\u00fd")
                || latin.startsWith("\u00fd7zXZ")
                || latin.startsWith("Rar!")) {
            return new ForeignFile("an archive", "unpack it and name the .safetensors file inside");
        }
        if (head.length >= 16 && latin.chars().allMatch(c -> c == 0)) {
            return new ForeignFile("zeros only (an unfinished download that reserved its space)", "download it again");
        }
        return null;
    }

    private static @Nullable ForeignFile text(byte[] head) {
        String text =
                new String(head, StandardCharsets.UTF_8).replace("\uFEFF", "").strip();
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("version https://git-lfs.github.com/spec/")) {
            Matcher size = LFS_SIZE.matcher(text);
            String bytes = size.find() ? " for a file of " + size.group(1) + " bytes" : "";
            return new ForeignFile(
                    "a Git LFS pointer" + bytes, "fetch the file itself: git lfs pull, in the folder of the clone");
        }
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html") || lower.startsWith("<head")) {
            return new ForeignFile(
                    "an HTML page",
                    "the download link led to a web page (a login, or a page about the file): download the file itself");
        }
        if (lower.startsWith("<?xml")) {
            return new ForeignFile(
                    "an XML text: " + firstLine(text), "probably a server's error: download the file again");
        }
        if (!isText(head) || text.isEmpty()) {
            return null;
        }
        if (text.startsWith("{") || text.startsWith("[")) {
            return new ForeignFile(
                    "a JSON text: " + firstLine(text),
                    "name the .safetensors file, or an index that ends in .index.json");
        }
        return new ForeignFile("a text: " + firstLine(text), "probably a server's message: download the file again");
    }

    private static String firstLine(String text) {
        return StrictJson.quote(text.lines().findFirst().orElse(""));
    }

    private static boolean isText(byte[] head) {
        for (byte b : head) {
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
                return false;
            }
        }
        // The last character may be cut off by the length of the head, none before it may be malformed.
        String text = new String(head, StandardCharsets.UTF_8);
        int wrong = text.indexOf('\uFFFD');
        return wrong < 0 || (wrong > text.length() - 4 && head.length == HEAD);
    }
}
