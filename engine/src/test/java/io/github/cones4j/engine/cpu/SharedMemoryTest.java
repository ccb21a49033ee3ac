package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SharedMemoryTest {
    private final Workers workers = new Workers(1);
    private final Staging staging = new Staging(workers, new float[Workers.ALIGNED]);
    private final SharedMemory shared = new SharedMemory();
    private final AtomicInteger made = new AtomicInteger();

    @AfterEach
    void close() {
        workers.close();
    }

    private Buffer constant(String key, int size, float value) {
        return Buffer.constant(size, () -> key, (from, into, at) -> {
            Arrays.fill(into, at, at + size, value);
            made.incrementAndGet();
        });
    }

    @Test
    void acquire_putsConstantsSideBySide_eachOnACacheLine() {
        Buffer a = constant("a", 17, 1);
        Buffer b = constant("b", 5, 2);
        shared.acquire(List.of(a, b), staging);

        assertThat(a.array()).isSameAs(b.array()).hasSize(Workers.ALIGNED + 32 + 16);
        assertThat(a.base()).isEqualTo(Workers.ALIGNED);
        assertThat(b.base()).isEqualTo(Workers.ALIGNED + 32);
        assertThat(Arrays.copyOfRange(a.array(), a.base(), a.base() + 17)).containsOnly(1);
        assertThat(Arrays.copyOfRange(b.array(), b.base(), b.base() + 5)).containsOnly(2);
    }

    @Test
    void acquire_beyondTheLengthOfAGroup_takesAnotherArray() {
        Buffer a = constant("a", 9 << 20, 1);
        Buffer b = constant("b", 9 << 20, 2);
        shared.acquire(List.of(a, b), staging);

        assertThat(a.array()).isNotSameAs(b.array()).hasSize(Workers.ALIGNED + (9 << 20));
        assertThat(b.base()).isEqualTo(Workers.ALIGNED);
        assertThat(b.array()[b.base()]).isEqualTo(2);
    }

    @Test
    void acquire_ofKnownKey_sharesIt_untilTheLastRelease() {
        Buffer first = constant("a", 4, 1);
        Buffer second = constant("a", 4, 1);
        Buffer third = constant("a", 4, 1);
        shared.acquire(List.of(first), staging);
        shared.acquire(List.of(constant("b", 4, 2), second), staging);
        assertThat(made).hasValue(2);
        assertThat(second.array()).isSameAs(first.array());
        assertThat(second.base()).isEqualTo(first.base());

        shared.release("a");
        shared.acquire(List.of(third), staging);
        assertThat(third.array()).isSameAs(first.array());

        shared.release("a");
        shared.release("a");
        Buffer fourth = constant("a", 4, 1);
        shared.acquire(List.of(fourth), staging);
        assertThat(fourth.array()).isNotSameAs(first.array());
        assertThat(made).hasValue(3);
    }

    @Test
    void acquire_ofEqualKeysAtOnce_makesOne() {
        Buffer a = constant("a", 4, 1);
        Buffer b = constant("a", 4, 1);
        shared.acquire(List.of(a, b), staging);

        assertThat(made).hasValue(1);
        assertThat(b.base()).isEqualTo(a.base());
    }

    @Test
    void acquire_withFailingConstant_leavesNothingBehind() {
        Buffer unreadable = Buffer.constant(4, () -> "b", (from, into, at) -> {
            throw new IllegalArgumentException("cannot be read");
        });
        assertThatThrownBy(() -> shared.acquire(List.of(constant("a", 4, 1), unreadable), staging))
                .hasMessage("cannot be read");

        shared.acquire(List.of(constant("a", 4, 1)), staging);
        assertThat(made).hasValue(2);
    }
}
