package io.github.cones4j.concepts.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C, or an end by the system, as a question that the work asks after each step: the process lives on until the work
 * has ended and closed this.
 */
final class Interrupt implements AutoCloseable {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean asked;

    /**
     * Begins to listen.
     *
     * @param heard is run when the process is told to end
     */
    Interrupt(Runnable heard) {
        hook = new Thread(() -> hear(heard), "interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void hear(Runnable heard) {
        asked = true;
        heard.run();
        try {
            ended.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the process was told to end. */
    boolean asked() {
        return asked;
    }

    /** The work has ended: the process may, too. */
    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // it is running
        }
    }
}
