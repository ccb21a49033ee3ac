package io.github.cones4j.concepts.toyland;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.find.ConceptSearch.FixedNoise;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.measure.Comparison;
import io.github.cones4j.concepts.measure.ScoreTable;
import io.github.cones4j.diffusion.toyland.world.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a {@link Study} measured.
 *
 * @param modes which weights the unconditional branch of the guidance had; the first is the one to look at
 * @param pictures where the pictures lie
 */
public record StudyResult(
        Protocol protocol, List<Unconditional> modes, List<OfSubject> subjects, PictureFolder pictures) {

    /**
     * What was measured of one subject.
     *
     * @param fixedNoise the subject's loss on fixed noise
     * @param real scores of real pictures of the subject in the scenes of the prompts
     * @param described scores of the original model with all that words can say of the subject in the prompts
     * @param scores by mode and arm; without {@link Arm#OTHERS} if there was no other subject
     */
    public record OfSubject(
            Subject subject,
            Concept concept,
            FixedNoise fixedNoise,
            Map<Metric, ScoreTable> real,
            Map<Metric, ScoreTable> described,
            Map<Unconditional, Map<Arm, Map<Metric, ScoreTable>>> scores) {

        /** The scores of an arm. */
        public ScoreTable scores(Unconditional mode, Arm arm, Metric metric) {
            Map<Arm, Map<Metric, ScoreTable>> arms = scores.get(mode);
            Map<Metric, ScoreTable> metrics = arms == null ? null : arms.get(arm);
            ScoreTable table = metrics == null ? null : metrics.get(metric);
            if (table == null) {
                throw new IllegalArgumentException(
                        subject.name() + ": " + metric.title() + " of " + arm.title() + " was not measured");
            }
            return table;
        }

        /** Whether the arm was measured. */
        public boolean has(Arm arm) {
            return scores.values().stream().allMatch(arms -> arms.containsKey(arm));
        }

        /** The similarity of the pictures with the subject's own mask over that of another arm. */
        public Comparison ownOver(Unconditional mode, Arm arm) {
            return scores(mode, Arm.OWN, Metric.SIMILARITY).minus(scores(mode, arm, Metric.SIMILARITY));
        }
    }

    /**
     * Something that was to be reached.
     *
     * @param what in words, with its figure
     * @param found the figure, for the subject for which it is least good where it is about each
     * @param holds whether it was reached
     */
    public record Criterion(String what, String found, boolean holds) {}

    /** Copies the lists. */
    public StudyResult {
        modes = List.copyOf(modes);
        subjects = List.copyOf(subjects);
    }

    /** Whether there was more than one subject, so that one's mask can be tried on another. */
    public boolean hasOthers() {
        return subjects.getFirst().has(Arm.OTHERS);
    }

    /** The mean of a metric over all pictures of an arm, of all subjects. */
    public double pooled(Unconditional mode, Arm arm, Metric metric) {
        return subjects.stream()
                .mapToDouble(subject -> subject.scores(mode, arm, metric).mean())
                .average()
                .orElseThrow();
    }

    /** The mean over the subjects of own mask over another arm. */
    public double meanOwnOver(Unconditional mode, Arm arm) {
        return subjects.stream()
                .mapToDouble(subject -> subject.ownOver(mode, arm).difference())
                .average()
                .orElseThrow();
    }

    /** What concept neurons have to show, by one mode of the guidance. */
    public List<Criterion> criteria(Unconditional mode) {
        List<Criterion> criteria = new ArrayList<>();
        criteria.add(each(
                "own mask over random mask: similarity higher by at least 0.15",
                subject -> subject.ownOver(mode, Arm.RANDOM).difference() >= 0.15,
                least(mode, Arm.RANDOM)));
        criteria.add(each(
                "own mask over random mask: p below 0.01",
                subject -> subject.ownOver(mode, Arm.RANDOM).p() < 0.01
                        && subject.ownOver(mode, Arm.RANDOM).difference() > 0,
                String.format(
                        Locale.ROOT,
                        "p at most %.1e",
                        subjects.stream()
                                .mapToDouble(subject ->
                                        subject.ownOver(mode, Arm.RANDOM).p())
                                .max()
                                .orElseThrow())));
        criteria.add(each(
                "loss on fixed noise: own mask < unmasked < random mask",
                subject -> subject.fixedNoise().ordered(),
                subjects.stream().filter(s -> s.fixedNoise().ordered()).count() + " of " + subjects.size()));
        if (hasOthers()) {
            criteria.add(each(
                    "own mask over others’ masks: similarity higher",
                    subject -> subject.ownOver(mode, Arm.OTHERS).difference() > 0,
                    least(mode, Arm.OTHERS)));
            double others = meanOwnOver(mode, Arm.OTHERS);
            criteria.add(new Criterion(
                    "own mask over others’ masks: by 0.10 on the mean",
                    signed(others) + " on the mean",
                    others >= 0.10));
        }
        criteria.add(pooled(mode, Arm.OWN, Metric.CLASS, 0.05));
        criteria.add(pooled(mode, Arm.OWN, Metric.SCENE, 0.20));
        for (Metric metric : List.of(Metric.SIMILARITY, Metric.CLASS, Metric.SCENE)) {
            double change = change(mode, Arm.RANDOM, metric);
            criteria.add(new Criterion(
                    "random mask, all subjects: " + metric.title() + " within 0.10 of unmasked",
                    signed(change),
                    Math.abs(change) <= 0.10));
        }
        return criteria;
    }

    private Criterion each(String what, Predicate<OfSubject> holds, String found) {
        return new Criterion("every subject, " + what, found, subjects.stream().allMatch(holds));
    }

    private String least(Unconditional mode, Arm arm) {
        return signed(subjects.stream()
                        .mapToDouble(subject -> subject.ownOver(mode, arm).difference())
                        .min()
                        .orElseThrow())
                + " at least";
    }

    private Criterion pooled(Unconditional mode, Arm arm, Metric metric, double loss) {
        double change = change(mode, arm, metric);
        String what = String.format(
                Locale.ROOT,
                "%s, all subjects: %s not more than %.2f below unmasked",
                arm.title(),
                metric.title(),
                loss);
        return new Criterion(what, signed(change), change >= -loss);
    }

    /** What an arm changes in a metric, over all pictures. */
    public double change(Unconditional mode, Arm arm, Metric metric) {
        return pooled(mode, arm, metric) - pooled(mode, Arm.UNMASKED, metric);
    }

    static String signed(double value) {
        return String.format(Locale.ROOT, "%+.2f", value).replace('-', '−');
    }
}
