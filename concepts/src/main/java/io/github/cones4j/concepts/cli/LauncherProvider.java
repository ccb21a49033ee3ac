package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.DeviceProvider;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.Precision;
import java.util.List;

/**
 * What the launcher found before it started this JVM: backends of TornadoVM that it left out, for a JVM has only one of them, and why. It
 * passes them on in a system property, one a line: id, reason and remedy between tabs.
 */
public final class LauncherProvider implements DeviceProvider {
    private static final String PROPERTY = "cones.left";

    /** For {@link java.util.ServiceLoader}. */
    public LauncherProvider() {}

    @Override
    public List<FoundDevice> find() {
        return System.getProperty(PROPERTY, "")
                .lines()
                .map(line -> line.split("\t", -1))
                .filter(parts -> parts.length == 3)
                .map(parts -> FoundDevice.unusable(parts[0], "TornadoVM's " + parts[0], true, parts[1], parts[2]))
                .toList();
    }

    @Override
    public Device open(FoundDevice found, Precision precision) {
        throw new IllegalArgumentException("cannot be used: " + found);
    }
}
