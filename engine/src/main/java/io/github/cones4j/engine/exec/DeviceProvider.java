package io.github.cones4j.engine.exec;

import java.util.List;

/** Finds devices and opens them. Implementations are named under {@code META-INF/services}. */
public interface DeviceProvider {
    /**
     * What there is here, the best first. What cannot be used is listed with the reason: finding never fails, and leaves
     * nothing open.
     */
    List<FoundDevice> find();

    /**
     * Opens a device that this has found, to be closed by the caller.
     *
     * @throws IllegalArgumentException if it is not one of these, cannot be used, or not with that precision
     */
    Device open(FoundDevice found, Precision precision);
}
