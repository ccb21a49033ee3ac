package io.github.cones4j.engine.exec;

import java.util.ArrayList;
import java.util.List;

/** The open executables of a device, so that it is closed last and used only while open. */
public final class OpenState {
    private final String device;
    private final List<String> executables = new ArrayList<>();
    private boolean closed;

    /** The state of a new, open device. */
    public OpenState(String device) {
        this.device = device;
    }

    /**
     * Registers a new executable.
     *
     * @throws IllegalStateException if the device is closed
     */
    public synchronized void opened(String executable) {
        requireOpen();
        executables.add(executable);
    }

    /**
     * Does nothing while the device is open.
     *
     * @throws IllegalStateException if the device is closed
     */
    public synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("device is closed: " + device);
        }
    }

    /** Forgets an executable. */
    public synchronized void closed(String executable) {
        executables.remove(executable);
    }

    /**
     * Marks the device closed.
     *
     * @return whether it was open
     * @throws IllegalStateException if executables are still open, naming them
     */
    public synchronized boolean close() {
        if (!executables.isEmpty()) {
            throw new IllegalStateException("close these executables before " + device + ": " + executables);
        }
        boolean was = !closed;
        closed = true;
        return was;
    }
}
