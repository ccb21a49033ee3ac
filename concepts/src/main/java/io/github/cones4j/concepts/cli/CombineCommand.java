package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.ConceptFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cones combine}: one concept file from several. */
@Command(
        name = "combine",
        description =
                "Makes one concept file from several of the same model: all neurons, or those in common, or the rest.")
final class CombineCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Concept files (*.concept.safetensors).")
    private List<Path> files = List.of();

    @ArgGroup
    private Operation operation = new Operation();

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The concept file to write.")
    private Path out = Path.of("");

    /** What is done; without an option, the union. */
    private static final class Operation {
        @Option(names = "--intersect", description = "Keeps the neurons that are in every file. Default: in any.")
        private boolean intersect;

        @Option(names = "--minus", description = "Keeps the neurons of the first file that are in no other.")
        private boolean minus;

        Concept apply(List<Concept> concepts, String tool) {
            return intersect
                    ? Concept.intersection(concepts, tool)
                    : minus ? Concept.difference(concepts, tool) : Concept.union(concepts, tool);
        }

        @Override
        public String toString() {
            return intersect ? "--intersect " : minus ? "--minus " : "";
        }
    }

    CombineCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        List<Concept> concepts = files.stream().map(ConceptFile::read).toList();
        String how = files.stream()
                .map(file -> String.valueOf(file.getFileName()))
                .collect(Collectors.joining(" ", ", combine " + operation, ""));
        Concept combined = operation.apply(concepts, Cones.Version.name() + how);
        ConceptFile.write(OutputFile.prepare(out), combined);
        for (int i = 0; i < files.size(); i++) {
            console.progress(files.get(i) + ": " + concepts.get(i).mask());
        }
        console.out().println(out + ": " + combined.mask());
        if (combined.mask().size() == 0) {
            console.progress("Nothing is left: it has no neuron.");
        }
        return 0;
    }
}
