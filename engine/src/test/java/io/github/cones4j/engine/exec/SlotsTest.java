package io.github.cones4j.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Slots.Lifetime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlotsTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void buffersAliveTogether_neverOverlap(int alignment) {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Lifetime> buffers = new ArrayList<>();
            int steps = random.nextInt(1, 40);
            for (int i = random.nextInt(60); i >= 0; i--) {
                int first = random.nextInt(-1, steps);
                long size = random.nextInt(5) == 0 ? 0 : random.nextInt(1, 500);
                buffers.add(new Lifetime(size, first, random.nextInt(first, steps + 1)));
            }

            Slots slots = Slots.of(buffers, alignment);

            long sum = 0;
            for (int i = 0; i < buffers.size(); i++) {
                Lifetime a = buffers.get(i);
                assertThat(slots.offset(i) % alignment).as("seed %d", seed).isZero();
                assertThat(slots.offset(i) + a.size()).as("seed %d", seed).isLessThanOrEqualTo(slots.total());
                sum += (a.size() + alignment - 1) / alignment * alignment;
                for (int j = 0; j < i; j++) {
                    Lifetime b = buffers.get(j);
                    boolean together = a.first() <= b.last() && b.first() <= a.last();
                    boolean apart = slots.offset(i) + a.size() <= slots.offset(j)
                            || slots.offset(j) + b.size() <= slots.offset(i);
                    assertThat(!together || apart || a.size() == 0 || b.size() == 0)
                            .as("buffers %d %s and %d %s, seed %d", i, a, j, b, seed)
                            .isTrue();
                }
            }
            assertThat(slots.total()).as("seed %d", seed).isLessThanOrEqualTo(sum);
        }
    }

    @Test
    void buffersOneAfterTheOther_shareOnePlace() {
        Slots slots = Slots.of(List.of(new Lifetime(100, 0, 1), new Lifetime(70, 2, 3), new Lifetime(90, 4, 4)), 16);

        assertThat(slots.total()).isEqualTo(112);
        assertThat(slots.offset(1)).isZero();
        assertThat(slots.offset(2)).isZero();
    }

    @Test
    void gapBetweenBuffers_isFilled() {
        // 0 and 1 lie one after the other; when 0 is dead, 2 fits into its place
        Slots slots = Slots.of(List.of(new Lifetime(64, 0, 1), new Lifetime(48, 0, 9), new Lifetime(32, 2, 9)), 16);

        assertThat(slots.total()).isEqualTo(64 + 48);
        assertThat(slots.offset(2)).isZero();
    }

    @Test
    void noBuffers_needNoSlab() {
        assertThat(Slots.of(List.of(), 16).total()).isZero();
    }
}
