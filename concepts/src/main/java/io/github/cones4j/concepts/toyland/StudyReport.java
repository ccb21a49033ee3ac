package io.github.cones4j.concepts.toyland;

import static io.github.cones4j.concepts.toyland.StudyResult.signed;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.concepts.measure.Comparison;
import io.github.cones4j.concepts.measure.Overlap;
import io.github.cones4j.concepts.measure.ScoreTable;
import io.github.cones4j.concepts.measure.Storage;
import io.github.cones4j.concepts.report.Block;
import io.github.cones4j.concepts.report.Chart;
import io.github.cones4j.concepts.report.Chart.BarSeries;
import io.github.cones4j.concepts.report.Chart.Tone;
import io.github.cones4j.concepts.report.Picture;
import io.github.cones4j.concepts.report.Report;
import io.github.cones4j.concepts.report.Report.KeyFigure;
import io.github.cones4j.concepts.report.Report.Section;
import io.github.cones4j.concepts.toyland.StudyResult.Criterion;
import io.github.cones4j.concepts.toyland.StudyResult.OfSubject;
import io.github.cones4j.diffusion.pipeline.Png;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a study measured, as a page and as numbers for programs. */
public final class StudyReport {
    private static final String PLACEHOLDER = "V*";

    private final StudyResult result;
    private final Unconditional main;
    private final List<Arm> arms;

    /** A report on a result. */
    public StudyReport(StudyResult result) {
        this.result = result;
        main = result.modes().getFirst();
        arms = Arrays.stream(Arm.values())
                .filter(arm -> result.subjects().getFirst().has(arm))
                .toList();
    }

    /**
     * The page.
     *
     * @param command that makes it again
     * @param seconds that it took
     */
    public Report report(String command, double seconds) throws IOException {
        List<Section> sections = new ArrayList<>();
        List<Block> look = new ArrayList<>();
        for (OfSubject subject : result.subjects()) {
            look.add(photos(subject.subject()));
            look.add(grid(subject));
        }
        sections.add(new Section("What it looks like", look));
        for (Unconditional mode : result.modes()) {
            sections.add(new Section("How much: " + words(mode), figures(mode)));
        }
        sections.add(new Section("Where the neurons are", neurons()));
        sections.add(new Section("How it was done", settings(command)));
        return new Report(title(), summary(), keyFigures(seconds), sections, List.of(command));
    }

    private String title() {
        if (result.subjects().size() > 1) {
            return "Concept neurons of " + result.subjects().size() + " subjects";
        }
        return "Concept neurons of a " + result.subjects().getFirst().subject().description();
    }

    private String summary() {
        OfSubject first = result.subjects().getFirst();
        String percent =
                String.format(Locale.ROOT, "%.0f", 100 * first.concept().mask().density());
        return "Shutting " + percent + " % of the key and value weights of the UNet’s cross-attention changes what “"
                + PLACEHOLDER
                + "” in a prompt looks like: the similarity of the pictures to the subject’s photos goes from "
                + number(result.pooled(main, Arm.UNMASKED, Metric.SIMILARITY)) + " to "
                + number(result.pooled(main, Arm.OWN, Metric.SIMILARITY)) + "; with as many random weights shut it is "
                + number(result.pooled(main, Arm.RANDOM, Metric.SIMILARITY)) + ".";
    }

    private List<KeyFigure> keyFigures(double seconds) {
        double random = result.meanOwnOver(main, Arm.RANDOM);
        double worst = result.subjects().stream()
                .mapToDouble(subject -> subject.ownOver(main, Arm.RANDOM).p())
                .max()
                .orElseThrow();
        NeuronMask mask = result.subjects().getFirst().concept().mask();
        Storage storage = Storage.of(mask);
        List<KeyFigure> figures = new ArrayList<>();
        figures.add(new KeyFigure(
                signed(random),
                "similarity, own mask over random mask",
                String.format(
                        Locale.ROOT,
                        "p %s %.2g, %d seeds",
                        result.subjects().size() > 1 ? "≤" : "=",
                        worst,
                        result.protocol().seeds().size())));
        figures.add(new KeyFigure(
                percent(result.pooled(main, Arm.OWN, Metric.CLASS)),
                "of the pictures show the right class",
                percent(result.pooled(main, Arm.UNMASKED, Metric.CLASS)) + " unmasked"));
        figures.add(new KeyFigure(
                String.format(Locale.ROOT, "%,d", mask.size()),
                "neurons of a subject",
                String.format(Locale.ROOT, "of %,d weights", mask.searched())));
        figures.add(new KeyFigure(
                String.format(Locale.ROOT, "%.1f kB", storage.codedBytes() / 1e3),
                "to store them",
                String.format(Locale.ROOT, "%.2f bits each", storage.bitsPerIndex())));
        figures.add(new KeyFigure(time(seconds), "for all of it", ""));
        return figures;
    }

