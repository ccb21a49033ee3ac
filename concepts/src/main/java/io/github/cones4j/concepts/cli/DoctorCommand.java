package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.weights.model.Diagnosis;
import io.github.cones4j.weights.model.Doctor;
import io.github.cones4j.weights.runs.Checkpoints;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cones doctor}: what files and folders are; without any, whether this JVM is fit to compute. */
@Command(
        name = "doctor",
        description = "Says what a file or folder is, or the one error that keeps it from being used.",
        footer = {
            "",
            "Without a path: whether this JVM compiles vector operations to machine instructions.",
            "Exit code 1 if at least one path, or the JVM, is not good."
        })
final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            arity = "0..*",
            paramLabel = "PATH",
            description = "Models, weights, concept files, configs: files or folders.")
    private List<String> paths = List.of();

    @Option(names = "--json", description = "Prints one JSON object per path: path, ok, error, what, notes.")
    private boolean json;

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return paths.isEmpty() ? machine() : files();
    }

    private int machine() {
        try (CpuDevice device = new CpuDevice()) {
            boolean vectorised = device.rehearse().join();
            if (json) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("device", device.name());
                fields.put("ok", vectorised);
                console.out().println(Json.line(fields));
            } else {
                console.out()
                        .println(
                                vectorised
                                        ? device.name() + ": vector operations are compiled to machine instructions"
                                        : DeviceOption.NOT_VECTORISED);
            }
            return vectorised ? 0 : Cones.DOES_NOT_HOLD;
        }
    }

    private int files() {
        boolean allGood = true;
        for (String path : paths) {
            Diagnosis diagnosis = examine(path);
            allGood &= diagnosis.ok();
            if (json) {
                console.out().println(Json.line(fields(path, diagnosis)));
            } else if (diagnosis.ok()) {
                console.out().println(path + ": " + diagnosis.what());
                diagnosis.notes().forEach(note -> console.out().println("  " + note));
            } else {
                console.out().println(diagnosis.error());
            }
        }
        return allGood ? 0 : Cones.DOES_NOT_HOLD;
    }

    private static Diagnosis examine(String name) {
        if (name.isEmpty()) {
            return bad(Path.of(""), "an empty path");
        }
        try {
            Diagnosis diagnosis = Doctor.examine(Path.of(name));
            return diagnosis.ok() && isConcept(diagnosis.path()) ? concept(diagnosis) : diagnosis;
        } catch (InvalidPathException e) {
            return bad(Path.of(""), "not a path: " + e.getMessage());
        }
    }

    /** By its name or by what it says of itself. */
    private static boolean isConcept(Path path) {
        if (path.toString().endsWith(ConceptFile.SUFFIX)) {
            return true;
        }
        return path.toString().endsWith(".safetensors")
                && Files.isRegularFile(path)
                && Safetensors.header(path)
                        .metadata()
                        .getOrDefault(Checkpoints.FORMAT, "")
                        .startsWith("concept");
    }

    private static Diagnosis concept(Diagnosis diagnosis) {
        try {
            Concept concept = ConceptFile.read(diagnosis.path());
            return new Diagnosis(
                    diagnosis.path(),
                    "a concept file: " + concept.names() + ", " + concept.mask(),
                    diagnosis.notes(),
                    null);
        } catch (WeightsFormatException e) {
            return bad(diagnosis.path(), Objects.requireNonNull(e.getMessage()));
        }
    }

    private static Diagnosis bad(Path path, String error) {
        return new Diagnosis(path, "", List.of(), error);
    }

    private static Map<String, Object> fields(String path, Diagnosis diagnosis) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("path", path);
        fields.put("ok", diagnosis.ok());
        fields.put("error", diagnosis.error());
        fields.put("what", diagnosis.what());
        fields.put("notes", diagnosis.notes());
        return fields;
    }
}
