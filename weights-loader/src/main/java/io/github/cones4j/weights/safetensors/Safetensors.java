package io.github.cones4j.weights.safetensors;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.files.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads and writes the safetensors format.
 *
 * <p>Reading maps the file and copies nothing: a tensor is a view of the mapping, at whatever alignment the file has.
 */
public final class Safetensors {
    private static final Pattern INDEX = Pattern.compile(".*\\.index(\\.\\w+)?\\.json");
    private static final int CHUNK = 1 << 22;

    /** The order of types in a file: by falling alignment, as the format's own writer (safetensors 0.7) has it. */
    private static final List<DType> ORDER =
            List.of(DType.I64, DType.F64, DType.F32, DType.I32, DType.BF16, DType.F16, DType.U8, DType.BOOL);

    private Safetensors() {}

    /**
     * Maps a file, or all shards of an index ({@code *.index.json}); closing the weights ends the mapping.
     *
     * @throws WeightsFormatException if it is not a valid safetensors file, saying what it is instead
     */
    @SuppressWarnings("MustBeClosedChecker") // the weights close the arena
    public static Weights open(Path file) {
        Arena arena = Arena.ofShared();
        try {
            Map<String, HostTensor> tensors =
                    isIndex(file) ? ShardIndex.read(file).open(arena) : tensors(file, arena);
            return Weights.of(file.toString(), tensors, arena::close);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Whether the name of the file is that of an index of shards: {@code *.index.json}, {@code *.index.fp16.json}. */
    public static boolean isIndex(Path file) {
        return INDEX.matcher(String.valueOf(file.getFileName())).matches();
    }

    /**
     * The tensors of a file whose bytes are in memory already; they are views of it.
     *
     * @param name for messages
     * @param file all bytes of the file
     * @throws WeightsFormatException if they are not a valid safetensors file
     */
    public static Weights read(String name, MemorySegment file) {
        return Weights.of(name, tensors(Header.read(name, file), file));
    }

    /**
     * Reads what a file says about itself, and nothing of its data.
     *
     * @throws WeightsFormatException if it is not a valid safetensors file
     */
    public static Header header(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            return Header.read(file.toString(), map(file, arena));
        }
    }

    static Map<String, HostTensor> tensors(Path file, Arena arena) {
        MemorySegment mapped = map(file, arena);
        return tensors(Header.read(file.toString(), mapped), mapped);
    }

    private static Map<String, HostTensor> tensors(Header header, MemorySegment file) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        header.tensors().forEach((key, entry) -> {
            MemorySegment data = file.asSlice(header.dataAt() + entry.from(), entry.to() - entry.from());
            tensors.put(key, new HostTensor(entry.spec(), data));
        });
        return tensors;
    }

