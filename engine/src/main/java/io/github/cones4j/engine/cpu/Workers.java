package io.github.cones4j.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team of threads that draws numbered tasks from one counter: the caller of {@link #run} is worker 0, the others are daemon
 * threads that spin for some microseconds after their last task and then park.
 *
 * <p>Which worker runs which task is left to chance, so a kernel whose tasks write disjoint outputs, each computed in an order fixed
 * by the task's number alone, gives the same bytes at any thread count. One run at a time: a second caller waits for the first, and
 * a task must not call {@link #run} itself.
 */
final class Workers implements AutoCloseable {

    /** One numbered piece of a run. */
    @FunctionalInterface
    interface Task {
        /**
         * Runs one piece.
         *
         * @param task number of the piece, {@code 0 .. tasks-1}, each exactly once
         * @param worker who runs it, {@code 0 .. threads-1}; two pieces with the same worker never overlap in time
         */
        void run(int task, int worker);
    }

    /**
     * The first element of a large {@code float[]} that starts on a cache line: G1 gives large arrays a region of their own, and 16
     * bytes of header precede element 0. Kernels are correct at any offset, and some 10 % faster at this one.
     */
    static final int ALIGNED = 12;

    /** As long as it takes to wake a thread, about: longer than what a kernel does alone between two runs. */
    private static final long SPIN_NANOS = 50_000;

    /** Large enough for G1 to give the array its own region in heaps of up to 16 GB. */
    private static final int SCRATCH_FLOATS = 1 << 20;

    private final ReentrantLock running = new ReentrantLock();
    private final Parked[] others;
    private final float[][] scratch;
    private long jobs; // guarded by running
    private volatile @Nullable Job job;
    private volatile boolean closed;

    /**
     * @param threads size of the team with its caller, at least 1
     */
    Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("workers: threads must be at least 1, but is " + threads);
        }
        scratch = new float[threads][0];
        others = new Parked[threads - 1];
        for (int i = 0; i < others.length; i++) {
            others[i] = new Parked(i + 1);
        }
        for (Parked other : others) {
            other.thread.start();
        }
    }

    int threads() {
        return others.length + 1;
    }

    /**
     * Runs every task once and returns when all have ended. When a task throws, those not yet begun are skipped and the first failure
     * is thrown here, after the last running task has ended.
     */
    void run(int tasks, Task task) {
        if (closed) {
            throw new IllegalStateException("workers: closed");
        }
        boolean inside = running.isHeldByCurrentThread() || isOther(Thread.currentThread());
        if (inside && tasks > 1 && others.length > 0) {
            throw new IllegalStateException("workers: run called from inside a task");
        }
        if (inside) {
            runAlone(tasks, task);
            return;
        }
        running.lock(); // also for one task: the caller is worker 0 and uses its scratch
        try {
            if (tasks <= 1 || others.length == 0) {
                runAlone(tasks, task);
                return;
            }
            Job current = new Job(++jobs, task, tasks, Thread.currentThread());
            job = current;
            for (int i = Math.min(others.length, tasks - 1); --i >= 0; ) {
                others[i].wake();
            }
            current.work(0);
            current.await();
            job = null;
            current.rethrow();
        } finally {
            running.unlock();
        }
    }

    private static void runAlone(int tasks, Task task) {
        for (int i = 0; i < tasks; i++) {
            task.run(i, 0);
        }
    }

    /**
     * This worker's own memory, at least {@code ALIGNED + floats} long, its contents whatever the last user left. A second call for the
     * same worker may return the same array, so a kernel asks once for all it needs.
     */
    float[] scratch(int worker, int floats) {
        float[] own = scratch[worker];
        if (own.length < floats + ALIGNED) {
            own = new float[Math.max(SCRATCH_FLOATS, floats + ALIGNED)];
            scratch[worker] = own;
        }
        return own;
    }

    /** Ends the threads; idempotent. */
    @Override
    public void close() {
        closed = true;
        for (Parked other : others) {
            LockSupport.unpark(other.thread);
        }
    }

    private boolean isOther(Thread thread) {
        for (Parked other : others) {
            if (other.thread == thread) {
                return true;
            }
        }
        return false;
    }

    /** The tasks of one run; a worker that comes late to it finds the counter spent and touches nothing else. */
    private static final class Job {
        private final long number;
        private final Task task;
        private final int tasks;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final Object failing = new Object();
        private volatile @Nullable Throwable failure;

        Job(long number, Task task, int tasks, Thread caller) {
            this.number = number;
            this.task = task;
            this.tasks = tasks;
            this.caller = caller;
        }

        void work(int worker) {
            int done = 0;
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                if (failure == null) {
                    runOne(i, worker);
                }
                done++;
            }
            if (done > 0 && ended.addAndGet(done) == tasks && worker != 0) {
                LockSupport.unpark(caller);
            }
        }

        @SuppressWarnings("CatchThrowable") // whatever a task throws belongs to the caller
        private void runOne(int i, int worker) {
            try {
                task.run(i, worker);
            } catch (Throwable t) {
                synchronized (failing) {
                    if (failure == null) {
                        failure = t;
                    }
                }
            }
        }

        void await() {
            boolean interrupted = false;
            long spinUntil = System.nanoTime() + SPIN_NANOS;
            while (ended.get() < tasks) {
                if (System.nanoTime() < spinUntil) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted(); // or park would return at once for ever
                }
            }
            if (interrupted) {
                caller.interrupt();
            }
        }

        void rethrow() {
            Throwable t = failure;
            switch (t) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException("a task threw a checked exception", t);
            }
        }
    }

    /** A daemon thread that works on each new job and sleeps between them. */
    private final class Parked implements Runnable {
        private final int worker;
        private final Thread thread;
        private volatile boolean asleep;

        Parked(int worker) {
            this.worker = worker;
            this.thread =
                    Thread.ofPlatform().daemon().name("cones4j-cpu-" + worker).unstarted(this);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            long last = 0; // the number and not the job, which would keep its arrays alive
            while (!closed) {
                Job current = job;
                if (current != null && current.number != last) {
                    current.work(worker);
                    last = current.number;
                } else {
                    sleepUntilNews(last);
                }
            }
        }

        private void sleepUntilNews(long last) {
            long spinUntil = System.nanoTime() + SPIN_NANOS;
            while (System.nanoTime() < spinUntil) {
                if (isNews(last)) {
                    return;
                }
                Thread.onSpinWait();
            }
            asleep = true; // before the last look: run() publishes its job before it looks at this flag
            while (!isNews(last)) {
                LockSupport.park(Workers.this);
            }
            asleep = false;
        }

        private boolean isNews(long last) {
            Job current = job;
            return closed || (current != null && current.number != last);
        }
    }
}
