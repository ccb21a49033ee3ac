package io.github.cones4j.concepts.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IndexSetTest {

    @Test
    void of_withIndexOutOfRange_namesIt() {
        assertThatThrownBy(() -> IndexSet.of(10, 3, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("index set: index 10 (number 1) is outside 0 .. 9");
        assertThatThrownBy(() -> IndexSet.of(10, -1)).hasMessageContaining("index -1 (number 0)");
    }

    @Test
    void of_withRepeatedOrFallingIndices_namesBoth() {
        assertThatThrownBy(() -> IndexSet.of(10, 3, 3)).hasMessageContaining("3 is followed by 3 (number 1)");
        assertThatThrownBy(() -> IndexSet.of(10, 3, 2)).hasMessageContaining("3 is followed by 2 (number 1)");
    }

    @Test
    void of_keepsItsOwnCopy() {
        int[] indices = {1, 2};
        IndexSet set = IndexSet.of(5, indices);
        indices[0] = 0;
        set.toArray()[1] = 4;
        assertThat(set.toArray()).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void algebra_agreesWithTreeSets(long seed) {
        int universe = 1 + (int) (seed * 97);
        IndexSet a = IndexSet.random(universe, universe / 3, seed);
        IndexSet b = IndexSet.random(universe, universe / 2, seed + 100);
        Set<Integer> union = set(a);
        union.addAll(set(b));
        Set<Integer> intersection = set(a);
        intersection.retainAll(set(b));
        Set<Integer> difference = set(a);
        difference.removeAll(set(b));
        Set<Integer> complement = set(IndexSet.where(universe, i -> true));
        complement.removeAll(set(a));

        assertThat(set(a.union(b))).isEqualTo(union);
        assertThat(set(a.intersection(b))).isEqualTo(intersection);
        assertThat(set(a.difference(b))).isEqualTo(difference);
        assertThat(set(a.complement())).isEqualTo(complement);
        assertThat(a.overlap(b)).isEqualTo(intersection.size());
        assertThat(a.complement().complement()).isEqualTo(a).hasSameHashCodeAs(a);
        for (int i = -1; i <= universe; i++) {
            assertThat(a.contains(i)).isEqualTo(set(a).contains(i));
        }
    }

    @Test
    void algebra_ofSetsOverDifferentUniverses_isRefused() {
        assertThatThrownBy(() -> IndexSet.empty(3).union(IndexSet.empty(4))).hasMessageContaining("3 and 4");
        assertThatThrownBy(() -> IndexSet.empty(3).overlap(IndexSet.empty(4))).hasMessageContaining("3 and 4");
    }

    @Test
    void random_hasTheAskedSize_andRepeats() {
        for (int size : new int[] {0, 1, 500, 999, 1000}) {
            IndexSet set = IndexSet.random(1000, size, 7);
            assertThat(set.size()).isEqualTo(size);
            assertThat(set).isEqualTo(IndexSet.of(1000, set.toArray()));
            assertThat(set).isEqualTo(IndexSet.random(1000, size, 7));
        }
        assertThat(IndexSet.random(1000, 500, 7)).isNotEqualTo(IndexSet.random(1000, 500, 8));
        assertThatThrownBy(() -> IndexSet.random(10, 11, 1)).hasMessageContaining("cannot draw 11 of 10");
    }

    @Test
    void random_choosesEveryPositionEquallyOften() {
        int[] chosen = new int[50];
        for (int seed = 0; seed < 4000; seed++) {
            IndexSet.random(50, 10, SplitMix64.mix(seed)).forEach(index -> chosen[index]++);
        }
        // 4000 draws with probability 0.2: mean 800, standard deviation 25.3; 5 of them each side
        for (int count : chosen) {
            assertThat(count).isBetween(674, 926);
        }
    }

    @Test
    void density_isTheShareOfPositions() {
        assertThat(IndexSet.of(8, 1, 5).density()).isEqualTo(0.25);
        assertThat(IndexSet.empty(0).density()).isZero();
        assertThat(IndexSet.of(8, 1, 5)).hasToString("2 of 8");
    }

    private static Set<Integer> set(IndexSet indices) {
        Set<Integer> set = new TreeSet<>();
        indices.forEach(set::add);
        return set;
    }
}
