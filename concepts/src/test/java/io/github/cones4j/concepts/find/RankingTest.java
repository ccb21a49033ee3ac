package io.github.cones4j.concepts.find;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.concepts.find.Selection.Scope;
import io.github.cones4j.concepts.mask.NeuronMask;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RankingTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 30, 99, 100, 150})
    void highest_agreesWithSorting_alsoAmongTies(int count) {
        Random random = new Random(count);
        for (int round = 0; round < 20; round++) {
            // few different values, so that scores and their tie-breakers are often equal
            PerWeight score = Toy.of(coarse(100, random), coarse(50, random));
            PerWeight next = Toy.of(coarse(100, random), coarse(50, random));
            Ranking.Cut cut = new Ranking(score.layers(), next.layers()).cut(count);

            List<Integer> order = IntStream.range(0, 150)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -at(score, i))
                            .thenComparingDouble(i -> -at(next, i))
                            .thenComparingInt(i -> i))
                    .toList();
            List<Integer> expected = order.subList(0, count).stream().sorted().toList();
            assertThat(flat(NeuronMask.of(cut.neurons()))).isEqualTo(expected);
            assertThat(cut.highestLeft())
                    .isEqualTo(count == 150 ? OptionalDouble.empty() : OptionalDouble.of(at(score, order.get(count))));
        }
    }

    @Test
    void highest_ordersAllFloats_andTakesBothZerosAsEqual() {
        float[] falling = {
            Float.POSITIVE_INFINITY,
            Float.MAX_VALUE,
            1,
            Float.MIN_NORMAL,
            Float.MIN_VALUE,
            -0f,
            0f,
            -Float.MIN_VALUE,
            -1,
            -Float.MAX_VALUE,
            Float.NEGATIVE_INFINITY
        };
        PerWeight score = Toy.of(falling, new float[0]);
        for (int count = 0; count <= falling.length; count++) {
            Ranking.Cut cut = new Ranking(score.layers(), score.zeros().layers()).cut(count);
            assertThat(flat(NeuronMask.of(cut.neurons())))
                    .isEqualTo(IntStream.range(0, count).boxed().toList());
        }
    }

    @Test
    void share_overall_givesLayersWhatTheyEarn_andPerLayerTheSame() {
        PerWeight score = Toy.of(new float[] {9, 8, 7, 6}, new float[] {1, 2, 3, 4});
        Selected overall = Selected.highest(0.5, Scope.OVERALL, score, score);
        assertThat(overall.mask().neurons(Toy.K).toArray()).containsExactly(0, 1, 2, 3);
        assertThat(overall.mask().neurons(Toy.V).isEmpty()).isTrue();
        assertThat(overall.tau()).hasValue(4);

        Selected perLayer = Selected.highest(0.5, Scope.PER_LAYER, score, score);
        assertThat(perLayer.mask().neurons(Toy.K).toArray()).containsExactly(0, 1);
        assertThat(perLayer.mask().neurons(Toy.V).toArray()).containsExactly(2, 3);
        assertThat(perLayer.tau()).isEmpty();
    }

    @Test
    void tauOfAShare_selectsTheSameNeuronsAgain() {
        PerWeight score = Toy.gaussian(1000, 500, new Random(1));
        Selected share = Selected.highest(0.1, Scope.OVERALL, score, score.zeros());
        assertThat(share.mask().size()).isEqualTo(150);
        assertThat(Selected.above(share.tau().orElseThrow(), score).mask()).isEqualTo(share.mask());
    }

    private static float[] coarse(int size, Random random) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (random.nextInt(7) - 3) / 2f;
        }
        return values;
    }

    private static double at(PerWeight values, int flat) {
        int first = values.values(0).length;
        return flat < first ? values.values(0)[flat] : values.values(1)[flat - first];
    }

    private static List<Integer> flat(NeuronMask mask) {
        int first = mask.neurons(Toy.K).universe();
        return IntStream.concat(
                        IntStream.of(mask.neurons(Toy.K).toArray()),
                        IntStream.of(mask.neurons(Toy.V).toArray()).map(i -> first + i))
                .boxed()
                .toList();
    }
}
