package io.github.cones4j.bench.reference;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the processes of both sides measured, one JSON object each.
 *
 * @param rows the objects, in order of time
 */
record Measurements(List<JsonNode> rows) {
    static final String OURS = "cones4j";
    static final String THEIRS = "pytorch";

    /** A row of the table. */
    record Setting(ModelCase which, int threads) {}

    /** The median of some numbers, with the smallest and the greatest of them. */
    record Spread(double median, double least, double greatest) {
        static Optional<Spread> of(DoubleStream numbers) {
            double[] sorted = numbers.sorted().toArray();
            int n = sorted.length;
            return n == 0
                    ? Optional.empty()
                    : Optional.of(new Spread((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1]));
        }
    }

    Measurements {
        rows = List.copyOf(rows);
    }

    /** Measurements of lines; those that are no objects are left out. */
    static Measurements parse(List<String> lines) {
        JsonMapper json = JsonMapper.shared();
        return new Measurements(lines.stream()
                .filter(line -> line.startsWith("{"))
                .map(json::readTree)
                .toList());
    }

    /** All objects of one kind. */
    Stream<JsonNode> by(String kind) {
        return rows.stream().filter(row -> text(row, "by").equals(kind));
    }

    /** What was measured, in the order in which it was first. */
    Set<Setting> settings() {
        Set<Setting> settings = new LinkedHashSet<>();
        rows.stream()
                .filter(row -> row.has("seconds") && row.has("threads"))
                .forEach(row -> settings.add(setting(row)));
        return settings;
    }

    /** The way of running PyTorch that gives the least of a figure: {@code contiguous}; empty if it was not run. */
    String how(Setting setting, String name) {
        return of(THEIRS, setting, name)
                .map(row -> text(row, "how"))
                .distinct()
                .min(Comparator.comparingDouble(how -> median(of(THEIRS, setting, name)
                                .filter(row -> text(row, "how").equals(how))
                                .mapToDouble(row -> row.path(name).asDouble()))
                        .orElseThrow()))
                .orElse("");
    }

    /** A figure of one side over all rounds; of PyTorch in the way that gives the least. */
    Optional<Spread> figure(String by, Setting setting, String name) {
        return Spread.of(
                least(by, setting, name).mapToDouble(row -> row.path(name).asDouble()));
    }

    /** A figure of PyTorch run in one way. */
    Optional<Spread> theirs(Setting setting, String name, String how) {
        return Spread.of(of(THEIRS, setting, name)
                .filter(row -> text(row, "how").equals(how))
                .mapToDouble(row -> row.path(name).asDouble()));
    }

    /** Our figure divided by PyTorch's in each round that has both. */
    Optional<Spread> ratio(Setting setting, String name) {
        Set<Integer> rounds = new TreeSet<>();
        least(OURS, setting, name).forEach(row -> rounds.add(row.path("round").asInt()));
        return Spread.of(rounds.stream()
                .map(round -> {
                    OptionalDouble ours = inRound(OURS, setting, round, name);
                    OptionalDouble theirs = inRound(THEIRS, setting, round, name);
                    return ours.isPresent() && theirs.isPresent()
                            ? OptionalDouble.of(ours.getAsDouble() / theirs.getAsDouble())
                            : OptionalDouble.empty();
                })
                .flatMapToDouble(OptionalDouble::stream));
    }

    private OptionalDouble inRound(String by, Setting setting, int round, String name) {
        return median(least(by, setting, name)
                .filter(row -> row.path("round").asInt() == round)
                .mapToDouble(row -> row.path(name).asDouble()));
    }

    private Stream<JsonNode> least(String by, Setting setting, String name) {
        String how = by.equals(THEIRS) ? how(setting, name) : "";
        return of(by, setting, name).filter(row -> text(row, "how").equals(how));
    }

    private Stream<JsonNode> of(String by, Setting setting, String name) {
        return by(by).filter(row ->
                row.has("threads") && row.has(name) && setting(row).equals(setting));
    }

    private static Setting setting(JsonNode row) {
        return new Setting(ModelCase.of(text(row, "case")), row.path("threads").asInt());
    }

    private static OptionalDouble median(DoubleStream numbers) {
        return Spread.of(numbers)
                .map(spread -> OptionalDouble.of(spread.median()))
                .orElse(OptionalDouble.empty());
    }

    static String text(JsonNode row, String name) {
        return row.path(name).asString("");
    }
}