    private static Block photos(Subject subject) {
        List<Picture> photos = new ArrayList<>();
        for (io.github.cones4j.diffusion.toyland.world.Picture photo : subject.photos()) {
            byte[] png = Png.encode(Renderer.image(photo.spec()), Map.of());
            photos.add(Picture.ofPng(png, photo.caption().replace(Subject.PLACEHOLDER, PLACEHOLDER), ""));
        }
        return new Block.Strip(
                "The " + photos.size() + " photos from which the neurons of “" + PLACEHOLDER + " " + subject.classWord()
                        + "”, a " + subject.description() + ", were found.",
                photos);
    }

    /** Prompts by arms, with as many seeds as fit. */
    private Block grid(OfSubject of) throws IOException {
        String name = of.subject().name();
        List<String> prompts = result.protocol().prompts(of.subject());
        List<Long> seeds = result.protocol()
                .seeds()
                .subList(0, Math.min(2, result.protocol().seeds().size()));
        List<Block.Column> columns = new ArrayList<>();
        List<Arm> shown = arms.stream().filter(arm -> arm != Arm.OTHERS).toList();
        for (Arm arm : shown) {
            columns.add(new Block.Column(arm.title(), arm.note(), arm == Arm.OWN));
        }
        List<Block.GridRow> rows = new ArrayList<>();
        for (int p = 0; p < prompts.size(); p++) {
            String prompt = prompts.get(p).replace(Subject.PLACEHOLDER, PLACEHOLDER);
            List<List<Picture>> cells = new ArrayList<>();
            for (Arm arm : shown) {
                ScoreTable scores = of.scores(main, arm, Metric.SIMILARITY);
                List<Picture> cell = new ArrayList<>();
                for (int s = 0; s < seeds.size(); s++) {
                    Path file = result.pictures().file(name, fileName(main, arm), p, seeds.get(s));
                    cell.add(Picture.ofPng(
                            Files.readAllBytes(file),
                            prompt + ", " + arm.title() + ", seed " + seeds.get(s),
                            number(scores.at(p, s))));
                }
                cells.add(cell);
            }
            rows.add(new Block.GridRow(prompt, cells));
        }
        return new Block.Grid(
                "The same prompts and the same noise in every column; below each picture its similarity to the photos (1: as"
                        + " their mean, 0: as any other thing).",
                columns,
                rows);
    }

    static String fileName(Unconditional mode, Arm arm) {
        return arm == Arm.UNMASKED
                ? "unmasked"
                : mode.name().toLowerCase(Locale.ROOT) + "-" + arm.name().toLowerCase(Locale.ROOT);
    }