    private static MemorySegment map(Path file, Arena arena) {
        requireRegular(file);
        if (!file.getFileSystem().equals(FileSystems.getDefault())) {
            return inMemory(file);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Only the files of the system itself can be mapped, not for instance those in a jar. */
    private static MemorySegment inMemory(Path file) {
        try {
            return MemorySegment.ofArray(Files.readAllBytes(file)).asReadOnly();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Checks that there is a regular file (or a link to one). */
    static void requireRegular(Path file) {
        if (Files.isDirectory(file)) {
            throw new WeightsFormatException(file, "a folder, not a safetensors file", "name a file inside it");
        }
        if (!Files.exists(file)) {
            String found = Files.isSymbolicLink(file) ? "a link to nowhere" : "no such file";
            throw new WeightsFormatException(file, found, "");
        }
        if (!Files.isRegularFile(file)) {
            throw new WeightsFormatException(file, "not a regular file (a device, pipe or socket)", "");
        }
    }

    static WeightsFormatException unreadable(Path file, IOException e) {
        WeightsFormatException error = new WeightsFormatException(file, "cannot be read: " + e, "");
        error.initCause(e);
        return error;
    }

    /**
     * Writes a file: beside its place first, forced to the disk, then renamed, so that a reader sees the old file or
     * the whole new one.
     *
     * <p>The bytes depend on the arguments alone and equal those of the format's own writer: no white space but the
     * padding of the header to a multiple of 8, metadata first (sorted by name), then tensors by falling alignment of
     * their type and by name.
     *
     * @param tensors by name
     * @param metadata free strings; none is written if there are none
     * @throws IOException if the disk does not take it; the old file is then untouched
     * @throws IllegalArgumentException for a name that the format does not allow, or a header beyond its limit
     */
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata)
            throws IOException {
        Map<String, Spec> specs = new HashMap<>();
        tensors.forEach((key, tensor) -> specs.put(key, tensor.spec()));
        write(file, specs, (key, _) -> Objects.requireNonNull(tensors.get(key)), metadata);
    }

    /**
     * Writes a file as {@link #write(Path, Map, Map)} does, of tensors that are made one after the other, so that a
     * model larger than the memory can be written.
     *
     * @param specs type and shape of every tensor
     * @param make gives the tensor of a name and spec; called once per name, in the order of the file
     */
    public static void write(
            Path file, Map<String, Spec> specs, BiFunction<String, Spec, HostTensor> make, Map<String, String> metadata)
            throws IOException {
        Map<String, Spec> ordered = inOrder(specs);
        byte[] header = header(file, ordered, metadata);
        WholeFile.write(file, channel -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment buffer = arena.allocate(CHUNK, 64);
                write(channel, MemorySegment.ofArray(header), buffer);
                for (Map.Entry<String, Spec> entry : ordered.entrySet()) {
                    HostTensor tensor = make.apply(entry.getKey(), entry.getValue());
                    if (!tensor.spec().equals(entry.getValue())) {
                        throw new IllegalArgumentException(
                                entry.getKey() + " should be " + entry.getValue() + ", is " + tensor);
                    }
                    write(channel, tensor.data(), buffer);
                }
            }
        });
    }

    private static Map<String, Spec> inOrder(Map<String, Spec> specs) {
        Map<String, Spec> ordered = new LinkedHashMap<>();
        Map<String, Spec> byName = new TreeMap<>((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
        byName.putAll(specs);
        for (DType dtype : ORDER) {
            byName.forEach((key, spec) -> {
                if (spec.dtype() == dtype) {
                    ordered.put(key, spec);
                }
            });
        }
        return ordered;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] header(Path file, Map<String, Spec> ordered, Map<String, String> metadata) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeName(Header.METADATA);
                json.writeStartObject();
                new TreeMap<>(metadata)
                        .forEach((name, value) -> json.writeStringProperty(wellFormed(name), wellFormed(value)));
                json.writeEndObject();
            }
            long at = 0;
            for (Map.Entry<String, Spec> entry : ordered.entrySet()) {
                if (entry.getKey().equals(Header.METADATA)) {
                    throw new IllegalArgumentException(file + ": no tensor can be named " + Header.METADATA);
                }
                DType dtype = entry.getValue().dtype();
                int[] dims = entry.getValue().shape().dims();
                long end = at + entry.getValue().shape().size() * dtype.bytes();
                json.writeName(wellFormed(entry.getKey()));
                json.writeStartObject();
                json.writeStringProperty("dtype", dtype.name());
                json.writeName("shape");
                json.writeArray(dims, 0, dims.length);
                json.writeName("data_offsets");
                json.writeArray(new long[] {at, end}, 0, 2);
                json.writeEndObject();
                at = end;
            }
            json.writeEndObject();
        }
        int padded = (text.size() + 7) / 8 * 8;
        if (padded > Header.LIMIT) {
            throw new IllegalArgumentException(
                    file + ": the header would have " + padded + " bytes, the format's limit is " + Header.LIMIT);
        }
        byte[] header = Arrays.copyOf(text.toByteArray(), padded);
        Arrays.fill(header, text.size(), padded, (byte) ' ');
        return ByteBuffer.allocate(8 + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded)
                .put(header)
                .array();
    }

    private static String wellFormed(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("a lone surrogate in " + StrictJson.quote(text));
        }
        return text;
    }

    /** Through a buffer, because only memory off the heap goes to a channel without a hidden copy of its whole size. */
    private static void write(FileChannel channel, MemorySegment data, MemorySegment buffer) throws IOException {
        for (long at = 0; at < data.byteSize(); at += buffer.byteSize()) {
            long count = Math.min(buffer.byteSize(), data.byteSize() - at);
            MemorySegment.copy(data, at, buffer, 0, count);
            ByteBuffer chunk = buffer.asSlice(0, count).asByteBuffer();
            while (chunk.hasRemaining()) {
                channel.write(chunk);
            }
        }
    }
}
