package io.github.cones4j.concepts.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Where a command reads and writes. */
final class Console {
    private static final long STEP_NANOS = 10_000_000_000L;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private long lastStep;
    private boolean pending;
    private boolean verbose;

    /**
     * A console on streams.
     *
     * @param in what programs send
     * @param out results
     * @param err progress and errors
     * @param terminal whether a person watches {@code err}, so that a step may be replaced by the next
     */
    Console(InputStream in, PrintStream out, PrintStream err, boolean terminal) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.lastStep = System.nanoTime();
    }

    /** The streams of the process, in UTF-8; the launcher knows whether errors go to a terminal. */
    static Console ofProcess() {
        return new Console(
                System.in,
                new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("cones.terminal"));
    }

    /** Whether to say more, as {@code --verbose} asks. */
    void setVerbose(boolean asked) {
        verbose = asked;
    }

    /** Whether to say more. */
    boolean isVerbose() {
        return verbose;
    }

    /** What programs send. */
    InputStream in() {
        return in;
    }

    /** Results. */
    PrintStream out() {
        endSteps();
        return out;
    }

    /** Errors. */
    PrintStream err() {
        endSteps();
        return err;
    }

    /** Says how it goes. */
    synchronized void progress(String line) {
        err().println(line);
    }

    /** Says how far it is: on a terminal in place of the step before, elsewhere a line every ten seconds. */
    synchronized void step(String line) {
        long now = System.nanoTime();
        if (terminal) {
            err.print("\r\u001b[K" + line);
            err.flush();
            pending = true;
        } else if (now - lastStep > STEP_NANOS) {
            err.println(line);
            lastStep = now;
        }
    }

    /** What is printed next begins a line; the last step is wiped out. */
    private synchronized void endSteps() {
        if (pending) {
            err.print("\r\u001b[K");
            err.flush();
            pending = false;
        }
    }
}