    private List<Block> figures(Unconditional mode) {
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Block.Text(
                switch (mode) {
                    case ORIGINAL ->
                        "The neurons are shut for the prompt alone; the unconditional branch of the guidance keeps the original"
                                + " weights (a deviation from the paper that keeps the background).";
                    case SHUT -> "The neurons are shut in both branches of the guidance, as in the paper.";
                }));
        blocks.add(bars(mode));
        blocks.add(similarities(mode));
        blocks.add(pooled(mode));
        List<List<String>> rows = result.criteria(mode).stream()
                .map(criterion -> List.of(criterion.what(), criterion.found(), criterion.holds() ? "yes" : "no"))
                .toList();
        blocks.add(new Block.Table("What was to be reached.", List.of("target", "found", "reached"), rows));
        return blocks;
    }

    private Block bars(Unconditional mode) {
        List<String> names =
                result.subjects().stream().map(s -> s.subject().name()).toList();
        List<BarSeries> series = new ArrayList<>();
        for (Arm arm : arms) {
            List<Double> values = new ArrayList<>();
            List<Double> errors = new ArrayList<>();
            for (OfSubject subject : result.subjects()) {
                ScoreTable table = subject.scores(mode, arm, Metric.SIMILARITY);
                Comparison interval = Comparison.paired(table.seedMeans(), new double[table.seeds()]);
                values.add(table.mean());
                errors.add(interval.high() - interval.difference());
            }
            series.add(new BarSeries(arm.title(), tone(arm), values, errors));
        }
        return new Block.Plot(
                "Similarity to the subject’s photos, mean over " + prompts() + " prompts, with 95 % intervals over "
                        + result.protocol().seeds().size() + " seeds.",
                new Chart.Bars("similarity", names, series));
    }

    private static Tone tone(Arm arm) {
        return switch (arm) {
            case OWN -> Tone.STRONG;
            case OTHERS -> Tone.SECOND;
            case UNMASKED -> Tone.QUIET;
            case RANDOM -> Tone.FAINT;
        };
    }

    private int prompts() {
        return result.protocol().subjects().values().iterator().next().size();
    }

    private Block similarities(Unconditional mode) {
        List<String> columns = new ArrayList<>(List.of("subject"));
        arms.forEach(arm -> columns.add(arm.title()));
        columns.addAll(List.of("own − random", "95 % interval", "p"));
        if (result.hasOthers()) {
            columns.add("own − others");
        }
        columns.addAll(List.of("described in words", "real pictures"));
        List<List<String>> rows = new ArrayList<>();
        for (OfSubject subject : result.subjects()) {
            List<String> row = new ArrayList<>(List.of(subject.subject().name()));
            arms.forEach(arm ->
                    row.add(number(subject.scores(mode, arm, Metric.SIMILARITY).mean())));
            Comparison random = subject.ownOver(mode, Arm.RANDOM);
            row.add(signed(random.difference()));
            row.add(number(random.low()) + " to " + number(random.high()));
            row.add(String.format(Locale.ROOT, "%.1e", random.p()));
            if (result.hasOthers()) {
                row.add(signed(subject.ownOver(mode, Arm.OTHERS).difference()));
            }
            row.add(number(mean(subject.described(), Metric.SIMILARITY)));
            row.add(number(mean(subject.real(), Metric.SIMILARITY)));
            rows.add(row);
        }
        return new Block.Table("Similarity to the photos; paired t-test over the seed means.", columns, rows);
    }

    private static double mean(Map<Metric, ScoreTable> scores, Metric metric) {
        ScoreTable table = scores.get(metric);
        if (table == null) {
            throw new IllegalArgumentException(metric.title() + " was not measured");
        }
        return table.mean();
    }

    private Block pooled(Unconditional mode) {
        List<String> columns = new ArrayList<>(List.of("all subjects"));
        arms.forEach(arm -> columns.add(arm.title()));
        columns.addAll(List.of("described in words", "real pictures"));
        List<List<String>> rows = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            List<String> row = new ArrayList<>(List.of(metric.title()));
            arms.forEach(arm -> row.add(number(result.pooled(mode, arm, metric))));
            row.add(number(average(metric, false)));
            row.add(number(average(metric, true)));
            rows.add(row);
        }
        int pictures =
                result.subjects().size() * prompts() * result.protocol().seeds().size();
        return new Block.Table("Means over all " + pictures + " pictures of an arm.", columns, rows);
    }

    private double average(Metric metric, boolean real) {
        return result.subjects().stream()
                .mapToDouble(subject -> mean(real ? subject.real() : subject.described(), metric))
                .average()
                .orElseThrow();
    }

    private List<Block> neurons() {
        List<Block> blocks = new ArrayList<>();
        List<String> columns = new ArrayList<>();
        Map<String, NeuronMask> masks = new LinkedHashMap<>();
        for (OfSubject subject : result.subjects()) {
            columns.add(subject.subject().name());
            masks.put(subject.subject().name(), subject.concept().mask());
        }
        List<Block.HeatRow> rows = new ArrayList<>();
        for (String layer : masks.values().iterator().next().layers().keySet()) {
            List<Double> shares = masks.values().stream()
                    .map(mask -> 100 * mask.neurons(layer).density())
                    .toList();
            rows.add(new Block.HeatRow(layer.replace(".weight", ""), shares));
        }
        blocks.add(new Block.HeatTable("Share of each layer’s weights that are neurons, in %.", columns, rows, 1));
        List<List<String>> losses = new ArrayList<>();
        for (OfSubject subject : result.subjects()) {
            losses.add(List.of(
                    subject.subject().name(),
                    String.format(Locale.ROOT, "%.4f", subject.fixedNoise().shut()),
                    String.format(Locale.ROOT, "%.4f", subject.fixedNoise().unmasked()),
                    String.format(Locale.ROOT, "%.4f", subject.fixedNoise().random())));
        }
        blocks.add(new Block.Table(
                "The subject’s loss on noise that is always the same: the mask must lower it, and a random one raise it.",
                List.of("subject", "own mask", "unmasked", "random mask"),
                losses));
        if (masks.size() > 1) {
            Overlap overlap = Overlap.of(masks);
            List<Block.HeatRow> pairs = new ArrayList<>();
            for (int i = 0; i < overlap.names().size(); i++) {
                List<Double> row = new ArrayList<>(overlap.jaccard().get(i));
                row.set(i, Double.NaN);
                pairs.add(new Block.HeatRow(overlap.names().get(i), row));
            }
            blocks.add(new Block.HeatTable(
                    String.format(
                            Locale.ROOT,
                            "Overlap of two subjects’ neurons (Jaccard); random masks of these sizes would have about %.2f.",
                            overlap.chance().getFirst().getLast()),
                    columns,
                    pairs,
                    2));
        }
        return blocks;
    }

    private List<Block> settings(String command) {
        Map<String, String> facts =
                new LinkedHashMap<>(result.protocol().search().settings().describe());
        facts.put(
                "word for the subject", result.protocol().word() + " (shown as " + PLACEHOLDER + "), a random vector");
        facts.put("class pictures", result.protocol().classPictures() + " in each scene, drawn by the model");
        facts.put(
                "sampling",
                result.protocol().samplerSteps() + " steps, guidance "
                        + result.protocol().guidance());
        facts.put("seeds of the pictures", result.protocol().seeds().toString());
        facts.put(
                "concept found in the weights",
                result.subjects().getFirst().concept().base());
        return List.of(new Block.Facts("Settings.", facts), new Block.Text("Again:"), new Block.Code(command));
    }

    /** All numbers, for programs. */
    public Map<String, Object> metrics() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Unconditional mode : result.modes()) {
            Map<String, Object> subjects = new LinkedHashMap<>();
            for (OfSubject subject : result.subjects()) {
                subjects.put(subject.subject().name(), metrics(mode, subject));
            }
            Map<String, Object> pooled = new LinkedHashMap<>();
            for (Arm arm : arms) {
                Map<String, Object> means = new LinkedHashMap<>();
                for (Metric metric : Metric.values()) {
                    means.put(key(metric), result.pooled(mode, arm, metric));
                }
                pooled.put(key(arm), means);
            }
            List<Map<String, Object>> criteria = new ArrayList<>();
            for (Criterion criterion : result.criteria(mode)) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("target", criterion.what());
                entry.put("found", criterion.found());
                entry.put("reached", criterion.holds());
                criteria.add(entry);
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("subjects", subjects);
            entry.put("pooled", pooled);
            entry.put("criteria", criteria);
            all.put("unconditional_" + key(mode), entry);
        }
        return all;
    }

    private Map<String, Object> metrics(Unconditional mode, OfSubject subject) {
        Map<String, Object> entry = new LinkedHashMap<>();
        Storage storage = Storage.of(subject.concept().mask());
        entry.put("neurons", storage.neurons());
        entry.put("searched", storage.searched());
        entry.put("coded_bytes", storage.codedBytes());
        subject.concept().origins().getFirst().tau().ifPresent(tau -> entry.put("tau", tau));
        subject.concept().origins().getFirst().rho().ifPresent(rho -> entry.put("rho", rho));
        entry.put("loss_own", subject.fixedNoise().shut());
        entry.put("loss_unmasked", subject.fixedNoise().unmasked());
        entry.put("loss_random", subject.fixedNoise().random());
        for (Arm arm : arms) {
            Map<String, Object> scores = new LinkedHashMap<>();
            for (Metric metric : Metric.values()) {
                scores.put(key(metric), subject.scores(mode, arm, metric).mean());
            }
            scores.put(
                    "similarity_of_seeds",
                    subject.scores(mode, arm, Metric.SIMILARITY).seedMeans());
            entry.put(key(arm), scores);
        }
        for (Arm arm : arms) {
            if (arm != Arm.OWN) {
                Comparison comparison = subject.ownOver(mode, arm);
                Map<String, Object> test = new LinkedHashMap<>();
                test.put("difference", comparison.difference());
                test.put("low", comparison.low());
                test.put("high", comparison.high());
                test.put("p", comparison.p());
                entry.put("own_over_" + key(arm), test);
            }
        }
        entry.put("described", means(subject.described()));
        entry.put("real", means(subject.real()));
        return entry;
    }

    private static Map<String, Object> means(Map<Metric, ScoreTable> scores) {
        Map<String, Object> means = new LinkedHashMap<>();
        scores.forEach((metric, table) -> means.put(key(metric), table.mean()));
        return means;
    }

    private static String key(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String words(Unconditional mode) {
        return switch (mode) {
            case ORIGINAL -> "unconditional branch from the original weights";
            case SHUT -> "neurons shut in both branches";
        };
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replace('-', '−');
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String time(double seconds) {
        long s = Math.round(seconds);
        return s >= 60 ? s / 60 + " min " + s % 60 + " s" : s + " s";
    }
}
