package io.github.cones4j.concepts.toyland;

import io.github.cones4j.concepts.report.Block;
import io.github.cones4j.concepts.report.Chart;
import io.github.cones4j.concepts.report.Chart.Line;
import io.github.cones4j.concepts.report.Chart.Point;
import io.github.cones4j.concepts.report.Chart.Tone;
import io.github.cones4j.concepts.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** How the losses of a training of Toyland went, as a page with a plot for every stage. */
public final class TrainingCurves {
    private static final String SUFFIX = ".csv";
    private static final String LOSS = "loss";

    private TrainingCurves() {}

    /**
     * The page.
     *
     * @param folder of the training, with a CSV file for every stage that was begun
     * @throws IllegalArgumentException if a file is not one of losses, naming it
     */
    public static Report report(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
        List<Report.Section> sections = new ArrayList<>();
        for (Path file : files) {
            List<Point> points = points(file);
            if (!points.isEmpty()) {
                String name = String.valueOf(file.getFileName()).replace(SUFFIX, "");
                Chart chart =
                        new Chart.Lines("step", "log10 of the loss", List.of(new Line(name, Tone.STRONG, points)));
                sections.add(new Report.Section(
                        name,
                        List.of(new Block.Plot(
                                "Mean loss of ten steps each, to step "
                                        + (long) points.getLast().x() + ".",
                                chart))));
            }
        }
        return new Report(
                "Training of Toyland",
                "The loss of every stage; the numbers are in the CSV files beside this page.",
                List.of(),
                sections,
                List.of());
    }

    private static List<Point> points(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty()) {
            return List.of();
        }
        int column = Arrays.asList(lines.getFirst().split(",", -1)).indexOf(LOSS);
        if (column < 0) {
            throw new IllegalArgumentException(
                    file + ": expected a column named " + LOSS + ", found " + lines.getFirst());
        }
        List<Point> points = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            points.add(new Point(Double.parseDouble(cells[0]), Math.log10(Double.parseDouble(cells[column]))));
        }
        return points;
    }
}
