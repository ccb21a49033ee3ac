package io.github.cones4j.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class KernelTimesTest {
    private static String run(String graph, int first, int second) {
        return """
                {
                    "%1$s": {
                        "TOTAL_KERNEL_TIME": "99",
                        "%1$s.t0": {
                            "METHOD": "GemmKernels.matrix",
                            "TASK_KERNEL_TIME": "%2$d",
                            "TASK_COMPILE_GRAAL_TIME": "7"
                        },\s
                        "%1$s.t1": {
                            "TASK_KERNEL_TIME": "%3$d"
                        }
                    }
                }
                """.formatted(graph, first, second);
    }

    @Test
    void times_ofGraphsThatGoOnWriting_countEachRunOnce() {
        KernelTimes times = new KernelTimes();
        times.name("g0.t0", "matmul");
        times.name("g0.t1", "sum");
        times.name("g1.t0", "matmul");

        times.add(run("g0", 3, 5));
        times.add(run("g1", 100, 1000));
        times.add(run("g0", 3, 5) + run("g0", 4, 6));

        assertThat(times.byLabel())
                .containsEntry("matmul", 107L)
                .containsEntry("sum", 11L)
                .containsEntry("transfer", 1000L)
                .hasSize(3);
    }
}
