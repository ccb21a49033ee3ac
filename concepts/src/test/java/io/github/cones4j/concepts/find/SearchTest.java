package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.concepts.mask.IndexSet;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Searches a problem whose answer is known: the loss is half the squared distance of the weights from the original ones
 * with a planted set shut, seen through gradients with noise of the size of the weights.
 */
final class SearchTest {
    private static final int K = 1500;
    private static final int V = 500;

    private final PerWeight original = Toy.gaussian(K, V, new Random(1));
    private final NeuronMask planted = planted();

    @ParameterizedTest
    @EnumSource(Statistic.class)
    void search_findsThePlantedNeurons(Statistic statistic) {
        PerWeight before = original.copy();
        Search.Result result = search(FindSettings.usual(statistic));
        NeuronMask found = result.selected().mask();
        assertThat(found.size()).isEqualTo(200);
        // chance is 0.05; planted weights that are almost zero have almost no effect and drown in the noise
        assertThat(found.jaccard(planted)).isGreaterThan(0.5);
        assertThat(result.attribution().steps()).isEqualTo(100);
        assertThat(original.values(0)).isEqualTo(before.values(0));
        assertThat(original.values(1)).isEqualTo(before.values(1));
    }

    @ParameterizedTest
    @EnumSource(Statistic.class)
    void search_repeatedWithTheSameGradients_givesTheSame(Statistic statistic) {
        FindSettings settings = FindSettings.usual(statistic).withSteps(20);
        Search.Result first = search(settings);
        Search.Result second = search(settings);
        assertThat(second.selected()).isEqualTo(first.selected());
        assertThat(second.rho()).isEqualTo(first.rho());
        assertThat(second.score().values(0)).isEqualTo(first.score().values(0));
    }

    @Test
    void mean_takesItsCalibrationFirst_andThenStepsOfTheAskedSize() {
        FindSettings settings = FindSettings.usual().withSteps(3);
        Search search = new Search(original, settings);
        Random random = new Random(2);
        assertThat(search.remaining()).isEqualTo(7);
        for (int i = 0; i < 4; i++) {
            assertThat(search.weights().values(0)).isEqualTo(original.values(0));
            search.accept(gradient(search.weights(), random));
        }
        assertThat(search.weights().values(0)).isEqualTo(original.values(0));
        search.accept(gradient(search.weights(), random));
        double squares = 0;
        for (int i = 0; i < K; i++) {
            double change = search.weights().values(0)[i] / original.values(0)[i] - 1;
            squares += change * change;
        }
        // one step on 1500 of the 2000 weights, calibrated on four others: sampling error of a few per cent
        assertThat(Math.sqrt(squares / K)).isCloseTo(0.03, within(0.005));
        assertThatThrownBy(search::result).hasMessage("find: 2 gradients are still wanted");
    }

    @Test
    void meanWithRho_takesNoCalibration() {
        Search.Result result = search(FindSettings.usual().withSteps(5).withStepSize(new StepSize.Rho(1e-3)));
        assertThat(result.rho()).hasValue(1e-3);
        assertThat(result.limited()).isZero();
        assertThat(search(FindSettings.usual().withSteps(5).withStepSize(new StepSize.Rho(1e3)))
                        .limited())
                .isGreaterThan(5_000);
    }

    @ParameterizedTest
    @EnumSource(
            value = Statistic.class,
            names = {"MASKED", "LEARNED"})
    void maskedSearches_shutMoreAndMoreOfTheOriginalWeights(Statistic statistic) {
        Search search = new Search(original, FindSettings.usual(statistic).withSteps(10));
        Random random = new Random(2);
        int[] shut = new int[15];
        int step = 0;
        while (!search.isDone()) {
            search.accept(gradient(search.weights(), random));
            for (int l = 0; l < 2; l++) {
                float[] now = search.weights().values(l);
                for (int i = 0; i < now.length; i++) {
                    assertThat(now[i]).isIn(0f, original.values(l)[i]);
                    shut[step] += now[i] == 0 ? 1 : 0;
                }
            }
            step++;
        }
        int first = statistic == Statistic.LEARNED ? 4 : 0; // its calibration
        assertThat(shut[first]).isEqualTo(29); // 0.1 * 2000 / 7
        assertThat(shut[first + 1]).isEqualTo(57);
        assertThat(shut[first + 6]).isEqualTo(200);
        assertThat(shut[first + 9]).isEqualTo(200);
    }

