package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class MachineTest {

    @Test
    void mib_groupsAndRounds() {
        assertThat(Machine.mib(5_368_709_120L)).isEqualTo("5,120 MiB");
        assertThat(Machine.mib((3L << 20) - 1)).isEqualTo("3 MiB");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void peakMemory_seesWhatWasAllocatedMeanwhile() {
        PeakMemory memory = new PeakMemory();
        long before = memory.anonymous().orElseThrow();
        byte[] touched = new byte[200 << 20]; // the heap zeroes it, which makes its pages real
        memory.close();

        assertThat(touched[touched.length / 2]).isZero();
        assertThat(memory.anonymous().orElseThrow()).isGreaterThanOrEqualTo(before);
        assertThat(memory.anonymous().orElseThrow()).isGreaterThan(200 << 20);
        assertThat(memory.mapped().orElseThrow()).isPositive();
    }
}
