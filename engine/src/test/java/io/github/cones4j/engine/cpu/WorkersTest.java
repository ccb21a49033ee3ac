package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WorkersTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void run_runsEveryTaskOnce_atAnyThreadCount(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int round = 0; round < 2000; round++) {
                int tasks = round % 37;
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                workers.run(tasks, (task, worker) -> {
                    assertThat(worker).isBetween(0, threads - 1);
                    runs.incrementAndGet(task);
                });
                for (int task = 0; task < tasks; task++) {
                    assertThat(runs.get(task)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void run_afterPause_wakesParkedWorkers() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < 20; round++) {
                Thread.sleep(2);
                AtomicInteger sum = new AtomicInteger();
                workers.run(100, (task, worker) -> sum.addAndGet(task));
                assertThat(sum.get()).isEqualTo(4950);
            }
        }
    }

    @Test
    void run_neverOverlapsTwoTasksOfOneWorker() {
        try (Workers workers = new Workers(4)) {
            AtomicIntegerArray inside = new AtomicIntegerArray(4);
            workers.run(5000, (task, worker) -> {
                assertThat(inside.incrementAndGet(worker)).isEqualTo(1);
                inside.decrementAndGet(worker);
            });
        }
    }

    @Test
    void run_withFailingTask_rethrowsAfterAllHaveStopped() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger inside = new AtomicInteger();
            for (int round = 0; round < 200; round++) {
                int failing = round % 50;
                assertThatThrownBy(() -> workers.run(50, (task, worker) -> {
                            inside.incrementAndGet();
                            try {
                                if (task == failing) {
                                    throw new IllegalArgumentException("task " + task);
                                }
                            } finally {
                                inside.decrementAndGet();
                            }
                        }))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("task " + failing);
                assertThat(inside.get()).isZero();
            }
            AtomicInteger after = new AtomicInteger();
            workers.run(50, (task, worker) -> after.incrementAndGet());
            assertThat(after.get()).isEqualTo(50);
        }
    }

    @Test
    void run_onInterruptedThread_finishesAndKeepsTheInterrupt() {
        try (Workers workers = new Workers(2)) {
            Thread.currentThread().interrupt();
            AtomicInteger sum = new AtomicInteger();
            workers.run(64, (task, worker) -> sum.incrementAndGet());
            assertThat(Thread.interrupted()).isTrue();
            assertThat(sum.get()).isEqualTo(64);
        }
    }

    @Test
    void run_fromTwoCallers_takesTurns() throws InterruptedException {
        try (Workers workers = new Workers(2)) {
            AtomicInteger sum = new AtomicInteger();
            Runnable caller = () -> {
                for (int i = 0; i < 500; i++) {
                    workers.run(8, (task, worker) -> sum.incrementAndGet());
                }
            };
            Thread a = new Thread(caller);
            Thread b = new Thread(caller);
            a.start();
            b.start();
            a.join();
            b.join();
            assertThat(sum.get()).isEqualTo(8000);
        }
    }

    @Test
    void run_insideATask_isRefused() {
        try (Workers workers = new Workers(2)) {
            assertThatThrownBy(() -> workers.run(4, (task, worker) -> workers.run(2, (t, w) -> {})))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("inside a task");
        }
    }

    @Test
    void run_whenClosed_isRefused() {
        Workers workers = new Workers(2);
        workers.close();
        workers.close();
        assertThatThrownBy(() -> workers.run(1, (task, worker) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("workers: closed");
    }

    @Test
    void scratch_growsAndIsReused() {
        try (Workers workers = new Workers(2)) {
            float[] small = workers.scratch(1, 100);
            assertThat(small.length).isGreaterThanOrEqualTo(100 + Workers.ALIGNED);
            assertThat(workers.scratch(1, 50)).isSameAs(small);
            assertThat(workers.scratch(0, 50)).isNotSameAs(small);
            float[] large = workers.scratch(1, small.length + 1);
            assertThat(large.length).isGreaterThanOrEqualTo(small.length + 1 + Workers.ALIGNED);
        }
    }

    @Test
    void constructor_withoutThreads_isRefused() {
        assertThatThrownBy(() -> new Workers(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1");
    }
}
