package io.github.cones4j.concepts.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GapCodeTest {

    @ParameterizedTest
    @ValueSource(doubles = {0.0001, 0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.25, 0.3, 0.38, 0.4, 0.5})
    void code_ofARandomSetOf10000_isWithinTwoPercentOfItsEntropy(double density) {
        int universe = (int) Math.round(10_000 / density);
        IndexSet set = IndexSet.random(universe, 10_000, 1);
        byte[] code = GapCode.encode(set);
        double bits = universe * entropy(set.density());
        // adaptation with rate 1/128 costs up to 0.003 bits per choice, a few per index; the end of the code up to 4
        // bytes
        assertThat(8.0 * code.length).isBetween(0.98 * bits, 1.02 * bits);
        assertThat(GapCode.decode(code, universe, set.size())).isEqualTo(set);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.6, 0.7, 0.8, 0.9, 0.99})
    void code_ofADenseRandomSet_staysNearItsEntropy(double density) {
        int universe = (int) Math.round(10_000 / density);
        IndexSet set = IndexSet.random(universe, 10_000, 1);
        byte[] code = GapCode.encode(set);
        // as above, but with 0.003 bits of each of the 10,000 choices beside an entropy of only 0.08 bits of each at
        // 0.99
        assertThat(8.0 * code.length).isLessThan(1.02 * universe * entropy(set.density()) + 64);
        assertThat(GapCode.decode(code, universe, set.size())).isEqualTo(set);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.01, 0.1, 0.2, 0.3, 0.5})
    void code_of32LayersThatHold10000Together_isWithinFivePercentOfItsEntropy(double density) {
        int perLayer = 313;
        int universe = (int) Math.round(perLayer / density);
        long bytes = 0;
        for (int layer = 0; layer < 32; layer++) {
            bytes += GapCode.encode(IndexSet.random(universe, perLayer, layer)).length;
        }
        double bits = 32.0 * universe * entropy((double) perLayer / universe);
        // as above, and up to 4 bytes for the end of each layer of 78 bytes (density 0.5) or more
        assertThat(8.0 * bytes).isLessThan(1.05 * bits);
    }

    @Test
    void code_ofASetWithDenseAndEmptyRows_isBelowTheEntropyOfItsDensity() {
        // 300 rows of 100, each third at 30 %, the others empty: 3,000 choices at H(0.3) = 0.881 bits suffice
        IndexSet drawn = IndexSet.random(30_000, 9_000, 3);
        IndexSet rows = IndexSet.where(30_000, i -> i / 100 % 3 == 0 && drawn.contains(i));
        double bits = 30_000 * entropy(rows.density());
        byte[] code = GapCode.encode(rows);
        assertThat(8.0 * code.length).isLessThan(0.8 * bits);
        assertThat(GapCode.decode(code, 30_000, rows.size())).isEqualTo(rows);
    }

    @ParameterizedTest
    @CsvSource({"1,0", "1,1", "2,1", "3,2", "10,0", "10,10", "255,128", "100000,1", "100000,99999", "2147483647,3"})
    void code_ofSmallAndExtremeSets_isReadBack(int universe, int size) {
        for (int seed = 0; seed < 20; seed++) {
            IndexSet set = universe == Integer.MAX_VALUE
                    ? IndexSet.of(universe, seed, 1_000_000_000 + seed, Integer.MAX_VALUE - 1)
                    : IndexSet.random(universe, size, seed);
            assertThat(GapCode.decode(GapCode.encode(set), universe, size)).isEqualTo(set);
        }
    }

    @Test
    void code_atBothEndsOfTheUniverse_isReadBack() {
        int universe = 5_000;
        for (IndexSet set : new IndexSet[] {
            IndexSet.of(universe, 0),
            IndexSet.of(universe, universe - 1),
            IndexSet.of(universe, 0, universe - 1),
            IndexSet.where(universe, i -> i < 2_500),
            IndexSet.where(universe, i -> i >= 2_500),
            IndexSet.where(universe, i -> i % 2 == 0),
            IndexSet.where(universe, i -> i % 625 == 0)
        }) {
            assertThat(GapCode.decode(GapCode.encode(set), universe, set.size()))
                    .isEqualTo(set);
        }
    }

    @Test
    void code_ofNoneAndAll_isEmpty() {
        assertThat(GapCode.encode(IndexSet.empty(100))).isEmpty();
        assertThat(GapCode.encode(IndexSet.empty(100).complement())).isEmpty();
        assertThat(GapCode.decode(new byte[0], 100, 100).size()).isEqualTo(100);
        assertThatThrownBy(() -> GapCode.decode(new byte[] {1}, 100, 100))
                .hasMessageContaining("expected an empty code");
    }

    @Test
    void decode_withBytesAppended_isRefused() {
        IndexSet set = IndexSet.random(1000, 100, 1);
        byte[] code = GapCode.encode(set);
        assertThatThrownBy(() -> GapCode.decode(Arrays.copyOf(code, code.length + 1), 1000, 100))
                .hasMessageContaining("ends in zero");
        byte[] longer = Arrays.copyOf(code, code.length + 8);
        longer[code.length + 7] = 1;
        assertThatThrownBy(() -> GapCode.decode(longer, 1000, 100)).hasMessageContaining("found " + (code.length + 8));
    }

    @Test
    void decode_ofNoise_failsOrGivesAValidSet() {
        SplitMix64 draws = new SplitMix64(5);
        int refused = 0;
        for (int round = 0; round < 2000; round++) {
            byte[] noise = new byte[1 + draws.below(40)];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = (byte) draws.next();
            }
            noise[noise.length - 1] |= 1;
            try {
                assertThat(GapCode.decode(noise, 200, 40).size()).isEqualTo(40);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("expected").hasMessageContaining("found");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    /** The worked example of docs/concept-file.md. */
    @Test
    void code_ofTheDocumentedExample_hasTheDocumentedBytes() {
        IndexSet set = IndexSet.of(64, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(GapCode.encode(set))).isEqualTo("80 6d 63 e2 4b f8 80");
    }

    private static double entropy(double p) {
        return p <= 0 || p >= 1 ? 0 : -(p * Math.log(p) + (1 - p) * Math.log(1 - p)) / Math.log(2);
    }
}
