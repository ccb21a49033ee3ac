package io.github.cones4j.concepts.toyland;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.find.ConceptSearch.FixedNoise;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.concepts.measure.ScoreTable;
import io.github.cones4j.concepts.toyland.StudyResult.Criterion;
import io.github.cones4j.concepts.toyland.StudyResult.OfSubject;
import io.github.cones4j.diffusion.toyland.world.Subject;
import io.github.cones4j.engine.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StudyResultTest {
    @TempDir
    private Path folder;

    /** Scores of 2 prompts by 4 seeds around a mean; the seeds scatter by 0.01 so that a t-test has something to test. */
    private static ScoreTable around(double mean, double phase) {
        double[][] scores = new double[2][4];
        for (int p = 0; p < 2; p++) {
            for (int s = 0; s < 4; s++) {
                scores[p][s] = mean + 0.01 * Math.cos(phase + s * Math.PI / 2);
            }
        }
        return ScoreTable.of(scores);
    }

    private static Map<Metric, ScoreTable> metrics(double similarity, double right) {
        Map<Metric, ScoreTable> scores = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            scores.put(metric, around(metric == Metric.SIMILARITY ? similarity : right, similarity));
        }
        return scores;
    }

    private static OfSubject subject(String name, FixedNoise losses, double own, double others, double ownRight) {
        Map<Arm, Map<Metric, ScoreTable>> arms = new EnumMap<>(Arm.class);
        arms.put(Arm.UNMASKED, metrics(0.1, 0.9));
        arms.put(Arm.OWN, metrics(own, ownRight));
        arms.put(Arm.OTHERS, metrics(others, 0.8));
        arms.put(Arm.RANDOM, metrics(0.05, 0.88));
        NeuronMask mask = NeuronMask.of(Map.of("a", new NeuronMask.Layer(Shape.of(2, 2), IndexSet.of(4, 1))));
        Concept.Origin origin = new Concept.Origin(
                name,
                "",
                "",
                "sks",
                "mean",
                "",
                1,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                0.25,
                0);
        return new OfSubject(
                Protocol.subject(name),
                new Concept(mask, "0".repeat(64), "test", List.of(origin)),
                losses,
                metrics(0.95, 1),
                metrics(0.6, 0.9),
                Map.of(Unconditional.ORIGINAL, arms));
    }

    private StudyResult result(OfSubject... subjects) throws IOException {
        Protocol protocol = ProtocolTest.small()
                .withSubjects(java.util.Arrays.stream(subjects)
                        .map(OfSubject::subject)
                        .map(Subject::name)
                        .toList());
        return new StudyResult(
                protocol, List.of(Unconditional.ORIGINAL), List.of(subjects), PictureFolder.open(folder, "test"));
    }

    private static final FixedNoise GOOD = new FixedNoise(0.5, 0.4, 0.6);

    @Test
    void criteria_ofAGoodStudy_areAllReached() throws IOException {
        StudyResult result = result(subject("dog", GOOD, 0.5, 0.3, 0.88), subject("cat", GOOD, 0.4, 0.35, 0.88));

        assertThat(result.criteria(Unconditional.ORIGINAL))
                .allMatch(Criterion::holds)
                .hasSize(10);
        assertThat(result.meanOwnOver(Unconditional.ORIGINAL, Arm.OTHERS)).isCloseTo(0.125, within(1e-12));
        assertThat(result.pooled(Unconditional.ORIGINAL, Arm.OWN, Metric.SIMILARITY))
                .isCloseTo(0.45, within(1e-12));
    }

    /** One subject that fails is enough, and is the one whose figure is shown. */
    @Test
    void criteria_whereOneSubjectFails_sayNo() throws IOException {
        StudyResult weak = result(subject("dog", GOOD, 0.5, 0.3, 0.88), subject("cat", GOOD, 0.15, 0.16, 0.88));

        assertThat(failed(weak))
                .containsExactly(
                        "every subject, own mask over random mask: similarity higher by at least 0.15",
                        "every subject, own mask over others’ masks: similarity higher",
                        "own mask over others’ masks: by 0.10 on the mean");
        assertThat(weak.criteria(Unconditional.ORIGINAL).getFirst().found()).isEqualTo("+0.10 at least");
    }

    @Test
    void criteria_whereLossesAreNotOrdered_orTheClassIsLost_sayNo() throws IOException {
        FixedNoise above = new FixedNoise(0.5, 0.51, 0.6);
        FixedNoise randomBelow = new FixedNoise(0.5, 0.4, 0.5);

        assertThat(failed(result(subject("dog", above, 0.5, 0.3, 0.88))))
                .containsExactly("every subject, loss on fixed noise: own mask < unmasked < random mask");
        assertThat(randomBelow.ordered()).isFalse();
        assertThat(failed(result(subject("dog", GOOD, 0.5, 0.3, 0.84))))
                .containsExactly("own mask, all subjects: class right not more than 0.05 below unmasked");
        assertThat(failed(result(subject("dog", GOOD, 0.5, 0.3, 0.69))))
                .contains("own mask, all subjects: scene right not more than 0.20 below unmasked");
    }

    @Test
    void scores_ofWhatWasNotMeasured_sayWhat() {
        assertThatThrownBy(() ->
                        subject("dog", GOOD, 0.5, 0.3, 0.9).scores(Unconditional.SHUT, Arm.OWN, Metric.SIMILARITY))
                .hasMessage("dog: similarity of own mask was not measured");
    }

    private static List<String> failed(StudyResult result) {
        return result.criteria(Unconditional.ORIGINAL).stream()
                .filter(criterion -> !criterion.holds())
                .map(Criterion::what)
                .toList();
    }
}