    @Test
    void learnedAboveTau_shutsWhatHasAPositiveScore() {
        FindSettings settings = FindSettings.usual(Statistic.LEARNED).withSelection(new Selection.Tau(0));
        Search.Result result = search(settings);
        NeuronMask found = result.selected().mask();
        assertThat(found).isEqualTo(Selected.above(0, result.score()).mask());
        assertThat((double) found.overlap(planted) / planted.size()).isGreaterThan(0.75);
    }

    @Test
    void accept_whenDone_isRefused() {
        Search search = new Search(original, FindSettings.usual(Statistic.SIGN).withSteps(1));
        search.accept(original.zeros());
        assertThatThrownBy(() -> search.accept(original.zeros())).hasMessage("find: all 1 steps are done");
    }

    @Test
    void origin_carriesWhatTheSearchWasRunWith() {
        Search.Result result = search(FindSettings.usual().withSteps(5).withSeed(11));
        var origin = result.origin("Rex", "a photo of V* dog", "a photo of a dog", "V*");
        assertThat(origin.statistic()).isEqualTo("mean");
        assertThat(origin.selection()).isEqualTo("share 0.1 overall");
        assertThat(origin.relativeStep()).hasValue(0.03);
        assertThat(origin.rho()).isEqualTo(result.rho());
        assertThat(origin.tau()).isEqualTo(result.selected().tau());
        assertThat(origin.share()).isEqualTo(0.1);
        assertThat(origin.seed()).isEqualTo(11);
        assertThat(search(FindSettings.usual(Statistic.MASKED).withSteps(5))
                        .origin("Rex", "s", "c", "V*")
                        .relativeStep())
                .isEmpty();
    }

    @Test
    void crossAttention_takesKeyAndValueOnly() {
        List<String> keys = List.of(
                "up.0.attn2.to_v.weight",
                "up.0.attn2.to_q.weight",
                "up.0.attn1.to_k.weight",
                "up.0.attn2.to_k.weight",
                "up.0.attn2.to_out.0.weight",
                "up.0.attn2.to_k.bias");
        assertThat(Search.crossAttention(keys)).containsExactly("up.0.attn2.to_k.weight", "up.0.attn2.to_v.weight");
        assertThat(Search.allAttention(keys)).hasSize(3).contains("up.0.attn1.to_k.weight");
        assertThatThrownBy(() -> Search.crossAttention(List.of("conv.weight")))
                .hasMessageContaining("no weight of 1 is named");
    }

    private Search.Result search(FindSettings settings) {
        Search search = new Search(original, settings);
        Random random = new Random(2);
        while (!search.isDone()) {
            search.accept(gradient(search.weights(), random));
        }
        return search.result();
    }

    /** weights - target, with noise. */
    private PerWeight gradient(PerWeight weights, Random random) {
        PerWeight gradient = weights.copy();
        for (int l = 0; l < 2; l++) {
            float[] values = gradient.values(l);
            IndexSet shut = planted.neurons(weights.layers().get(l).name());
            for (int i = 0; i < values.length; i++) {
                float target = shut.contains(i) ? 0 : original.values(l)[i];
                values[i] += (float) random.nextGaussian() - target;
            }
        }
        return gradient;
    }

    private NeuronMask planted() {
        return NeuronMask.of(Map.of(
                Toy.K, new NeuronMask.Layer(Shape.of(K), IndexSet.random(K, 150, 1)),
                Toy.V, new NeuronMask.Layer(Shape.of(V), IndexSet.random(V, 50, 2))));
    }
}
