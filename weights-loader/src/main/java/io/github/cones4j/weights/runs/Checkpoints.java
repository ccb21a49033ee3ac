package io.github.cones4j.weights.runs;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.safetensors.Header;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one training run: a folder of files {@code step-000001200.safetensors}, of which the last few are
 * kept.
 *
 * <p>A file appears under its name only when it is whole and on the disk, so a run that is killed at any moment goes on
 * from its last checkpoint. Each holds the whole state: tensors, and strings in the metadata.
 */
public final class Checkpoints {
    /** The metadata field that says what a file of Cones4J is. */
    public static final String FORMAT = "cones4j.format";

    private static final String RUN_FORMAT = "run 1";
    private static final String RUN = "cones4j.run";
    private static final String STEP = "cones4j.step";
    private static final String OWN = "cones4j.";
    private static final Pattern NAME = Pattern.compile("step-(\\d{9,18})\\.safetensors");
    private static final Pattern UNFINISHED = Pattern.compile("\\.step-\\d{9,18}\\.safetensors\\..+\\.tmp");

    private final Path folder;
    private final String run;
    private final int keep;

    /**
     * The checkpoints in a folder, which is made when the first one is written.
     *
     * @param run what is trained, {@code unet}; a checkpoint of anything else in the folder is an error
     * @param keep how many to keep, at least 1
     */
    public Checkpoints(Path folder, String run, int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("checkpoints: keep must be at least 1, but is " + keep);
        }
        this.folder = folder;
        this.run = run;
        this.keep = keep;
    }

    /**
     * Writes the state after a step, and then removes what is older than the last few.
     *
     * @param values strings to keep beside the tensors; names that begin with {@code cones4j.} are reserved
     * @throws IllegalStateException if the folder has a later checkpoint, which is then left alone
     * @throws IOException if the disk does not take it; what was there is then untouched
     */
    public Path write(long step, Map<String, HostTensor> tensors, Map<String, String> values) throws IOException {
        if (step < 0) {
            throw new IllegalArgumentException("checkpoints: step " + step + " is negative");
        }
        NavigableMap<Long, Path> existing = list();
        if (!existing.isEmpty() && existing.lastKey() > step) {
            throw new IllegalStateException(existing.lastEntry().getValue() + " is later than step " + step
                    + ": resume from it, or use another folder");
        }
        Map<String, String> metadata = new HashMap<>(values);
        for (String name : values.keySet()) {
            if (name.startsWith(OWN)) {
                throw new IllegalArgumentException("checkpoints: the name " + name + " is reserved");
            }
        }
        metadata.put(FORMAT, RUN_FORMAT);
        metadata.put(RUN, run);
        metadata.put(STEP, Long.toString(step));
        Files.createDirectories(folder);
        Path file = folder.resolve("step-%09d.safetensors".formatted(step));
        Safetensors.write(file, tensors, metadata);
        existing.put(step, file);
        while (existing.size() > keep) {
            Files.deleteIfExists(existing.pollFirstEntry().getValue());
        }
        removeUnfinished();
        return file;
    }

    /** The checkpoint of the most steps, or null if the run has none yet. */
    public @Nullable Path latest() throws IOException {
        NavigableMap<Long, Path> existing = list();
        return existing.isEmpty() ? null : existing.lastEntry().getValue();
    }

    /**
     * Opens the checkpoint of the most steps, or returns null if the run has none yet.
     *
     * @throws WeightsFormatException if it is damaged or of another run; older ones are never taken silently
     */
    public @Nullable Checkpoint openLatest() throws IOException {
        Path latest = latest();
        return latest == null ? null : open(latest);
    }

    /**
     * Opens a checkpoint of this run.
     *
     * @throws WeightsFormatException if it is damaged, of another run, or no checkpoint
     */
    public Checkpoint open(Path file) {
        Header header;
        try {
            header = Safetensors.header(file);
        } catch (WeightsFormatException e) {
            throw new WeightsFormatException(
                    e.file(), "a damaged checkpoint: " + e.problem(), "delete it to go on from the one before");
        }
        Map<String, String> metadata = header.metadata();
        if (!RUN_FORMAT.equals(metadata.get(FORMAT))) {
            throw new WeightsFormatException(
                    file,
                    "not a checkpoint of a training run: the metadata " + FORMAT + " should be " + RUN_FORMAT + ", is "
                            + metadata.getOrDefault(FORMAT, "missing"),
                    "");
        }
        if (!run.equals(metadata.get(RUN))) {
            throw new WeightsFormatException(
                    file, "a checkpoint of the run " + metadata.get(RUN) + ", not of " + run, "name another folder");
        }
        long step = step(file, metadata.getOrDefault(STEP, ""));
        Map<String, String> values = new HashMap<>(metadata);
        values.keySet().removeIf(name -> name.startsWith(OWN));
        return new Checkpoint(file, step, values, Safetensors.open(file));
    }

    private static long step(Path file, String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new WeightsFormatException(file, "the metadata " + STEP + " should be a number, is " + text, "");
        }
        return Long.parseLong(text);
    }

    private NavigableMap<Long, Path> list() throws IOException {
        NavigableMap<Long, Path> found = new TreeMap<>();
        for (Path file : files()) {
            Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
            if (name.matches()) {
                found.put(Long.parseLong(name.group(1)), file);
            }
        }
        return found;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (NotDirectoryException _) {
            throw new WeightsFormatException(
                    folder, "a file, should be a folder of checkpoints", "name another folder");
        }
    }

    /** What a killed run left half-written. */
    private void removeUnfinished() throws IOException {
        for (Path file : files()) {
            if (UNFINISHED.matcher(String.valueOf(file.getFileName())).matches()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
