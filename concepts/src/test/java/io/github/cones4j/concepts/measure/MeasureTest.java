package io.github.cones4j.concepts.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.engine.graph.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MeasureTest {

    @Test
    void centredCosine_isTakenFromTheCentre() {
        CentredSimilarity plain = CentredSimilarity.around(new float[] {0, 0});
        CentredSimilarity centred = CentredSimilarity.around(List.of(new float[] {9, 9}, new float[] {11, 11}));
        float[] a = {11, 10};
        float[] b = {10, 11};
        assertThat(plain.cosine(a, b)).isCloseTo(220.0 / 221, within(1e-12));
        assertThat(centred.cosine(a, b)).isCloseTo(0, within(1e-12));
        assertThat(centred.cosine(a, new float[] {8, 10})).isCloseTo(-1, within(1e-12));
    }

    @Test
    void toSubject_comparesWithTheMeanOfThePhotos() {
        CentredSimilarity centred = CentredSimilarity.around(new float[] {1, 1});
        List<float[]> photos = List.of(new float[] {3, 1}, new float[] {1, 3});
        // the mean photo lies at (1, 1) from the centre; the mean of the two cosines would be 0.5
        assertThat(centred.toSubject(new float[] {5, 1}, photos)).isCloseTo(Math.sqrt(0.5), within(1e-12));
    }

    @Test
    void similarity_withoutDirectionOrOfOtherLength_saysSo() {
        CentredSimilarity centred = CentredSimilarity.around(new float[] {1, 1});
        assertThatThrownBy(() -> centred.cosine(new float[] {1, 1}, new float[] {2, 1}))
                .hasMessageContaining("equals the centre");
        assertThatThrownBy(() -> centred.cosine(new float[] {1}, new float[] {2, 1}))
                .hasMessage("similarity: an embedding has 1 numbers, the centre 2");
        assertThatThrownBy(() -> centred.toSubject(new float[] {2, 1}, List.of()))
                .hasMessage("similarity: the mean of no embedding");
        assertThatThrownBy(() -> CentredSimilarity.around(List.of(new float[1], new float[2])))
                .hasMessageContaining("1 and 2 numbers");
    }

    @Test
    void scoreTable_averagesOverPromptsAndSeeds() {
        ScoreTable table = ScoreTable.of(new double[][] {{1, 2, 3}, {3, 6, 9}});
        assertThat(table.seedMeans()).containsExactly(2, 4, 6);
        assertThat(table.promptMeans()).containsExactly(2, 6);
        assertThat(table.mean()).isEqualTo(4);
        ScoreTable half = ScoreTable.of(new double[][] {{0, 0, 0}, {1, 0, 0}});
        assertThat(ScoreTable.mean(List.of(table, half)).at(1, 0)).isEqualTo(2);
        assertThat(table.minus(half)).isEqualTo(Comparison.paired(new double[] {2, 4, 6}, new double[] {0.5, 0, 0}));
    }

    @Test
    void scoreTables_ofUnequalSize_areRefused() {
        ScoreTable table = ScoreTable.of(new double[][] {{1, 2, 3}});
        assertThatThrownBy(() -> ScoreTable.of(new double[][] {{1}, {1, 2}}))
                .hasMessage("score table: prompt 1 has 2 seeds, the first has 1");
        assertThatThrownBy(() -> ScoreTable.of(new double[0][])).hasMessageContaining("no prompt");
        assertThatThrownBy(() -> table.minus(ScoreTable.of(new double[][] {{1}, {2}, {3}})))
                .hasMessageContaining("1 prompts by 3 seeds and 3 by 1");
    }

    /** Student's sleep data (1908), with the t, df and p that R 4 prints for t.test(paired = TRUE) and t.test. */
    @Test
    void tTests_ofTheSleepData_agreeWithR() {
        double[] second = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
        double[] first = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
        Comparison paired = Comparison.paired(first, second);
        assertThat(paired.difference()).isCloseTo(-1.58, within(1e-9));
        assertThat(paired.t()).isCloseTo(-4.0621, within(5e-5));
        assertThat(paired.degrees()).isEqualTo(9);
        assertThat(paired.p()).isCloseTo(0.002833, within(5e-7));
        assertThat(paired.low()).isCloseTo(-2.4598858, within(5e-7));
        assertThat(paired.high()).isCloseTo(-0.7001142, within(5e-7));

        Comparison welch = Comparison.welch(first, second);
        assertThat(welch.t()).isCloseTo(-1.8608, within(5e-5));
        assertThat(welch.degrees()).isCloseTo(17.776, within(5e-4));
        assertThat(welch.p()).isCloseTo(0.07939, within(5e-6));
        assertThat(welch.low()).isCloseTo(-3.3654832, within(5e-7));
        assertThat(welch.high()).isCloseTo(0.2054832, within(5e-7));
    }

    @Test
    void tTests_withoutSpread_areDefined() {
        double[] ones = {1, 1, 1};
        assertThat(Comparison.paired(ones, ones).p()).isEqualTo(1);
        assertThat(Comparison.welch(ones, ones).t()).isZero();
        Comparison sure = Comparison.paired(new double[] {3, 3, 3}, ones);
        assertThat(sure.p()).isZero();
        assertThat(sure.low()).isEqualTo(2);
        assertThat(sure.t()).isInfinite();
        assertThatThrownBy(() -> Comparison.paired(ones, new double[2])).hasMessageContaining("found 3 and 2");
        assertThatThrownBy(() -> Comparison.welch(ones, new double[1])).hasMessageContaining("found 3 and 1");
    }

    @Test
    void arms_compareOwnWithEachControl() {
        ScoreTable zero = ScoreTable.of(new double[][] {{0, 0, 0.1}});
        ScoreTable own = ScoreTable.of(new double[][] {{0.5, 0.6, 0.7}});
        ScoreTable others = ScoreTable.of(new double[][] {{0.1, 0.3, 0.2}});
        Arms arms = new Arms(zero, own, others, zero);
        assertThat(arms.ownOverOthers().difference()).isCloseTo(0.4, within(1e-12));
        assertThat(arms.ownOverRandom()).isEqualTo(arms.ownOverUnmasked());
        assertThat(arms.ownOverRandom().difference()).isCloseTo(1.7 / 3, within(1e-12));
    }

    @Test
    void proportion_hasTheIntervalOfWilson() {
        Proportion hits = new Proportion(85, 90).plus(new Proportion(0, 10));
        assertThat(hits.rate()).isEqualTo(0.85);
        // (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) by hand for 85 of 100
        assertThat(hits.low()).isCloseTo(0.7672, within(5e-5));
        assertThat(hits.high()).isCloseTo(0.9069, within(5e-5));
        assertThat(new Proportion(0, 5).low()).isZero();
        assertThat(new Proportion(5, 5).high()).isCloseTo(1, within(1e-12));
        assertThatThrownBy(() -> new Proportion(3, 2)).hasMessage("proportion: 3 hits of 2");
    }

    @Test
    void overlap_standsBesideWhatChanceGives() {
        Map<String, NeuronMask> masks = new LinkedHashMap<>();
        masks.put("b", mask(IndexSet.of(8, 0, 1, 2, 3)));
        masks.put("a", mask(IndexSet.of(8, 2, 3)));
        Overlap overlap = Overlap.of(masks);
        assertThat(overlap.names()).containsExactly("b", "a");
        assertThat(overlap.jaccard()).containsExactly(List.of(1.0, 0.5), List.of(0.5, 1.0));
        assertThat(overlap.chance().get(0).get(1)).isEqualTo(1.0 / 5); // 4 * 2 / 8 of both, 4 + 2 - 1 of either
    }

    @Test
    void chance_ofOverlap_isWhatRandomMasksHave() {
        NeuronMask mask = mask(IndexSet.random(100_000, 10_000, 1));
        double drawn = mask.randomLike(5).jaccard(mask.randomLike(6));
        // hypergeometric: 1000 in common, standard deviation 28.5, so 0.0015 of the Jaccard index; 4 of them
        assertThat(Overlap.byChance(mask, mask)).isCloseTo(drawn, within(0.006));
    }

    @Test
    void storage_comparesWithTheEntropyOfTheDensity() {
        Storage storage = Storage.of(mask(IndexSet.random(100_000, 10_000, 1)));
        assertThat(Storage.entropy(0.5)).isEqualTo(1);
        assertThat(Storage.entropy(0)).isZero();
        assertThat(storage.entropyBytes()).isCloseTo(100_000 * 0.4689956 / 8, within(0.01));
        assertThat(storage.overEntropy()).isBetween(1.0, 1.1);
        assertThat(storage.bitsPerIndex()).isEqualTo(8.0 * storage.codedBytes() / 10_000);
        assertThat(storage.overWeights()).isEqualTo(storage.codedBytes() / 400_000.0);
        assertThat(Storage.of(mask(IndexSet.empty(8))).bitsPerIndex()).isNaN();
    }

    @Test
    void psnr_isInDecibelOfTheRange() {
        float[] a = {1, -1, 0, 0.5f};
        float[] b = {0.8f, -0.8f, 0.2f, 0.3f};
        assertThat(Psnr.of(a, b, 2)).isCloseTo(20, within(1e-5)); // every difference a tenth of the range, in float
        assertThat(Psnr.of(a, a, 2)).isInfinite();
        assertThatThrownBy(() -> Psnr.of(a, new float[3], 2)).hasMessage("PSNR: pictures of 4 and 3 values");
    }

    @Test
    void retrieval_countsBothWays_andTiesAsMisses() {
        List<float[]> pictures = List.of(new float[] {1, 0}, new float[] {0, 1}, new float[] {1, 1});
        List<float[]> captions = List.of(new float[] {2, 0.1f}, new float[] {0.1f, 3}, new float[] {0.1f, 3});
        Retrieval found = Retrieval.top1(pictures, captions);
        assertThat(found.captionOfPicture()).isEqualTo(new Proportion(1, 3)); // two captions are the same
        assertThat(found.pictureOfCaption())
                .isEqualTo(new Proportion(2, 3)); // the third is closest to the second picture
        assertThatThrownBy(() -> Retrieval.top1(pictures, List.of()))
                .hasMessage("retrieval: 3 pictures and 0 captions");
    }

    private static NeuronMask mask(IndexSet neurons) {
        return NeuronMask.of(Map.of("k", new NeuronMask.Layer(Shape.of(neurons.universe()), neurons)));
    }
}
