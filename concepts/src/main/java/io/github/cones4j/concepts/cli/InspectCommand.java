package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.Concept.Origin;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.concepts.measure.Overlap;
import io.github.cones4j.concepts.measure.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cones inspect}: what concept files hold. */
@Command(
        name = "inspect",
        description = "Shows what concept files hold: neurons by layer, storage, how they were found.")
final class InspectCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Concept files (*.concept.safetensors).")
    private List<Path> files = List.of();

    @Option(names = "--json", description = "Prints one JSON object per file; storage in bytes.")
    private boolean json;

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Map<String, NeuronMask> masks = new LinkedHashMap<>();
        for (Path file : files) {
            Concept concept = ConceptFile.read(file);
            masks.put(file.toString(), concept.mask());
            if (json) {
                console.out().println(Json.line(fields(file, concept)));
            } else {
                print(file, concept);
            }
        }
        if (!json && masks.size() > 1) {
            overlap(Overlap.of(masks));
        }
        return 0;
    }

    private void print(Path file, Concept concept) throws IOException {
        NeuronMask mask = concept.mask();
        Storage storage = Storage.of(mask);
        console.out().println(file + ": " + concept.names());
        for (Origin origin : concept.origins()) {
            line("subject", "%s: \"%s\", the word is %s", origin.subject(), origin.subjectPrompt(), origin.token());
            line("class", "\"%s\"", origin.classPrompt());
            line(
                    "found by",
                    "%s, %s; %d steps%s%s%s, seed %d",
                    origin.statistic(),
                    origin.selection(),
                    origin.steps(),
                    number(", rho ", origin.rho()),
                    number(", relative step ", origin.relativeStep()),
                    number(", tau ", origin.tau()),
                    origin.seed());
        }
        line("with", "%s", concept.tool());
        line("in", "the weights with SHA-256 %s", concept.base());
        line(
                "neurons",
                "%,d of %,d weights in %d layers, %.2f %%",
                mask.size(),
                mask.searched(),
                mask.layers().size(),
                100 * mask.density());
        line(
                "storage",
                "%,d bytes (file %,d): %.2f bits a neuron, %.3f of the entropy, %.2f %% of the weights in float32",
                storage.codedBytes(),
                Files.size(file),
                storage.bitsPerIndex(),
                storage.overEntropy(),
                100 * storage.overWeights());
        int width =
                mask.layers().keySet().stream().mapToInt(String::length).max().orElse(0);
        mask.layers()
                .forEach((name, layer) -> console.out()
                        .println(String.format(
                                Locale.ROOT,
                                "  %-" + Math.max(1, width) + "s  %-12s  %,9d  %6.2f %%",
                                name,
                                layer.shape(),
                                layer.neurons().size(),
                                100 * layer.neurons().density())));
    }

    private void line(String what, String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, "  %-8s  " + format, prepend(what, values)));
    }

    private static Object[] prepend(String first, Object[] rest) {
        List<Object> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(rest));
        return all.toArray();
    }

    private static String number(String what, OptionalDouble value) {
        return value.isPresent() ? what + (float) value.getAsDouble() : "";
    }

    private void overlap(Overlap overlap) {
        console.out().println("overlap (Jaccard; what chance would give in brackets):");
        for (int i = 0; i < overlap.names().size(); i++) {
            for (int j = i + 1; j < overlap.names().size(); j++) {
                console.out()
                        .println(String.format(
                                Locale.ROOT,
                                "  %.3f (%.3f)  %s, %s",
                                overlap.jaccard().get(i).get(j),
                                overlap.chance().get(i).get(j),
                                overlap.names().get(i),
                                overlap.names().get(j)));
            }
        }
    }

    private static Map<String, Object> fields(Path file, Concept concept) throws IOException {
        NeuronMask mask = concept.mask();
        Storage storage = Storage.of(mask);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", file.toString());
        fields.put("names", concept.names());
        fields.put("tool", concept.tool());
        fields.put("base", concept.base());
        fields.put(
                "origins",
                concept.origins().stream().map(InspectCommand::fields).toList());
        fields.put("neurons", mask.size());
        fields.put("searched", mask.searched());
        fields.put("density", mask.density());
        fields.put("codedBytes", storage.codedBytes());
        fields.put("entropyBytes", storage.entropyBytes());
        fields.put("fileBytes", Files.size(file));
        List<Map<String, Object>> layers = new ArrayList<>();
        mask.layers().forEach((name, layer) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", name);
            one.put("shape", layer.shape().dims());
            one.put("neurons", layer.neurons().size());
            one.put("density", layer.neurons().density());
            layers.add(one);
        });
        fields.put("layers", layers);
        return fields;
    }

    private static Map<String, Object> fields(Origin origin) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("subject", origin.subject());
        fields.put("subjectPrompt", origin.subjectPrompt());
        fields.put("classPrompt", origin.classPrompt());
        fields.put("token", origin.token());
        fields.put("statistic", origin.statistic());
        fields.put("selection", origin.selection());
        fields.put("steps", origin.steps());
        origin.rho().ifPresent(rho -> fields.put("rho", rho));
        origin.relativeStep().ifPresent(step -> fields.put("relativeStep", step));
        origin.tau().ifPresent(tau -> fields.put("tau", tau));
        fields.put("share", origin.share());
        fields.put("seed", origin.seed());
        return fields;
    }
}
